local id, other = Session.create(), Session.create()
local artifact = Artifact.store(id, "user_input", "a.txt", "first")
local newer = Artifact.store(id, "user_input", "a.txt", "second")

-- Only its own session has it.
assert(Artifact.get(id, artifact).content == "first")
assert(Artifact.get(other, artifact) == nil and Artifact.get("nobody", artifact) == nil)
assert(Artifact.get(id, "nothing") == nil and Artifact.get(id, "") == nil)

-- An id is a string or a table.
local found = Artifact.get(id, artifact)
local reference = { content_hash = found.content_hash, session_id = id, sequence = 1 }
assert(Artifact.get(id, reference).id == artifact)
assert(Artifact.get(id, { content_hash = found.content_hash, session_id = id }).id == artifact)
assert(Artifact.get(id, { id = newer }).content == "second")
assert(Artifact.get(id, found).id == artifact, "a record serves as an id")
assert(Artifact.get(id, { content_hash = found.content_hash, session_id = id, sequence = 2 }) == nil)
assert(Artifact.get(other, reference) == nil)
assert(Artifact.delete(id, reference) == true and Artifact.get(id, artifact) == nil)

Session.setCurrent(id)
assert(Artifact.get(nil, newer).content == "second" and Artifact.get("", newer).content == "second")

local function refused(message, ...)
  local ok, err = pcall(Artifact.get, ...)
  assert(not ok and err.code == "BAD_ARGUMENT" and err.message == message, err.message)
end
refused("bad argument #2 to 'Artifact.get' (string expected, got nil)", id, nil)
refused("bad argument #2 to 'Artifact.get' (string expected, got no value)", id)
refused("bad argument #2 to 'Artifact.get' (an id table needs content_hash and session_id)", id, {})
Session.setCurrent(nil)
local ok, err = pcall(Artifact.get, nil, newer)
assert(not ok and err.code == "NO_CURRENT_SESSION")
