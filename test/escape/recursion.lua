-- tries: to recurse without end in Lua
-- must: a stack overflow that can be caught
local function recurse(n) return 1 + recurse(n + 1) end
local ok, err = pcall(recurse, 1)
assert(not ok and (tostring(err):find("overflow") or tostring(err):find("memory")), tostring(err))
assert(#Session.create({}) == 36)

-- tries: to recurse without end in metamethods
-- must: a stack overflow that can be caught
for _, event in ipairs({ "__index", "__newindex", "__add", "__concat", "__call", "__eq", "__lt", "__len", "__tostring" }) do
  local t = setmetatable({}, {})
  local u = setmetatable({}, getmetatable(t))
  getmetatable(t)[event] = function(a)
    if event == "__index" then return a.x end
    if event == "__newindex" then a.y = 1 return end
    if event == "__add" then return a + a end
    if event == "__concat" then return a .. a end
    if event == "__call" then return (a()) end
    if event == "__eq" then return t == u end
    if event == "__lt" then return t < u end
    if event == "__len" then return #a end
    return tostring(a)
  end
  local ok, err = pcall(function()
    local _ = event == "__index" and t.x, event == "__add" and t + t, event == "__concat" and t .. t
    _ = event == "__call" and (t()), event == "__eq" and t == u, event == "__lt" and t < u, event == "__len" and #t
    _ = event == "__tostring" and tostring(t)
    if event == "__newindex" then t.y = 1 end
  end)
  assert(not ok and (tostring(err):find("overflow") or tostring(err):find("memory")), event .. tostring(err))
end
assert(#Session.create({}) == 36)

-- tries: to recurse without end between Lua and functions of C
-- must: a stack overflow that can be caught
local function by_pcall() return select(2, assert(pcall(by_pcall))) end
local function by_gsub() return (("a"):gsub("a", by_gsub)) end
local function by_sort() table.sort({ 2, 1 }, function() by_sort() return false end) end
local function by_load() return load("return ...")(by_load()) end
local function by_wrap() return coroutine.wrap(by_wrap)() end
local function by_xpcall() return select(2, assert(xpcall(by_xpcall, function(m) return m end))) end
local function by_format() return string.format("%s", setmetatable({}, { __tostring = by_format })) end
local function by_require() package.preload.again = by_require package.loaded.again = nil return require("again") end
for name, action in pairs({
  pcall = by_pcall, gsub = by_gsub, sort = by_sort, load = by_load, wrap = by_wrap, xpcall = by_xpcall,
  format = by_format, require = by_require,
}) do
  local ok, err = pcall(action)
  assert(not ok, name)
  assert(#Session.create({}) == 36, name)
end

-- tries: to recurse without end through a tool of the script
-- must: an error that can be caught, or the time limit
-- ends: completed or LIMIT_TIME
-- time: 700
local tool
tool = Tool.define({ name = "again", description = "d", run = function() return tool({}) end })
local ok, answered = pcall(tool, {})
assert(not ok or JSON.stringify(answered))
assert(#Session.create({}) == 36)

-- tries: to hand the host a table that is nested a million deep
-- must: VALUE_UNSUPPORTED
local t = {}
for i = 1, 100000 do t = { t } end
for _, action in ipairs({ JSON.stringify, function(v) State.set("x", v) end, function(v) Tool.execute("echo", v) end }) do
  local ok, err = pcall(action, t)
  assert(not ok and err.code == "VALUE_UNSUPPORTED", tostring(err))
end
return t

-- tries: to hand the host tables that contain themselves
-- must: VALUE_UNSUPPORTED
local a, b = {}, {}
a.b, b.a = b, a
local c = {}
c[1] = c
local key = {}
for _, t in ipairs({ a, c, { [a] = 1 }, { { { a } } }, { [key] = key } }) do
  for _, action in ipairs({ JSON.stringify, function(v) State.set("x", v) end }) do
    local ok, err = pcall(action, t)
    assert(not ok and err.code == "VALUE_UNSUPPORTED", tostring(err))
  end
end

-- tries: to hand the host functions, threads and files in every place
-- must: VALUE_UNSUPPORTED or BAD_ARGUMENT, naming the place
for _, value in ipairs({ print, coroutine.create(print), function() end }) do
  for _, t in ipairs({ value, { value }, { a = { b = value } }, { [value] = 1 } }) do
    local ok, err = pcall(State.set, "x", t)
    assert(not ok and err.code == "VALUE_UNSUPPORTED", tostring(err))
    ok, err = pcall(Session.create, { name = "x", metadata = t })
    assert(not ok and (err.code == "VALUE_UNSUPPORTED" or err.code == "BAD_ARGUMENT"), tostring(err))
  end
end

-- tries: to read JSON that is nested a million deep
-- must: JSON_SYNTAX
for _, text in ipairs({ ("["):rep(1000000), ('{"a":'):rep(1000000), ("["):rep(1000000) .. ("]"):rep(1000000) }) do
  local ok, err = pcall(JSON.parse, text)
  assert(not ok and err.code == "JSON_SYNTAX", tostring(err))
end

-- tries: to find the end of a text of a million lines slowly
-- must: an error that names the line
local ok, err = pcall(JSON.parse, ("\n"):rep(5000000) .. "x")
assert(not ok and err.code == "JSON_SYNTAX" and tostring(err.message):find("line 5000001", 1, true), tostring(err))
