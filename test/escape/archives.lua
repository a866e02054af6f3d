local function put(name, bytes)
  local path = ROOT .. "/" .. name
  local file <close> = assert(io.open(path, "wb"))
  file:write(bytes)
  return path
end

local function octal(number, width) return ("%0" .. (width - 1) .. "o\0"):format(number) end

local function block(text) return text .. ("\0"):rep(-#text % 512) end

-- entry: name, flag, content, link, size
local function tar(...)
  local blocks = {}
  for _, entry in ipairs({ ... }) do
    local content = entry.content or ""
    local name, link = entry.name:sub(1, 100), (entry.link or ""):sub(1, 100)
    local front = name .. ("\0"):rep(100 - #name) .. octal(511, 8) .. octal(0, 8) .. octal(0, 8)
      .. (entry.size or octal(#content, 12)) .. octal(0, 12)
    local back = (entry.flag or "0") .. link .. ("\0"):rep(100 - #link) .. "ustar\00000" .. ("\0"):rep(247)
    local sum = 8 * 32
    for byte in (front .. back):gmatch(".") do sum = sum + byte:byte() end
    blocks[#blocks + 1] = front .. ("%06o\0 "):format(sum) .. back .. block(content)
  end
  return table.concat(blocks) .. ("\0"):rep(1024)
end

-- entry: name, content, size (what is said of it), mode, method, local_name
local function zip(...)
  local function crc(text)
    local value = 0xffffffff
    for byte in text:gmatch(".") do
      value = value ~ byte:byte()
      for _ = 1, 8 do value = (value >> 1) ~ ((value & 1) * 0xedb88320) end
    end
    return value ~ 0xffffffff
  end
  local files, directory, count = "", "", 0
  for _, entry in ipairs({ ... }) do
    local content = entry.content or ""
    local facts = ("<I2I2I2I2I4I4I4"):pack(entry.flags or 0, entry.method or 0, 0, 33, crc(content), #content, entry.size or #content)
    local first = entry.local_name or entry.name
    directory = directory .. ("<I4I2I2"):pack(0x02014b50, 0x031e, 20) .. facts
      .. ("<I2I2I2I2I2I4I4"):pack(#entry.name, 0, 0, 0, 0, (entry.mode or 0x81a4) << 16, entry.at or #files) .. entry.name
    files = files .. ("<I4I2"):pack(0x04034b50, 20) .. facts .. ("<I2I2"):pack(#first, 0) .. first .. content
    count = count + 1
  end
  return files .. directory .. ("<I4I2I2I2I2I4I4I2"):pack(0x06054b50, 0, 0, count, count, #directory, #files, 0)
end

local function extract(name, bytes, more)
  local args = { operation = "extract", path = put(name, bytes), target_path = ROOT .. "/out" }
  for key, value in pairs(more or {}) do args[key] = value end
  return Tool.execute("archive-handler", args)
end

local function refused(answer, ...)
  assert(answer.success == false, JSON.stringify(answer))
  for _, code in ipairs({ ... }) do if answer.error.code == code then return end end
  error(answer.error.code .. ": " .. answer.error.message)
end

-- tries: to write outside with names that go up, or begin at the root
-- must: POLICY_DENIED, and nothing is unpacked
for _, name in ipairs({ "../outside/new.txt", "a/../../outside/new.txt", "/tmp/new.txt", CANARY, "..", "../", "./../x", "a/b/../../../x",
  "C:\\x", "C:/x", "a\\..\\..\\x", "\\\\server\\x", "..\\x" }) do
  refused(extract("slip.tar", tar({ name = "fine.txt", content = "x" }, { name = name, content = "x" })), "POLICY_DENIED")
  refused(extract("slip.zip", zip({ name = "fine.txt", content = "x" }, { name = name, content = "x" })), "POLICY_DENIED")
  assert(not pcall(io.lines, ROOT .. "/out/fine.txt"))
end

-- tries: to say one name in the directory of a zip and another one beside the content
-- must: the judged name is the one that is used
local answer = extract("names.zip", zip({ name = "honest.txt", local_name = "../outside/new.txt", content = "x" }))
assert(answer.success and answer.result.files[1] == "honest.txt", JSON.stringify(answer))

-- tries: to go outside with the long names of GNU and pax
-- must: POLICY_DENIED
local record = ("%d path=%s\n"):format(33, "../outside/pax-escape.txt")
refused(extract("pax.tar", tar({ name = "pax", flag = "x", content = record }, { name = "fine.txt", content = "x" })), "POLICY_DENIED", "TOOL_FAILED")
refused(extract("gnu.tar", tar({ name = "././@LongLink", flag = "L", content = "../outside/gnu.txt\0" }, { name = "a", content = "x" })),
  "POLICY_DENIED")

-- tries: to make a link, and then to write through it
-- must: POLICY_DENIED, for links of every kind
for _, flag in ipairs({ "1", "2", "K" }) do
  refused(extract("link.tar", tar({ name = "way", flag = flag, link = ROOT .. "/../outside", content = flag == "K" and "x" or "" },
    { name = "way/new.txt", content = "x" })), "POLICY_DENIED")
end
refused(extract("link.zip", zip({ name = "way", content = ROOT .. "/../outside", mode = 0xa1ff }, { name = "way/new.txt", content = "x" })),
  "POLICY_DENIED")

-- tries: to write through links that are there already
-- must: POLICY_DENIED or an error of the system, and nothing is written there
for _, name in ipairs({ "links/folder/new.txt", "links/file", "links/dangling", "links/dangling/x", "links/circle/x", "links/device" }) do
  local path = put("through.tar", tar({ name = name, content = "overwritten" }))
  local answer = Tool.execute("archive-handler", { operation = "extract", path = path, target_path = ROOT })
  refused(answer, "POLICY_DENIED", "FILE_FAILED")
end

-- tries: to unpack into a folder that a link leads to, or to pack what it leads to
-- must: POLICY_DENIED
local path = put("plain.tar", tar({ name = "new.txt", content = "x" }))
for _, target in ipairs({ LINKS .. "/folder", LINKS .. "/dangling", ROOT .. "/../outside", "/etc", LINKS .. "/proc" }) do
  local answer = Tool.execute("archive-handler", { operation = "extract", path = path, target_path = target })
  assert(not answer.success, target)
  refused(answer, "POLICY_DENIED", "FILE_FAILED")
  refused(Tool.execute("archive-handler", { operation = "create", path = target .. "/a.zip", input = path }), "POLICY_DENIED", "FILE_FAILED")
end
for _, source in ipairs({ CANARY, LINKS .. "/file", LINKS .. "/folder", "/etc/passwd", "/proc/self/environ", LINKS .. "/device" }) do
  refused(Tool.execute("archive-handler", { operation = "create", path = ROOT .. "/taken.zip", input = source }), "POLICY_DENIED")
  refused(Tool.execute("archive-handler", { operation = "list", path = source, format = "tar" }), "POLICY_DENIED")
end
local answer = Tool.execute("archive-handler", { operation = "create", path = ROOT .. "/all.tar", input = LINKS })
assert(not answer.success or answer.result.archived_files == 0, JSON.stringify(answer))

-- tries: to make devices, pipes, and entries of kinds that there are not
-- must: POLICY_DENIED
for _, flag in ipairs({ "3", "4", "6", "S", "M", "V", "\1" }) do
  refused(extract("device.tar", tar({ name = "device", flag = flag })), "POLICY_DENIED")
end
for _, mode in ipairs({ 0x21ff, 0x61ff, 0x11ff, 0xc1ff }) do
  refused(extract("device.zip", zip({ name = "device", mode = mode })), "POLICY_DENIED")
end

-- tries: to unpack a file with the mode of its owner and the bits that make programs run as somebody else
-- must: the file has none of these bits
local answer = extract("mode.zip", zip({ name = "runs.sh", content = "#!/bin/sh\n", mode = 0x8fff }))
assert(answer.success, JSON.stringify(answer))
local facts = Tool.execute("file-operations", { operation = "metadata", path = ROOT .. "/out/runs.sh" })
assert(facts.success, JSON.stringify(facts))
local mode = tostring(facts.result.mode or facts.result.permissions)
assert(not mode:find("[4567]%d%d%d$"), mode)

-- tries: to replace a file by naming it twice, or a folder by a file
-- must: an error
refused(extract("twice.tar", tar({ name = "a.txt", content = "one" }, { name = "a.txt", content = "two" })), "TOOL_FAILED")
refused(extract("twice.zip", zip({ name = "./a.txt", content = "one" }, { name = "a.txt", content = "two" })), "TOOL_FAILED")
refused(extract("both.tar", tar({ name = "b", content = "file" }, { name = "b/c.txt", content = "x" })), "TOOL_FAILED", "FILE_FAILED", "POLICY_DENIED")
refused(extract("none.tar", tar({ name = "", content = "x" })), "TOOL_FAILED")

-- tries: to unpack a configuration that opens everything
-- must: POLICY_DENIED
for _, name in ipairs({ "llmspell.toml", "deep/llmspell.toml" }) do
  refused(extract("config.tar", tar({ name = name, content = "[runtime.security]\ncommands = ['*']\n" })), "POLICY_DENIED")
  refused(extract("config.zip", zip({ name = name, content = "[runtime.security]\ncommands = ['*']\n" })), "POLICY_DENIED")
end

-- tries: to unpack bombs: of one file, of many, of folders in folders
-- must: TOO_LARGE before anything is written
-- memory: 96
local bomb = Tool.execute("compression", { operation = "compress", input = ("\0"):rep(20000000) }).result
refused(extract("bomb.gz", bomb), "TOO_LARGE")
refused(extract("bomb.tar.gz", bomb), "TOO_LARGE")
refused(extract("lie.gz", bomb:sub(1, -5) .. "\1\0\0\0"), "TOO_LARGE", "TOOL_FAILED")
local many = {}
for i = 1, 3000 do many[i] = { name = "f" .. i } end
refused(extract("many.zip", zip(table.unpack(many)), { max_files = 1000 }), "TOO_LARGE")
refused(extract("deep.zip", zip({ name = ("d/"):rep(5000) .. "x", content = "x" })), "POLICY_DENIED")
refused(extract("long.zip", zip({ name = ("n"):rep(5000), content = "x" })), "FILE_FAILED")

-- tries: to have many entries share one content
-- must: each counts
local content = ("x"):rep(100000)
local first = { name = "f0", content = content }
local all = { first }
for i = 1, 200 do all[#all + 1] = { name = "f" .. i, size = 100000, at = 0 } end
refused(extract("overlap.zip", zip(table.unpack(all)), { max_bytes = 1000000 }), "TOO_LARGE", "TOOL_FAILED")

-- tries: to lie about sizes, places and counts
-- must: an error of the tool
refused(extract("size.zip", zip({ name = "a", content = "xyz", size = 2 })), "TOOL_FAILED")
refused(extract("size2.zip", zip({ name = "a", content = "xyz", size = 0xfffffffe })), "TOOL_FAILED", "TOO_LARGE")
refused(extract("place.zip", zip({ name = "a", content = "xyz", at = 0xfffffff0 })), "TOOL_FAILED")
refused(extract("method.zip", zip({ name = "a", content = "xyz", method = 99 })), "TOOL_FAILED")
refused(extract("locked.zip", zip({ name = "a", content = "xyz", flags = 1 })), "TOOL_FAILED")
for _, size in ipairs({ "77777777777\0", "-0000000001\0", "\255" .. ("\255"):rep(11), "\128" .. ("\255"):rep(11), "99999999999\0" }) do
  refused(extract("size.tar", tar({ name = "a", size = size })), "TOOL_FAILED")
end
for _, record in ipairs({ "0 path=x\n", "-5 path=x\n", "1e9 size=1\n", "Infinity path=x\n", "9 size=-1\n", "20 size=1e300\n", "10", "  ", "12 size=NaN\n" }) do
  local answer = extract("pax.tar", tar({ name = "p", flag = "x", content = record }, { name = "safe.txt", content = "x" }))
  assert(not answer.success or answer.result.files[1] == "safe.txt", record)
  if answer.success then assert(os.remove(ROOT .. "/out/safe.txt")) end
end

-- tries: to unpack what is no archive, or half of one
-- must: an error of the tool for each
local whole = zip({ name = "half.txt", content = ("x"):rep(100) })
for length = 0, #whole - 1, 7 do refused(extract("half.zip", whole:sub(1, length)), "TOOL_FAILED") end
whole = tar({ name = "half.txt", content = ("x"):rep(1000) })
for _, length in ipairs({ 0, 1, 511, 512, 600, 1024, 1300 }) do refused(extract("half.tar", whole:sub(1, length)), "TOOL_FAILED") end
for _, format in ipairs({ "zip", "tar", "tar.gz", "gz" }) do
  for _, bytes in ipairs({ "", "x", ("\0"):rep(100), ("\255"):rep(100000), ("PK\5\6"):rep(10000) }) do
    local answer = extract("none.bin", bytes, { format = format })
    assert(not answer.success or answer.result.extracted_files == 0, format .. JSON.stringify(answer))
  end
end

-- tries: to give names that no file has, and that are keys of JavaScript
-- must: they are names like others, or refused
refused(extract("nul.zip", zip({ name = "a\0.txt", content = "x" })), "POLICY_DENIED")
local answer = extract("proto.tar", tar({ name = "__proto__", content = "x" }, { name = "constructor", content = "x" }))
assert(answer.success and answer.result.extracted_files == 2, JSON.stringify(answer))
answer = Tool.execute("archive-handler", { operation = "create", path = ROOT .. "/proto.zip",
  input = { ROOT .. "/out/__proto__", ROOT .. "/out/constructor" } })
assert(answer.success and answer.result.archived_files == 2, JSON.stringify(answer))
answer = Tool.execute("archive-handler", { operation = "list", path = ROOT .. "/proto.zip" })
assert(answer.result.file_count == 2, JSON.stringify(answer))

-- tries: to ask for limits beyond those of the host
-- must: what is asked for is no more than the ceiling
-- memory: 96
local bomb = Tool.execute("compression", { operation = "compress", input = ("\0"):rep(20000000) }).result
local answer = extract("limit.gz", bomb, { max_bytes = 2 ^ 52, max_ratio = 2 ^ 52, max_files = 1000000 })
assert(answer.success or answer.error.code == "TOO_LARGE", JSON.stringify(answer))
