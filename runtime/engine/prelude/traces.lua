-- Tracebacks that lead from the line where a branch failed to the one where its script waited for it.
local engine = ...

local raw_traceback, raw_xpcall = engine.original.debug.traceback, engine.original._G.xpcall
local current, running = engine.current_branch, engine.original.coroutine.running
local error, find, format, gsub = error, string.find, string.format, string.gsub
local match, rawequal, setmetatable, sub = string.match, rawequal, setmetatable, string.sub

-- By coroutine, the error of a branch that it has raised as its own: the message, and the way to it.
local raised = setmetatable({}, { __mode = 'k' })

-- Lines that tell how an error was raised again, not where.
local AGAIN = { '^\n\t%[C%][^\n]*', '^\n\t%[llmspell%][^\n]*', '^\n\t%(%.%.%.tail calls%.%.%.%)' }

local function without_again(lines)
  local first, i = 1, 1
  while i <= #AGAIN do
    local _, last = find(sub(lines, first), AGAIN[i])
    i = last and 1 or i + 1
    first = first + (last or 0)
  end
  return sub(lines, first)
end

-- The traceback `text` of the coroutine `co`, which failed with `message`; it begins in the branch that failed first.
function engine.with_branch_trace(text, co, message)
  local found = raised[co]
  if found == nil or not rawequal(found.message, message) then
    return text
  end
  local head, lines = match(text, '^(.-stack traceback:)(.*)$')
  -- In a message handler, the line of the function that calls it comes first.
  local inner = match(lines, '^\n\t%[llmspell%][^\n]*(.*)$') or lines
  local is_again = find(inner, "^\n\t%[C%]: in function 'error'\n\t%[llmspell%]")
  return is_again and head .. found.trace .. without_again(inner) or text
end

-- The traceback of a coroutine that has failed, for the host.
function engine.trace_of(co, message)
  return engine.with_branch_trace(raw_traceback(co, nil, 0), co, message)
end

-- Like pcall(fn, i), for the function of a branch; of an error it answers also the way to it.
function engine.call_in_branch(fn, i)
  local trace
  local ok, value = raw_xpcall(fn, function(message)
    local text = engine.with_branch_trace(raw_traceback('', 2), running(), message)
    text = match(text, "^(.*)\n\t%[C%]: in upvalue 'raw_xpcall'") or text
    local lines = gsub(text, '^\nstack traceback:', '')
    local _, path = current()
    trace = format('%s\n\t(...branch %s...)', gsub(lines, '\n\t%(%.%.%.tail calls%.%.%.%)$', ''), path)
    return message
  end, i)
  return ok, value, trace
end

-- Raises the error of a branch in the one that has waited for it.
function engine.raise_again(message, trace)
  raised[running()] = trace and { message = message, trace = trace }
  error(message, 0)
end
