-- Turns of a session: the whole history is told, both turns are kept.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local session = Session.create{ system_prompt = "You are a pirate.", provider_config = { temperature = 0.5 } }
local text, response = Session.generate(session, "Ahoy")
assert(text == "Arr! Ahoy")
assert(response.session_id == session and response.message_id == "msg_3")
assert(Session.generate(session, "how many turns") == "turn 2")

local history = Session.history(session)
local roles = {}
for i, message in ipairs(history) do roles[i] = message.role end
assert(table.concat(roles, " ") == "system user assistant user assistant")
assert(history[2].content == "Ahoy" and history[3].content == text)
assert(history[3].provider == "demo" and history[3].model == "tiny")
assert(history[3].usage.input_tokens == response.usage.input_tokens)
assert(Session.summary(session).usage.calls == 2)

-- The current session, and a prompt that was said before.
Session.setCurrent(session)
assert(Session.generate(nil, "once more") == "Arr! once more")
Session.addMessage(session, "user", "answer this")
assert(Session.generate(session) == "Arr! answer this")
assert(Session.history(session)[8].content == "answer this")
assert(#Session.history(session) == 9)

-- Another provider for one call; the session's stays.
local _, switched = Session.generate(session, "how many turns", { provider = "other" })
assert(switched.provider == "other" and switched.model == "large" and switched.text == "turn 5")
local _, back = Session.generate(session, "how many turns")
assert(back.provider == "demo" and back.text == "turn 6")
Session.setProvider(session, "other", "grand")
assert(select(2, Session.generate(session, "x")).model == "grand")
assert(select(2, Session.generate(session, "x", { provider = "demo" })).model == "tiny", "the model belongs to other")

-- Other messages than the history: the turns are kept nevertheless.
local before = #Session.history(session)
local chosen = { { role = "user", content = "only this" }, { role = "assistant", content = "a" } }
assert(Session.generate(session, "how many turns", { messages = chosen }) == "turn 2")
assert(#Session.history(session) == before + 2)

-- A call that fails changes nothing.
local ok, err = pcall(Session.generate, session, "fail with 400")
assert(not ok and err.code == "PROVIDER_BAD_REQUEST")
assert(#Session.history(session) == before + 2)

-- Another conversation than the active one.
local first = Session.activeConversation(session)
local second = Session.startConversation(session, "beside")
assert(Session.generate(session, "how many turns", { conversation = first }):match("turn %d+") ~= "turn 1")
assert(Session.generate(session, "how many turns", { conversation = second }) == "turn 1")
