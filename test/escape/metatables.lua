-- tries: to get or replace the metatable of strings
-- must: it is closed
assert(getmetatable("") == false)
assert(not pcall(setmetatable, "", {}))
assert(debug.setmetatable == nil and debug.getmetatable == nil)

-- tries: to change what operators do with strings
-- must: the metatable of strings cannot be reached; only the table string, which is the script's own, changes
string.upper = function() return "mine" end
assert(("a"):upper() == "mine")
assert("10" + 5 == 15, "arithmetic does not ask the table string")
assert(string.__add == nil and string.__index == nil)

-- tries: to change the metatables of nil, numbers, booleans, functions and threads
-- must: there is no way to do it
for _, value in ipairs({ 5, true, print, coroutine.create(print), JSON.null }) do
  assert(getmetatable(value) == nil and not pcall(setmetatable, value, {}))
end

-- tries: to run code in the collector with __gc
-- must: setmetatable refuses it
local ran = false
local ok, err = pcall(setmetatable, {}, { __gc = function() ran = true end })
assert(not ok and tostring(err):find("__gc", 1, true))
collectgarbage()
assert(not ran)

-- tries: to add __gc to a metatable that is in use
-- must: it never runs
local ran, mark = false, {}
for i = 1, 100 do setmetatable({}, mark) end
mark.__gc = function() ran = true end
rawset(mark, "__gc", mark.__gc)
collectgarbage() collectgarbage()
assert(not ran)
assert(not pcall(setmetatable, {}, mark))

-- tries: to hide __gc behind an __index, a false value and a proxy
-- must: it never runs
local ran = false
local function collect() ran = true end
setmetatable({}, setmetatable({}, { __index = { __gc = collect } }))
setmetatable({}, setmetatable({}, { __index = function() return collect end }))
assert(not pcall(setmetatable, {}, { __gc = false }), "any value is refused: it may become another one")
collectgarbage() collectgarbage()
assert(not ran)

-- tries: to forge the metatables of secrets, empty arrays, files and errors
-- must: they are closed, or mean nothing to the host
local array = JSON.array()
assert(getmetatable(array) == "array" and not pcall(setmetatable, array, {}))
local fake = setmetatable({ secret = "PATH" }, { __metatable = "Secret", __name = "Secret" })
assert(Tool.execute("echo", { key = fake }).result.key.secret == "PATH", "it is a table like any other")
assert(io.type(setmetatable({}, { __name = "FILE*", __metatable = getmetatable(io.stdout) })) ~= nil or true)
assert(io.type({}) == nil)

-- tries: to have the host call metamethods while it reads a table
-- must: it reads what the table holds, without asking anybody
local calls = 0
local function count() calls = calls + 1 return "forged" end
local t = setmetatable({ a = 1 }, {
  __index = count, __len = count, __pairs = count, __tostring = count, __name = "x", __eq = count, __call = count,
})
State.set("t", t)
assert(calls == 0 and State.get("t").a == 1 and State.get("t").b == nil)
assert(JSON.stringify(t) == '{"a":1}' and calls == 0)

-- tries: to have the host change a table whose __newindex is the script's
-- must: os.time writes into the table as Lua does, and the script only sees its own
local seen = {}
local date = setmetatable({ year = 2026, month = 1, day = 32 }, { __newindex = function(_, k) seen[k] = true end })
os.time(date)
assert(date.day == 1 and date.month == 2)

-- tries: to confuse the sandbox with a metatable for _G
-- must: the preludes go on with the functions that they had
setmetatable(_G, {
  __index = function(_, name) error("asked for " .. tostring(name)) end,
  __newindex = function(_, name) error("set " .. tostring(name)) end,
})
print("hello", 1, nil, {})
assert(#Session.create({ name = "x" }) == 36)
local results = parallel({ function() return 1 end, function() return JSON.stringify({ 2 }) end })
assert(results[1] == 1 and results[2] == "[2]")
assert(table.concat(setmetatable({}, { __index = function(_, i) return "x" end, __len = function() return 3 end })) == "xxx")
assert(require and require("string") == string)

-- tries: to name a type with __name so that messages show something else
-- must: messages of host functions say what it is
local fake = setmetatable({}, { __name = "string" })
local ok, err = pcall(Artifact.store, fake, fake, fake, fake)
assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find("table", 1, true), err.message)

-- tries: to wait for the host in every metamethod
-- must: it works, or says that it cannot wait there
local function wait() Session.sleep(0) return true end
local t = setmetatable({}, {
  __index = wait, __newindex = wait, __add = wait, __sub = wait, __concat = wait, __len = wait, __eq = wait, __lt = wait,
  __le = wait, __unm = wait, __call = wait, __close = wait, __bnot = wait, __idiv = wait,
})
local u = setmetatable({}, getmetatable(t))
assert(t.x and t + 1 and t - 1 and t .. "x" and #t and t == u and t < u and t <= u and -t and t() and ~t and t // 1)
t.y = 1
do local c <close> = t end
assert(#Session.create({}) == 36)

-- tries: to make __close run for ever when the run ends
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
pcall(function()
  local x <close> = setmetatable({}, { __close = function() while true do end end })
  error("leave")
end)

-- tries: to make weak tables forget what the preludes need
-- must: a collection in every state changes nothing
for i = 1, 20 do
  local co = coroutine.wrap(function() Session.sleep(0) collectgarbage() return i end)
  collectgarbage()
  assert(co() == i)
end
parallel({ function() collectgarbage() Session.sleep(0) collectgarbage() end, function() collectgarbage() end })

-- tries: to change the class of files so that the end of the run does something else
-- must: the run ends, with the script's own function called within its limits
-- ends: LIMIT_TIME
-- time: 500
local file = assert(io.open(ROOT .. "/class.txt", "w"))
file:write("x")
getmetatable(file).flush = function() while true do end end

-- tries: to redirect an open file to one that is closed
-- must: the host judges the path when it is written
-- ends: POLICY_DENIED
local file = assert(io.open(ROOT .. "/redirected.txt", "w"))
file.path, file.name = CANARY, CANARY
file:write("stolen")
file:close()
