-- tries: to call a function of the host from a metamethod of the arguments of another
-- must: each call gets its own arguments and its own answer
local t = setmetatable({ name = "x" }, {
  __index = function(_, key) return key == "parent" and Session.create({ name = "inner" }) or nil end,
})
assert(Session.get(Session.create(t)).name == "x")
local lazy = setmetatable({}, { __index = function() return Session.get(Session.create({ name = "y" })).name end })
assert(Session.get(Session.create({ name = lazy.name, tags = { lazy.tag } })).name == "y")

-- tries: to call the host inside a tool of its own that is called inside a tool of its own
-- must: every call gets its own answer
local inner = Tool.define({ name = "inner", description = "d", run = function(a) return #Session.create({}) + a.n end })
local outer = Tool.define({ name = "outer", description = "d", run = function(a)
  local results = parallel.map({ 1, 2, 3 }, function(n) return inner({ n = n }).result end)
  return results[1] + results[2] + results[3] + a.n
end })
local answered = outer({ n = 1 })
assert(answered.result == 36 * 3 + 6 + 1, JSON.stringify(answered))

-- tries: to start branches inside of a comparator, a replacement and a reader
-- must: it works, or says that it cannot wait there
local function branch() return parallel({ function() return #Session.create({}) end })[1] end
for _, action in ipairs({
  function() table.sort({ 3, 1, 2 }, function(a, b) branch() return a < b end) end,
  function() ("abc"):gsub("%a", function() return tostring(branch()) end) end,
  function() load((function() local n = 0 return function() n = n + 1 branch() return n == 1 and "return 1" or nil end end)()) end,
  function() tostring(setmetatable({}, { __tostring = function() return tostring(branch()) end })) end,
  function() local x <close> = setmetatable({}, { __close = function() branch() end }) end,
  function() xpcall(error, function() return branch() end, "x") end,
}) do
  local ok, err = pcall(action)
  assert(ok or err.code == "AWAIT_FORBIDDEN", tostring(err))
  assert(branch() == 36)
end

-- tries: to change a table while the host writes it, sorts it or waits with it
-- must: the host has its own copy
local t = { 1, 2, 3 }
parallel({
  function() State.set("mine", t) end,
  function() t[4] = 4 t[1] = nil end,
})
assert(#State.get("mine") >= 3)
local list = { 5, 4, 3, 2, 1 }
pcall(table.sort, list, function(a, b) list[#list + 1] = 0 return a < b end)
local given = {}
parallel({ function() given.result = Tool.execute("echo", given).result end, function() given.extra = true end })
assert(given.result)

-- tries: to require a module that requires itself through branches and errors
-- must: an error, or the module
package.preload.loop = function() return require("loop") end
assert(not pcall(require, "loop"))
package.preload.a = function() Session.sleep(0) return require("b") end
package.preload.b = function() Session.sleep(0) return require("a") end
assert(not pcall(require, "a"))
local ok = pcall(parallel, { function() return require("a") end, function() return require("b") end })
assert(not ok)
package.preload.fine = function() Session.sleep(0) return { 5 } end
local results = parallel({ function() return require("fine") end, function() return require("fine") end })
assert(results[1] == results[2] and results[1][1] == 5)

-- tries: to end the script from the deepest place
-- must: the run ends there
-- ends: completed
local tool = Tool.define({ name = "leave", description = "d", run = function() os.exit(0) end })
pcall(function()
  parallel({ function() xpcall(function() coroutine.wrap(function() tool({}) end)() end, print) end })
end)
error("went on")

-- tries: to go on after os.exit by catching it
-- must: the run ends there
while true do
  pcall(os.exit, 0)
  error("went on")
end

-- tries: to use a file from many branches at once
-- must: every line is there once
local file = assert(io.open(ROOT .. "/branches.txt", "w"))
parallel.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function(n)
  file:write(("%d\n"):format(n))
  file:flush()
  Session.sleep(0)
  file:write(("%d\n"):format(n + 8))
end)
file:close()
local seen = 0
for line in io.lines(ROOT .. "/branches.txt") do seen = seen + tonumber(line) end
assert(seen == 136, seen)

-- tries: to have two branches wait for each other for ever
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
Session.setCurrent(Session.create({}))
parallel({
  function() Session.waitForEvent("a") Session.signal(nil, "b") end,
  function() Session.waitForEvent("b") Session.signal(nil, "a") end,
})

-- tries: to hand a tool of the host a function that the host would call
-- must: functions do not leave Lua
for _, args in ipairs({ { f = print }, { coroutine.create(print) }, { { { f = function() end } } } }) do
  local ok, err = pcall(Tool.execute, "echo", args)
  assert(not ok and err.code == "VALUE_UNSUPPORTED", tostring(err))
end
