-- Artifacts: text, bytes, JSON and files with metadata; equal contents are stored once, large ones compressed.
--
--   npx llmspell run examples/lua/artifacts.lua

local session = Session.create({ name = "Artifacts" })

local report = Artifact.store(session, "agent_output", "report.txt", "Revenue rose by 4 percent.", {
  author = "John Doe",
  version = 2,
  confidence = 0.75,
  tags = { "report", "q4" },
})
Artifact.store(session, "tool_result", "totals.json", JSON.stringify({ north = 120, south = 80 }))
Artifact.store(session, "tool_result", "bytes.bin", "\0\1\2\254\255")
Artifact.storeFile(session, "examples/data/sales-2026-q4.csv", "user_input", { purpose = "data_import" })

-- Several at once: all of them, or none.
Artifact.storeMany(session, {
  { name = "log-1.txt", content = ("nothing happened\n"):rep(2000) },
  { name = "log-2.txt", content = ("nothing happened\n"):rep(2000) },
})

local found = Artifact.get(session, report)
print(found.content)
print(("by %s, version %d, BLAKE3 %s..."):format(
  found.metadata.author, found.metadata.version, found.content_hash:sub(1, 16)))
print()

for _, artifact in ipairs(Artifact.list(session)) do
  local stored = artifact.is_compressed and (" (stored in " .. artifact.stored_size .. ")") or ""
  print(("%-20s %-18s %6d bytes%s"):format(artifact.name, artifact.type, artifact.size, stored))
end

local logs = Artifact.query({ session_id = session, name_pattern = "log-*" })
print("\nThe logs share one content: " .. tostring(logs[1].content_hash == logs[2].content_hash))

-- A large content can be read piece by piece.
local lines = 0
for piece in Artifact.chunks(session, logs[1].id) do
  lines = lines + select(2, piece:gsub("\n", "\n"))
end
print("log-2.txt has " .. lines .. " lines")

print("deleted: " .. Artifact.deleteWhere({ session_id = session, name_pattern = "log-*" }))
Session.complete(session)
