-- Coroutines through which a host call can wait.
--
-- A host function that has to wait yields (await, call id). Inside a user's coroutine that yield would reach the
-- user's resume, so resume passes it on outwards until it reaches the host, and passes the answer back inwards.
local engine = ...

local await = engine.await
local original = engine.original
local create, raw_resume, raw_yield = original.coroutine.create, original.coroutine.resume, original.coroutine.yield
local raw_running, raw_close, status = original.coroutine.running, original.coroutine.close, original.coroutine.status
local is_yieldable = original.coroutine.isyieldable
local error, rawequal, setmetatable, type = error, rawequal, setmetatable, type
local raw_type_error = function(position, name, expected, value)
  error(('bad argument #%d to \'%s\' (%s expected, got %s)'):format(position, name, expected, type(value)), 3)
end

-- Coroutines whose innermost call waits for the host, and the threads that the host drives as branches.
local waiting = setmetatable({}, { __mode = 'k' })
local branches = setmetatable({}, { __mode = 'k' })
engine.branches = branches

local pass

local function answered(co, ...)
  waiting[co] = nil
  return pass(co, raw_resume(co, ...))
end

function pass(co, ok, first, ...)
  if ok and rawequal(first, await) then
    waiting[co] = true
    return answered(co, raw_yield(await, ...))
  end
  return ok, first, ...
end
engine.pass = pass

local function resume(co, ...)
  if type(co) ~= 'thread' then
    raw_type_error(1, 'resume', 'coroutine', co)
  end
  if waiting[co] then
    return false, 'cannot resume a coroutine that waits for the host'
  end
  return pass(co, raw_resume(co, ...))
end

local function unwrap(co, ok, ...)
  if ok then
    return ...
  end
  local message = ...
  if status(co) == 'dead' then
    raw_close(co)
  end
  -- A string gets the caller's position in front, as in the original.
  error(message, 2)
end

coroutine.resume = resume

function coroutine.wrap(fn)
  if type(fn) ~= 'function' then
    raw_type_error(1, 'wrap', 'function', fn)
  end
  local co = create(fn)
  return function(...)
    return unwrap(co, resume(co, ...))
  end
end

function coroutine.yield(...)
  if branches[raw_running()] then
    error('attempt to yield from outside a coroutine', 2)
  end
  return raw_yield(...)
end

function coroutine.running()
  local co, is_main = raw_running()
  return co, is_main or branches[co] == true
end

function coroutine.isyieldable(co)
  if branches[co or raw_running()] then
    return false
  end
  if co then
    return is_yieldable(co)
  end
  return is_yieldable()
end

function coroutine.close(co)
  if waiting[co] then
    error('cannot close a coroutine that waits for the host', 2)
  end
  return raw_close(co)
end
