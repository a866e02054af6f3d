-- tries: to take memory without end with strings
-- must: "not enough memory", which can be caught
for _, action in ipairs({
  function() return ("x"):rep(2 ^ 31) end,
  function() return ("x"):rep(math.maxinteger) end,
  function() return ("xyz"):rep(2 ^ 40, ",") end,
  function() local s = "x" while true do s = s .. s end end,
  function() return string.format("%99.99f", 1e308):rep(1e8) end,
  function() return ("a"):rep(1e7):gsub("a", ("b"):rep(1000)) end,
  function() return table.concat(setmetatable({}, { __index = function() return ("x"):rep(1000) end }), "", 1, 1e9) end,
  function() return string.pack("s8", ("x"):rep(2e7)):rep(100) end,
  function() return utf8.char(table.unpack((function() local t = {} for i = 1, 1e5 do t[i] = 1e5 end return t end)())):rep(1e3) end,
}) do
  local ok, err = pcall(action)
  assert(not ok, "done")
  assert(tostring(err):find("memory") or tostring(err):find("too large") or tostring(err):find("overflow"), tostring(err))
end
assert(#Session.create({}) == 36)

-- tries: to take memory without end with tables
-- must: the run ends at its limit
-- ends: LIMIT_MEMORY
local t = {}
for i = 1, math.huge do t[i] = { i } end

-- tries: to take memory without end with one table of a million keys and holes
-- must: it is an error of Lua or has room
local ok, err = pcall(function()
  local t = {}
  for i = 1, 1e7 do t[i * 1000003] = i end
end)
assert(not ok and tostring(err):find("memory"), tostring(err))
local sparse = { [1] = 1, [math.maxinteger] = 2, [math.mininteger] = 3, [1e300] = 4 }
assert(JSON.parse(JSON.stringify(sparse)))
assert(#table.pack(table.unpack(sparse, math.maxinteger, math.maxinteger)) == 1)
assert(not pcall(table.unpack, sparse, 1, math.maxinteger))
assert(not pcall(table.unpack, sparse, math.mininteger, math.maxinteger))

-- tries: to fill the memory and to call every function of the host then
-- must: each call is done or says that there is no memory; the run is as it was afterwards
-- memory: 6
local session = Session.create({ name = "x" })
Session.setCurrent(session)
local calls = {
  function() return Session.create({ name = "y", tags = { "a" }, metadata = { k = ("v"):rep(100) } }) end,
  function() return Session.get(session) end,
  function() return Session.list({}) end,
  function() return Session.addMessage(session, "user", ("m"):rep(1000)) end,
  function() return Session.history(session) end,
  function() return Artifact.store(session, "user_input", "a", ("x"):rep(5000), { tags = { "t" } }) end,
  function() return Artifact.list(session) end,
  function() return Artifact.query({ session_id = session }) end,
  function() return State.set("k", { 1, 2, { a = ("z"):rep(500) } }) end,
  function() return State.get("k") end,
  function() return Tool.execute("echo", { a = { b = ("c"):rep(3000) } }) end,
  function() return Tool.list() end,
  function() return JSON.parse('[1,{"a":[2,3]},"' .. ("y"):rep(2000) .. '"]') end,
  function() return JSON.stringify({ 1, 2, { a = "b" } }) end,
  function() return LLM.models() end,
  function() return print(("p"):rep(100)) end,
  function() return os.date() end,
  function() return io.open(ROOT .. "/memory.txt", "w"):write("x"):close() end,
  function() return Session.sleep(0) end,
  function() return pcall(error, { code = "X", message = "m" }) end,
  function() return parallel({ function() return Session.sleep(0) end, function() return 2 end }) end,
  function() return xpcall(Session.sleep, function(m) Session.sleep(0) return m end, "x") end,
  function() return load("return " .. ("1+"):rep(100) .. "1")() end,
  function() return coroutine.wrap(function() Session.sleep(0) return 1 end)() end,
  function() return require("nothing.at.all") end,
}
local function is_expected(err)
  local text = tostring(err)
  return type(err) == "table" or text:find("memory", 1, true) or text:find("not found", 1, true)
    or text:find("error object", 1, true)
end
for number, call in ipairs(calls) do
  local ballast, count = {}, 0
  for _, size in ipairs({ 100000, 5000, 200 }) do
    pcall(function()
      while true do
        local piece = ("x"):rep(size) .. count
        count = count + 1
        ballast[count] = piece
      end
    end)
  end
  local results = table.pack(pcall(call))
  ballast = nil
  collectgarbage()
  assert(results[1] or is_expected(results[2]), number .. ": " .. tostring(results[2]))
end
assert(#Session.get(session).id == 36 and State.set("k", 1) ~= nil or true)
local after = Session.create({ name = "after" })
assert(Session.get(after).name == "after" and JSON.parse("[5]")[1] == 5)

-- tries: to have the host copy one table again and again
-- must: the host says that it is too large before it has copied it
local t = {}
for i = 1, 60 do t = { t, t } end
for _, action in ipairs({ JSON.stringify, function(v) State.set("x", v) end, function(v) Tool.execute("echo", { v }) end }) do
  local ok, err = pcall(action, t)
  assert(not ok and err.code == "TOO_LARGE", tostring(err))
end

-- tries: to have the host copy one string again and again
-- must: the host says that it is too large before it has copied it
local big, t = ("x"):rep(1000000), {}
for i = 1, 1000 do t[i] = big end
local ok, err = pcall(JSON.stringify, t)
assert(not ok and err.code == "TOO_LARGE", tostring(err))

-- tries: to end the run with a value that unfolds without end
-- must: it reads as nil
local t = {}
for i = 1, 60 do t = { t, t } end
return t

-- tries: to end the run with an error that unfolds without end
-- must: the run fails with an error like any other
-- ends: X
local t = {}
for i = 1, 60 do t = { t, t } end
error({ code = "X", message = "m", field = t })

-- tries: to have the host hold the arguments of many calls that wait
-- must: it holds no more than a run may hand over
local big, list = ("x"):rep(5000000), {}
for i = 1, 50 do list[i] = i end
local ok, err = pcall(parallel.map, list, function(i) Tool.execute("echo", { big }) Session.sleep(0) end)
assert(not ok and err.code == "TOO_LARGE", tostring(err))
collectgarbage()
assert(Tool.execute("echo", { a = big }).success, "what was answered is not held any more")

-- tries: to have the host read JSON that takes many times its text
-- must: the host says that it is too large
local ok, err = pcall(JSON.parse, "[" .. ("[],"):rep(2000000) .. "1]")
assert(not ok and (err.code == "TOO_LARGE" or tostring(err):find("memory", 1, true)), tostring(err))
ok, err = pcall(JSON.parse, "[" .. ("{},"):rep(2000000) .. "1]")
assert(not ok and (err.code == "TOO_LARGE" or tostring(err):find("memory", 1, true)), tostring(err))
local answered
ok, answered = pcall(Tool.execute, "json-processor", { operation = "parse", input = "[" .. ("[],"):rep(1000000) .. "1]" })
assert(not ok or not answered.success, "there is no room for it in Lua")

-- tries: to have one call print more than there is memory for
-- must: an error of Lua
local t = {}
local big = ("x"):rep(1000000)
for i = 1, 100 do t[i] = big end
local ok, err = pcall(print, table.unpack(t))
assert(not ok and tostring(err):find("memory", 1, true), tostring(err))

-- tries: to pass more arguments than there is room for
-- must: an error of Lua or of the host
for _, action in ipairs({ Session.create, State.set, JSON.stringify, print, Tool.execute, parallel, string.format }) do
  local ok, err = pcall(function() return action(table.unpack({}, 1, 900000)) end)
  assert(not ok or true)
  ok, err = pcall(function() return action(table.unpack({}, 1, 5000000)) end)
  assert(not ok and tostring(err):find("too many", 1, true), tostring(err))
end
assert(#Session.create({}) == 36)

-- tries: to decompress a bomb
-- must: the tool says that it is too large
local bomb = Tool.execute("compression", { operation = "compress", input = ("\0"):rep(10000000) }).result
assert(type(bomb) == "string" or type(bomb) == "table")
local packed = type(bomb) == "string" and bomb or bomb.output or bomb.data
if type(packed) == "string" then
  local answered = Tool.execute("compression", { operation = "decompress", input = packed, max_output_bytes = 1000 })
  assert(not answered.success, "decompressed")
end
