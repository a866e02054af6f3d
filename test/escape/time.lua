-- tries: to run for ever in a loop
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 300
while true do end

-- tries: to catch the time limit
-- must: nothing catches it
-- ends: LIMIT_TIME
-- time: 300
while true do
  pcall(function() while true do end end)
  xpcall(function() while true do end end, function() while true do end end)
end

-- tries: to catch the time limit in coroutines, closed variables and branches
-- must: nothing catches it
-- ends: LIMIT_TIME
-- time: 300
parallel({
  function()
    local x <close> = setmetatable({}, { __close = function() while true do end end })
    coroutine.wrap(function() pcall(coroutine.wrap(function() while true do end end)) end)()
  end,
  function() while true do end end,
})

-- tries: to run for ever with a pattern of nested repetitions
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
string.find(("a"):rep(50), ("a-"):rep(30) .. "b")
string.find(("a"):rep(50000), (".-"):rep(8) .. "b")

-- tries: to run for ever in gsub, gmatch, match and find
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
local text = ("a"):rep(100000)
for _ = 1, 100000 do text:gsub((".-"):rep(4) .. "x", "") end

-- tries: to run for ever in a sort with a comparator that makes no sense
-- must: it ends, with or without an error, or by the time limit
-- ends: completed or LIMIT_TIME
-- time: 1500
local t = {}
for i = 1, 2000 do t[i] = i % 7 end
pcall(table.sort, t, function() return true end)
pcall(table.sort, t, function(a, b) return a <= b end)
pcall(table.sort, t, function() return math.random() > 0.5 end)
pcall(table.sort, t, function() t[#t + 1] = 1 return false end)
pcall(table.sort, t, function() error("x") end)
pcall(table.sort, setmetatable({}, { __len = function() return 1e9 end }), function() error("x") end)
assert(#Session.create({}) == 36)

-- tries: to run for ever while it moves and unpacks what is not there
-- must: the time limit ends it, or there is no memory
-- ends: LIMIT_TIME or completed
-- time: 500
pcall(table.move, setmetatable({}, { __index = function() return 1 end }), 1, 1e9, 2)
pcall(table.concat, setmetatable({}, { __len = function() return math.maxinteger end, __index = function() return "" end }))
pcall(table.insert, setmetatable({}, { __len = function() return 1e15 end }), 1, 1)
pcall(table.remove, setmetatable({}, { __len = function() return 1e15 end, __index = function() return 1 end }), 1)

-- tries: to run for ever in metamethods
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 300
local t = setmetatable({}, { __index = function() while true do end end })
return pcall(function() return t.x end)

-- tries: to run for ever while an error is read
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 300
error(setmetatable({}, { __tostring = function() return ("a"):rep(1e6):find((".-"):rep(9) .. "b") end }))

-- tries: to call the host without end
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
while true do pcall(State.get, "x") end

-- tries: to call functions of the host that answer at once, without end
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
while true do pcall(JSON.stringify, { 1, { 2 } }) end

-- tries: to sleep for ever
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 300
Session.sleep(1e9)

-- tries: to wait for ever for what never comes
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 300
Session.setCurrent(Session.create({}))
Session.waitForEvent("never")

-- tries: to sleep for times that there are not
-- must: BAD_ARGUMENT, or no time at all
for _, seconds in ipairs({ -1, 0 / 0, 1 / 0, -1 / 0, "x", {}, math.mininteger }) do
  local ok, err = pcall(Session.sleep, seconds)
  assert(not ok and err.code == "BAD_ARGUMENT", tostring(seconds))
end

-- tries: to block the host with a command that sleeps
-- must: the time limit ends it, or it is refused
-- ends: LIMIT_TIME or completed or POLICY_DENIED
-- time: 300
os.execute("sleep 60")

-- tries: to run a program with os.execute and io.popen
-- must: no program runs
for _, command in ipairs({ "touch " .. CANARY, "sleep 0; touch " .. CANARY, "sleep 0 && id", "sleep $(id)", "sleep `id`" }) do
  local ok, done = pcall(os.execute, command)
  assert(not ok or not done, command)
  assert(not pcall(io.popen, command))
end

-- tries: to give dates and times that there are not
-- must: an error or a date
for _, t in ipairs({ 1e300, -1e300, 0 / 0, math.maxinteger, math.mininteger, 2 ^ 53, -1 }) do
  pcall(os.date, "%c", t)
  pcall(os.date, "!*t", t)
  pcall(os.date, "*t", t)
  pcall(os.time, { year = t, month = t, day = t, hour = t, min = t, sec = t })
  pcall(os.difftime, t, -t)
  pcall(os.clock, t)
end
for _, format in ipairs({ "%", "%E", "%Ez", "%Q", "%1", "\0", ("%c"):rep(10000), "%" .. ("x"):rep(10000), "*" }) do
  pcall(os.date, format)
end
for _, locale in ipairs({ "C", "", "xx_XX", "../../etc", ("a"):rep(100000) }) do pcall(os.setlocale, locale, "all") end
assert(#os.date() > 0)

-- tries: to find a schedule that never comes
-- must: there is none, or an error
for _, text in ipairs({ "0 0 31 2 *", "0 0 30 2 *", "* * * * *", "60 * * * *", "*/0 * * * *", "1-99999999 * * * *", "@never",
  ("1,"):rep(50000) .. "1 * * * *" }) do
  pcall(function()
    local config = Replay.create_config("exact")
    return Replay.schedule and Replay.schedule(text)
  end)
end

-- tries: to run for ever in the pattern of a JSON Schema
-- must: patterns take as long as the text, or are refused
local answered = Tool.execute("json-processor", {
  operation = "validate", input = ("a"):rep(40) .. "!", schema = { type = "string", pattern = "^(a+)+$" },
})
assert(answered.success and answered.result.valid == false, JSON.stringify(answered))
answered = Tool.execute("json-processor", {
  operation = "validate", input = ("a"):rep(40) .. "!", schema = { type = "string", pattern = "^(a+)\\1+$" },
})
assert(answered.success == false and answered.error.code == "TOOL_ARGUMENTS", JSON.stringify(answered))

-- tries: to run for ever in a tool of its own whose parameters have such a pattern
-- must: patterns take as long as the text
local tool = Tool.define({
  name = "slow", description = "d", run = function() return 1 end,
  parameters = { type = "object", properties = { a = { type = "string", pattern = "(x+x+)+y" } } },
})
local ok, err = pcall(tool, { a = ("x"):rep(60) })
assert(not ok and err.code == "TOOL_ARGUMENTS", tostring(err))

-- tries: to run for ever in a JSON Schema that refers to itself
-- must: the check ends, with an error that says so
local function check(schema)
  local ok, answered = pcall(Tool.execute, "json-processor", { operation = "validate", input = { a = 1 }, schema = schema })
  assert(not ok or answered.error and answered.error.code ~= "INTERNAL" or answered.success, JSON.stringify(answered))
end
check({ ["$ref"] = "#" })
check({ ["$defs"] = { a = { ["$ref"] = "#/$defs/b" }, b = { ["$ref"] = "#/$defs/a" } }, ["$ref"] = "#/$defs/a" })
check({ ["$ref"] = "http://localhost:1/x.json" })
check({ ["$ref"] = "file:///etc/passwd" })
local defs = { d0 = { type = "object" } }
for i = 1, 30 do
  local ref = { ["$ref"] = "#/$defs/d" .. (i - 1) }
  defs["d" .. i] = { allOf = { ref, ref } }
end
check({ ["$defs"] = defs, ["$ref"] = "#/$defs/d30" })

-- tries: to have a million faults listed
-- must: one of them is enough
-- memory: 64
local list = {}
for i = 1, 500000 do list[i] = i end
local answered = Tool.execute("json-processor", {
  operation = "validate", input = list, schema = { type = "array", items = { type = "string" } },
})
assert(answered.success and answered.result.valid == false, answered.error and answered.error.message)

-- tries: to match names with many stars for ever
-- must: an answer
local session = Session.create({})
Artifact.store(session, "user_input", ("a"):rep(200), "x")
local found = Artifact.query({ session_id = session, name_pattern = ("*a"):rep(90) .. "b" })
assert(type(found) == "table")
