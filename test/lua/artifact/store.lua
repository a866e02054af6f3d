local id = Session.create()
local report = Artifact.store(id, "user_input", "report.txt", "Quarterly", { tags = { "q4", "q4", "r" }, year = 2024 })
assert(type(report) == "string" and #report == 36)
local found = Artifact.get(id, report)
assert(found.id == report and found.session_id == id and found.type == "user_input")
assert(found.artifact_type == "user_input" and found.name == "report.txt" and found.content == "Quarterly")
assert(found.size == 9 and math.type(found.size) == "integer" and found.original_size == 9)
assert(found.mime_type == "text/plain" and table.concat(found.tags, ",") == "q4,r")
assert(found.metadata.year == 2024 and #found.metadata.tags == 3)
assert(#found.content_hash == 64 and found.content_hash:find("^%x+$"))
assert(found.sequence == 1 and found.version == 1 and found.is_compressed == false)
assert(math.type(found.created_at) == "integer" and found.created_at <= os.time())
assert(found.created_at_iso:find("^%d+%-%d+%-%d+T") and found.run == Session.get(id).run)
assert(("size: " .. found.size) == "size: 9")

-- BLAKE3-256 of "abc", from the test vectors of its authors' implementation.
local abc = Artifact.get(id, Artifact.store(id, "user_input", "abc", "abc"))
assert(abc.content_hash == "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85")

-- Every type, and names of the user's own.
for _, kind in ipairs({ "user_input", "tool_result", "agent_output", "system_generated", "My-type.2" }) do
  assert(Artifact.get(id, Artifact.store(id, kind, kind, "x")).type == kind)
end

-- The same name again is the next in its sequence, in its session.
assert(Artifact.get(id, Artifact.store(id, "user_input", "report.txt", "New")).sequence == 2)
local other = Session.create()
assert(Artifact.get(other, Artifact.store(other, "user_input", "report.txt", "New")).sequence == 1)

-- Metadata is optional, its mime_type and description are used, numbers are taken as text.
assert(next(Artifact.get(id, Artifact.store(id, "user_input", "n", 12)).metadata) == nil)
assert(Artifact.get(id, Artifact.store(id, "user_input", "n", 12.5)).content == "12.5")
local described = Artifact.get(id, Artifact.store(id, "user_input", "x.bin", "", {
  mime_type = "text/x-own", description = "An empty one",
}))
assert(described.mime_type == "text/x-own" and described.description == "An empty one")
assert(described.size == 0 and described.content == "")

-- nil and "" mean the current session.
Session.setCurrent(other)
local count = #Artifact.list()
Artifact.store(nil, "user_input", "a", "x")
Artifact.store("", "user_input", "b", "x")
assert(#Artifact.list("") == count + 2 and #Artifact.list(nil) == count + 2)
assert(Session.get(other).artifact_count == count + 2)
