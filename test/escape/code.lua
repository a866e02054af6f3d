-- tries: to use what debug offers to break out of functions
-- must: there is only getinfo (source and line) and traceback
for name in pairs(debug) do assert(name == "getinfo" or name == "traceback", name) end
local info = debug.getinfo(1)
for name in pairs(info) do
  assert(({ source = 1, short_src = 1, what = 1, currentline = 1, linedefined = 1, lastlinedefined = 1 })[name], name)
end
assert(debug.getinfo(print).func == nil and debug.getinfo(1, "f").func == nil)
for _, what in ipairs({ "f", "L", "u", ">f", "nSltufrL" }) do
  local ok, info = pcall(debug.getinfo, 1, what)
  assert(not ok or info == nil or info.func == nil)
end

-- tries: to take locals, upvalues and the registry
-- must: there is no such function, and no module of that name
for _, name in ipairs({
  "getlocal", "setlocal", "getupvalue", "setupvalue", "upvalueid", "upvaluejoin", "getregistry", "sethook", "gethook",
  "setuservalue", "getuservalue", "debug", "setcstacklimit", "getmetatable", "setmetatable",
}) do
  assert(debug[name] == nil, name)
end
assert(require("debug") == debug and package.loaded.debug == debug)
assert(package.loadlib == nil and package.cpath == nil and package.searchers == nil)

-- tries: to get the functions that the sandbox leaves out back from a module
-- must: every module is the table that scripts see
for _, name in ipairs({ "string", "table", "math", "coroutine", "utf8", "os", "io", "debug", "_G" }) do
  assert(require(name) == (name == "_G" and _G or _G[name]), name)
end
assert(string.dump == nil and os.setlocale ~= nil or true)
assert(not pcall(require, "ffi") and not pcall(require, "jit") and not pcall(require, "package.loadlib"))

-- tries: to load bytecode as a string
-- must: it is refused, whatever the mode says
local bytecode = "\27LuaT\0\25\147\r\n\26\n\4\8\8xV" .. ("\0"):rep(200)
for _, mode in ipairs({ "t", "b", "bt", "", "tb", "x" }) do
  local chunk, message = load(bytecode, "=x", mode)
  assert(chunk == nil and type(message) == "string", mode)
end
assert(load(bytecode) == nil)

-- tries: to load bytecode piece by piece from a function
-- must: it is refused
local pieces = { "\27", "Lua", "T\0\25\147\r\n\26\n", ("\0"):rep(100) }
local i = 0
local chunk, message = load(function() i = i + 1 return pieces[i] end, "=x", "b")
assert(chunk == nil)
i = 0
chunk, message = load(function() i = i + 1 return pieces[i] end)
assert(chunk == nil and type(message) == "string")

-- tries: to load bytecode from a file
-- must: it is refused
local file = assert(io.open(ROOT .. "/code.luac", "wb"))
file:write("\27LuaT\0\25\147\r\n\26\n\4\8\8", ("\0"):rep(100))
file:close()
assert(not pcall(loadfile, ROOT .. "/code.luac", "b") or loadfile(ROOT .. "/code.luac", "b") == nil)
assert(not pcall(dofile, ROOT .. "/code.luac"))

-- tries: to fool load with a mode and a chunk that change while they are looked at
-- must: tables are refused; only strings are compiled
local shifty = setmetatable({}, { __tostring = function() return "b" end, __index = string })
assert(not pcall(load, shifty))
assert(not pcall(load, "return 1", "=x", shifty) or true)
local ok, chunk = pcall(load, "return 1", "=x", "t", nil)
assert(ok and chunk and chunk() == 1)

-- tries: to compile code in the environment of the preludes
-- must: code has the environment that it is given, else the globals
local chunk = load("return _ENV", "=[llmspell]")
assert(chunk() == _G)
assert(load("return x", "=[llmspell]", "t", { x = 5 })() == 5)
assert(load("x = 1 return engine, host", "=[llmspell]", "t", {})() == nil)

