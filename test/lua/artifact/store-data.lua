local s = Session.create()
Session.setCurrent(s)

-- A table is JSON, and comes back as a table.
local artifact = Artifact.storeData(s, {
  name = "analysis_result",
  data = { summary = "Analysis findings", score = 1.0, list = JSON.array({}), none = JSON.null },
  content_type = "json",
  metadata = { type = "analysis" },
})
assert(type(artifact.id) == "string" and artifact.name == "analysis_result" and artifact.session_id == s)
assert(artifact.type == "system_generated" and artifact.mime_type == "application/json")
assert(artifact.metadata.type == "analysis" and artifact.data.summary == "Analysis findings")
assert(artifact.content == Artifact.get(s, artifact.id).content and artifact.size == #artifact.content)

-- Without a session the current one is meant.
local retrieved = Artifact.get(nil, artifact.id)
assert(retrieved.data.summary == "Analysis findings" and math.type(retrieved.data.score) == "float")
assert(retrieved.data.none == JSON.null and JSON.stringify(retrieved.data.list) == "[]")
retrieved.data.summary = "changed"
assert(retrieved.data.summary == "changed" and Artifact.get(nil, artifact.id).data.summary == "Analysis findings")
assert(#Artifact.list() == 1 and Artifact.list()[1].id == artifact.id)
Session.setCurrent(nil)
assert(not pcall(Artifact.get, nil, artifact.id))

-- Other kinds of data.
local function stored(data, content_type, type)
  return Artifact.store_data(s, { name = "data", data = data, content_type = content_type, type = type })
end
assert(stored("text").mime_type == "text/plain" and stored("text").data == "text")
assert(stored("\xff\0").mime_type == "application/octet-stream" and stored("\xff\0").data == "\xff\0")
assert(stored({ 1, 2 }).data[2] == 2 and stored(true).data == true and stored(2.0).content == "2.0")
assert(stored("a,b", "csv").mime_type == "text/csv" and stored("x", "image/svg+xml").mime_type == "image/svg+xml")
assert(stored("quoted", "json").content == '"quoted"' and stored("quoted", "json").data == "quoted")
assert(stored({ a = 1 }, "application/ld+json").data.a == 1)
assert(stored("x", "text", "user_input").type == "user_input")

-- What was stored in another way is read as what it is.
local id = Artifact.store(s, "user_input", "broken.json", "{broken")
assert(Artifact.get(s, id).data == "{broken")
id = Artifact.store(s, "user_input", "fine.json", '{"a":[1]}')
assert(Artifact.get(s, id).data.a[1] == 1)

local function refused(code, message, options)
  local ok, err = pcall(Artifact.storeData, s, options)
  assert(not ok and err.code == code and err.message:find(message, 1, true), tostring(err))
end
refused("BAD_ARGUMENT", "field 'name' is missing", { data = 1 })
refused("BAD_ARGUMENT", "field 'data' is missing", { name = "x" })
refused("BAD_ARGUMENT", "is text or bytes", { name = "x", data = { 1 }, content_type = "text" })
refused("BAD_ARGUMENT", 'bad content type "jason"', { name = "x", data = 1, content_type = "jason" })
refused("VALUE_UNSUPPORTED", "NaN", { name = "x", data = { a = 0 / 0 } })
refused("VALUE_UNSUPPORTED", "", { name = "x", data = { f = print } })
refused("BAD_ARGUMENT", "unknown field 'datum'", { name = "x", data = 1, datum = 2 })
Session.complete(s)
refused("SESSION_STATE", "cannot store an artifact in a completed session", { name = "x", data = 1 })
