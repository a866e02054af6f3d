-- Tools whose functions are those of the script.

local add = Tool.define{
  name = "add",
  description = "Adds two numbers",
  parameters = { type = "object", properties = { a = { type = "number" }, b = { type = "number" } }, required = { "a", "b" } },
  run = function(args) return args.a + args.b end,
}
assert(add{ a = 1, b = 2 }.result == 3)
local envelope = Tool.execute("add", { a = 1, b = 2 })
assert(envelope.success == true and envelope.result == 3 and math.type(envelope.duration_ms) == "integer")
assert(Tool.invoke("add", { a = 1, b = 2 }).result == 3 and Tool.add{ a = 4, b = 4 }.result == 8)
assert(Tool.exists("add") and not Tool.exists("subtract"))
assert(Tool.get("add").schema.parameters[1].required == true)
assert(Tool.schema("add").json_schema.type == "object")
local names = {}
for i, tool in ipairs(Tool.list()) do names[i] = tool.name end
assert(names[1] == "add" and (" " .. table.concat(names, " ") .. " "):find(" compression .*json%-processor "))
assert(Tool.get("add").category == "script" and #Tool.get("add").tags == 0 and Tool.get("add").version == "1.0.0")

-- Tool.register is the same; a category, a version and tags help to find the tool.
assert(Tool.register == Tool.define)
local tide = Tool.register{ name = "tide", description = "The tide at a place", category = "sea", version = "2.1.0",
  tags = { "Water" }, execute = function(args) return args.place end }
assert(tide.category == "sea" and tide.version == "2.1.0" and tide.tags[1] == "Water")
assert(Tool.tide{ place = "Sylt" }.result == "Sylt" and tide:execute{ place = "Sylt" }.result == "Sylt")
assert(Tool.discover{ category = "sea" }[1].name == "tide" and Tool.discover{ tag = "water" }[1].name == "tide")
assert(Tool.discover{ tag = "AT A PLACE" }[1].name == "tide" and #Tool.discover{ category = "sea", tag = "x" } == 0)
assert((" " .. table.concat(Tool.categories(), " ") .. " "):find(" data .*script sea "))
assert(Tool.schema("tide").category == nil and Tool.schema("tide").name == "tide")

-- Patterns of schemas never keep the process busy; what the engine for them does not know is refused.
local code = Tool.define{ name = "code", description = "Takes a code", run = function() return true end, parameters = {
  type = "object", properties = { code = { type = "string", pattern = "^(a+)+$" } } } }
assert(code{ code = "aaa" }.success)
assert(not pcall(code, { code = ("a"):rep(50000) .. "!" }))
local odd = Tool.define{ name = "odd", description = "Looks ahead", run = print, parameters = {
  type = "object", properties = { code = { type = "string", pattern = "^(?=a)" } } } }
local fine, why = pcall(odd, { code = "a" })
assert(not fine and why.code == "BAD_ARGUMENT" and why.message:find("can't be used", 1, true))

local ok, err = pcall(add, { a = 1 })
assert(not ok and err.code == "TOOL_ARGUMENTS" and err.message:find("/b is required", 1, true))
local broken = Tool.define{ name = "broken", description = "Fails", run = function() error("no luck", 0) end }
local failed = broken{}
assert(failed.success == false and failed.error.code == "TOOL_FAILED" and failed.error.message == "no luck")
local coded = Tool.define{ name = "coded", description = "Fails", run = function() error({ code = "E1", message = "why" }) end }
assert(coded().error.code == "E1")
-- Defined again, it is the new one.
Tool.define{ name = "broken", description = "Works", run = function() return "fine" end }
assert(Tool.execute("broken").result == "fine")

local function refused(text, definition)
  local ok, err = pcall(Tool.define, definition)
  assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find(text, 1, true), tostring(err))
end
refused("table expected, got string", "x")
refused("function expected, got nil", { name = "x", description = "d" })
refused("its name is unfit", { name = "x y", description = "d", run = print })
refused("it has no description", { name = "x", run = print })
refused("there is a tool", { name = "compression", description = "d", run = print })
refused("unknown field 'paramters'", { name = "x", description = "d", paramters = {}, run = print })
