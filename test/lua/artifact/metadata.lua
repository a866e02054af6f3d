-- Metadata comes back exactly as it was given.
local id = Session.create()
local given = {
  integer = 2024, float = 1.0, half = 0.5, big = math.maxinteger, beyond = (1 << 53) + 1, yes = true,
  no = false, zero = 0, text = "grüße", bytes = "\0\255", list = { 1, 2.0, "three" }, empty = {},
  nested = { a = { b = { c = 1 } } }, empty_list = JSON.array(), null = JSON.null, [1] = "one",
}
local artifact = Artifact.get(id, Artifact.store(id, "tool_result", "m", "x", given))
local kept, count = artifact.metadata, 0
for key, value in pairs(given) do
  if type(value) ~= "table" or value == JSON.null then
    assert(kept[key] == value and math.type(kept[key]) == math.type(value), key)
  end
end
for _ in pairs(kept) do
  count = count + 1
end
assert(count == 16, "pairs shows what was stored and nothing else")
assert(math.type(kept.list[1]) == "integer" and math.type(kept.list[2]) == "float")
assert(kept.nested.a.b.c == 1 and next(kept.empty) == nil)
assert(JSON.stringify(kept.empty_list) == "[]" and JSON.stringify(kept.empty) == "{}")

-- It can be given on as it is.
local copy = Artifact.get(id, Artifact.store(id, "tool_result", "copy", "x", kept)).metadata
assert(copy.beyond == given.beyond and copy.list[3] == "three" and copy.null == JSON.null)

-- Where other releases kept it.
assert(kept.custom.integer == 2024 and kept.custom_metadata.text == "grüße" and artifact.custom.yes == true)
assert(kept.mime_type == artifact.mime_type and kept.name == "m" and kept.size == 1)
assert(kept.artifact_type == "tool_result" and kept.created_at == artifact.created_at)
assert(rawget(kept, "custom") == nil and kept.nothing == nil)
local own = Artifact.get(id, Artifact.store(id, "tool_result", "n", "x", { name = "mine", size = 5 }))
assert(own.metadata.name == "mine" and own.metadata.size == 5, "the user's own keys win")
assert(Artifact.list(id)[1].metadata.custom.integer == 2024)
assert(Artifact.query({ session_id = id, name_pattern = "m" })[1].metadata.custom.integer == 2024)

-- Finding by it.
assert(#Artifact.query({ session_id = id, metadata = { integer = 2024 } }) == 2)
assert(#Artifact.query({ session_id = id, metadata = { integer = 2024.0, yes = true } }) == 2)
assert(#Artifact.query({ session_id = id, metadata = { nested = { a = { b = { c = 1 } } } } }) == 2)
assert(#Artifact.query({ session_id = id, metadata = { integer = 2025 } }) == 0)
