-- Without arguments: an active session with a UUID and nothing else.
local id = Session.create()
assert(id:find("^%x+%-%x+%-7%x+%-%x+%-%x+$") and #id == 36, id)
local session = Session.get(id)
assert(session.id == id and session.status == "active" and session.name == nil)
assert(session.description == nil and #session.tags == 0 and next(session.metadata) == nil)
assert(session.parent_session_id == nil and session.failure_reason == nil)
assert(session.artifact_count == 0 and session.message_count == 0)
assert(math.type(session.created_at) == "integer" and session.created_at <= os.time())
assert(session.created_at > os.time() - 60 and session.updated_at >= session.created_at)
assert(session.created_at_iso:find("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$"))

-- With every option.
local tags, metadata = { "b", "a", "b" }, { department = "Sales", nested = { list = { 1, 2.0 } } }
local full = Session.create({
  session_id = "mine",
  name = "Full",
  description = "With everything",
  tags = tags,
  metadata = metadata,
  parent_session_id = id,
})
assert(full == "mine")
session = Session.get("mine")
assert(session.name == "Full" and session.title == "Full" and session.description == "With everything")
assert(table.concat(session.tags, ",") == "b,a", "tags keep their order, each once")
assert(session.parent_session_id == id)
assert(session.metadata.department == "Sales" and session.custom_metadata.department == "Sales")
assert(math.type(session.metadata.nested.list[1]) == "integer")
assert(math.type(session.metadata.nested.list[2]) == "float")

-- Options are copied.
tags[1], metadata.department = "changed", "changed"
assert(Session.get("mine").tags[1] == "b" and Session.get("mine").metadata.department == "Sales")

-- A string is the name, title and id are other names, one tag needs no list.
assert(Session.get(Session.create("Named")).name == "Named")
local titled = Session.get(Session.create({ title = "Titled", tags = "one", id = "own-id" }))
assert(titled.name == "Titled" and titled.tags[1] == "one" and titled.id == "own-id")

-- What rs-llmspell's scripts pass.
assert(Session.get(Session.create({ created_by = "jane", config = {} })).metadata.created_by == "jane")

-- The builder.
local built = Session.builder():name("Built"):description("Step by step"):tag("x"):tag("y")
  :metadata({ k = 1 }):parent_session_id("mine"):build()
session = Session.get(built)
assert(session.name == "Built" and session.description == "Step by step" and session.tags[2] == "y")
assert(session.metadata.k == 1 and session.parent_session_id == "mine")
assert(Session.get(Session.builder():tags({ "z" }):build()).tags[1] == "z")
