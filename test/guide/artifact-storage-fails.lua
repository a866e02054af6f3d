local session_id = Session.create()

--> artifact-storage-fails.lua

assert(compressed.success == true and #compressed.result < #large_content / 100)
local stored = Artifact.list(session_id)
assert(#stored == 1 and stored[1].name == "large_file.gz" and stored[1].size == #compressed.result)
local metadata = stored[1].metadata
assert(metadata.original_size == 400000 and metadata.compressed_size == #compressed.result)
assert(math.type(metadata.compression_ratio) == "float")
assert(metadata.compression_ratio == metadata.compressed_size / metadata.original_size)
local unpacked = Tool.execute("compression", {
  operation = "decompress",
  algorithm = "gzip",
  input = Artifact.get(session_id, stored[1].id).content,
})
assert(unpacked.success and unpacked.result == large_content)
