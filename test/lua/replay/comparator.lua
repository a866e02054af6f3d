-- Values are compared leaf by leaf, as JSON would hold them.
local comparator = Replay.create_comparator()
local same = comparator:compare_json({ a = { 1, 2 }, b = JSON.null }, { b = JSON.null, a = { 1.0, 2 } })
assert(same.identical and same.similarity_score == 1 and same.summary == 'identical')
assert(#same.differences == 0)

local other = comparator:compare_json({ name = 'x', rows = { 1, 2, 3 } }, { name = 'y', rows = { 1, 2 }, more = true })
assert(not other.identical and #other.differences == 3)
local found = {}
for _, difference in ipairs(other.differences) do
  found[difference.path] = difference.description
end
assert(found['$.name'] == '"x" is not "y"')
assert(found['$.rows[3]'] == 'only in the left value: 3')
assert(found['$.more'] == 'only in the right value: true')
assert(other.similarity_score == 2 / 5 and other.summary == '3 differences, 2 of 5 values are equal')

assert(comparator:compare_json(1, 1).identical and not comparator:compare_json(1, '1').identical)
assert(comparator:compare_json({}, JSON.array({})).identical)
assert(comparator:compare_json(nil, JSON.null).identical)
assert(not comparator:compare_json({ 1 }, { a = 1 }).identical)
local ok, err = pcall(comparator.compare_json, comparator, {}, { run = print })
assert(not ok and err.message:find("bad argument #2 to 'compare_json'", 1, true), err.message)
assert(comparator.compareJson == comparator.compare_json)