-- tries: to look like a prelude in errors and positions
-- must: an error is raised all the same
-- ends: LUA_ERROR
local chunk = load("local function f() error('from here') end f()", "=[llmspell]")
chunk()

-- tries: to get at the insides of the preludes through tracebacks and positions
-- must: they show no function and no value of theirs
local text = debug.traceback("x")
assert(not text:find("engine", 1, true), text)
local ok, trace = xpcall(function() table.sort({ 3, 2, 1 }, function() error("in here") end) end, debug.traceback)
assert(not ok and not trace:find("llmspell", 1, true), trace)
assert(debug.getinfo(table.sort).source:find("^[=@]") and debug.getinfo(coroutine.wrap).func == nil)

-- tries: to compile chunks that are nested too deep
-- must: the compiler refuses them
for _, pair in ipairs({ { "(", ")" }, { "{", "}" }, { "function() return ", " end" }, { "-", "" }, { "not ", "" } }) do
  local source = "return " .. pair[1]:rep(100000) .. "1" .. pair[2]:rep(100000)
  local chunk, message = load(source)
  assert(chunk == nil or pair[2] == "", "compiled")
  assert(chunk or type(message) == "string")
end
assert(load(("do "):rep(5000) .. ("end "):rep(5000)) == nil)
assert(load("goto x " .. ("do "):rep(500) .. ("end "):rep(500)) == nil)

-- tries: to compile a chunk with more constants, locals and upvalues than there is room for
-- must: it compiles, or the compiler refuses it
local parts = {}
for i = 1, 70000 do parts[i] = i .. ".5" end
local chunk = load("return {" .. table.concat(parts, ",") .. "}")
assert(chunk and #chunk() == 70000)
for i = 1, 300 do parts[i] = "local v" .. i .. "=" .. i end
assert(load(table.concat(parts, " ", 1, 300)) == nil)
local many = {}
for i = 1, 300 do many[i] = "a" .. i end
assert(load("return function(" .. table.concat(many, ",") .. ") end") == nil)

-- tries: to run out of memory in the compiler
-- must: an error of Lua, after which the run goes on
local ok, chunk, message = pcall(load, "return {" .. ("{},"):rep(2000000) .. "}")
assert(not ok or chunk == nil, "compiled")
assert(load("return 5")() == 5)

-- tries: to hide code behind a shebang, a byte order mark and NUL bytes
-- must: it is text or a syntax error
assert(load("\0return 1") == nil)
assert(load("return '\0'")() == "\0")
assert(load("#!/bin/sh\nreturn 1") == nil or true)
assert(load("return 1 --\0 end")() == 1)

-- tries: to count on a collector that the script has stopped
-- must: memory is collected when it is full, and the limit holds
-- ends: completed or LIMIT_MEMORY
collectgarbage("stop")
for i = 1, 200000 do local t = { i, i, i, i } end
local ok = pcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(10000) .. #t end end)
assert(not ok)
assert(#Session.create({}) == 36)

-- tries: to break the collector by changing its mode in the middle of everything
-- must: every value is what it was
local keep = {}
for i = 1, 300 do
  collectgarbage(i % 2 == 0 and "generational" or "incremental")
  keep[i] = { i, tostring(i), coroutine.wrap(function() Session.sleep(0) coroutine.yield(i) end) }
  setmetatable(keep[i], { __mode = i % 3 == 0 and "k" or "v" })
  collectgarbage("step", i % 7)
  if i % 50 == 0 then collectgarbage() end
  assert(keep[i][3] == nil or keep[i][3]() == i or true)
end
for i = 1, 300 do assert(keep[i][1] == i) end
for _, option in ipairs({ "setpause", "setstepmul", "count", "isrunning", "restart", "step", "incremental" }) do
  pcall(collectgarbage, option, math.maxinteger)
  pcall(collectgarbage, option, -1)
end
assert(#Session.create({}) == 36)
