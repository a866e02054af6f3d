-- Conversations that outgrow the model's window.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large", "models.tiny.context_window": 400, "models.tiny.input_price": 1, "models.tiny.output_price": 2}

local long = ("word "):rep(60)
local function conversation()
  local session = Session.create{ system_prompt = "Be brief." }
  for i = 1, 8 do
    Session.addMessage(session, i % 2 == 1 and "user" or "assistant", i .. " " .. long)
  end
  return session
end

local session = conversation()
local ok, err = pcall(Session.generate, session, "how many turns")
assert(not ok and err.code == "CONTEXT_OVERFLOW" and err.context_window == 400 and err.tokens > 400, tostring(err))
assert(#Session.history(session) == 9)

local text, response = Session.generate(session, "how many turns", { on_overflow = "truncate" })
assert(text:match("^turn [123]$") and response.dropped.messages > 0 and response.dropped.tokens > 0)
assert(#Session.history(session) == 11, "what is left out is kept")
local ok, err = pcall(Session.generate, session, long:rep(8), { on_overflow = "truncate" })
assert(not ok and err.code == "CONTEXT_OVERFLOW" and err.message:find("has to stay", 1, true))
local ok, err = pcall(LLM.generate, { prompt = long:rep(8), on_overflow = "compact" })
assert(not ok and err.code == "CONTEXT_OVERFLOW")

-- A summary takes the place of the older messages, on a branch of its own.
session = conversation()
local before = Session.history(session)
local compacted = Session.compact(session, { preserve_recent = 2 })
assert(compacted.summarized == 6 and compacted.kept == 2 and compacted.summary:find("They spoke of", 1, true))
assert(compacted.previous_head == before[#before].id and compacted.usage.output_tokens >= 5)
local after = Session.history(session)
assert(#after == 4 and after[1].role == "system" and after[2].id == compacted.message_id)
assert(after[2].content:find("Summary of the conversation so far", 1, true) and after[2].provider == "demo")
assert(after[4].content == before[9].content and after[4].id ~= before[9].id)
assert(Session.getMessage(session, before[2].id).content == before[2].content, "nothing is lost")

-- And back.
local head = Session.setHead(session, compacted.previous_head)
assert(head == after[4].id and #Session.history(session) == 9)
Session.setHead(session, head)
assert(#Session.history(session) == 4)
assert(Session.compact(session, { preserve_recent = 2 }) == nil, "there is nothing to summarise but the summary")
local ok, err = pcall(Session.setHead, session, "msg_99")
assert(not ok and err.code == "MESSAGE_NOT_FOUND")

-- By itself, when it has to be.
session = conversation()
text, response = Session.generate(session, "how many turns", { on_overflow = "compact" })
assert(response.compacted.summarized == 2 or response.compacted.summarized > 2)
assert(response.compacted.previous_head == "msg_9" and text:match("^turn"))
local streamed = conversation()
local told = {}
Session.generate(streamed, "how many turns", { on_overflow = "compact", on_token = function(t) told[#told + 1] = t end })
assert(#told > 0 and #Session.history(streamed) < 11)

-- As a setting of the session.
session = Session.create{ provider_config = { on_overflow = "truncate", max_tokens = 20 } }
for i = 1, 8 do Session.addMessage(session, i % 2 == 1 and "user" or "assistant", long) end
assert(select(2, Session.generate(session, "x")).dropped.messages > 0)
