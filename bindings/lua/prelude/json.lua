-- JSON.null and JSON.array: what JSON can say and Lua can't.
local engine = ...

local JSON = engine.globals.JSON
local getmetatable, setmetatable, type = getmetatable, setmetatable, type
local array_mark = engine.array_mark

JSON.null = engine.null

-- Marks a table as a list, so that it is written as [] even when it is empty.
function JSON.array(list)
  if list == nil then
    list = {}
  elseif type(list) ~= 'table' then
    error("bad argument #1 to 'JSON.array' (table expected, got " .. type(list) .. ')', 2)
  end
  return setmetatable(list, array_mark)
end

function JSON.isArray(value)
  return type(value) == 'table' and (getmetatable(value) == 'array' or #value > 0)
end
JSON.is_array = JSON.isArray
