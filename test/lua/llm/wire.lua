-- How a conversation goes to providers.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local session = Session.create{ system_prompt = "Be brief." }
local image = Artifact.store(session, "user_input", "dot.png", "\x89PNG\r\n\x1a\nrest")
Session.addMessage(session, "user", { { type = "text", text = "What is this?" }, { type = "image", artifact = image } })
Session.addMessage(session, "assistant", "Let me see.", { tool_calls = { { id = "c1", name = "look", arguments = { at = 1 } } } })
Session.addMessage(session, "tool", "a dot", { tool_call_id = "c1", name = "look" })
Session.addMessage(session, "assistant", "A dot.")

local openai = Session.messagesForProvider(session, "openai")
assert(#openai == 5 and openai[1].role == "system" and openai[1].content == "Be brief.")
assert(openai[2].content[1].text == "What is this?")
assert(openai[2].content[2].image_url.url:find("^data:image/png;base64,iVBORw0KGg"))
assert(openai[3].tool_calls[1]["function"].arguments == '{"at":1}' and openai[3].tool_calls[1].id == "c1")
assert(openai[4].role == "tool" and openai[4].tool_call_id == "c1" and openai[5].content == "A dot.")

local anthropic, system = Session.messagesForProvider(session, "anthropic")
assert(system == "Be brief." and #anthropic == 4 and anthropic[1].role == "user")
assert(anthropic[1].content[2].source.type == "base64" and anthropic[1].content[2].source.media_type == "image/png")
assert(anthropic[2].content[2].type == "tool_use" and anthropic[2].content[2].id == "c1")
assert(anthropic[3].role == "user" and anthropic[3].content[1].tool_use_id == "c1")
assert(Session.messages_for_provider(session, "openai")[1].role == "system")

local ok, err = pcall(Session.messagesForProvider, session, "demo")
assert(not ok and err.code == "BAD_ARGUMENT")
local ok, err = pcall(Session.messagesForProvider, session, "nobody")
assert(not ok and err.code == "PROVIDER_NOT_FOUND")

-- The artifact itself goes to the model; one of another session does not.
assert(Session.generate(session, "and now?") == "tiny heard: and now?")
local other = Session.create()
Session.addMessage(other, "user", "x")
local ok, err = pcall(Session.generate, other, { { type = "image", artifact = image } })
assert(not ok and err.code == "ARTIFACT_NOT_FOUND")
