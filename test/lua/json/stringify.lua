assert(JSON.stringify({ 1, 'a', true, JSON.null }) == '[1,"a",true,null]', 'a list')
assert(JSON.stringify({}) == '{}', 'an empty table is an object')
assert(JSON.stringify(JSON.array()) == '[]' and JSON.stringify(JSON.array({})) == '[]', 'JSON.array marks a list')
assert(JSON.stringify(1) == '1' and JSON.stringify(1.5) == '1.5', 'numbers')
assert(JSON.stringify('é"\n\0') == '"é\\"\\n\\u0000"', 'text is escaped')
assert(JSON.stringify(nil) == 'null', 'nil is null')
assert(JSON.stringify({ b = 1, a = 2 }, { sort_keys = true }) == '{"a":2,"b":1}', 'sorted keys')
assert(JSON.stringify({ 1 }, { indent = 2 }) == '[\n  1\n]', 'indented')
assert(JSON.stringify({ 1 }, true) == '[\n  1\n]', 'true alone means indented')
assert(JSON.stringify(math.maxinteger) == '9223372036854775807', 'int64 is exact')

for _, value in ipairs({ 0 / 0, 1 / 0, print, coroutine.create(print), { [{}] = 1 }, '\xff' }) do
  local ok, err = pcall(JSON.stringify, value)
  assert(not ok and err.code == 'VALUE_UNSUPPORTED', 'refuses ' .. tostring(value) .. ': ' .. tostring(err))
end
local cycle = {}
cycle.me = cycle
local ok, err = pcall(JSON.stringify, cycle)
assert(not ok and err.code == 'VALUE_UNSUPPORTED', 'refuses cycles')
assert(tostring(err):find('contains itself', 1, true), tostring(err))

-- What comes back is what went in.
local value = { list = { 1, 2.0, 2.5, { nested = { JSON.null } } }, [10] = 'ten', text = ('x'):rep(10000) }
local back = JSON.parse(JSON.stringify(value))
assert(back.list[4].nested[1] == JSON.null and back.text == value.text, 'nested values come back')
assert(math.type(back.list[2]) == 'float', 'floats stay floats')
assert(back['10'] == 'ten', 'keys become texts')
