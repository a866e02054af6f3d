local id = Session.create()
Artifact.store(id, "user_input", "a.txt", "content")
assert(Session.delete(id) == true)
assert(Session.get(id) == nil and #Session.list() == 0 and #Artifact.list(id) == 0)
assert(Session.delete(id) == false and Session.delete("nobody") == false)
assert(Session.stats().artifacts == 0)

-- Descendants go only when asked for.
local function family()
  local parent = Session.create()
  local child = Session.create({ parent_session_id = parent })
  local grandchild = Session.create({ parent_session_id = child })
  Artifact.store(grandchild, "user_input", "a.txt", "content")
  return parent, child, grandchild
end
local parent, child = family()
Session.delete(parent)
assert(Session.get(child).parent_session_id == parent and #Session.list() == 2)
local parent = family()
assert(Session.delete(parent, { recursive = true }) == true)
assert(#Session.list() == 2 and Session.stats().artifacts == 1)

-- The current session may be one of the descendants.
Session.setCurrent(select(3, family()))
local parent = Session.get(Session.get().parent_session_id).parent_session_id
assert(Session.delete(parent, { recursive = true }) and Session.getCurrent() == nil)

local ok, err = pcall(Session.delete)
assert(not ok and err.message == "bad argument #1 to 'Session.delete' (string expected, got no value)")
ok, err = pcall(Session.delete, child, { recusive = true })
assert(not ok and err.hint == 'Did you mean "recursive"?' and Session.get(child))
