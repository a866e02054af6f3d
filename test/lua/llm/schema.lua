-- Answers as data.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local person = { type = "object", properties = { name = { type = "string" }, age = { type = "integer" } }, required = { "name", "age" } }

local text, response = LLM.generate{ prompt = "fenced", schema = person }
assert(response.data.name == "Ada" and response.data.age == 36 and response.repaired == nil)

-- One that does not fit is asked for again, once; both calls are counted.
_, response = LLM.generate{ prompt = "as data", schema = person }
assert(response.data.age == 36 and response.repaired == true and response.usage.input_tokens > 10)
local ok, err = pcall(LLM.generate, { prompt = "as data", schema = person, provider = "other" })
assert(not ok and err.code == "SCHEMA_MISMATCH", tostring(err))
assert(err.pointer == "" and err.message:find("not JSON", 1, true))

-- In a session the repair is not part of the history.
local session = Session.create()
_, response = Session.generate(session, "as data", { schema = person })
assert(response.data.name == "Ada")
local history = Session.history(session)
assert(#history == 2 and history[1].content == "as data" and history[2].content == '{"name": "Ada", "age": 36}')
assert(Session.summary(session).usage.input_tokens == response.usage.input_tokens)
local ok, err = pcall(Session.generate, session, "as data", { schema = { type = "strin" } })
assert(not ok and err.code == "BAD_ARGUMENT" and err.message:find("no JSON Schema", 1, true), tostring(err))
assert(#Session.history(session) == 2)
