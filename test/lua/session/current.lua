assert(Session.getCurrent() == nil)
local id = Session.create()
assert(Session.getCurrent() == nil, "creating a session does not make it the current one")
Session.setCurrent(id)
assert(Session.getCurrent() == id and Session.get().id == id and Session.get("").id == id)

-- A session that does not exist changes nothing.
local ok, err = pcall(Session.setCurrent, "nobody")
assert(not ok and err.code == "SESSION_NOT_FOUND" and Session.getCurrent() == id)

Session.setCurrent("")
assert(Session.getCurrent() == nil)
Session.setCurrent(id)
Session.setCurrent(nil)
assert(Session.getCurrent() == nil)

-- Deleting the current session leaves none.
Session.setCurrent(id)
Session.delete(id)
assert(Session.getCurrent() == nil)

-- Without a current session nil means nothing.
for _, name in ipairs({ "get", "suspend", "save", "children", "checkpoints", "getMetadata" }) do
  local ok, err = pcall(Session[name])
  assert(not ok and err.code == "NO_CURRENT_SESSION", name)
end
