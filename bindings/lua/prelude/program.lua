-- Calls that the embedding program makes: their arguments come in a global, and the functions among them are called
-- back by their names. It is a module, which only the text of such calls requires.
local engine = ...

local host, globals = engine.host, engine.globals
local ask, execute, tell = host.program_ask, host.program_execute, host.program_tell

local function bound(fn)
  local name, effect = fn.name, fn.effect
  if effect then
    return function(...)
      return execute(name, effect, ...)
    end
  end
  local call = fn.isTold and tell or ask
  return function(...)
    return call(name, '', ...)
  end
end

-- The arguments, with their functions in their places.
globals.package.loaded['llmspell.call'] = function()
  local call = globals.__call
  globals.__call = nil
  for i = 1, #call.functions do
    local fn = call.functions[i]
    local at = call.arguments
    for j = 1, #fn.path - 1 do
      at = at[fn.path[j]]
    end
    at[fn.path[#fn.path]] = bound(fn)
  end
  return call.arguments
end
