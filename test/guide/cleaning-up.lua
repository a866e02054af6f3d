local ids = {}
for _, status in ipairs({ "active", "completed", "failed" }) do
  ids[status] = Session.create({ name = status })
  Artifact.store(ids[status], "tool_result", "result.txt", "of " .. status)
end
Session.complete(ids.completed)
Session.fail(ids.failed, "it was not to be")
local printed = {}
local function print(text)
  printed[text] = true
end

--> cleaning-up.lua

cleanupOldSessions(7)
assert(next(printed) == nil, "nothing is seven days old")

-- Everything is older than tomorrow.
cleanupOldSessions(-1)
assert(printed["Would delete session: " .. ids.completed])
assert(printed["Would delete session: " .. ids.failed])
assert(not printed["Would delete session: " .. ids.active])
assert(#Artifact.list(ids.completed) == 0 and #Artifact.list(ids.failed) == 0)
assert(#Artifact.list(ids.active) == 1)
