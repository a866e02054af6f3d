-- Coroutines that wait for the host, driven by hand.
local log = {}
local function worker(name, rounds)
  return coroutine.create(function()
    for i = 1, rounds do
      os.execute('sleep 0')
      log[#log + 1] = name .. i
      coroutine.yield(i)
    end
    return 'done'
  end)
end
local workers = { worker('a', 2), worker('b', 3) }
while #workers > 0 do
  for i = #workers, 1, -1 do
    assert(coroutine.resume(workers[i]))
    if coroutine.status(workers[i]) == 'dead' then table.remove(workers, i) end
  end
end
assert(table.concat(log, ' ') == 'b1 a1 b2 a2 b3', table.concat(log, ' '))
