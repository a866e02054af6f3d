-- settings: {"runtime.sessions.strict_isolation": true}
local mine, other = Session.create(), Session.create()
local function denied(name, ...)
  local ok, err = pcall(Artifact[name], ...)
  assert(not ok and err.code == "POLICY_DENIED", name .. ": " .. tostring(err))
end
denied("store", mine, "user_input", "a.txt", "x")
Session.setCurrent(mine)
local artifact = Artifact.store(mine, "user_input", "a.txt", "x")
assert(Artifact.get(nil, artifact).content == "x" and #Artifact.list() == 1 and #Artifact.query() == 1)

denied("store", other, "user_input", "a.txt", "x")
denied("storeMany", other, {})
denied("get", other, artifact)
denied("list", other)
denied("query", { session_id = other })
denied("delete", other, artifact)
denied("deleteWhere", { session_id = other })
assert(not pcall(function()
  for _ in Artifact.chunks(other, artifact) do
    error("nothing comes")
  end
end))

Session.setCurrent(other)
denied("get", mine, artifact)
assert(#Artifact.list() == 0)
