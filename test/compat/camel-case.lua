-- In the style of the first releases of rs-llmspell: camelCase, ids as tables, scratch files in the temporary folder.
print("=== Session with artifacts ===")

local session_id = Session.create({
  name = "Document workshop",
  description = "Collects drafts",
  tags = { "docs", "drafts" },
  created_by = "writer",
})
Session.setCurrent(session_id)
assert(Session.getCurrent() == session_id)

local artifact_id = Artifact.store(session_id, "user_input", "draft.md", "# Draft", {
  mime_type = "text/markdown",
  tags = { "draft" },
  author = "Ann",
  revision = 3,
})
assert(type(artifact_id) == "table")
assert(#artifact_id.content_hash == 64 and artifact_id.session_id == session_id and artifact_id.sequence == 1)

local artifact = Artifact.get(session_id, artifact_id)
assert(artifact.content == "# Draft")
assert(artifact.metadata.name == "draft.md" and artifact.metadata.mime_type == "text/markdown")
assert(artifact.metadata.size == 7 and artifact.metadata.artifact_type == "UserInput")
assert(artifact.metadata.custom.author == "Ann" and artifact.metadata.custom.revision == 3)
assert(artifact.metadata.tags[1] == "draft" and artifact.metadata.version == 1)

-- A name again is its next version, the same content at the same place is found by hash and number.
local second = Artifact.store(session_id, "user_input", "draft.md", "# Draft")
assert(second.content_hash == artifact_id.content_hash and second.sequence == 2)
assert(Artifact.get(session_id, { content_hash = second.content_hash, session_id = session_id, sequence = 2 }).version == 2)

local types = { agent_output = "AgentOutput", tool_result = "ToolResult", system_generated = "SystemGenerated" }
for given, shown in pairs(types) do
  Artifact.store(session_id, given, given, "x")
end
Artifact.store(session_id, "sketch", "sketch", "x")
local list = Artifact.list("")
assert(#list == 6)
for _, entry in ipairs(list) do
  local expected = types[entry.name] or (entry.name == "sketch" and 'Custom("sketch")') or "UserInput"
  assert(entry.artifact_type == expected, entry.artifact_type)
end
assert(list[1].custom.author == "Ann" and list[1].mime_type == "text/markdown" and list[1].size == 7)

-- A file of its own, written and stored.
local path = os.tmpname()
local file = io.open(path, "w")
assert(file, "the temporary folder is open")
file:write("region,amount\n", "north,", 120, "\n")
file:close()
local file_id = Artifact.storeFile(session_id, path, "user_input", { tags = { "csv" }, mime_type = "text/csv" })
os.remove(path)
assert(io.open(path) == nil)
assert(Artifact.get(session_id, file_id).content == "region,amount\nnorth,120\n")

Artifact.delete(session_id, file_id)
assert(#Artifact.list(session_id) == 6)

-- What does not exist raises.
local ok, err = pcall(Session.get, "00000000-0000-4000-8000-000000000000")
assert(not ok and tostring(err):find("does not exist", 1, true))
assert(not pcall(Session.load, "00000000-0000-4000-8000-000000000000"))
assert(not pcall(Session.suspend, "00000000-0000-4000-8000-000000000000"))

Session.suspend(session_id)
local ok, err = pcall(Artifact.store, session_id, "user_input", "late.md", "x")
assert(not ok and tostring(err):find("suspended", 1, true))
Session.resume(session_id)
Session.save(session_id)
assert(Session.load(session_id) == session_id)

local shout = Tool.invoke("json-processor", { operation = "stringify", input = { done = true } })
assert(shout.success and shout.result == '{"done":true}')
State.save("workshop", "last", session_id)
assert(State.load("workshop", "last") == session_id)
assert(State.list_keys("workshop")[1] == "last")
State.delete("workshop", "last")
assert(State.load("workshop", "last") == nil)

Session.complete(session_id)
Session.setCurrent(nil)
print("Session completed: " .. Session.get(session_id).status)
