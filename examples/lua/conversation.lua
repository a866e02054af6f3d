-- A conversation: with a history, several providers, tools, files, other sessions beside it, and a summary at its end.
--
--   npx llmspell run --config examples/lua/models.toml examples/lua/conversation.lua

local function ask(session, prompt, options)
  local answer, response = Session.generate(session, prompt, options)
  print("> " .. prompt)
  print(("[%s] %s"):format(response.provider, answer))
  return answer
end

local session = Session.create({
  name = "Quantum computers",
  system_prompt = "You are a helpful assistant.",
  provider_config = { temperature = 0.7, max_tokens = 500 },
  metadata = { user_id = "123", session_name = "Physics chat" },
})

-- What was said elsewhere can be added; no model is asked.
Session.addMessage(session, Session.Role.USER, "Hello, who are you?")
Session.addMessage(session, Session.Role.ASSISTANT, "An assistant. How can I help you today?")

-- Every answer knows what was said before. Another provider may answer one question; it gets the same history.
ask(session, "Tell me about quantum computers.")
ask(session, "Explain it in simpler terms.", { provider = "other" })
ask(session, "Which of the two do you like better?")

-- A model may call tools, which are functions here; the calls and their results are part of the history.
Session.addTool(session, {
  name = "get_current_time",
  description = "The current time",
  parameters = { type = "object", properties = {} },
  run = function()
    return os.date("%H:%M:%S")
  end,
})
local told = Session.generateWithTools(session, "What time is it right now?")
print(("%s (after %d call of a tool)"):format(told.content, #told.tool_calls_made))
for _, provider in ipairs({ "openai", "anthropic" }) do
  print(("  %d messages in the form of %s"):format(#Session.messagesForProvider(session, provider), provider))
end

-- A conversation in a file outlives everything; loaded, it goes on, here or on another machine.
local path = os.tmpname()
Session.save(session, path)
local loaded = Session.loadFile(path, { provider = "other" })
os.remove(path)
print(("Loaded: %d messages, the first from the %s"):format(#Session.history(loaded), Session.history(loaded)[1].role))

-- Sessions with ids of one's own, such as those of users.
local user = Session.get("user123") and "user123" or Session.create({ session_id = "user123", name = "A user's talk" })
ask(user, "Good morning.")
for _, entry in ipairs(Session.list({ status = "active" })) do
  print(("  %s, last changed %s"):format(entry.name, entry.updated_at_iso:sub(1, 10)))
end
print("Deleted: " .. tostring(Session.delete(user)))

-- A part of the history, for a question about nothing else.
local relevant = {}
for _, message in ipairs(Session.history(session, { include_system = false })) do
  if message.content:find("simpler") or message.content:find("coin") then
    relevant[#relevant + 1] = { role = message.role, content = message.content }
  end
end
relevant[#relevant + 1] = "Which coin is that?"
print((Session.generate(session, nil, { messages = relevant })))

-- A conversation that gets long goes on in a new session, behind its summary.
local summary = ask(session, "Summarize our conversation so far in a concise way.")
local fresh = Session.create({
  name = "Quantum computers, continued",
  parent_session_id = session,
  system_prompt = "You are a helpful assistant. Previous conversation summary: " .. summary,
})
ask(fresh, "Where were we?")

-- The history can go while the session stays; the system prompt stays, too.
print("Cleared: " .. Session.clearHistory(loaded) .. " messages")
local usage = Session.summary(session).usage
print(("%d answers, %d tokens"):format(usage.calls, usage.total_tokens))
for _, id in ipairs({ session, loaded, fresh }) do
  Session.complete(id)
end
