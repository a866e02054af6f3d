local names = {}
for i, tool in ipairs(Tool.list()) do
  names[i] = tool.name
  assert(type(tool.description) == "string" and type(tool.version) == "string" and tool.effect)
end
local sorted = { table.unpack(names) }
table.sort(sorted)
assert(table.concat(names, ",") == table.concat(sorted, ","), "by name")
local found = table.concat(names, ",")
assert(found:find("compression", 1, true) and found:find("json-processor", 1, true))
assert(table.concat(Tool.categories(), ","):find("data", 1, true))
assert(#Tool.discover() == #Tool.list() and #Tool.discover({ category = "none" }) == 0)
assert(Tool.discover({ tag = "GZIP" })[1].name == "compression")
assert(#Tool.discover({ category = "data", tag = "json" }) == 1)
local ok, err = pcall(Tool.discover, { categroy = "data" })
assert(not ok and err.hint == 'Did you mean "category"?')
