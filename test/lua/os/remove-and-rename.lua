local function write(path)
  local file <close> = assert(io.open(path, "w"))
  file:write("x")
end
write(TEMP .. "/a")
assert(os.rename(TEMP .. "/a", TEMP .. "/b"))
assert(not io.open(TEMP .. "/a") and io.open(TEMP .. "/b"))
assert(os.remove(TEMP .. "/b"))
local ok, message, number = os.remove(TEMP .. "/b")
assert(ok == nil and number == 2 and message:find("No such file or directory", 1, true), message)
ok, message, number = os.rename(TEMP .. "/b", TEMP .. "/c")
assert(ok == nil and number == 2)
ok, message, number = io.open(TEMP, "w")
assert(ok == nil and message:find("Is a directory", 1, true), message)
for _, call in ipairs({
  function() return os.remove(TEMP) end,
  function() return os.remove("/etc/hostname") end,
  function() return os.rename("/etc/hostname", TEMP .. "/x") end,
  function() return os.rename(TEMP .. "/x", "/etc/x") end,
  function() return io.open("/etc/hostname") end,
  function() return io.lines("/etc/hostname") end,
  function() return io.open("/etc/x", "a") end,
}) do
  local allowed, err = pcall(call)
  assert(not allowed and err.code == "POLICY_DENIED", tostring(err))
  assert(err.hint:find("_roots = ", 1, true), err.hint)
end
