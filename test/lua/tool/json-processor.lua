local function run(args)
  local reply = Tool.execute("json-processor", args)
  assert(reply.success, reply.error and reply.error.message)
  return reply.result
end
local function stringify(value)
  return run({ operation = "stringify", input = value })
end
local function parse(text)
  return run({ operation = "parse", input = text })
end

assert(stringify({}) == "{}" and stringify(JSON.array()) == "[]" and stringify({ 1, 2 }) == "[1,2]")
assert(stringify({ n = 1234 }) == '{"n":1234}' and stringify({ 1.0, 0.5, 2 ^ 53 }) ~= nil)
assert(stringify({ yes = true }) == '{"yes":true}' and stringify({ none = nil }) == "{}")
assert(stringify("grüße\n\0") == '"grüße\\n\\u0000"' and stringify(JSON.null) == "null")
assert(stringify({ JSON.null, false }) == "[null,false]" and stringify(7) == "7")
assert(run({ operation = "stringify", input = { b = 1, a = 2 }, sort_keys = true }) == '{"a":2,"b":1}')
assert(run({ operation = "stringify", input = { a = 1 }, pretty = true }) == '{\n  "a": 1\n}')

local parsed = parse('{"a":[1,2.0,"x",null],"b":{},"c":[]}')
assert(math.type(parsed.a[1]) == "integer" and math.type(parsed.a[2]) == "float")
assert(parsed.a[3] == "x" and parsed.a[4] == JSON.null)
assert(stringify(parsed.b) == "{}" and stringify(parsed.c) == "[]", "what was an array stays one")
assert(parse("9007199254740993") == 9007199254740993 and parse('"\\u00fc"') == "ü")

assert(run({ operation = "merge", input = { { a = { x = 1 }, b = 1 }, { a = { y = 2 } } } }).a.y == 2)
local checked = run({ operation = "validate", input = { n = "x" },
  schema = { type = "object", properties = { n = { type = "integer" } } } })
assert(checked.valid == false and checked.errors[1].path == "/n")

for _, value in ipairs({ 0 / 0, 1 / 0, "\255" }) do
  local reply = Tool.execute("json-processor", { operation = "stringify", input = { value } })
  assert(reply.success == false and type(reply.error.message) == "string")
end
local reply = Tool.execute("json-processor", { operation = "parse", input = '{"a":\n tru}' })
assert(reply.success == false and reply.error.code == "JSON_SYNTAX" and reply.error.details.line == 2)
