-- parallel: functions that run side by side, each as a branch of its own.
local engine = ...

local require_branches, start_branch, await_branch = engine.require_branches, engine.start_branch, engine.await_branch
local call_in_branch, raise_again = engine.call_in_branch, engine.raise_again
local fail = engine.host.fail
local next, pcall, setmetatable, type = next, pcall, setmetatable, type
local format, huge, math_type, tostring = string.format, math.huge, math.type, tostring

local function bad_argument(index, name, problem)
  fail('BAD_ARGUMENT', format("bad argument #%d to '%s' (%s)", index, name, problem))
end

-- A copy of the list; whoever changes the list meanwhile changes nothing.
local function copy_of(list, name)
  if type(list) ~= 'table' then
    bad_argument(1, name, 'list expected, got ' .. type(list))
  end
  local count = #list
  for key in next, list do
    if math_type(key) ~= 'integer' or key < 1 or key > count then
      bad_argument(1, name, format("list expected, got a table with the key '%s'", tostring(key)))
    end
  end
  local copy = {}
  for i = 1, count do
    copy[i] = list[i]
  end
  return copy, count
end

-- The most branches that run at once, and whether errors are answered instead of raised.
local function options_of(options, index, name)
  if options == nil then
    return huge, false
  end
  if type(options) ~= 'table' then
    bad_argument(index, name, 'table expected, got ' .. type(options))
  end
  local limit, settle = huge, false
  for key, value in next, options do
    if key == 'max_parallel' or key == 'maxParallel' then
      if math_type(value) ~= 'integer' or value < 1 then
        bad_argument(index, name, format("field '%s': integer above 0 expected, got %s", key, tostring(value)))
      end
      limit = value
    elseif key == 'settle' then
      if type(value) ~= 'boolean' then
        bad_argument(index, name, "field 'settle': boolean expected, got " .. type(value))
      end
      settle = value
    else
      bad_argument(index, name, format("unknown field '%s'; fields are max_parallel and settle", tostring(key)))
    end
  end
  return limit, settle
end

-- Runs call(1) to call(count), each in a branch, at most `limit` at once. Once one has failed, no more are started
-- unless errors are to be answered; those that run come to their end, whatever they still have to do.
local function run(count, call, limit, settle)
  local values, succeeded = {}, {}
  local failed_trace
  -- Room for all results is made beforehand: a full memory then fails one function, not the bookkeeping.
  for i = 1, count do
    values[i], succeeded[i] = false, false
  end
  local running, started, failed = 0, 0, nil
  local function finish(i, ok, value, trace)
    values[i], succeeded[i] = value, ok
    running = running - 1
    if not ok and (failed == nil or i < failed) then
      failed, failed_trace = i, trace
    end
  end
  repeat
    while started < count and running < limit and (settle or failed == nil) do
      started, running = started + 1, running + 1
      local i = started
      local ok, message = pcall(start_branch, function()
        finish(i, call_in_branch(call, i))
      end)
      if not ok then
        finish(i, false, message)
      end
    end
    if running > 0 then
      await_branch()
    end
  until running == 0 and (started == count or not settle and failed ~= nil)
  if not settle then
    if failed then
      raise_again(values[failed], failed_trace)
    end
    return values
  end
  for i = 1, count do
    local ok, value = succeeded[i], values[i]
    values[i] = ok and { ok = true, value = value } or { ok = false, error = value }
  end
  return values
end

local parallel = {}

function parallel.map(list, fn, options)
  require_branches('parallel.map')
  local items, count = copy_of(list, 'parallel.map')
  if type(fn) ~= 'function' then
    bad_argument(2, 'parallel.map', 'function expected, got ' .. type(fn))
  end
  return run(count, function(i)
    return fn(items[i], i)
  end, options_of(options, 3, 'parallel.map'))
end

engine.globals.parallel = setmetatable(parallel, {
  __call = function(_, list, options)
    require_branches('parallel')
    local functions, count = copy_of(list, 'parallel')
    for i = 1, count do
      if type(functions[i]) ~= 'function' then
        bad_argument(1, 'parallel', format('function expected at index %d, got %s', i, type(functions[i])))
      end
    end
    return run(count, function(i)
      return functions[i]()
    end, options_of(options, 2, 'parallel'))
  end,
})
