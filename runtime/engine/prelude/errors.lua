-- Errors of the Lua versions of standard functions: they name the script's line, never one of a prelude.
local engine = ...

local raw_getinfo = engine.original.debug.getinfo
local error, find, gsub, sub, type = error, string.find, string.gsub, string.sub, type

local PRELUDE = '=[llmspell]'
local NO_MEMORY = 'not enough memory'

-- Raises `message` with the position of the innermost Lua code that is a script's.
local function raise(message)
  local level = 2
  local info = raw_getinfo(level, 'Sl')
  while info and (info.currentline < 0 or info.source == PRELUDE) do
    level = level + 1
    info = raw_getinfo(level, 'Sl')
  end
  error(message, info and message ~= NO_MEMORY and level or 0)
end
engine.raise = raise

-- The results of pcall(f, ...), where f is the C function `name` that a script called in effect; an error of it is
-- raised as the script's.
function engine.results_of(name, ok, ...)
  if ok then
    return ...
  end
  local message = ...
  if type(message) ~= 'string' then
    error(message, 0)
  end
  local _, stop = find(message, '^%[llmspell%]:%d+: ')
  message = sub(message, (stop or 0) + 1)
  raise((gsub(message, "^(bad argument #%d+ to ')[^']*", '%1' .. name)))
end
