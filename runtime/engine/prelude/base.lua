-- Global functions whose C versions call back into Lua where a host call could not wait, or which show too much.
local engine = ...

local original = engine.original
local raw_xpcall, raw_load, raw_tostring, setmetatable = xpcall, original._G.load, tostring, setmetatable
local suspendable = engine.suspendable
local create, raw_resume, raw_running = original.coroutine.create, original.coroutine.resume, original.coroutine.running
local raw_traceback, metatable_of = original.debug.traceback, original.debug.getmetatable
local status = original.coroutine.status
local await, can_wait, pass, pinned = engine.await, engine.can_wait, engine.pass, engine.pinned
local raise, results_of, waiting = engine.raise, engine.results_of, engine.waiting
local concat, find, format = table.concat, string.find, string.format
local error, pcall, rawequal, rawget, select, type = error, pcall, rawequal, rawget, select, type

local function metafield(value, name)
  local mark = metatable_of(value)
  return mark and rawget(mark, name)
end
engine.metafield = metafield

local function tostring(value)
  local convert = metafield(value, '__tostring')
  if convert then
    local text = convert(value)
    if type(text) ~= 'string' and type(text) ~= 'number' then
      raise("'__tostring' must return a string")
    end
    return text .. ''
  end
  return rawequal(value, engine.null) and 'null' or raw_tostring(value)
end
suspendable['_G.tostring'] = tostring

local function next_item(list, index)
  index = index + 1
  local value = list[index]
  if value ~= nil then
    return index, value
  end
end

suspendable['_G.ipairs'] = function(list)
  if list == nil then
    raise("bad argument #1 to 'ipairs' (table expected, got nil)")
  end
  return next_item, list, 0
end

-- The threads in whose name a message handler runs, so that tracebacks taken in it show where the error happened, and
-- the errors.
local handler_of, handled = setmetatable({}, { __mode = 'k' }), setmetatable({}, { __mode = 'k' })
engine.handler_of, engine.handled = handler_of, handled

-- A handler runs while the failed function's frames are still there, where nothing can wait. So it gets a coroutine of
-- its own; when that waits, it is carried out of the failed call and goes on afterwards.
--
-- Until then a mark stands for the message. Variables that are closed meanwhile get to see it, so it says nothing and
-- nobody can make one; whoever returns it first as an error has the handler go on.
local suspended = setmetatable({}, { __mode = 'k' })
local mark = { __name = 'error', __metatable = 'error' }

local function finish(...)
  local ok, first = ...
  local handler = not ok and type(first) == 'table' and suspended[first]
  if not handler then
    return ...
  end
  suspended[first] = nil
  local _, result = pass(handler.co, true, await, handler.call)
  return false, result
end

function xpcall(fn, handler, ...)
  if type(handler) ~= 'function' then
    raise(format("bad argument #2 to 'xpcall' (function expected, got %s)", type(handler)))
  end
  local waits = can_wait()
  return finish(raw_xpcall(fn, function(message)
    local co = create(handler)
    handler_of[co], handled[co] = raw_running(), message
    pinned[co] = not waits or nil
    local ok, first, call = raw_resume(co, message)
    if not ok then
      error(first, 0)
    end
    if rawequal(first, await) then
      handler_of[co] = engine.with_branch_trace(raw_traceback('', 2), raw_running(), message)
      -- Nobody else may resume or close it meanwhile.
      waiting[co] = true
      local message_to_come = setmetatable({}, mark)
      suspended[message_to_come] = { co = co, call = call }
      return message_to_come
    end
    if status(co) ~= 'dead' then
      error('attempt to yield across a C-call boundary', 0)
    end
    return first
  end, ...))
end

-- Source text only: bytecode can break the virtual machine. A reader function may wait, since its pieces are
-- collected before the compiler runs.
function load(chunk, name, mode, ...)
  if type(chunk) == 'function' then
    local pieces = {}
    while true do
      local piece = chunk()
      if piece == nil or piece == '' then
        break
      end
      if type(piece) ~= 'string' then
        return nil, 'reader function must return a string'
      end
      pieces[#pieces + 1] = piece
    end
    name = name or '=(load)'
    chunk = concat(pieces)
  end
  if mode ~= nil and not find(mode, 't', 1, true) then
    return nil, format("attempt to load a text chunk (mode is '%s')", mode)
  end
  if type(chunk) ~= 'string' and type(chunk) ~= 'number' then
    raise(format("bad argument #1 to 'load' (function expected, got %s)", type(chunk)))
  end
  if select('#', ...) > 0 then
    return results_of('load', pcall(raw_load, chunk, name or chunk, 't', (...)))
  end
  return results_of('load', pcall(raw_load, chunk, name or chunk, 't'))
end

suspendable['_G.setmetatable'] = function()
  raise('__gc metamethods are not supported: use a to-be-closed variable (local x <close> = ...)')
end

-- The metatable of error tables that the host raises.
engine.error_mark = {
  __name = 'error',
  __tostring = function(err)
    local message = raw_tostring(rawget(err, 'message'))
    local file, line = rawget(err, 'file'), rawget(err, 'line')
    if file and line then
      return format('%s:%d: %s', file, line, message)
    end
    return message
  end,
  __concat = function(a, b)
    return tostring(a) .. tostring(b)
  end,
}
