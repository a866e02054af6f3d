-- settings: {"runtime.security.secrets": ["CHAT_KEY"], "providers.openai.api_key_env": "OPENAI_API_KEY"}
local s = Session.create({
  session_id = "user123",
  title = "Customer Support Chat",
  system_prompt = "You are a helpful assistant.",
  initial_context = { customer_id = "cust_123", visits = 2, score = 1.0 },
  metadata = { user_id = "123", session_name = "Technical Support Chat" },
  provider = "openai",
  model = "gpt-4",
  provider_config = { temperature = 0.7, max_tokens = 500 },
  tools = { "clock", { name = "weather", description = "The weather", parameters = { type = "object" } } },
  api_key = "CHAT_KEY",
})
assert(s == "user123" and Session.get("user123").name == "Customer Support Chat")
local history = Session.history(s)
assert(#history == 1 and history[1].role == "system" and history[1].content == "You are a helpful assistant.")
local context = Session.getContext(s)
assert(context.customer_id == "cust_123" and math.type(context.visits) == "integer")
assert(math.type(context.score) == "float" and Session.get(s).metadata.user_id == "123")
local provider, model = Session.getProvider(s)
assert(provider == "openai" and model == "gpt-4")
local config = Session.summary(s).config
assert(config.provider_config.temperature == 0.7 and config.provider_config.max_tokens == 500)
assert(config.tools[1] == "clock" and config.tools[2].parameters.type == "object")

-- A provider is a name or a table that names one; `config` holds where nothing else is said.
Session.create({ session_id = "b", provider = { provider = "anthropic", model = "claude" } })
provider, model = Session.getProvider("b")
assert(provider == "anthropic" and model == "claude")
Session.create({
  session_id = "c",
  model = "own",
  config = { provider = "general", model = "general", system_prompt = "General.", max_storage = 5 },
})
provider, model = Session.getProvider("c")
assert(provider == "general" and model == "own" and Session.history("c")[1].content == "General.")
assert(Session.getProvider(Session.create()) == nil)

-- Sticky changes of the provider.
assert(Session.setProvider("b", "openai", "gpt-4o") == true)
provider, model = Session.getProvider("b")
assert(provider == "openai" and model == "gpt-4o")
Session.set_provider("b", { name = "ollama" })
provider, model = Session.get_provider("b")
assert(provider == "ollama" and model == nil)
Session.setProvider("b", nil)
assert(Session.getProvider("b") == nil)

-- Ready at once, and other ways to begin.
assert(Session.initialize(s) == true)
assert(Session.createAndUse({ title = "Current" }) == Session.getCurrent())
assert(Session.get().title == "Current" and Session.get(Session.createAndUse("By name")).name == "By name")
assert(Session.use(s) == true and Session.getCurrent() == s)
assert(Session.use("nobody") == false and Session.getCurrent() == s)
assert(Session.rename(s, "Renamed") == true and Session.get(s).title == "Renamed")

-- Keys stay where they are: in the environment.
local function refused(options, message, code)
  local ok, err = pcall(Session.create, options)
  assert(not ok and err.code == (code or "BAD_ARGUMENT"), tostring(err))
  assert(err.message:find(message, 1, true), err.message)
  assert(not (err.message .. (err.hint or "")):find("hidden", 1, true), "the key is shown")
  return err
end
assert(Session.create({ api_key = { secret = "CHAT_KEY" } }) and Session.create({ api_key = "OPENAI_API_KEY" }))
local err = refused({ api_key = "sk-hidden" }, "field 'api_key': the handle or the name of an open secret expected")
assert(err.hint:find('secrets = ["NAME"]', 1, true))
refused({ api_key = "HIDDEN_VARIABLE" }, "field 'api_key'")
refused({ api_key = { secret = "sk-hidden" } }, "field 'api_key'")
refused({ config = { api_key = "sk-hidden" } }, "field 'api_key'")
refused({ provider_config = { api_key = "hidden" } }, "must not hold a secret: 'api_key'")
refused({ provider_config = { headers = { Authorization = "hidden" } } }, "must not hold a secret: 'Authorization'")
refused({ provider_config = { accessToken = "hidden" } }, "'accessToken'")
assert(Session.create({ provider_config = { max_tokens = 5, stop_token = "end", key = 3 } }))

refused({ provider = 5 }, "the provider is a string or a table")
refused({ provider = { model = "m" } }, "a table that names a provider expected")
refused({ tools = { 5 } }, "a list of names and definitions expected")
refused({ tools = { function() end } }, "a function alone is no tool")
refused({ initial_context = { big = ("x"):rep(1024 * 1024) } }, "the context takes", "TOO_LARGE")
refused({ storage_path = "/nowhere" }, "field 'storage_path': sessions are kept")
refused({ system_promt = "x" }, "unknown field 'system_promt'")
assert(pcall(Session.initialize, "nobody") == false)
