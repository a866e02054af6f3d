-- settings: {"runtime.sessions.artifact_compression_threshold": 100}
local id = Session.create()
local small = Artifact.get(id, Artifact.store(id, "tool_result", "a", ("x"):rep(100)))
local large = Artifact.get(id, Artifact.store(id, "tool_result", "b", ("x"):rep(200)))
assert(small.is_compressed == false and small.stored_size == 100)
assert(large.is_compressed == true and large.stored_size < 100 and large.content == ("x"):rep(200))
