local start = os.time()
local first = Session.create({ name = "First", tags = { "a", "b" }, metadata = { n = 1, who = "x" } })
local second = Session.create({ name = "Second", tags = { "b" }, metadata = { n = 1 } })
local third = Session.create({ tags = { "a", "b", "c" }, parent_session_id = first })
Session.complete(second)
Artifact.store(first, "user_input", "a.txt", "x")

local function ids(filter)
  local names, label = {}, { [first] = "1", [second] = "2", [third] = "3" }
  for i, session in ipairs(Session.list(filter)) do
    names[i] = label[session.id]
  end
  table.sort(names)
  return table.concat(names)
end

assert(ids() == "123" and ids({}) == "123", "every status")
assert(ids({ status = "active" }) == "13" and ids({ status = "completed" }) == "2")
assert(ids({ status = "failed" }) == "")
assert(ids({ tags = { "b" } }) == "123" and ids({ tags = { "a", "b" } }) == "13", "tags are AND")
assert(ids({ tags = "c" }) == "3" and ids({ tags = { "none" } }) == "")
assert(ids({ status = "active", tags = { "b", "c" } }) == "3")
assert(ids({ filter_metadata = { n = 1 } }) == "12" and ids({ metadata = { n = 1.0 } }) == "12")
assert(ids({ filter_metadata = { n = 1, who = "x" } }) == "1")
assert(ids({ filter_metadata = { n = "1" } }) == "")
assert(ids({ parent_session_id = first }) == "3" and ids({ name = "Second" }) == "2")
assert(ids({ title = "First" }) == "1")
assert(ids({ created_after = start, created_before = os.time() }) == "123")
assert(ids({ updated_after = start, updated_before = os.time() }) == "123")
assert(ids({ created_before = start - 1 }) == "" and ids({ updated_after = os.time() + 10 }) == "")
assert(ids({ created_after = os.date("!%Y-%m-%dT%H:%M:%SZ", start) }) == "123", "ISO dates")
assert(ids({ created_before = "2020-01-01" }) == "")

-- The one that changed last comes first.
assert(#Session.list({ limit = 2 }) == 2 and #Session.list({ limit = 0 }) == 0)
Session.updateMetadata(second, { touched = true })
assert(Session.list({ limit = 1 })[1].id == second)

-- Entries are whole records.
local entry = Session.list({ name = "First" })[1]
assert(entry.status == "active" and entry.tags[2] == "b" and entry.metadata.who == "x")
assert(entry.artifact_count == 1 and entry.message_count == 0 and entry.title == "First")
assert(math.type(entry.created_at) == "integer" and math.type(entry.updated_at) == "integer")

-- Children.
local children = Session.children(first)
assert(#children == 1 and children[1].id == third and #Session.children(third) == 0)
Session.setCurrent(first)
assert(#Session.children() == 1)

local function refused(message, filter)
  local ok, err = pcall(Session.list, filter)
  assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find(message, 1, true), err.message)
end
refused("bad value for 'status': \"done\"", { status = "done" })
refused("bad value for 'limit': -1", { limit = -1 })
refused("bad value for 'limit': 1.5", { limit = 1.5 })
refused("unknown field 'statsu'", { statsu = "active" })
refused("bad value for 'created_after': \"yesterday\" is not a time", { created_after = "yesterday" })
refused("(field 'tags': list of strings expected, got number)", { tags = 5 })
refused("(table expected, got string)", "active")
