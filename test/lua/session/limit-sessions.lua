-- settings: {"runtime.sessions.max_sessions": 2}
local first, second = Session.create(), Session.create()
local ok, err = pcall(Session.create)
assert(not ok and err.code == "LIMIT_SESSIONS" and err.limit == 2)
assert(err.message == "there are 2 open sessions already", err.message)

-- Suspended sessions count, ended ones don't.
Session.suspend(first)
assert(not pcall(Session.create))
Session.complete(second)
local third = Session.create()
assert(not pcall(Session.create))
Session.delete(first)
Session.create()
assert(#Session.list() == 3)
