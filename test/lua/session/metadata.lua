local values = {
  integer = 1, float = 1.0, negative_zero = -0.0, big = math.maxinteger, small = math.mininteger,
  beyond = (1 << 53) + 1, half = 0.5, infinity = math.huge, yes = true, no = false, zero = 0,
  text = "grüße", empty = "", bytes = "\0\255\r\n", list = { 1, "two", { three = 3 } },
  nested = { deeper = { deepest = "here" } }, none = {}, empty_list = JSON.array(), null = JSON.null,
  iso = "2026-01-01T00:00:00.000Z", status = "resolved",
}
local id = Session.create({ metadata = values })
local kept = Session.get(id).metadata

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" or a == JSON.null or b == JSON.null then
    return a == b and math.type(a) == math.type(b)
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end
for key, value in pairs(values) do
  assert(same(value, kept[key]), key)
end
assert(same(kept, values))
assert(1 / kept.negative_zero == -math.huge)
assert(JSON.stringify(kept.empty_list) == "[]" and JSON.stringify(kept.none) == "{}")
assert(kept.null == JSON.null)
assert(Session.get(id).status == "active", "a key named status is the user's own")

-- Keys that are not names.
local odd = Session.create({ metadata = { [1] = "one", [-5] = "five", ["__proto__"] = "key", ["a.b"] = 1 } })
local odd_kept = Session.getMetadata(odd)
assert(odd_kept[1] == "one" and odd_kept[-5] == "five")
assert(odd_kept.__proto__ == "key" and odd_kept["a.b"] == 1)

-- What is read is a copy: changing it changes nothing.
local session = Session.get(id)
session.metadata.text, session.replay_enabled = "changed", true
assert(Session.get(id).metadata.text == "grüße" and Session.get(id).replay_enabled == nil)

-- Changes are laid over, key by key.
assert(Session.updateMetadata(id, { text = "new", added = { 1 }, zero = JSON.null }) == true)
kept = Session.getMetadata(id)
assert(kept.text == "new" and kept.added[1] == 1 and kept.zero == nil and kept.half == 0.5)
assert(Session.update_metadata(id, {}) and Session.get_metadata(id).text == "new")
Session.updateMetadata(id, { nested = { other = 1 } })
assert(Session.getMetadata(id).nested.deeper == nil, "tables are replaced, not merged")

local ok, err = pcall(Session.updateMetadata, "nobody", {})
assert(not ok and err.code == "SESSION_NOT_FOUND")
ok, err = pcall(Session.updateMetadata, id, "x")
assert(not ok and err.message == "bad argument #2 to 'Session.updateMetadata' (table expected, got string)")
ok, err = pcall(Session.updateMetadata, id, { coroutine = coroutine.create(print) })
assert(not ok and err.code == "VALUE_UNSUPPORTED" and err.message:find(".coroutine", 1, true))
