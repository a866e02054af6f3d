-- The tool compression packs and unpacks bytes.
--
--   npx llmspell run examples/lua/tools/compression.lua

local text = ("One line of a log that repeats itself.\n"):rep(1000)
for _, algorithm in ipairs{ "gzip", "zlib", "raw", "brotli" } do
  local packed = Tool.compression{ operation = "compress", algorithm = algorithm, input = text }.result
  local plain = Tool.compression{ operation = "decompress", algorithm = algorithm, input = packed }.result
  print(("%-6s %5d bytes, the same text: %s"):format(algorithm, #packed, plain == text))
end

-- What would get larger than expected is stopped.
local packed = Tool.compression{ operation = "compress", input = text }.result
print(Tool.compression{ operation = "decompress", input = packed, max_output_bytes = 1000 }.error.code)
