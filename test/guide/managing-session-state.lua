local session_id = Session.create()
local ok, err = pcall(function()
--> managing-session-state.lua
end)

assert(not ok and err.code == "SESSION_STATE", tostring(err))
assert(err.from == "completed" and err.to == "failed", "both states are named")
assert(Session.get(session_id).status == "completed", "completed is final")
