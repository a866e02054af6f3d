local id = Session.create()
local ids = Artifact.storeMany(id, {
  { type = "user_input", name = "a.txt", content = "first", metadata = { tags = { "t" } } },
  { name = "b.txt", content = "\0\255" },
})
assert(#ids == 2 and Artifact.get(id, ids[1]).content == "first" and Artifact.get(id, ids[1]).tags[1] == "t")
assert(Artifact.get(id, ids[2]).content == "\0\255" and Artifact.get(id, ids[2]).type == "system_generated")
assert(#Artifact.storeMany(id, {}) == 0 and #Artifact.store_many(id, {}) == 0)

-- All of them or none.
local function refused(code, message, items)
  local ok, err = pcall(Artifact.storeMany, id, items)
  assert(not ok and err.code == code and err.message:find(message, 1, true), tostring(err))
  assert(#Artifact.list(id) == 2 and Session.get(id).artifact_count == 2)
end
local good = { name = "good", content = "good" }
refused("BAD_ARGUMENT", "bad value for 'name'", { good, { name = "", content = "x" } })
refused("ARTIFACT_TYPE", "bad artifact type", { good, { type = "a b", name = "x", content = "x" } })
refused("BAD_ARGUMENT", "(item 2: field 'name' is missing)", { good, { content = "x" } })
refused("BAD_ARGUMENT", "(item 2: field 'content': string expected)", { good, { name = "x" } })
refused("BAD_ARGUMENT", "(item 2: table expected)", { good, "x" })
refused("BAD_ARGUMENT", "unknown field 'contents'", { good, { name = "x", contents = "x" } })
refused("BAD_ARGUMENT", "bad argument #2 to 'Artifact.storeMany' (table expected, got string)", "x")

Session.setCurrent(id)
assert(#Artifact.storeMany(nil, { good }) == 1 and #Artifact.list() == 3)
