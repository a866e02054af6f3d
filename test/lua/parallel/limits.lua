-- max_parallel holds, whatever ends in whatever order, also where functions end without waiting.
local function most_of(count, limit, wait)
  local now, most, total = 0, 0, 0
  local items = {}
  for i = 1, count do
    items[i] = i
  end
  local result = parallel.map(items, function(i)
    now = now + 1
    most = math.max(most, now)
    wait(i)
    now = now - 1
    total = total + 1
    return i
  end, limit and { max_parallel = limit })
  assert(total == count and now == 0 and #result == count)
  for i = 1, count do
    assert(result[i] == i)
  end
  return most
end

local function sleeps(i)
  os.execute('sleep ' .. (i * 7 % 5) / 1000)
end

for limit = 1, 6 do
  assert(most_of(20, limit, sleeps) == limit)
end
assert(most_of(20, 100, sleeps) == 20)
assert(most_of(20, nil, sleeps) == 20)
assert(most_of(50, 4, function() end) == 1)
assert(most_of(30, 3, function(i) if i % 3 == 0 then sleeps(i) end end) <= 3)
assert(most_of(5, math.maxinteger, sleeps) == 5)

-- Nested ones have their own limits.
local now, most = 0, 0
parallel.map({ 1, 2, 3 }, function()
  parallel.map({ 1, 2, 3, 4 }, function(i)
    now = now + 1
    most = math.max(most, now)
    sleeps(i)
    now = now - 1
  end, { maxParallel = 2 })
end, { max_parallel = 2 })
assert(most == 4, most)
