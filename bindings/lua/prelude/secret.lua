-- Handles of secrets show their names, and nothing else.
local engine = ...

local globals = engine.globals
local Secret, os = globals.Secret, globals.os
local setmetatable, type = setmetatable, type
local get, getenv = Secret.get, os.getenv

local Handle = { __name = 'Secret', __metatable = 'Secret' }

Handle.__tostring = function(self)
  return '[secret ' .. self.secret .. ']'
end

function Secret.get(name)
  return setmetatable(get(name), Handle)
end

-- A variable that is a secret reads as its handle.
function os.getenv(name)
  local value, message = getenv(name)
  if type(value) == 'table' then
    return setmetatable(value, Handle)
  elseif message then
    return nil, message
  end
  return value
end
