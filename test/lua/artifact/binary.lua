-- Contents are bytes: all of them, in every length, compressed or not.
local id = Session.create()
local all = {}
for byte = 0, 255 do
  all[#all + 1] = string.char(byte)
end
all = table.concat(all)
local contents = {
  all, "\0", "\r\n", "\255\254\0", "grüße \u{1F600}", "\237\160\128", ("\0"):rep(20000), all:rep(100),
}
for i, content in ipairs(contents) do
  local artifact = Artifact.store(id, "tool_result", "content " .. i, content)
  local found = Artifact.get(id, artifact)
  assert(found.content == content and found.size == #content, i)
end

-- Above the threshold contents are compressed when that pays; size and hash are those of the plain bytes.
local zeros = Artifact.list(id)[7]
assert(zeros.size == 20000 and zeros.stored_size < 200 and zeros.is_compressed == true)
