local session_id = Session.create({ tags = { "analysis", "sales" } })
local other_id = Session.create({ tags = { "sales" } })
local done_id = Session.create({ tags = { "analysis" } })
Session.complete(done_id)

--> persistence.lua

assert(loaded_id == session_id)
assert(#all_sessions == 3, "of every status")
assert(#active_sessions == 1 and active_sessions[1].id == session_id)
assert(Session.get(other_id) ~= nil)
