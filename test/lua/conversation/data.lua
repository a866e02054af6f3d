local s = Session.create({
  title = "Technical Support Chat",
  initial_context = { user_id = "user_789", product = "SDK" },
  metadata = { category = "technical_support", status = "active" },
})
Session.addMessage(s, "user", "I'm having trouble installing the software.")
Session.addMessage(s, "assistant", "What operating system are you using?", { model = "m", metadata = { x = 1 } })

local function keys(of)
  local names = {}
  for name in pairs(of) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " ")
end

local data = Session.data(s)
assert(keys(data) == "context created_at id messages metadata title updated_at", keys(data))
assert(data.id == s and data.title == "Technical Support Chat" and #data.messages == 2)
assert(keys(data.messages[1]) == "content id role timestamp")
assert(data.messages[1].id == "msg_1" and data.messages[2].role == "assistant")
assert(data.messages[2].content == "What operating system are you using?")
local ISO = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$"
assert(data.created_at:find(ISO) and data.updated_at:find(ISO) and data.messages[1].timestamp:find(ISO))
assert(data.updated_at >= data.messages[2].timestamp and data.created_at <= data.messages[1].timestamp)
assert(data.context.product == "SDK" and data.metadata.status == "active")

local missing, why = Session.data("nobody")
assert(missing == nil and why == 'session "nobody" does not exist')
assert(Session.data(Session.create()).title == nil)
local entry = Session.list({ limit = 2 })[2]
assert(entry.id == s and entry.title == data.title and entry.message_count == 2)
