-- Interfaces, and what is known of models.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local interface = LLM.interface()
assert(interface.provider == "demo" and interface.model == "tiny")
assert(interface:generate("x") == "tiny heard: x")
assert(interface:generate{ prompt = "y" } == "tiny heard: y")
assert(interface:generate("z", { system = "pirate" }) == "Arr! z")
local other = LLM.create("other", { model = "grand" })
assert(other:generate("x") == "grand heard: x")
local pieces = {}
for token in other:stream("one two") do pieces[#pieces + 1] = token end
assert(table.concat(pieces) == "grand heard: one two")

-- A session takes an interface as its provider.
local session = Session.create{ provider = other }
assert(Session.generate(session, "q") == "grand heard: q")

local names = {}
for _, provider in ipairs(LLM.providers()) do names[#names + 1] = provider.name .. tostring(provider.is_default) end
assert(table.concat(names, " ") == "demotrue otherfalse")
local served = LLM.models()[1]
assert(served.name == "tiny" and served.served_by == "demo")
assert(LLM.capabilities("no such model") == nil)

assert(LLM.shutdown() and LLM.shutdown())
assert(LLM.ModelType.OPENAI == "openai" and LLM.ModelType.CLAUDE == "anthropic")
local ok, err = pcall(LLM.create, "nobody")
assert(not ok and err.code == "PROVIDER_NOT_FOUND")

-- What the model of a session can do.
LLM.registerModel("grand", { context_window = 64000, vision = true })
local task = { vision = true, max_context_tokens = 32000 }
assert(Session.validateModelForTask(session, task) == true)
local fit, reasons = Session.validate_model_for_task(Session.create{ provider = "demo" }, task)
assert(fit == false and reasons[1]:find("tiny", 1, true), reasons[1])
Session.use(session)
assert(Session.validateModelForTask(nil, { max_context_tokens = 64001 }) == false)
ok, err = pcall(Session.validateModelForTask, session)
assert(not ok and err.message:find("#2 to 'Session.validateModelForTask' (table expected", 1, true), err.message)
ok, err = pcall(Session.validateModelForTask, "nobody", task)
assert(not ok and err.code == "SESSION_NOT_FOUND")
