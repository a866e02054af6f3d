-- What branches write to one file is all there, and read from one input once.
local path = TEMP .. '/shared.txt'
local file = assert(io.open(path, 'w'))
parallel.map({ 1, 2, 3, 4 }, function(n)
  for i = 1, 10 do
    file:write(n, ':', i, '\n')
    if (i + n) % 3 == 0 then
      file:flush()
    end
  end
end)
file:close()
local seen, count = {}, 0
for line in io.lines(path) do
  assert(not seen[line])
  seen[line], count = true, count + 1
end
assert(count == 40, count)

local log = assert(io.open(path, 'a'))
parallel.map({ 'a', 'b', 'c' }, function(name)
  for i = 1, 5 do
    log:write(name, i, '\n')
    log:flush()
  end
end)
log:close()
seen, count = {}, 0
for line in io.lines(path) do
  assert(not seen[line], line)
  seen[line], count = true, count + 1
end
assert(count == 55, count)

-- Standard input has two lines and a number.
local lines = parallel({ function() return io.read() end, function() return io.read() end })
table.sort(lines)
assert(lines[1] == 'first line' and lines[2] == 'second line')
