-- expect-output: "to stdout\n"
local path = TEMP .. '/out.txt'
io.output(path)
io.write('to the file')
io.output():close()
io.output(io.stdout)
io.write('to stdout\n')
io.input(path)
assert(io.read('a') == 'to the file', 'default files can be changed')
io.close(io.input())
