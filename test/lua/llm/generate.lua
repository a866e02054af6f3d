-- Stateless calls: what they take, and what comes back.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local text, response = LLM.generate{ prompt = "hello" }
assert(text == "tiny heard: hello")
assert(response.text == text and response.content == text and response.success == true)
assert(response.provider == "demo" and response.model == "tiny" and response.model_id == "scripted:tiny")
assert(response.finish_reason == "stop" and #response.tool_calls == 0)
assert(response.message.role == "assistant" and response.parts[1].text == text)
assert(response.usage.input_tokens > 0 and response.usage.total_tokens ==
  response.usage.input_tokens + response.usage.output_tokens)
assert(response.cost == nil, "the price of the model is not known")

assert(LLM.generate("as a string") == "tiny heard: as a string")
assert(LLM.generate{ prompt = "x", system = "You are a pirate." } == "Arr! x")
assert(LLM.generate{ prompt = "x", provider = "other" } == "large heard: x")
assert(LLM.generate{ prompt = "x", model = "other/huge" } == "huge heard: x")
assert(LLM.generate{ prompt = { { type = "text", text = "in " }, { type = "text", text = "parts" } } } ==
  "tiny heard: in parts")

-- Messages in place of a history.
assert(LLM.generate{ messages = { "first", { role = "assistant", content = "a" }, { role = "user", content = "last" } } } ==
  "tiny heard: last")
assert(LLM.generate{ messages = { { role = "user", content = "how many turns" }, { role = "assistant", content = "b" } },
  prompt = "how many turns" } == "turn 2")

-- What passes is tried again, and fallbacks are asked.
local _, flaky = LLM.generate{ prompt = "be flaky" }
assert(#flaky.metadata.failures == 1 and flaky.metadata.failures[1].code == "PROVIDER_OVERLOADED"
  or flaky.metadata.failures[1].code == "PROVIDER_FAILED")
local down = select(2, LLM.generate{ prompt = "be down", max_retries = 0, fallback = { "other" } })
assert(down.provider == "other" and down.metadata.failures[1].code == "PROVIDER_UNREACHABLE")

-- Prices that are registered count.
LLM.registerModel("priced-model", { input_price = 2, output_price = 10, vision = true, context_window = 4096 })
local _, priced = LLM.generate{ prompt = "priced", model = "priced-model" }
assert(math.abs(priced.cost - 0.007) < 1e-9 and priced.usage.cost_usd == priced.cost)
assert(LLM.capabilities("priced-model").vision == true)
local ok, reasons = LLM.validateForTask({ vision = true, max_context_tokens = 32000 }, { model = "priced-model" })
assert(ok == false and reasons[1]:find("4096", 1, true))
assert(LLM.validateForTask({ vision = true }, { model = "priced-model" }) == true)
