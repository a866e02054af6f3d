-- tries: to use a secret by writing down its handle
-- must: POLICY_DENIED for every variable that is not open
for _, name in ipairs({ "PATH", "HOME", "OPENAI_API_KEY", "__proto__" }) do
  local ok, err = pcall(LLM.generate, { prompt = "x", provider = "openai", api_key = { secret = name } })
  assert(not ok, name)
  assert(not tostring(err):find("/usr/bin", 1, true), tostring(err))
  ok, err = pcall(Secret.get, name)
  assert(not ok and err.code == "POLICY_DENIED", tostring(err))
end
assert(#Secret.list() == 0)

-- tries: to read a secret that is open, as text
-- must: its name is all that there is
-- settings: {"runtime.security.secrets": ["PATH"]}
local handle = Secret.get("PATH")
for key, value in pairs(handle) do assert(key == "secret" and value == "PATH") end
assert(tostring(handle) == "[secret PATH]" and getmetatable(handle) == "Secret")
assert(JSON.stringify(handle) == '{"secret":"PATH"}')
assert(tostring(os.getenv("PATH")) == "[secret PATH]")
assert(not pcall(function() return handle .. "" end) and not pcall(function() return #handle > 9 end) or true)
State.set("k", handle)
assert(State.get("k").secret == "PATH")
local answered = Tool.execute("echo", { key = handle })
assert(answered.result.key.secret == "PATH" and not JSON.stringify(answered):find("/bin", 1, true))

-- tries: to reach the sessions of others under strict isolation
-- must: POLICY_DENIED for each, also when its id is known or guessed
-- settings: {"runtime.sessions.strict_isolation": true}
local other = Session.create({ name = "other" })
local own = Session.create({ name = "own" })
Session.setCurrent(own)
local function denied(action, ...)
  local ok, err = pcall(action, ...)
  assert(not ok and (err.code == "POLICY_DENIED" or err.code == "SESSION_NOT_FOUND" or err.code == "BAD_ARGUMENT"), tostring(err))
end
for _, id in ipairs({ other, other:upper(), other .. " ", other:sub(1, 13), " " .. other, "session_" .. other }) do
  denied(Session.history, id)
  denied(Session.addMessage, id, "user", "x")
  denied(Artifact.list, id)
  denied(Artifact.store, id, "user_input", "a", "x")
  denied(Artifact.get, id, "x")
end
for i = 0, 99 do denied(Session.history, own:sub(1, -3) .. ("%02x"):format((tonumber(own:sub(-2), 16) + 1 + i) % 256)) end

-- tries: to name sessions, artifacts and runs by wildcards, paths and other things
-- must: an error for each; ids are ids
for _, id in ipairs({ "*", "%", "", "..", "/", "s/", "../x", "\0", ("0"):rep(1000000), "null", "undefined", "0", "[object Object]",
  "00000000-0000-0000-0000-000000000000", JSON.null, {}, true, 5, 0 / 0 }) do
  for _, action in ipairs({ Session.get, Session.delete, Session.history, Session.fork, Session.replay, Artifact.list }) do
    local ok, result = pcall(action, id)
    assert(not ok or result == nil or type(result) == "table" and next(result) == nil or result == false, tostring(id))
    assert(ok or type(result) == "string" or result.code ~= "INTERNAL", tostring(result))
  end
end

-- tries: to write a key of State that is one of the storage's own
-- must: keys of State are keys of State
for _, key in ipairs({ "s/x", "j/0", "p/0", "meta", "\0", "a\0b", "../s", "s\1x", "format" }) do
  pcall(State.set, key, "mine")
  pcall(State.save, key, key, "mine")
  local ok, value = pcall(State.get, key)
  assert(not ok or value == nil or value == "mine")
end
assert(#Session.create({}) == 36)

-- tries: to write keys and names of any length into the storage
-- must: it is kept, or refused with an error that is no fault of the host
for _, size in ipairs({ 100, 511, 512, 2000, 100000, 1000000 }) do
  local name = ("n"):rep(size)
  for _, action in ipairs({
    function() State.set(name, 1) end,
    function() State.save(name, "k", 1) end,
    function() Session.create({ name = name, tags = { name }, metadata = { [name] = name } }) end,
    function() Artifact.store(Session.create({}), name, name, "x", { tags = { name }, [name] = 1 }) end,
    function() Session.defineTemplate(name, { name = name }) end,
    function() Session.signal(Session.create({}), name, name) end,
    function() Session.checkpoint(Session.create({}), name, name) end,
    function() Session.startConversation(Session.create({}), { name = name }) end,
  }) do
    local ok, err = pcall(action)
    assert(ok or type(err) == "string" or err.code ~= "INTERNAL", size .. tostring(err))
  end
end

-- tries: to write keys and names of any length into a folder of data
-- must: it is kept, or refused with an error that is no fault of the host
-- storage: lmdb
-- settings: {"runtime.lua.max_live_vms": 499}
for _, size in ipairs({ 100, 511, 512, 2000, 100000, 1000000 }) do
  local name = ("n"):rep(size)
  for number, action in ipairs({
    function() State.set(name, 1) end,
    function() State.save(name, "k", 1) end,
    function() Session.create({ name = name, tags = { name }, metadata = { [name] = name } }) end,
    function() Artifact.store(Session.create({}), name, name, "x", { tags = { name }, [name] = 1 }) end,
    function() Session.signal(Session.create({}), name, name) end,
    function() Session.checkpoint(Session.create({}), name, name) end,
    function() Session.startConversation(Session.create({}), { name = name }) end,
  }) do
    local ok, err = pcall(action)
    assert(ok or type(err) == "string" or err.code ~= "INTERNAL", number .. " " .. size .. tostring(err))
  end
end

-- tries: to stop, resume and replay its own run, and runs that there are not
-- must: an error for each, or nothing
local session = Session.create({})
for _, action in ipairs({ Session.resume, Session.suspend, Session.replay, Session.fork, Session.resumeFrom, Session.journal }) do
  local ok, err = pcall(action, session, "none", { at = -1, mode = "x" })
  assert(ok or type(err) == "string" or err.code ~= "INTERNAL", tostring(err))
end

-- tries: to call every public function with arguments that nobody expects
-- must: each answers or raises an error that is no fault of the host
-- time: 25000
-- memory: 64
local cycle = {}
cycle.cycle = cycle
local nasty = {
  JSON.null, true, 0, -1, 2 ^ 53, math.mininteger, 0 / 0, 1 / 0, "", "x", "\0", "\255\254", ("y"):rep(3000), {}, { 1 }, { {} },
  { a = 1 }, { [1.5] = 1 }, { ["__proto__"] = 1 }, cycle, print, coroutine.create(print), JSON.array(),
  { name = {}, tags = 5, metadata = "x" }, { name = "\255" }, { session_id = {}, limit = -1 }, { limit = 0 / 0 },
  { prompt = {}, messages = 5 }, { tools = "x", schema = 5 }, Session.create({ name = "given" }),
}
local skipped = { ["os.exit"] = true, ["collectgarbage"] = true, ["print"] = true, ["io.read"] = true, ["error"] = true,
  ["Session.sleep"] = true, ["os.execute"] = true, ["LLM.shutdown"] = true, ["Session.cleanup"] = true, ["warn"] = true }
local functions = {}
for _, owner in ipairs({ "Session", "Artifact", "Tool", "LLM", "State", "JSON", "Secret", "Replay", "parallel", "os", "io", "_G" }) do
  for name, fn in pairs(_G[owner]) do
    local path = owner == "_G" and name or owner .. "." .. name
    local snake = name:find("%u") or not name:find("_")
    if type(fn) == "function" and not skipped[path] and snake then functions[#functions + 1] = { path, fn } end
  end
end
table.sort(functions, function(a, b) return a[1] < b[1] end)
local faults = {}
local function try(path, fn, ...)
  local ok, err = pcall(fn, ...)
  if not ok and type(err) == "table" and rawget(err, "code") == "INTERNAL" then
    faults[path] = tostring(err)
  end
end
for i, entry in ipairs(functions) do
  local path, fn = entry[1], entry[2]
  local waits = path:lower():find("wait") or path:lower():find("await") or path:find("stream")
  if not waits then
    try(path, fn)
    for a = 1, #nasty do
      try(path, fn, nasty[a])
      try(path, fn, nasty[#nasty], nasty[a])
      try(path, fn, nasty[a], nasty[(a * 7 + i) % #nasty + 1], nasty[(a * 3 + i) % #nasty + 1], nasty[(a + i) % #nasty + 1])
    end
  end
end
assert(next(faults) == nil, JSON.stringify(faults))
