-- tries: to read a file outside of the open folders
-- must: POLICY_DENIED
for _, path in ipairs({ CANARY, "/etc/passwd", ROOT .. "/../outside/canary.txt", ROOT .. "/./../outside/./canary.txt",
  ROOT .. "//..//outside//canary.txt", LINKS .. "/file", LINKS .. "/folder/canary.txt", LINKS .. "/../../outside/canary.txt",
  "/proc/self/root" .. CANARY, "/proc/self/cwd/package.json" }) do
  for _, mode in ipairs({ "r", "rb", "r+", "w", "a", "w+", "a+" }) do
    local ok, err = pcall(io.open, path, mode)
    assert(not ok and err.code == "POLICY_DENIED", path .. " " .. tostring(err))
  end
  assert(not pcall(io.lines, path) and not pcall(io.input, path) and not pcall(io.output, path), path)
end

-- tries: to tell from the error whether a file outside exists
-- must: both are refused alike
local function refusal(path)
  local ok, err = pcall(io.open, path)
  assert(not ok)
  return err.code .. tostring(err.message):gsub(path, "X", 1):gsub("[%w_.-]+/canary.txt", ""):gsub("[%w_.-]+/none.txt", "")
end
local none = CANARY:gsub("canary.txt", "none.txt")
assert(refusal(CANARY):gsub("canary", "none") == refusal(none), refusal(CANARY))

-- tries: to write through a link that leads to nothing outside
-- must: POLICY_DENIED, and nothing is created there
for _, mode in ipairs({ "w", "a", "w+", "r+" }) do
  local ok, err = pcall(io.open, LINKS .. "/dangling", mode)
  assert(not ok and err.code == "POLICY_DENIED", tostring(err))
end

-- tries: to read devices, pipes and the files of the process
-- must: POLICY_DENIED
for _, path in ipairs({ LINKS .. "/device", LINKS .. "/proc", "/dev/zero", "/dev/stdin", "/dev/fd/0", "/proc/self/environ",
  "/proc/self/mem", "/proc/self/maps", "/sys/kernel" }) do
  local ok, err = pcall(io.open, path)
  assert(not ok and err.code == "POLICY_DENIED", path .. tostring(err))
end

-- tries: to go round in a circle of links
-- must: an error
local ok, err = pcall(io.open, LINKS .. "/circle")
assert(not ok or err, tostring(err))

-- tries: to cut a path with NUL, or to give none
-- must: BAD_ARGUMENT
for _, path in ipairs({ ROOT .. "/a\0" .. CANARY, "\0", "", ROOT .. "/ok.txt\0.lua" }) do
  local ok, err = pcall(io.open, path, "w")
  assert(not ok and err.code == "BAD_ARGUMENT", tostring(err))
end
for _, path in ipairs({ {}, true, print, ROOT .. "/\255\254" }) do assert(not pcall(io.open, path)) end

-- tries: to give paths that are longer than any
-- must: an error, or no such file
for _, path in ipairs({ ROOT .. "/" .. ("a"):rep(300), ROOT .. ("/a"):rep(100000), ("../"):rep(100000) .. CANARY,
  ROOT .. ("/."):rep(100000) }) do
  local ok, file = pcall(io.open, path)
  assert(not ok or file == nil, "opened")
end

-- tries: to remove, rename and overwrite what is outside
-- must: POLICY_DENIED
local inside = ROOT .. "/mine.txt"
assert(io.open(inside, "w")):close()
for _, action in ipairs({
  function() return os.remove(CANARY) end,
  function() return os.remove(LINKS .. "/folder/canary.txt") end,
  function() return os.rename(CANARY, inside) end,
  function() return os.rename(inside, CANARY) end,
  function() return os.rename(inside, LINKS .. "/folder/new.txt") end,
  function() return os.remove("/") end,
}) do
  local ok, err = pcall(action)
  assert(not ok and err.code == "POLICY_DENIED", tostring(err))
end
assert(os.remove(inside))

