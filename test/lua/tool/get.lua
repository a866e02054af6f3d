local tool = Tool.get("compression")
assert(tool.name == "compression" and tool.category == "data" and tool.version == "1.0.0")
assert(type(tool.description) == "string" and tool.effect == "pure" and tool.tags[1] == "gzip")
local parameters = {}
for _, parameter in ipairs(tool.schema.parameters) do
  parameters[parameter.name] = parameter
end
assert(parameters.operation.required == true and parameters.level.required == false)
assert(parameters.input.type == "string" and type(parameters.input.description) == "string")
assert(tool.schema.json_schema.type == "object" and tool.getSchema().name == "compression")
assert(Tool.schema("compression").name == "compression" and Tool.get_schema("compression").name == "compression")

-- Every way to call it.
local args = { operation = "compress", input = "x" }
local expected = Tool.execute("compression", args).result
assert(tool.execute(args).result == expected and tool:execute(args).result == expected)
assert(tool.invoke(args).result == expected and tool(args).result == expected)
assert(Tool.compression(args).result == expected and Tool["compression"].execute(args).result == expected)
assert(Tool["json-processor"]({ operation = "parse", input = "1" }).result == 1)
assert(Tool.json_processor:execute({ operation = "parse", input = "1" }).result == 1)

-- A tool that is not there.
assert(Tool.get("nothing") == nil and Tool.nothing == nil and Tool.exists("nothing") == false)
assert(Tool.exists("compression") == true)
local ok, err = pcall(Tool.schema, "nothing")
assert(not ok and err.code == "TOOL_NOT_FOUND")
ok, err = pcall(Tool.get)
assert(not ok and err.message == "bad argument #1 to 'Tool.get' (string expected, got nil)")
