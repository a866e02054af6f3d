-- Suspended and ended sessions take no new content; everything else goes on working.
local function check(id, status)
  local before = Artifact.list(id)[1]
  local refused = {
    function() Artifact.store(id, "tool_result", "new.txt", "x") end,
    function() Artifact.storeMany(id, { { name = "new.txt", content = "x" } }) end,
  }
  for _, write in ipairs(refused) do
    local ok, err = pcall(write)
    assert(not ok and err.code == "SESSION_STATE" and err.from == status and err.to == "active")
    assert(err.message:find("cannot store an artifact in a " .. status .. " session", 1, true))
  end
  assert(#Artifact.list(id) == 2)
  assert(Artifact.get(id, before.id).content == "kept")
  assert(#Artifact.query({ session_id = id, type = "tool_result" }) == 2)
  assert(Session.updateMetadata(id, { seen = status }))
  assert(Session.getMetadata(id).seen == status)
  assert(Session.save(id) and Session.load(id) == id)
  assert(Artifact.delete(id, before.id) and #Artifact.list(id) == 1)
  assert(Session.get(id).status == status)
  assert(Session.delete(id) and Session.get(id) == nil)
end
for status, action in pairs({ suspended = "suspend", completed = "complete", failed = "fail" }) do
  local id = Session.create()
  Artifact.store(id, "tool_result", "kept.txt", "kept")
  Artifact.store(id, "tool_result", "other.txt", "other")
  Session[action](id)
  check(id, status)
end
