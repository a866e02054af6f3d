for _, name in ipairs({ "store_file", "store_many", "delete_where", "storeFile", "storeMany", "deleteWhere" }) do
  assert(type(Artifact[name]) == "function", name)
end
local id = Session.create()
assert(#Artifact.store_many(id, { { name = "a", content = "x" } }) == 1)
assert(Artifact.delete_where({ session_id = id }) == 1)
