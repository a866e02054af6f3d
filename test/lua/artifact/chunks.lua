-- A content of 5 MB, piece by piece.
local id = Session.create()
local lines = {}
for i = 1, 50000 do
  lines[i] = ("%08d %s\n"):format(i, ("x"):rep(91))
end
local content = table.concat(lines) .. "end"
local artifact = Artifact.store(id, "tool_result", "large.txt", content)
local pieces, size = {}, 0
for piece in Artifact.chunks(id, artifact) do
  pieces[#pieces + 1] = piece
  size = size + #piece
  assert(#piece <= 1024 * 1024)
end
assert(size == #content and #pieces == 5, #pieces)
assert(table.concat(pieces) == content)
assert(Artifact.get(id, artifact).content == content)

-- An empty content has no pieces, what does not exist is an error.
for _ in Artifact.chunks(id, Artifact.store(id, "tool_result", "empty", "")) do
  error("nothing comes")
end
local ok, err = pcall(function()
  for _ in Artifact.chunks(id, "nothing") do
  end
end)
assert(not ok and err.code == "ARTIFACT_NOT_FOUND", tostring(err))
