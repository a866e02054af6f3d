--> session-replay-issues.lua

local session_id = Session.create()
replayableOperation(session_id)

local stored = Artifact.query({ session_id = session_id, tags = { "replay", "context" } })
assert(#stored == 1 and stored[1].name == "replay_context.json")
assert(stored[1].metadata.replay_metadata == true)
local text = Artifact.get(session_id, stored[1].id).content
assert(text:find('"environment":{}', 1, true) and text:find('"parameters":{}', 1, true), text)
assert(math.type(JSON.parse(text).start_time) == "integer")
assert(Session.get(session_id).replay_enabled == nil, "the record was the reader's own copy")
