-- What is refused, and how.
-- settings: {"providers.default_provider": "demo", "providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/fixtures/answers.toml", "providers.demo.default_model": "tiny", "providers.other.provider_type": "scripted", "providers.other.script": "@cwd/test/fixtures/answers.toml", "providers.other.default_model": "large"}

local function fails(code, text, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok, "it did not fail")
  assert(err.code == code, tostring(err.code) .. " " .. tostring(err))
  assert(tostring(err):find(text, 1, true), tostring(err))
  return err
end

fails("BAD_ARGUMENT", "nothing is asked", LLM.generate, {})
fails("BAD_ARGUMENT", "table expected, got nil", LLM.generate)
local err = fails("BAD_ARGUMENT", "unknown field 'temprature'", LLM.generate, { prompt = "x", temprature = 1 })
assert(err.hint:find("temperature", 1, true))
fails("BAD_ARGUMENT", "field 'temperature': a number", LLM.generate, { prompt = "x", temperature = "hot" })
fails("BAD_ARGUMENT", "field 'max_tokens': a whole number", LLM.generate, { prompt = "x", max_tokens = 1.5 })
fails("BAD_ARGUMENT", "one of error, truncate, compact", LLM.generate, { prompt = "x", on_overflow = "shrink" })
fails("BAD_ARGUMENT", "message 1: ", LLM.generate, { messages = { { role = "robot", content = "x" } } })
fails("BAD_ARGUMENT", "unknown function 'on_tokens'", LLM.generate, { prompt = "x", on_tokens = print })
fails("TOOL_NOT_FOUND", "nope", LLM.generate, { prompt = "x", tools = { "nope" } })
fails("PROVIDER_NOT_FOUND", "nope", LLM.generate, { prompt = "x", provider = "nope" })
fails("PROVIDER_BAD_REQUEST", "no", LLM.generate, { prompt = "fail with 400" })

-- A key in the open is refused, and not shown.
local key = fails("BAD_ARGUMENT", "handle of an open secret", LLM.generate, { prompt = "x", api_key = "sk-very-secret" })
assert(not tostring(key):find("sk%-very"))
local config = fails("BAD_ARGUMENT", "must not hold a secret", LLM.generate,
  { prompt = "x", provider_config = { api_key = "sk-very-secret" } })
assert(not tostring(config):find("sk%-very"))

fails("SESSION_NOT_FOUND", "nowhere", Session.generate, "nowhere", "x")
fails("NO_CURRENT_SESSION", "no current one", Session.generate, nil, "x")
local done = Session.create()
Session.complete(done)
fails("SESSION_STATE", "completed", Session.generate, done, "x")

fails("BAD_ARGUMENT", "field 'on_token': function expected, got number", LLM.generate, { prompt = "x", on_token = 5 })
fails("BAD_ARGUMENT", "a function alone is no tool", LLM.generate, { prompt = "x", tools = { print } })
fails("BAD_ARGUMENT", "a function alone is no tool", Session.create, { tools = print })
fails("BAD_ARGUMENT", "string or table expected, got function", Session.addTool, Session.create(), print)
fails("BAD_ARGUMENT", "no JSON Schema", LLM.generate, { prompt = "x", schema = { type = "strin" } })
fails("SESSION_NOT_FOUND", "nowhere", Session.compact, "nowhere")
fails("BAD_ARGUMENT", "not UTF-8", LLM.generate, { prompt = "\xff" })
