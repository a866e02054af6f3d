-- In the style of later releases of rs-llmspell: snake_case, the builder, Tool.execute.
local session_id = Session.builder()
  :name("RAG session")
  :description("Answers from documents")
  :tag("rag")
  :tags({ "rag", "documents" })
  :build()
assert(type(session_id) == "string")
Session.set_current(session_id)
assert(Session.get_current() == session_id)

local record = Session.get(session_id)
assert(record.name == "RAG session" and record.tags[2] == "documents" and record.status == "active")
assert(type(record.custom_metadata) == "table" and record.created_at and record.updated_at)

local path = os.tmpname()
local file = assert(io.open(path, "wb"))
file:write("\0\1\2\255")
file:close()
local id = Artifact.store_file(session_id, path, "tool_result", { description = "Four bytes", source = "disk" })
assert(os.remove(path))
local artifact = Artifact.get("", id)
assert(artifact.content == "\0\1\2\255" and artifact.metadata.size == 4)
assert(artifact.metadata.description == "Four bytes" and artifact.metadata.custom.source == "disk")
assert(artifact.metadata.name == path:match("[^/]+$") and artifact.metadata.artifact_type == "ToolResult")

local found = Artifact.query({
  session_id = session_id,
  type = "tool_result",
  created_after = "2024-01-01T00:00:00Z",
  min_size = 1,
  limit = 10,
})
assert(#found == 1 and found[1].size == 4)
-- What a list names can be got and deleted by it.
assert(Artifact.get(session_id, found[1]).content == artifact.content)

local tool = Tool.get("json-processor")
assert(tool.name == "json-processor" and type(tool.schema.parameters) == "table")
local parsed = tool:execute({ operation = "parse", input = '{"a": [1, 2]}' })
assert(parsed.success and parsed.result.a[2] == 2)
assert(Tool.exists("compression") and not Tool.exists("calculator-9000"))
assert(JSON.parse(JSON.stringify({ n = 1 })).n == 1)

State.set("answers", { count = 2 })
assert(State.get("answers").count == 2 and State.list()[1] == "answers")
State.delete("answers")
assert(State.get("answers") == nil)

Session.complete(session_id)
for _, session in ipairs(Session.list({ tags = { "rag" }, limit = 5 })) do
  assert(session.id == session_id and session.status == "completed")
end
assert(Artifact.delete(session_id, id) ~= false)
assert(Session.delete(session_id) and not pcall(Session.get, session_id))
