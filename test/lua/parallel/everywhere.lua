-- parallel waits wherever a call may wait, and calls wait wherever they may in its functions.
local function one(value)
  return parallel({ function() os.execute('sleep 0.001') return value end })[1]
end

assert(select(2, pcall(one, 'pcall')) == 'pcall')
assert(select(2, xpcall(error, function(m) return one(m) end, 'handler')) == 'handler')
assert(coroutine.wrap(one)('coroutine') == 'coroutine')
local co = coroutine.wrap(function()
  for i = 1, 3 do
    coroutine.yield(one(i))
  end
end)
assert(co() + co() + co() == 6)
assert(setmetatable({}, { __index = function(_, key) return one(key) end }).x == 'x')
assert(tostring(setmetatable({}, { __tostring = function() return one('text') end })) == 'text')
assert((('abc'):gsub('b', one)) == 'abc')
local list = { 3, 1, 2 }
table.sort(list, function(a, b) return one(a) < one(b) end)
assert(table.concat(list) == '123')
local function iterator(_, i)
  if i < 3 then
    return one(i + 1)
  end
end
local sum = 0
for i in iterator, nil, 0 do
  sum = sum + i
end
assert(sum == 6)
do
  local closed
  do
    local closing <close> = setmetatable({}, { __close = function() closed = one('closed') end })
  end
  assert(closed == 'closed')
end

-- All of that side by side, with coroutines, errors and closing variables in each.
local results = parallel.map({ 1, 2, 3, 4, 5 }, function(n)
  local log = {}
  local generator = coroutine.wrap(function()
    for i = 1, n do
      os.execute('sleep 0.00' .. (6 - n))
      coroutine.yield(one(i))
    end
  end)
  for i in generator do
    local guard <close> = setmetatable({}, { __close = function() log[#log + 1] = 'c' .. one(i) end })
    local ok, err = pcall(function()
      os.execute('sleep 0.001')
      error({ n = i })
    end)
    log[#log + 1] = err.n
    table.sort({ 2, 1 }, function(a, b) os.execute('sleep 0') return a < b end)
  end
  return table.concat(log, ' ')
end)
assert(results[1] == '1 c1' and results[3] == '1 c1 2 c2 3 c3' and results[5] == '1 c1 2 c2 3 c3 4 c4 5 c5')

-- A coroutine that waits in one branch is refused to the others, and goes on in its own.
local shared = coroutine.create(function() os.execute('sleep 0.01') return 'mine' end)
local answers = parallel({
  function() return select(2, coroutine.resume(shared)) end,
  function() return select(2, coroutine.resume(shared)) end,
})
assert(answers[1] == 'mine' and answers[2] == 'cannot resume a coroutine that waits for the host')

-- require, dofile's like and load work in branches.
local loaded = parallel({ function() return load('os.execute("sleep 0") return ...', '=chunk')('loaded') end })
assert(loaded[1] == 'loaded')
