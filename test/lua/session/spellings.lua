-- Every function has its name in camelCase and in snake_case.
local names = {
  set_current = "setCurrent", get_current = "getCurrent", update_metadata = "updateMetadata",
  get_metadata = "getMetadata",
}
for snake, camel in pairs(names) do
  assert(type(Session[snake]) == "function" and type(Session[camel]) == "function", snake)
end
local id = Session.create()
Session.set_current(id)
assert(Session.get_current() == id)
assert(Session.update_metadata(id, { a = 1 }) and Session.get_metadata(id).a == 1)
