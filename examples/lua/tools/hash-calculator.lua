-- The tool hash-calculator makes digests, and says whether a content still has the one that it had.
--
--   npx llmspell run examples/lua/tools/hash-calculator.lua

local hash = Tool.get("hash-calculator")
for _, algorithm in ipairs{ "sha256", "sha3-256", "blake3" } do
  print(algorithm, hash{ input = "abc", algorithm = algorithm }.result.hash)
end

local expected = hash{ input = "the report" }.result.hash
for _, content in ipairs{ "the report", "the report, changed" } do
  local reply = hash{ operation = "verify", input = content, expected_hash = expected }
  print(("%-20s unchanged: %s"):format(content, reply.result.valid))
end

-- Files are read piece by piece, where file_read_roots opens them:
--   hash{ file = "build/release.tar.gz", algorithm = "blake3" }
