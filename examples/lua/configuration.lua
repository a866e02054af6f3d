-- What the configuration decides, seen from a script: limits, files, variables, compression. Run it under the
-- configuration of this repository, and under one with small limits:
--
--   npx llmspell run examples/lua/configuration.lua
--   npx llmspell run --config examples/lua/configuration.toml examples/lua/configuration.lua

local function try(title, action, ...)
  local ok, result = pcall(action, ...)
  if ok then
    print(("%-36s %s"):format(title, tostring(result)))
  else
    print(("%-36s %s: %s"):format(title, result.code, result.message))
    print("    decided by " .. tostring(result.key))
  end
  return ok and result
end

-- [runtime.sessions] max_sessions
local ids = {}
for i = 1, 3 do
  ids[i] = try("session " .. i, Session.create, { name = "Configuration " .. i }) or nil
end

-- [runtime.sessions] max_artifacts_per_session, max_artifact_size
for i = 1, 3 do
  try("artifact " .. i, Artifact.store, ids[1], "tool_result", i .. ".txt", "small")
end
try("an artifact of 20 KB", Artifact.store, ids[1], "tool_result", "large.txt", ("large "):rep(3500))

-- [runtime.sessions] artifact_compression_threshold
for _, artifact in ipairs(Artifact.list(ids[1])) do
  print(("%-36s %d bytes in %d"):format("  " .. artifact.name, artifact.size, artifact.stored_size))
end

-- [runtime.security] file_read_roots, environment
try("a file of the examples", function()
  return io.open("examples/data/sales-2026-q4.csv"):read()
end)
try("a file of the system", io.open, "/etc/hostname")
print(("%-36s %s"):format("the variable HOME", tostring(os.getenv("HOME"))))

for _, id in pairs(ids) do
  Session.complete(id)
end
