local id = Session.create()
local artifact = Artifact.store(id, "user_input", "a.txt", "x")
assert(Artifact.delete(Session.create(), artifact) == false, "another session does not have it")
assert(Artifact.delete(id, artifact) == true and Artifact.delete(id, artifact) == false)
assert(Artifact.delete(id, "nothing") == false and Session.get(id).artifact_count == 0)

-- Everything that a query finds.
for i = 1, 6 do
  Artifact.store(id, i % 2 == 0 and "tool_result" or "user_input", "a" .. i, "x", { tags = { "t" } })
end
assert(Artifact.deleteWhere({ session_id = id, type = "tool_result", limit = 2 }) == 2)
assert(Artifact.deleteWhere({ session_id = id, type = "tool_result" }) == 1)
assert(Artifact.deleteWhere({ session_id = id, type = "tool_result" }) == 0)
assert(#Artifact.list(id) == 3 and Session.get(id).artifact_count == 3)
assert(Artifact.delete_where({ session_id = id, tags = { "t" } }) == 3 and #Artifact.list(id) == 0)

-- A misspelt filter deletes nothing.
Artifact.store(id, "user_input", "kept", "x")
local ok, err = pcall(Artifact.deleteWhere, { session_id = id, tgas = { "t" } })
assert(not ok and err.hint == 'Did you mean "tags"?' and #Artifact.list(id) == 1)
