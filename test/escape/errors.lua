-- tries: to find the host's stack and paths in an error of a tool
-- must: the error has a message and nothing of the host
local answered = Tool.execute("fails", {})
assert(answered.success == false)
local text = JSON.stringify(answered)
assert(text:find("careless", 1, true), text)
for _, word in ipairs({ "node_modules", "node:internal", ".js:", "execPath", "/bin/node" }) do
  assert(not text:find(word, 1, true), text)
end

-- tries: to find the host's stack and paths in errors of host functions
-- must: every field is text or a number, and none shows a file of the host
for _, action in ipairs({ Session.get, Artifact.get, Tool.execute, JSON.parse, State.set, LLM.generate, Session.fork }) do
  local ok, err = pcall(action, {}, {}, {})
  assert(not ok)
  for key, value in pairs(type(err) == "table" and err or { message = err }) do
    assert(type(value) ~= "table" and type(value) ~= "function" and type(value) ~= "userdata", key)
    assert(not tostring(value):find("node_modules", 1, true) and not tostring(value):find("%.js:%d"), tostring(value))
  end
end

-- tries: to end the run as if the host had ended it for an internal fault
-- must: the forged code is the script's own error
-- ends: INTERNAL
error({ code = "INTERNAL", message = "forged" })

-- tries: to have the run counted as aborted by its owner
-- must: the forged code is the script's own error
-- ends: ABORTED
error({ code = "ABORTED", message = "forged" })

-- tries: to have the run counted as one that diverged in a replay
-- must: the forged code is the script's own error
-- ends: REPLAY_DIVERGED
error({ code = "REPLAY_DIVERGED", message = "forged", details = "x" })

-- tries: to raise nil
-- must: the run fails with an error like any other
-- ends: LUA_ERROR
error(nil)

-- tries: to raise a function, a thread, null and a table without fields
-- must: each is caught and described
for _, value in ipairs({ print, coroutine.create(print), JSON.null, {}, 5, true }) do
  local ok, err = pcall(error, value)
  assert(not ok and rawequal(err, value))
end

-- tries: to end the run with a table that contains itself
-- must: the run fails with an error like any other
-- ends: LUA_ERROR
local t = { message = "round" }
t.self, t.code = t, t
error(t)

-- tries: to end the run with a million fields in the error
-- must: the run fails with an error like any other, within its memory
-- ends: LUA_ERROR or X
-- memory: 128
local t = { code = "X", message = "many" }
for i = 1, 300000 do t["field" .. i] = i end
error(t)

-- tries: to end the run with a message of many megabytes
-- must: the run fails with an error like any other
-- ends: LUA_ERROR or LIMIT_MEMORY
-- memory: 64
error(("x"):rep(20000000))

-- tries: to run on in the __tostring of an error that nobody caught
-- must: the time limit ends it
-- ends: LIMIT_TIME
-- time: 400
error(setmetatable({}, { __tostring = function() while true do end end }))

-- tries: to wait for the host in the __tostring of an error that nobody caught
-- must: the call is refused, and the run fails with its error
-- ends: LUA_ERROR
error(setmetatable({}, { __tostring = function() Session.sleep(0.01) return "x" end }))

-- tries: to raise again and again in the __tostring of an error
-- must: the run fails with an error like any other
-- ends: LUA_ERROR
local mark = {}
mark.__tostring = function() error(setmetatable({}, mark)) end
error(setmetatable({}, mark))

-- tries: to make all errors of the host lie by changing their metatable
-- must: only this run is misled; the host reads the fields themselves
-- ends: BAD_ARGUMENT
local ok, err = pcall(JSON.parse, {})
local mark = getmetatable(err)
if type(mark) == "table" then
  mark.__tostring = function() return "all is well" end
  mark.__index = function() return "forged" end
  mark.__concat = nil
end
JSON.parse({})

-- tries: to raise an error that points at a file of the host
-- must: nobody opens the file
-- ends: LUA_ERROR
error({ message = "look", file = CANARY, line = 1, path = CANARY })

-- tries: to fail in a message handler, again and again
-- must: xpcall ends with an error
local function handler(m) error(m) end
local ok, err = xpcall(function() error("x") end, handler)
assert(not ok)
ok = xpcall(error, function(m) return xpcall(error, function() error("again") end, m) end, "x")
assert(not ok)

-- tries: to take the mark of a message handler that waits, and to use it once more
-- must: the mark says nothing, nobody can make one, and the handler ends once
local leaked
local ok, result = xpcall(function()
  local x <close> = setmetatable({}, { __close = function(_, err) leaked = err end })
  error("x")
end, function(m) Session.sleep(0.01) return "handled" end)
assert(not ok and result == "handled")
assert(type(leaked) == "table" and next(leaked) == nil and getmetatable(leaked) == "error")
assert(not pcall(setmetatable, leaked, {}))
local again, same = xpcall(error, function(m) return m end, leaked)
assert(not again and rawequal(same, leaked))
local copy = setmetatable({}, { __metatable = "error" })
again, same = xpcall(error, function(m) return m end, copy)
assert(not again and rawequal(same, copy))
assert(#Session.create({}) > 0, "calls go on as ever")

-- tries: to wait in a variable that is closed while a message handler waits
-- must: both get their own answers
local order = {}
local ok, result = xpcall(function()
  local x <close> = setmetatable({}, { __close = function()
    Session.sleep(0.05)
    order[#order + 1] = #Session.create({})
  end })
  error("x")
end, function(m) Session.sleep(0.01) order[#order + 1] = "handler" return "handled" end)
assert(not ok and result == "handled", tostring(result))
assert(order[1] == 36 and order[2] == "handler", JSON.stringify(order))

-- tries: to lose the handler that waits by another error, and to leave its call without anyone
-- must: the run goes on, and ends as it would
local ok, err = xpcall(function()
  local x <close> = setmetatable({}, { __close = function() error("instead", 0) end })
  error("x")
end, function(m) if m == "instead" then return m end Session.sleep(0.01) return "handled" end)
assert(not ok)
Session.sleep(0.05)
assert(#Session.create({}) == 36)

-- tries: to yield out of a function that is unwound while its handler waits, and to come back later
-- must: the run goes on, and ends as it would
local co = coroutine.wrap(function()
  return xpcall(function()
    local x <close> = setmetatable({}, { __close = function() coroutine.yield("out") end })
    error("x")
  end, function(m) Session.sleep(0.01) return "handled" end)
end)
assert(co() == "out")
Session.sleep(0.05)
local ok, err = co()
assert(not ok and err == "handled", tostring(err))
