local session_id = Session.create()

--> session-context.lua

assert(current == session_id)
assert(Session.getCurrent() == nil)
