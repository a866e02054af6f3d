-- tries: to find a JavaScript object in what scripts are given
-- must: everything that can be reached from _G is data, a table, a function or a thread; the only userdata is JSON.null
local seen = {}
local function walk(value, path)
  if type(value) == "userdata" then
    assert(rawequal(value, JSON.null), path)
  elseif type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, item in next, value do
      walk(key, path .. " (key)")
      walk(item, path .. "." .. tostring(key))
    end
    local mark = getmetatable(value)
    if type(mark) == "table" then walk(mark, path .. " (metatable)") end
  end
end
walk(_G, "_G")
for _, name in ipairs({ "constructor", "prototype", "__proto__", "caller", "arguments", "bind", "apply" }) do
  assert(_G[name] == nil and Session[name] == nil and Artifact[name] == nil and string[name] == nil, name)
end
assert(not pcall(function() return print.constructor end), "a function has no fields")
assert(not pcall(function() return JSON.null.constructor end), "null has no fields")

-- tries: to reach Function through the constructor of values that come back from the host
-- must: there is none
local session = Session.create({ name = "x", metadata = { a = { b = 1 } } })
for _, value in ipairs({ Session.get(session), Session.stats(), Tool.get("echo"), LLM.models(), Session.list({}) }) do
  assert(value.constructor == nil and value.__proto__ == nil and value.toString == nil)
end
assert(Session.get(session).metadata.constructor == nil and Session.get(session).metadata.a.__proto__ == nil)

-- tries: to change Object.prototype with the key __proto__ in JSON
-- must: it is a key like any other
local value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}')
assert(value.__proto__.polluted == true and value.constructor.prototype.polluted == true)
local text = JSON.stringify(value)
assert(text:find('"__proto__"', 1, true), text)
assert(JSON.parse(text).__proto__.polluted == true)

-- tries: to change Object.prototype with the key __proto__ in State
-- must: it is a key like any other
for _, key in ipairs({ "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then", "toJSON" }) do
  State.set(key, { [key] = { polluted = true }, ["__proto__"] = { polluted = true } })
  local kept = State.get(key)
  assert(kept[key].polluted == true and kept.__proto__.polluted == true, key)
end
assert(State.get("valueOf") == nil)

-- tries: to change Object.prototype with metadata of sessions and artifacts
-- must: they are fields like any other, also as a filter
local session = Session.create({ name = "__proto__", metadata = { ["__proto__"] = { polluted = 1 }, constructor = "c" } })
local metadata = Session.get(session).metadata
assert(metadata.__proto__.polluted == 1 and metadata.constructor == "c")
Session.updateMetadata(session, { ["__proto__"] = { polluted = 2 }, prototype = { polluted = 2 } })
assert(Session.get(session).metadata.__proto__.polluted == 2)
Artifact.store(session, "__proto__", "constructor", "x", { ["__proto__"] = { polluted = 3 }, tags = { "__proto__" } })
local found = Artifact.query({ session_id = session, tags = { "__proto__" } })
assert(#found == 1 and found[1].type == "__proto__")
assert(#Session.list({ filter_metadata = { constructor = "c" } }) >= 1)

-- tries: to change Object.prototype through arguments of a tool
-- must: the tool gets fields like any other
local given = { ["__proto__"] = { polluted = true }, constructor = { prototype = { polluted = true } } }
local answered = Tool.execute("echo", given)
assert(answered.success and answered.result.__proto__.polluted == true, JSON.stringify(answered))

-- tries: to change Object.prototype by merging documents with json-processor
-- must: __proto__ is a key of the merged document
local answered = Tool.execute("json-processor", {
  operation = "merge",
  input = { { a = 1 }, JSON.parse('{"__proto__": {"polluted": 1}}'), JSON.parse('{"__proto__": {"polluted2": 2}}') },
})
assert(answered.success, JSON.stringify(answered))
assert(answered.result.__proto__.polluted == 1 and answered.result.__proto__.polluted2 == 2)

-- tries: to have what every object has count as a field that is required
-- must: it is missing
local answered = Tool.execute("json-processor", {
  operation = "validate",
  input = { a = 1 },
  schema = { type = "object", required = { "constructor", "toString", "__proto__" } },
})
assert(answered.success and answered.result.valid == false, JSON.stringify(answered))

-- tries: to find built-in properties where names are looked up
-- must: none of them is a tool, a provider, a model, a session, a secret, a variable or a template
for _, name in ipairs({ "__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "__defineGetter__" }) do
  assert(Tool.get(name) == nil and not Tool.exists(name), name)
  assert(not pcall(Tool.execute, name, {}), name)
  assert(not pcall(Session.get, name) or Session.get(name) == nil, name)
  assert(not pcall(LLM.generate, { prompt = "x", provider = name }), name)
  assert(not pcall(LLM.generate, { prompt = "x", model = name }), name)
  assert(not pcall(Secret.get, name) and not Secret.exists(name), name)
  assert(os.getenv(name) == nil, name)
  assert(not pcall(Session.createFromTemplate, name, {}), name)
  assert(not pcall(LLM.create, name), name)
end

-- tries: to define a template, a tool and a model under the names of built-in properties
-- must: they are names like any other, or refused
Session.defineTemplate("__proto__", { name = "p", tags = { "t" } })
assert(Session.get(Session.createFromTemplate("__proto__", {})).name == "p")
assert(not pcall(Session.createFromTemplate, "constructor", {}))
for _, name in ipairs({ "__proto__", "constructor", "toString" }) do
  local ok, tool = pcall(Tool.define, { name = name, description = "d", run = function() return 7 end })
  assert(not ok or tool{}.result == 7, name)
  pcall(LLM.registerModel, name, { context_window = 10 })
end
assert(Tool.get("valueOf") == nil)

-- tries: to end a run with a value that JavaScript takes for a promise
-- must: it is data
return { ["then"] = "resolve", toJSON = "x", ["__proto__"] = { polluted = true }, constructor = 1 }

-- tries: to raise an error whose code and fields are built-in properties
-- must: the code is text and nothing else
-- ends: constructor
error({ code = "constructor", message = "m", ["__proto__"] = "x", toString = "x", exitStatus = 5, ["then"] = true })

-- tries: to raise an error whose code is __proto__
-- must: the code is text and nothing else
-- ends: __proto__
error({ code = "__proto__", message = "m", name = "n", stack = "s" })

-- tries: to walk prototypes with the paths of a replay's modifications and with its comparator
-- must: paths name fields of data only
local comparator = Replay.create_comparator()
local result = comparator:compare_json({ ["__proto__"] = { a = 1 } }, { ["__proto__"] = { a = 2 }, constructor = 1 })
assert(type(result) == "table")
local config = Replay.create_config("modified")
config:add_modification("__proto__.polluted", true, true)
config:add_modification("constructor.prototype.polluted", true, true)
assert(#config:get_modifications() == 2)

-- tries: to change shared objects with the context, the responses and the data of a session
-- must: they are fields like any other
local session = Session.create({})
Session.setContext(session, { ["__proto__"] = { polluted = true }, prototype = 1 })
Session.setResponse(session, "__proto__", { polluted = true })
Session.setResponse(session, "constructor", "c")
assert(Session.getContext(session).__proto__.polluted == true)
assert(type(Session.data(session)) == "table" and type(Session.responses(session)) == "table")
