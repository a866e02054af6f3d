local id = Session.create()
assert(Session.save(id) == true)
assert(Session.load(id) == id)

local ok, err = pcall(Session.save, "nobody")
assert(not ok and err.code == "SESSION_NOT_FOUND")

local found, message = Session.load("some-uuid")
assert(found == nil and message == 'session "some-uuid" does not exist')
assert(Session.get("some-uuid") == nil and Session.getMetadata("some-uuid") == nil)
local ok, err = pcall(Session.load)
assert(not ok and err.message == "bad argument #1 to 'Session.load' (string expected, got no value)")
