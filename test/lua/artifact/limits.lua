-- settings: {"runtime.sessions.max_artifacts_per_session": 3, "runtime.sessions.max_artifact_size": 1000}
local id = Session.create()
local ok, err = pcall(Artifact.store, id, "user_input", "large", ("x"):rep(1001))
assert(not ok and err.code == "TOO_LARGE" and err.message:find("1000 bytes"), tostring(err))
assert(#Artifact.list(id) == 0)
local exact = Artifact.store(id, "user_input", "exact", ("x"):rep(1000))

local two = { { name = "a", content = "x" }, { name = "b", content = "x" } }
Artifact.store(id, "user_input", "second", "x")
ok, err = pcall(Artifact.storeMany, id, two)
assert(not ok and err.code == "LIMIT_ARTIFACTS" and err.limit == 3 and #Artifact.list(id) == 2)
Artifact.store(id, "user_input", "third", "x")
ok, err = pcall(Artifact.store, id, "user_input", "fourth", "x")
assert(not ok and err.code == "LIMIT_ARTIFACTS" and err.session == id)
assert(err.key == "runtime.sessions.max_artifacts_per_session")

Artifact.delete(id, exact)
Artifact.store(id, "user_input", "fourth", "x")
Artifact.store(Session.create(), "user_input", "elsewhere", "x")
