os.execute('sleep 0') return { waited = true }
