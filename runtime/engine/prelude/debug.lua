-- The two debug functions that scripts have: where code is, and how it was reached.
local engine = ...

local raw_getinfo, raw_traceback = debug.getinfo, debug.traceback
local raw_running, handler_of = engine.original.coroutine.running, engine.handler_of
local error, type, gsub = error, type, string.gsub

-- Only source and line: the other fields would hand out functions and their insides.
local FIELDS = { 'source', 'short_src', 'what', 'currentline', 'linedefined', 'lastlinedefined' }

function debug.getinfo(target, level)
  local info
  if type(target) == 'thread' then
    info = raw_getinfo(target, level, 'Sl')
  elseif type(target) == 'function' then
    info = raw_getinfo(target, 'Sl')
  elseif type(target) == 'number' then
    info = raw_getinfo(target + (target > 0 and 1 or 0), 'Sl')
  else
    error("bad argument #1 to 'getinfo' (function or level expected)", 2)
  end
  if info == nil then
    return nil
  end
  local result = {}
  for i = 1, #FIELDS do
    result[FIELDS[i]] = info[FIELDS[i]]
  end
  return result
end

-- Frames of the preludes mean nothing to a script's author.
local function without_preludes(text)
  return (gsub(text, '\n\t%[llmspell%][^\n]*', ''))
end

function debug.traceback(...)
  local text = raw_traceback(...)
  if type(text) ~= 'string' then
    return text
  end
  local failed = handler_of[raw_running()]
  if failed == nil or type((...)) == 'thread' then
    return without_preludes(text)
  end
  -- Inside a message handler the interesting stack is the one that failed, not the handler's own.
  local trace = type(failed) == 'string' and failed or raw_traceback(failed, '', 1)
  local message = type((...)) == 'string' and (...) or ''
  return without_preludes(message .. gsub(trace, '^\n', message == '' and '' or '\n'))
end
