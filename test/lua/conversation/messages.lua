local s = Session.create({ name = "Chat" })
assert(#Session.history(s) == 0 and Session.getMessage(s, "msg_1") == nil)

-- A message is a table with everything that is known of it.
local hello = Session.addMessage(s, Session.Role.USER, "Hello, who are you?")
assert(hello.id == "msg_1" and hello.role == "user" and hello.content == "Hello, who are you?")
assert(hello.timestamp:find("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$"), hello.timestamp)
assert(math.type(hello.created_at) == "integer" and hello.created_at <= os.time())
assert(hello.conversation == "conv_1" and #hello.parents == 0 and hello.status == "completed")
assert(hello.parts == nil and hello.name == nil and hello.provider == nil and next(hello.metadata) == nil)

local answer = Session.addMessage(s, "Assistant", "An assistant.", {
  provider = "openai",
  model = "gpt-4",
  usage = { input_tokens = 12, output_tokens = 3, cost_usd = 0.25 },
  metadata = { score = 1.0, tags = { "a" } },
  name = "Ada",
})
assert(answer.id == "msg_2" and answer.parents[1] == "msg_1" and answer.name == "Ada")
assert(answer.provider == "openai" and answer.model == "gpt-4")
assert(answer.usage.input_tokens == 12 and answer.usage.total_tokens == 15 and answer.usage.cost_usd == 0.25)
assert(math.type(answer.metadata.score) == "float" and answer.metadata.tags[1] == "a")
assert(JSON.stringify(Session.getMessage(s, "msg_2")) == JSON.stringify(answer))

-- Numbers are text where text is expected, as everywhere in Lua.
assert(Session.addMessage(s, "user", 42).content == "42")
local history = Session.history(s)
assert(#history == 3 and history[1].content == hello.content and history[3].content == "42")
assert(Session.get(s).message_count == 3 and Session.list()[1].message_count == 3)

-- Selective history is a loop.
local relevant = {}
for _, message in ipairs(history) do
  if message.content:find("assistant") then relevant[#relevant + 1] = message.id end
end
assert(table.concat(relevant) == "msg_2")

-- The current session, both spellings.
Session.setCurrent(s)
Session.add_message(nil, "user", "to the current one")
assert(Session.history("", { limit = 1 })[1].content == "to the current one")

-- Tools are called and answered.
local call = Session.addMessage(s, "assistant", "Let me see.", {
  tool_calls = { { id = "call_1", name = "clock", arguments = { zone = "UTC" } }, { id = "call_2", name = "clock" } },
})
assert(call.content == "Let me see." and #call.parts == 3 and #call.tool_calls == 2)
assert(call.tool_calls[1].arguments.zone == "UTC" and next(call.tool_calls[2].arguments) == nil)
assert(Session.addMessage(s, "assistant", nil, { tool_calls = { { id = "c", name = "n" } } }).content == "")
local result = Session.addMessage(s, "tool", "12:00", { tool_call_id = "call_1", name = "clock", is_error = true })
assert(result.content == "12:00" and result.tool_call_id == "call_1" and result.name == "clock")
assert(result.parts[1].is_error == true and result.parts[1].content[1].text == "12:00")

-- Parts as they are.
local image = string.char(0x89) .. "PNG\r\n" .. string.char(0, 255)
local parts = Session.addMessage(s, "user", {
  "What is this?",
  { type = "image", data = image },
  { type = "image", url = "https://example.org/a.jpg", mime_type = "image/jpeg" },
})
assert(parts.content == "What is this?" and parts.parts[2].data == image)
assert(parts.parts[2].mime_type == "image/png" and parts.parts[3].url == "https://example.org/a.jpg")
local thought = Session.addMessage(s, "assistant", { { type = "reasoning", text = "Hm", signature = "x" }, "A cat." })
assert(thought.content == "A cat." and thought.parts[1].signature == "x")

-- Long contents are like short ones.
local long = ("0123456789"):rep(20000)
assert(Session.addMessage(s, "user", long).content == long)
assert(Session.history(s, { limit = 1 })[1].content == long)
