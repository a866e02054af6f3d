return 'found by path'
