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
local raise, results_of = engine.raise, engine.results_of
local error, format, pcall, rawequal, setmetatable, type = error, string.format, pcall, rawequal, setmetatable, type

-- Coroutines whose innermost call waits for the host, and the threads that the host drives as branches.
local waiting = setmetatable({}, { __mode = 'k' })
local branches = setmetatable({}, { __mode = 'k' })
engine.branches, engine.waiting = branches, waiting

-- Coroutines that were resumed inside a C function which cannot be suspended: the host refuses to wait in them.
local pinned = setmetatable({}, { __mode = 'k' })
engine.pinned = pinned

local function can_wait()
  return is_yieldable() and not pinned[raw_running()]
end
engine.can_wait = can_wait

local pass

local function answered(co, ...)
  waiting[co] = nil
  return pass(co, raw_resume(co, ...))
end

-- Takes what a resume of `co` returned, and returns just as many values.
function pass(co, ...)
  local ok, first, call = ...
  if ok and rawequal(first, await) then
    waiting[co] = true
    return answered(co, raw_yield(await, call))
  end
  return ...
end
engine.pass = pass

local function resume(co, ...)
  if type(co) ~= 'thread' then
    raise(format("bad argument #1 to 'resume' (coroutine expected, got %s)", type(co)))
  end
  if waiting[co] then
    return false, 'cannot resume a coroutine that waits for the host'
  end
  if branches[co] then
    return false, 'cannot resume non-suspended coroutine'
  end
  pinned[co] = not can_wait() or nil
  return pass(co, raw_resume(co, ...))
end

local function unwrap(co, ok, ...)
  if ok then
    return ...
  end
  local message = ...
  if status(co) == 'dead' then
    -- What fails while the coroutine's variables are closed replaces its error.
    local _, closed_with = raw_close(co)
    message = closed_with or message
  end
  -- A string gets the caller's position in front, as in the original.
  error(message, 2)
end

coroutine.resume = resume

function coroutine.wrap(fn)
  if type(fn) ~= 'function' then
    raise(format("bad argument #1 to 'wrap' (function expected, got %s)", type(fn)))
  end
  local co = create(fn)
  return function(...)
    return unwrap(co, resume(co, ...))
  end
end

function coroutine.yield(...)
  if branches[raw_running()] then
    raise('attempt to yield from outside a coroutine')
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
    raise('cannot close a coroutine that waits for the host')
  end
  if branches[co] then
    raise('cannot close a running coroutine')
  end
  return results_of('close', pcall(raw_close, co))
end
