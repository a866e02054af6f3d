-- tries: to catch what preludes hand to global functions, by replacing all of them
-- must: nothing private passes through a function that the script can replace
local keep = { assert = assert, type = type, pcall = pcall, next = next, error = error, rawequal = rawequal }
local caught, traps = {}, {}
local known = {}
local function know(value, depth)
  if (keep.type(value) == "table" or keep.type(value) == "function") and not known[value] then
    known[value] = true
    if keep.type(value) == "table" and depth < 6 then
      for key, item in keep.next, value do know(item, depth + 1) end
    end
  end
end
know(_G, 0)
local globals, api = _G, { Session = Session, Tool = Tool, JSON = JSON, State = State, Artifact = Artifact, LLM = LLM,
  parallel = parallel, io = io, os = os, coroutine = coroutine, string = string, table = table, Secret = Secret }
local originals = {}
for _, owner in keep.next, { "_G", "string", "table", "coroutine", "math", "debug", "utf8" } do
  local target = globals[owner]
  for name, fn in keep.next, target do
    if keep.type(fn) == "function" then originals[#originals + 1] = { target, name, fn } end
  end
end
for i = 1, #originals do
  local target, name, fn = originals[i][1], originals[i][2], originals[i][3]
  target[name] = function(...)
    local values = { ... }
    for _, value in keep.next, values do
      if keep.type(value) == "userdata" or keep.type(value) == "function" then caught[#caught + 1] = { name, value } end
      if keep.type(value) == "table" then caught[#caught + 1] = { name, value } end
    end
    return fn(...)
  end
end
local mine = { name = "n" }
local session = api.Session.create(mine)
api.Session.addMessage(session, "user", "hello")
api.Session.history(session)
api.Artifact.store(session, "user_input", "a", "x")
for _ in api.Artifact.chunks(session, api.Artifact.list(session)[1].id) do end
api.State.set("x", mine)
api.JSON.parse(api.JSON.stringify(mine))
api.Tool.define({ name = "trap", description = "d", run = function() return 1 end })
api.Tool.execute("trap", {})
api.parallel({ function() api.Session.sleep(0) end })
keep.pcall(api.LLM.generate, { prompt = "x" })
keep.pcall(require, "none")
keep.pcall(api.io.open, "x")
api.Session.defineTemplate("trap", { name = "t" })
api.Session.createFromTemplate("trap", {})
for i = 1, #originals do originals[i][1][originals[i][2]] = originals[i][3] end
for _, entry in keep.next, caught do
  local name, value = entry[1], entry[2]
  if type(value) == "userdata" then assert(rawequal(value, JSON.null), name) end
  if type(value) == "table" then
    for _, private in ipairs({ "await", "original", "suspendable", "allowed", "functions", "array_mark", "error_mark" }) do
      assert(rawget(value, private) == nil, name .. " got " .. private)
    end
  end
end

-- tries: to break the preludes by removing every global
-- must: what a script still holds works
local create, get, sleep, parallel, check = Session.create, Session.get, Session.sleep, parallel, assert
local tool, parse, exec = Tool.define({ name = "t", description = "d", run = function() return 3 end }), JSON.parse, pcall
local globals = _G
for name in next, globals do globals[name] = nil end
local session = create({ name = "x" })
check(get(session).name == "x" and parse("[1]")[1] == 1)
sleep(0)
check(parallel({ function() return 1 end })[1] == 1)
check(tool({}).result == 3)

-- tries: to replace pcall, error, setmetatable and next under the preludes
-- must: they go on with their own
local real = { pcall = pcall, assert = assert }
pcall = function() return true, "forged" end
error = function() end
setmetatable = function(t) return t end
next, type, rawget, select, tostring = nil, nil, nil, nil, nil
table.unpack, table.pack, string.find, string.format = nil, nil, nil, nil
local session = Session.create({ name = "x" })
real.assert(Session.get(session).name == "x")
local results = parallel({ function() return 1 end, function() Session.sleep(0) return 2 end })
real.assert(results[1] == 1 and results[2] == 2)
local ok, err = real.pcall(Artifact.store, session, "user_input", "n")
real.assert(ok == false and err.code == "BAD_ARGUMENT")
local co = coroutine.wrap(function() return #Session.create({}) end)
real.assert(co() == 36)

-- tries: to forge the arguments of the script
-- must: they are plain tables of this run
assert(type(arg) == "table" and type(ARGS) == "table")
arg[0], arg[-1], ARGS.name = CANARY, "x", "forged"
setmetatable(arg, { __index = function() error("asked") end })
arg, ARGS = nil, nil
assert(#Session.create({}) == 36)

-- tries: to find another script's globals
-- must: nothing of theirs is there
assert(marker == nil and _G.leaked == nil)
marker, leaked = "here", { 1 }
string.leaked, table.leaked, Session.leaked = 1, 1, 1

-- tries: to find what the script before has left in globals
-- must: nothing is there
assert(marker == nil and _G.leaked == nil and string.leaked == nil and table.leaked == nil and Session.leaked == nil)

-- tries: to find functions of the host that only preludes use
-- must: none of them is reachable by name
for _, name in ipairs({ "host", "engine", "require_wait", "start_branch", "wake_branch", "current_branch", "at_end" }) do
  assert(_G[name] == nil and package.loaded[name] == nil and Session[name] == nil and io[name] == nil, name)
end
assert(not pcall(require, "host") and not pcall(require, "engine"))

-- tries: to change the libraries of other branches and coroutines
-- must: it is the script's own memory, and the witness has its own
string.format = function() return "forged" end
table.sort, table.concat, math.random = nil, nil, nil
_G._VERSION = "Lua 1.0"
assert(("%d"):format(5) == "forged")
assert(coroutine.wrap(function() return string.format("%d", 5) end)() == "forged")

-- tries: to flood the events and the output
-- must: the run ends at its limit, and the others are served meanwhile
-- ends: LIMIT_TIME
-- time: 500
while true do print(("x"):rep(10000)) io.write("y") io.stderr:write("z") warn("w") end

-- tries: to print what terminals obey and what is not text
-- must: it is passed on as bytes
print("\27]0;title\7\27[2J\0\255\254", ("\0"):rep(1000))
warn("@on", "\27[31m")
io.write(nil == nil and "" or "x", 1, 2.5)
assert(not pcall(io.write, {}) and not pcall(print, setmetatable({}, { __tostring = function() return 1 == 1 end })))