-- tries: to remove the open folder itself, or a folder in it
-- must: it stays
for _, path in ipairs({ ROOT, LINKS, ROOT .. "/", ROOT .. "/links/.." }) do
  local ok, done = pcall(os.remove, path)
  assert(not ok or not done, path)
end

-- tries: to have an artifact made of a file outside
-- must: POLICY_DENIED
local session = Session.create({})
for _, path in ipairs({ CANARY, LINKS .. "/file", LINKS .. "/folder/canary.txt", LINKS .. "/device", "/etc/passwd",
  ROOT .. "/../outside/canary.txt" }) do
  local ok, err = pcall(Artifact.storeFile, session, path, "user_input")
  assert(not ok and err.code == "POLICY_DENIED", path .. tostring(err))
end
assert(#Artifact.list(session) == 0)

-- tries: to export and import sessions outside
-- must: POLICY_DENIED, and nothing is written
local session = Session.create({})
for _, path in ipairs({ CANARY, LINKS .. "/dangling", LINKS .. "/folder/new.txt", "/tmp/../etc/x.json" }) do
  for _, action in ipairs({ Session.export, Session.save }) do
    local ok, err = pcall(action, session, path)
    assert(not ok and err.code == "POLICY_DENIED", path .. tostring(err))
  end
  local ok, err = pcall(Session.import, path)
  assert(not ok and err.code == "POLICY_DENIED", path .. tostring(err))
  assert(not pcall(Session.loadFile, path))
end

-- tries: to require modules outside of the folders
-- must: POLICY_DENIED or no such module, whether or not there is one
package.path = "/etc/?;" .. LINKS .. "/?;" .. CANARY .. ";../?.lua;?;/proc/self/?;./?.lua"
for _, name in ipairs({ "passwd", "file", "folder/canary.txt", "environ", "../outside/canary.txt", "..outside.canary", "x" }) do
  local ok, err = pcall(require, name)
  assert(not ok, name)
  assert(type(err) ~= "table" or err.code == "POLICY_DENIED" or err.code == "MODULE_NOT_FOUND", tostring(err))
end

-- tries: to tell by require and loadfile whether a file exists
-- must: both are refused alike
package.path = "/etc/?"
local _, one = pcall(require, "passwd")
local _, other = pcall(require, "none")
assert(one.code == "POLICY_DENIED" and other.code == "POLICY_DENIED")
_, one = pcall(loadfile, "/etc/passwd")
_, other = pcall(loadfile, "/etc/none")
assert(one.code == "POLICY_DENIED" and other.code == "POLICY_DENIED")

-- tries: to load folders, devices and what is too long for a name as code
-- must: an error, or no such file
for _, path in ipairs({ ".", "test", "/dev/zero", LINKS .. "/device", ("a"):rep(1000000), "a\0b", "" }) do
  local ok, chunk = pcall(loadfile, path)
  assert(not ok or chunk == nil, path:sub(1, 80))
  assert(not pcall(dofile, path))
end
package.path = ("?;"):rep(100000)
assert(not pcall(require, ("a"):rep(100000)) and not pcall(require, "none"))
package.path = ("?"):rep(10000)
assert(not pcall(require, ("a"):rep(4000)))
for _, path in ipairs({ 5, {}, "\0", ";;;", "$&$`$'?" }) do
  package.path = path
  assert(not pcall(require, "$&none"))
end
package.path = nil
assert(not pcall(require, "none"))

-- tries: to take the name of a temporary file for one that can be opened
-- must: the folder of temporary files is closed like any other
local name = os.tmpname()
local ok, err = pcall(io.open, name, "w")
assert(not ok and err.code == "POLICY_DENIED", tostring(err))
assert(not pcall(io.tmpfile))

-- tries: to read variables of the environment that are not open
-- must: they are not there
for _, name in ipairs({ "PATH", "HOME", "USER", "NODE_OPTIONS", "VITEST", "path", "PATH\0", "" }) do
  assert(os.getenv(name) == nil, name)
end
assert(os.getenv(("A"):rep(1000000)) == nil)
