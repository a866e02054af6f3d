-- settings: {"runtime.sessions.strict_isolation": true}
local own, other = Session.create(), Session.create()
Session.setCurrent(own)
Session.addMessage(nil, "user", "mine")
assert(#Session.history(own) == 1)
local function denied(action, ...)
  local ok, err = pcall(action, ...)
  assert(not ok and err.code == "POLICY_DENIED" and err.session == other, tostring(err))
end
denied(Session.addMessage, other, "user", "x")
denied(Session.history, other)
denied(Session.getMessage, other, "msg_1")
denied(Session.clearHistory, other)
denied(Session.setSystemPrompt, other, "x")
