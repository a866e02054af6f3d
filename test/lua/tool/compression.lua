local text = ("data"):rep(100000)
for _, algorithm in ipairs({ "gzip", "deflate", "zlib", "raw", "brotli" }) do
  local packed = Tool.execute("compression", { operation = "compress", algorithm = algorithm, input = text })
  assert(packed.success and #packed.result < 2000, algorithm)
  local unpacked = Tool.execute("compression", { operation = "decompress", algorithm = algorithm, input = packed.result })
  assert(unpacked.success and unpacked.result == text, algorithm)
end

-- The result is bytes, and the same bytes every time.
local first = Tool.execute("compression", { operation = "compress", input = "\0\255 bytes" }).result
assert(first:sub(1, 3) == "\31\139\8" and first == Tool.execute("compression", { operation = "compress", input = "\0\255 bytes" }).result)
local id = Session.create()
local kept = Artifact.get(id, Artifact.store(id, "tool_result", "a.gz", first))
assert(kept.size == #first and kept.content == first)
assert(Tool.execute("compression", { operation = "decompress", input = kept.content }).result == "\0\255 bytes")

local reply = Tool.execute("compression", { operation = "decompress", input = "no gzip" })
assert(reply.success == false and reply.error.code == "TOOL_FAILED" and reply.error.details.algorithm == "gzip")
reply = Tool.execute("compression", { operation = "decompress", max_output_bytes = 10,
  input = Tool.execute("compression", { operation = "compress", input = ("x"):rep(11) }).result })
assert(reply.success == false and reply.error.code == "TOO_LARGE")
local ok, err = pcall(Tool.execute, "compression", { operation = "compress", input = "x", level = 10 })
assert(not ok and err.code == "TOOL_ARGUMENTS")
