local first, second = Session.create(), Session.create()
local content = ("the same content "):rep(10)
local a = Artifact.store(first, "user_input", "a.txt", content)
local b = Artifact.store(first, "tool_result", "b.txt", content)
local c = Artifact.store(second, "user_input", "c.txt", content)
assert(a ~= b and b ~= c)
local hash = Artifact.get(first, a).content_hash
assert(Artifact.get(first, b).content_hash == hash and Artifact.get(second, c).content_hash == hash)

-- The content stays until the last artifact that has it is gone.
Artifact.delete(first, a)
assert(Artifact.get(first, b).content == content)
Session.delete(first)
assert(Artifact.get(second, c).content == content)
Artifact.delete(second, c)
local again = Artifact.store(second, "user_input", "c.txt", content)
assert(Artifact.get(second, again).content == content)
