-- Cleaning up: see what a clean-up would take, take it, and drop single artifacts by query.
--
--   npx llmspell run examples/lua/clean-up.lua

local finished = Session.create({ name = "Finished", tags = { "example" } })
Artifact.store(finished, "tool_result", "result.txt", ("result "):rep(100))
Session.complete(finished)
local open = Session.create({ name = "Still open", tags = { "example" } })
Artifact.store(open, "tool_result", "scratch-1.tmp", "scratch")
Artifact.store(open, "tool_result", "scratch-2.tmp", "scratch")
Artifact.store(open, "tool_result", "result.txt", "result")

-- Only completed and failed sessions go; a dry run takes none.
local old = Session.cleanup({ older_than = 30 * 24 * 60 * 60, dry_run = true })
print("older than 30 days: " .. old.count)
local report = Session.cleanup({ older_than = 0, dry_run = true })
local found = false
for _, id in ipairs(report.sessions) do
  found = found or id == finished
end
print("a clean-up of everything would take the finished session: " .. tostring(found))

-- One session with all that belongs to it.
print("deleted: " .. tostring(Session.delete(finished)))
print("still there: " .. tostring(Session.get(finished)))

-- Artifacts by query.
print("scratch files deleted: " .. Artifact.deleteWhere({ session_id = open, name_pattern = "*.tmp" }))
for _, artifact in ipairs(Artifact.list(open)) do
  print("kept: " .. artifact.name)
end
Session.complete(open)

-- What there is now.
local stats = Session.stats()
print(("%d sessions, %d open, with %d artifacts"):format(stats.sessions, stats.open_sessions, stats.artifacts))
