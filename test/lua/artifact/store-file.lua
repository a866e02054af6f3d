-- settings: {"runtime.security.file_read_roots": ["@cwd/test/fixtures"]}
local id = Session.create()
local path = "test/fixtures/guide/file.csv"
local artifact = Artifact.get(id, Artifact.storeFile(id, path, "user_input", { purpose = "import" }))
assert(artifact.name == "file.csv" and artifact.type == "user_input" and artifact.mime_type == "text/csv")
assert(artifact.content == io.open(path):read("a") and artifact.metadata.purpose == "import")
assert(Artifact.get(id, Artifact.store_file(id, path, "tool_result")).sequence == 2)

local function refused(code, ...)
  local ok, err = pcall(Artifact.storeFile, ...)
  assert(not ok and err.code == code, code .. " expected, got " .. tostring(err.code))
end
refused("FILE_NOT_FOUND", id, "test/fixtures/nothing.txt", "user_input")
refused("POLICY_DENIED", id, "package.json", "user_input")
refused("POLICY_DENIED", id, "/etc/passwd", "user_input")
refused("FILE_FAILED", id, "test/fixtures/guide", "user_input")
refused("BAD_ARGUMENT", id, path)
refused("SESSION_NOT_FOUND", "nobody", path, "user_input")
refused("ARTIFACT_TYPE", id, path, "")
assert(#Artifact.list(id) == 2)
