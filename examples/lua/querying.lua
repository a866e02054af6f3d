-- Finding artifacts: by type, tags, name, size, time and metadata. All that a query names must hold.
--
--   npx llmspell run examples/lua/querying.lua

local session = Session.create({ name = "Querying" })
for _, region in ipairs({ "north", "south", "east", "west" }) do
  for quarter = 1, 4 do
    Artifact.store(session, "tool_result", ("%s-q%d.csv"):format(region, quarter), ("row\n"):rep(quarter * 100), {
      region = region,
      quarter = quarter,
      tags = { "revenue", quarter == 4 and "final" or "interim" },
    })
  end
end
Artifact.store(session, "user_input", "notes.txt", "Compare north and south.")

local function show(title, filter)
  filter.session_id = session
  local names = {}
  for i, artifact in ipairs(Artifact.query(filter)) do
    names[i] = artifact.name
  end
  print(("%-34s %2d: %s"):format(title, #names, table.concat(names, " ")))
end

show("typed in by the user", { type = "user_input" })
show("final figures", { tags = { "revenue", "final" } })
show("of the north", { name_pattern = "north-*.csv" })
show("first halves of south and east", { name_pattern = "[se]*-q[12].csv" })
show("of the third quarter", { metadata = { quarter = 3 } })
show("from 1000 to 1200 bytes", { min_size = 1000, max_size = 1200 })
show("of the last hour, newest 3", { created_after = os.time() - 3600, limit = 3 })
show("older than a week", { created_before = os.time() - 7 * 24 * 60 * 60 })
show("since 2020", { created_after = "2020-01-01", type = "user_input" })
Session.complete(session)

-- Sessions are found in the same way.
local sessions = Session.list({ status = "completed", updated_after = os.time() - 60, limit = 1 })
print("\nthe session that changed last: " .. sessions[1].name)
