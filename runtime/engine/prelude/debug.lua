-- The two debug functions that scripts have: where code is, and how it was reached.
local engine = ...

local raw_getinfo, raw_traceback = debug.getinfo, debug.traceback
local raw_running, handler_of = engine.original.coroutine.running, engine.handler_of
local pcall, raise, results_of = pcall, engine.raise, engine.results_of
local gsub, math_type, type = string.gsub, math.type, type

-- Only source and line: the other fields would hand out functions and their insides.
local FIELDS = { 'source', 'short_src', 'what', 'currentline', 'linedefined', 'lastlinedefined' }

function debug.getinfo(target, level)
  local info
  if type(target) == 'thread' then
    info = results_of('getinfo', pcall(raw_getinfo, target, level, 'Sl'))
  elseif type(target) == 'function' then
    info = raw_getinfo(target, 'Sl')
  elseif math_type(target) == 'integer' then
    -- One level more for this function; through pcall it would be two.
    info = target >= 0 and raw_getinfo(target > 0 and target + 1 or 0, 'Sl') or nil
  else
    raise("bad argument #1 to 'getinfo' (function or level expected)")
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
  return (gsub(gsub(text, '\n\t%[llmspell%][^\n]*', ''), "\n\t%[C%]: in upvalue 'raw_[^\n]*", ''))
end

function debug.traceback(...)
  local first, level = ...
  if type(first) == 'thread' then
    local text = results_of('traceback', pcall(raw_traceback, ...))
    return type(text) == 'string' and without_preludes(text) or text
  end
  -- One level more for this function.
  local text = raw_traceback(first, (math_type(level) == 'integer' and level or 1) + 1)
  if type(text) ~= 'string' then
    return text
  end
  local handler = raw_running()
  local failed = handler_of[handler]
  if failed == nil then
    return without_preludes(text)
  end
  -- Inside a message handler the interesting stack is the one that failed, not the handler's own.
  local trace = type(failed) == 'string' and failed
    or engine.with_branch_trace(raw_traceback(failed, '', 1), failed, engine.handled[handler])
  local message = type((...)) == 'string' and (...) or ''
  return without_preludes(message .. gsub(trace, '^\n', message == '' and '' or '\n'))
end
