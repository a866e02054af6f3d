local path = TEMP .. '/many.txt'
local f = io.open(path, 'w+')
for i = 1, 20000 do f:write(i, ('.'):rep(95), '\n') end
assert(f:seek('end') > 1900000 and f:seek('set', 2) == 2 and f:read(3) == '...', 'reads between writes')
f:seek('end')
f:write('the end')
f:close()
local count, last = 0, nil
for line in io.lines(path) do count, last = count + 1, line end
assert(count == 20001 and last == 'the end', 'every line is there')
f = io.open(path, 'a+')
for i = 1, 1000 do f:write('x') end
f:flush()
f:write('y')
f:close()
assert(io.open(path):read('a'):sub(-9) == 'xxxxxxxxy', 'appending goes on')
f = io.open(path, 'w')
f:write('abc')
f:seek('set', 5)
f:write('d')
f:seek('set', 0)
f:write('A')
f:close()
assert(io.open(path):read('a') == 'Abc\0\0d', 'gaps are filled with zeros')
