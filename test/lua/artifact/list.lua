local id = Session.create()
assert(#Artifact.list(id) == 0 and #Artifact.list("nobody") == 0)
for i = 1, 5 do
  Artifact.store(id, "tool_result", "item " .. i, ("x"):rep(i), { tags = { "t" .. i } })
end
local entries = Artifact.list(id)
assert(#entries == 5)
for i, entry in ipairs(entries) do
  assert(entry.name == "item " .. i and entry.size == i and #entry.id == 36, "in the order of storing")
  assert(entry.type == "tool_result" and entry.tags[1] == "t" .. i and entry.metadata.tags[1] == "t" .. i)
  assert(math.type(entry.created_at) == "integer" and entry.content == nil)
end

-- Deleting while going through a result is safe.
for _, entry in ipairs(entries) do
  assert(Artifact.delete(id, entry.id) == true)
end
assert(#Artifact.list(id) == 0)

local ok, err = pcall(Artifact.list)
assert(not ok and err.code == "NO_CURRENT_SESSION")
ok, err = pcall(Artifact.list, {})
assert(not ok and err.message == "bad argument #1 to 'Artifact.list' (string expected, got table)")
