-- expect-output: ""
os.exit(true, true)
error('must not run')
