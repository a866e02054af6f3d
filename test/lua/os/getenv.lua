assert(os.getenv('PATH'), 'a variable that is open')
assert(os.getenv('HOME') == nil, 'others do not exist')
assert(os.getenv('NO_SUCH_VARIABLE') == nil, 'nor do those that are not set')
assert(not pcall(os.getenv), 'a name is needed')
