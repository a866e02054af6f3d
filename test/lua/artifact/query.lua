local id, other = Session.create(), Session.create()
local start = os.time()
local function store(label, kind, name, size, tags)
  return Artifact.store(id, kind, name, ("x"):rep(size), { tags = tags, label = label })
end
store("1", "user_input", "a.csv", 10, { "r", "i" })
store("2", "user_input", "b.csv", 20, { "r" })
store("3", "tool_result", "c.CSV", 30, { "i" })
store("4", "tool_result", "[x].txt", 40)
Artifact.store(other, "user_input", "a.csv", "x", { tags = { "r" }, label = "other" })

local function labels(filter)
  filter.session_id = filter.session_id or id
  local found = {}
  for i, entry in ipairs(Artifact.query(filter)) do
    found[i] = entry.metadata.label
  end
  return table.concat(found)
end

assert(labels({}) == "4321", "the newest first")
assert(labels({ type = "user_input" }) == "21" and labels({ artifact_type = "tool_result" }) == "43")
assert(labels({ type = "agent_output" }) == "")
assert(labels({ tags = { "r" } }) == "21" and labels({ tags = { "r", "i" } }) == "1", "tags are AND")
assert(labels({ tags = "i" }) == "31" and labels({ tags = {} }) == "4321")
assert(labels({ name_pattern = "*.csv" }) == "21", "case matters")
assert(labels({ name_pattern = "?.csv" }) == "21" and labels({ name_pattern = "[ab].csv" }) == "21")
assert(labels({ name_pattern = "[!a].*" }) == "32" and labels({ name_pattern = "b.csv" }) == "2")
assert(labels({ name_pattern = "[[]x].txt" }) == "4" and labels({ name_pattern = "csv" }) == "")
assert(labels({ min_size = 20 }) == "432" and labels({ max_size = 20 }) == "21", "inclusive")
assert(labels({ min_size = 20, max_size = 30 }) == "32" and labels({ min_size = 20.5 }) == "43")
assert(labels({ limit = 2 }) == "43" and labels({ limit = 0 }) == "" and labels({ limit = 99 }) == "4321")
assert(labels({ metadata = { label = "3" } }) == "3")
assert(labels({ type = "user_input", tags = { "r" }, name_pattern = "a*", max_size = 10 }) == "1")

-- Times: seconds or ISO, both ends included, whole seconds.
assert(labels({ created_after = start, created_before = os.time() }) == "4321")
assert(labels({ created_after = 0 }) == "4321" and labels({ created_before = start - 1 }) == "")
assert(labels({ created_after = os.time() + 1 }) == "")
assert(labels({ created_after = os.date("!%Y-%m-%dT%H:%M:%SZ", start) }) == "4321")
assert(labels({ created_before = "2020-01-01" }) == "" and labels({ created_after = "2020-01-01" }) == "4321")
local newest = Artifact.query({ session_id = id, limit = 1 })[1]
assert(labels({ created_after = newest.created_at, created_before = newest.created_at }):find("4"))

-- The current session when none is named.
Session.setCurrent(other)
assert(#Artifact.query() == 1 and #Artifact.query({}) == 1 and #Artifact.query({ session_id = "" }) == 1)
Session.setCurrent(nil)
local ok, err = pcall(Artifact.query, { type = "user_input" })
assert(not ok and err.code == "NO_CURRENT_SESSION")

local function refused(message, filter)
  local ok, err = pcall(Artifact.query, filter)
  assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find(message, 1, true), err.message)
end
refused("unknown field 'created_afetr'", { session_id = id, created_afetr = 0 })
refused("\"last week\" is not a time", { session_id = id, created_after = "last week" })
refused("\"2026-02-31\" is not a time", { session_id = id, created_before = "2026-02-31" })
refused("(field 'min_size': number expected, got string)", { session_id = id, min_size = "1kb" })
refused("(field 'created_after': number or ISO date expected, got table)", { session_id = id, created_after = {} })
refused("bad value for 'limit': -1", { session_id = id, limit = -1 })
refused("(table expected, got string)", "x")
