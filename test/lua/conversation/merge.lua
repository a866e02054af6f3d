local function talk(title, prompt, ...)
  local id = Session.create({ title = title, system_prompt = prompt, metadata = { [title] = true, last = title }, tags = { title } })
  Session.setContext(id, { [title] = 1 })
  return id
end
local a, b, c = talk("a", "Prompt A"), talk("b", "Prompt B"), talk("c", "Prompt A")
local function say(id, role, content)
  Session.addMessage(id, role, content)
  os.execute("sleep 0.003")
end
say(a, "user", "a1")
say(b, "user", "b1")
say(a, "assistant", "a2")
say(c, "user", "c1")
say(b, "assistant", "b2")
local before = JSON.stringify({ Session.data(a).messages, Session.data(b).messages, Session.data(c).messages })

local merged = Session.merge({ a, b, c }, { title = "Combined", use_immediately = true })
assert(Session.getCurrent() == merged and Session.get(merged).title == "Combined")
local texts, ids = {}, {}
for i, message in ipairs(Session.history(merged)) do
  texts[i], ids[i] = message.content, message.id
end
-- The first system prompt is that of the merge; one that says something else is said when it was.
assert(table.concat(texts, " ") == "Prompt A Prompt B a1 b1 a2 c1 b2", table.concat(texts, " "))
assert(table.concat(ids, " ") == "msg_1 msg_2 msg_3 msg_4 msg_5 msg_6 msg_7")
local function parents(id)
  return table.concat(Session.getMessage(merged, id).parents, " ")
end
assert(parents("msg_3") == "msg_2" and parents("msg_5") == "msg_4 msg_3" and parents("msg_7") == "msg_6 msg_4")
assert(#Session.conversationHistory(merged, { node_id = "msg_5", max_depth = 1 }) == 3)
assert(before == JSON.stringify({ Session.data(a).messages, Session.data(b).messages, Session.data(c).messages }))

local record = Session.get(merged)
assert(table.concat(record.tags, " ") == "a b c" and record.metadata.a and record.metadata.c and record.metadata.last == "c")
assert(table.concat(record.metadata.merged_from, " ") == table.concat({ a, b, c }, " "))
local context = Session.getContext(merged)
assert(context.a == 1 and context.b == 1 and context.c == 1)
Session.addMessage(merged, "user", "goes on")
assert(parents("msg_8") == "msg_7")

-- What was said at the same time stays in the order of the sessions, and of each session.
local function written(name, texts_of)
  local messages = {}
  for i, content in ipairs(texts_of) do
    messages[i] = { id = "msg_" .. i, role = "user", content = content, timestamp = "2023-07-15T14:30:22.123Z" }
  end
  local path = TEMP .. "/" .. name .. ".json"
  local out = assert(io.open(path, "w"))
  out:write(JSON.stringify({ id = name, title = name, messages = messages, context = {}, metadata = {} }))
  out:close()
  return Session.import(path)
end
local x, y = written("x", { "x1", "x2" }), written("y", { "y1", "y2" })
local order = {}
for i, message in ipairs(Session.history(Session.merge({ y, x, y }))) do
  order[i] = message.content .. "@" .. message.timestamp
end
assert(table.concat(order, " ") == ("y1 y2 x1 x2"):gsub("%S+", "%0@2023-07-15T14:30:22.123Z"))
assert(Session.get(Session.merge({ x })).title == "Merge of 1 sessions")
assert(#Session.history(Session.merge({ Session.create(), Session.create() })) == 0)

local count = #Session.list()
local function refused(code, ...)
  local ok, err = pcall(Session.merge, ...)
  assert(not ok and err.code == code, tostring(err))
end
refused("SESSION_NOT_FOUND", { a, "nobody" })
refused("BAD_ARGUMENT", {})
refused("BAD_ARGUMENT", a)
refused("BAD_ARGUMENT", { a, 5 })
assert(#Session.list() == count)
