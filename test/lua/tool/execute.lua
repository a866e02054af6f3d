-- The envelope of a call that went well.
local reply = Tool.execute("json-processor", { operation = "stringify", input = { a = { 1, 2 } } })
assert(reply.success == true and reply.result == '{"a":[1,2]}' and reply.error == nil)
assert(reply.operation == "stringify" and math.type(reply.duration_ms) == "integer")
local fields = {}
for key in pairs(reply) do
  fields[#fields + 1] = key
end
table.sort(fields)
assert(table.concat(fields, ",") == "duration_ms,operation,result,success")

-- What goes wrong while the tool works is an envelope too.
reply = Tool.execute("json-processor", { operation = "parse", input = "{nope" })
assert(reply.success == false and reply.result == nil and reply.error.code == "JSON_SYNTAX")
assert(type(reply.error.message) == "string" and reply.operation == "parse")

-- Misuse is raised.
local function refused(code, message, ...)
  local ok, err = pcall(Tool.execute, ...)
  assert(not ok and err.code == code and err.message:find(message, 1, true), tostring(err))
end
refused("TOOL_NOT_FOUND", 'there is no tool "json-procesor"', "json-procesor", {})
refused("TOOL_ARGUMENTS", "/input is required", "json-processor", { operation = "parse" })
refused("TOOL_ARGUMENTS", "/operation", "json-processor", { operation = "pars", input = "x" })
refused("TOOL_ARGUMENTS", "", "json-processor")
refused("BAD_ARGUMENT", "bad argument #1 to 'Tool.execute' (string expected, got nil)", nil, {})
refused("BAD_ARGUMENT", "bad argument #2 to 'Tool.execute' (table expected, got string)", "compression", "x")
local ok, err = pcall(Tool.execute, "json-procesor", {})
assert(err.hint == 'Did you mean "json-processor"?')

-- Other names of the same.
local args = { operation = "parse", input = "[1]" }
assert(Tool.invoke("json-processor", args).result[1] == 1)
assert(Tool.call("json-processor", args).result[1] == 1)
