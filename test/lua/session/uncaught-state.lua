-- expect-error: SESSION_STATE
local id = Session.create()
Session.complete(id)
Session.resume(id)
