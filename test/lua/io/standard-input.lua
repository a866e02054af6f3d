-- expect-output: "out 1\n"
assert(io.read() == 'first line', 'a line that came in two pieces')
assert(io.read('L') == 'second line\n', 'with its end')
assert(io.read('n') == 42, 'a number')
assert(io.read(2) == ' r' and io.read('a') == 'est', 'the rest')
assert(io.read() == nil and io.read('a') == '' and io.read(0) == nil, 'the end')
assert(io.write('out ', 1, '\n') == io.stdout, 'write returns the file')
io.stderr:write('not on stdout')
assert(io.stdout:seek() == nil, 'a stream cannot seek')
