-- Puts the host functions where scripts find them: `Session.create` into the global Session; `host.*` stay private.
local engine = ...

local match, next = string.match, next
local globals = engine.globals

engine.host = {}
for path, fn in next, engine.functions do
  local owner, name = match(path, '^(.-)%.([^.]+)$')
  if owner == nil then
    globals[path] = fn
  elseif owner == 'host' then
    engine.host[name] = fn
  else
    local target = globals[owner]
    if target == nil then
      target = {}
      globals[owner] = target
    end
    target[name] = fn
  end
end
engine.functions = nil
