local path = TEMP .. '/file.txt'
local f = assert(io.open(path, 'w'))
assert(io.type(f) == 'file' and io.type(io.stdout) == 'file' and io.type({}) == nil, 'types')
assert(f:write('one\n', 2, '\n', 3.5, '\nlast') == f, 'write returns the file')
assert(f:seek('cur') == 14 and f:seek('set', 0) == 0 and f:seek('end') == 14, 'seek')
assert(f:close() == true and io.type(f) == 'closed file', 'close')
assert(not pcall(f.write, f, 'x') and not pcall(f.close, f), 'a closed file is an error')
assert(tostring(f) == 'file (closed)', 'a closed file says so')

f = assert(io.open(path))
assert(f:read() == 'one' and f:read('n') == 2 and f:read('n') == 3.5, 'lines and numbers')
assert(f:read('L') == '\n' and f:read('l') == 'last' and f:read() == nil, 'the rest')
assert(f:read('a') == '' and f:read(0) == nil and f:read(1) == nil, 'the end')
assert(f:seek('set', 0) == 0 and f:read('a') == 'one\n2\n3.5\nlast', 'again from the start')
assert(f:seek('set', 0) == 0 and f:read(3, 1, '*l') == 'one', 'several at once')
local ok, message, number = f:write('x')
assert(ok == nil and message and number == 9, 'a file for reading cannot be written')
f:close()

local lines = {}
for line in io.lines(path) do lines[#lines + 1] = line end
assert(table.concat(lines, '|') == 'one|2|3.5|last', 'io.lines')
for a, b in io.lines(path, 1, 'L') do assert(a == 'o' and b == 'ne\n') break end

f = io.open(path, 'a')
f:write('!')
f:close()
f = io.open(path, 'r+')
f:write('ONE')
assert(f:read('a') == '\n2\n3.5\nlast!', 'r+ writes in place')
f:close()
assert(io.open(path):read('a') == 'ONE\n2\n3.5\nlast!', 'and keeps the rest')
f = io.open(path, 'w+')
f:write('new')
f:seek('set', 0)
assert(f:read('a') == 'new', 'w+ reads back')
f:close()

f = io.open(path, 'wb')
local bytes = {}
for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
f:write(table.concat(bytes))
f:close()
assert(io.open(path, 'rb'):read('a') == table.concat(bytes), 'files are bytes')

do
  local closed <close> = io.open(path, 'w')
  closed:write('closed by its scope')
end
assert(io.open(path):read('a') == 'closed by its scope', '<close> writes')
