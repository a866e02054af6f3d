-- Tools as fields: Tool['json-processor']{...}, and tools from Tool.get with an execute function of their own.
local engine = ...

local Tool = engine.globals.Tool
local rawequal, setmetatable, type = rawequal, setmetatable, type
local execute, get = Tool.execute, Tool.get

-- A tool's table; tool.execute{...}, tool:execute{...} and tool{...} all call it.
local function callable(tool)
  local function call(first, second)
    local args = first
    if rawequal(first, tool) then
      args = second
    end
    return execute(tool.name, args)
  end
  tool.execute = call
  tool.invoke = call
  tool.getSchema = function()
    return tool.schema
  end
  tool.get_schema = tool.getSchema
  return setmetatable(tool, {
    __call = function(_, args)
      return execute(tool.name, args)
    end,
  })
end

function Tool.get(name)
  local tool = get(name)
  return tool and callable(tool)
end

setmetatable(Tool, {
  __index = function(_, name)
    if type(name) == 'string' then
      return Tool.get(name) or Tool.get((name:gsub('_', '-')))
    end
  end,
})
