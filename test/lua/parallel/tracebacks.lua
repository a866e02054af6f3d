-- The way to an error of a branch leads from the line where it was raised to where the script waited for the branch.
local function way(fn)
  local _, text = xpcall(fn, function() return debug.traceback('') end)
  local lines = {}
  for line in text:gmatch('[^\n]+') do
    lines[#lines + 1] = line:match('^\t(tracebacks%.lua:%d+)') or line:match('^\t(%(.*%))$')
  end
  return table.concat(lines, ' ')
end
local function expect(expected, fn)
  local actual = way(fn)
  assert(actual:sub(1, #expected) == expected, actual)
end

local function broken()
  local t
  return t.x
end
local function branch()
  local value = broken()
  return value
end
local function work()
  local values = parallel({ branch })
  return values
end
local FIRST = 'tracebacks.lua:17 tracebacks.lua:20 (...branch 0.%d...) tracebacks.lua:24 tracebacks.lua:%d'
expect(FIRST:format(1, 28), function() work() end)

-- Also where the branch has waited before, and where its error is a table or comes from the host.
local function later(fail)
  return function()
    parallel.map({ 'a', 'b' }, function(name)
      os.execute('sleep 0.001')
      if name == 'b' then fail() end
    end)
  end
end
local function wait(n, line)
  return ('tracebacks.lua:%d tracebacks.lua:35 (...branch 0.%d...) tracebacks.lua:33'):format(line, n)
end
expect(wait(3, 42), later(function() error({ code = 'MINE' }) end))
expect(wait(5, 43), later(function() Session.complete('nobody') end))
expect(wait(7, 44), later(function() assert(false, 'no') end))

-- Branches of branches.
expect('tracebacks.lua:49 (...branch 0.8.1...) tracebacks.lua:49 (...branch 0.8...) tracebacks.lua:48', function()
  local values = parallel({
    function() local inner = parallel({ function() error('deep') end }) return inner end,
  })
  return values
end)

-- A handler that waits before it asks sees the same.
local _, text = xpcall(work, function()
  os.execute('sleep 0.001')
  return debug.traceback('')
end)
assert(text:find('tracebacks.lua:17: in ', 1, true) and text:find('(...branch 0.9...)', 1, true), text)

-- An error of the script's own has its own way, whatever a branch has raised before.
local own = way(function()
  pcall(parallel, { function() error('same', 0) end })
  error('same', 0)
end)
assert(not own:find('branch', 1, true) and own:find('^tracebacks.lua:64 '), own)

-- What was caught is not in the way of what is not.
local ok, err = pcall(work)
assert(not ok and err:find('^tracebacks.lua:17: '), err)
