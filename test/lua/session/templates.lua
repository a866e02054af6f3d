local template = {
  name_prefix = "Pipeline-",
  description = "of the night",
  tags = { "pipeline", "automated" },
  metadata = { version = "2.0", retries = 3, nested = { a = 1 } },
}
Session.defineTemplate("pipeline", template)
Session.define_template("plain", { name = "usual", tags = "one" })

local sales = Session.get(Session.createFromTemplate("pipeline", "sales"))
assert(sales.name == "Pipeline-sales" and sales.description == "of the night" and sales.status == "active")
assert(table.concat(sales.tags, " ") == "pipeline automated")
assert(sales.metadata.version == "2.0" and sales.metadata.retries == 3 and sales.metadata.nested.a == 1)

local custom = Session.get(Session.create_from_template("pipeline", {
  name = "returns",
  description = "by hand",
  tags = { "manual", "pipeline" },
  metadata = { retries = 5, owner = "anna" },
  session_id = "mine",
  parent_session_id = sales.id,
}))
assert(custom.id == "mine" and custom.name == "Pipeline-returns" and custom.description == "by hand")
assert(table.concat(custom.tags, " ") == "pipeline automated manual", "each tag once")
assert(custom.metadata.retries == 5 and custom.metadata.owner == "anna" and custom.metadata.version == "2.0")
assert(custom.parent_session_id == sales.id)

-- Neither the template nor what was given has changed.
assert(#template.tags == 2 and template.metadata.retries == 3 and template.name == nil)
assert(Session.get(Session.createFromTemplate("pipeline")).name == "Pipeline-")
assert(Session.get(Session.createFromTemplate("plain")).name == "usual")
assert(Session.get(Session.createFromTemplate("plain", "other")).name == "other")
Session.defineTemplate("plain", { name = "new" })
assert(Session.get(Session.createFromTemplate("plain")).name == "new" and #Session.list({ tags = "one" }) == 2)

local function fails(expected, ...)
  local ok, err = pcall(...)
  assert(not ok and tostring(err):find(expected, 1, true), tostring(err))
  assert(tostring(err):find("templates.lua:", 1, true), tostring(err))
end
fails("unknown template 'nightly'; there are pipeline, plain", function() Session.createFromTemplate("nightly") end)
fails("bad argument #1 to 'Session.createFromTemplate' (string expected", function() Session.createFromTemplate() end)
fails("bad argument #2 to 'Session.createFromTemplate' (table expected", function()
  Session.createFromTemplate("plain", 7)
end)
fails("bad argument #2 to 'Session.defineTemplate' (table expected, got nil)", function()
  Session.defineTemplate("x")
end)
local ok, err = pcall(Session.createFromTemplate, "plain", { nme = "x" })
assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find("unknown field 'nme'", 1, true))
Session.defineTemplate("misspelt", { prefix = "x" })
ok, err = pcall(Session.createFromTemplate, "misspelt")
assert(not ok and err.message:find("unknown field 'prefix'", 1, true))
