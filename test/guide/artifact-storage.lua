-- Storing, retrieving, querying and deleting follow each other in the guide; they do so here.
local session_id = Session.create()
local storeFile = Artifact.storeFile
Artifact.storeFile = function(session, path, ...)
  assert(path == "/path/to/file.csv")
  return storeFile(session, guide_file, ...)
end

--> storing-artifacts.lua

local report = Artifact.get(session_id, artifact_id)
assert(report.type == "user_input" and report.name == "report.txt")
assert(report.content == "Quarterly report data" and report.size == #report.content)
assert(report.metadata.author == "John Doe" and report.metadata.department == "Sales")
assert(report.metadata.version == "1.0" and report.tags[2] == "q4")
assert(Artifact.get(session_id, json_id).content == '{"key":"value"}')
local file = Artifact.get(session_id, file_id)
assert(file.name == "file.csv" and file.content:find("^region,"), file.name)
assert(file.metadata.uploaded_by == "user@example.com" and file.metadata.purpose == "data_import")

local printed = {}
local function print(text)
  printed[#printed + 1] = text
end

do
--> retrieving-artifacts.lua
end

assert(printed[1] == "Content: Quarterly report data")
assert(printed[2] == "Metadata: John Doe")
assert(printed[3] == "report.txt (21 bytes)")
assert(printed[4] == "config.json (15 bytes)")
assert(printed[5]:find("^file.csv %(%d+ bytes%)$"))
assert(#printed == 5)

local wanted = { tags = { "report", "important", "more" } }
local kilobyte = ("x"):rep(1024)
local first = Artifact.store(session_id, "user_input", "first.csv", kilobyte, wanted)
local second = Artifact.store(session_id, "user_input", "second.csv", kilobyte .. "y", wanted)
Artifact.store(session_id, "user_input", "small.csv", kilobyte:sub(2), wanted)
Artifact.store(session_id, "user_input", "large.csv", ("x"):rep(1048577), wanted)
Artifact.store(session_id, "user_input", "other.txt", kilobyte, wanted)
Artifact.store(session_id, "tool_result", "type.csv", kilobyte, wanted)
Artifact.store(session_id, "user_input", "tag.csv", kilobyte, { tags = { "report" } })

do
--> querying-artifacts.lua

assert(#results == 2, #results)
assert(results[1].id == second and results[2].id == first, "the newest first")
end

do
--> deleting-artifacts.lua

assert(#old_artifacts == 0)
assert(Artifact.get(session_id, artifact_id) == nil)
assert(#Artifact.list(session_id) == 9, "nothing is older than seven days")
end

-- Eight days later.
local artifact_id = first
local real_os = os
local os = { time = function() return real_os.time() + 8 * 24 * 60 * 60 end }

do
--> deleting-artifacts.lua

assert(#old_artifacts == 8, "all but the one that was deleted by its id")
assert(#Artifact.list(session_id) == 0)
end
