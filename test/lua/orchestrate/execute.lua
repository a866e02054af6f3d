-- LLM.execute without hooks: the default model, in a session or without one.
-- settings: {"providers.near.provider_type": "scripted", "providers.near.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.far.provider_type": "scripted", "providers.far.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.gone.provider_type": "openai", "providers.gone.base_url": "http://127.0.0.1:9", "providers.gone.max_retries": 0, "providers.default_provider": "near"}
local alone = LLM.execute({ prompt = 'hello' })
assert(alone.response == 'scripted heard hello in turn 1', alone.response)
assert(alone.model_id == 'scripted:scripted' and alone.session_id == nil)
assert(alone.routing_decision.target == 'default' and next(alone.agent_checks) == nil)
assert(alone.metrics.total_latency >= 0 and alone.metrics.input_tokens > 0)
assert(LLM.execute('hello').response == alone.response)

local id = Session.create('Technical Support Chat')
assert(LLM.execute({ prompt = 'one', session_id = id }).response:find('turn 1', 1, true))
local second = LLM.execute({ prompt = 'two', session_id = id })
assert(second.response:find('turn 2', 1, true) and second.session_id == id)
assert(#Session.data(id).messages == 4)

Session.use(id)
assert(LLM.execute({ prompt = 'three' }).response:find('turn 3', 1, true), 'the current session is meant')
assert(LLM.execute({ prompt = 'x', model = 'other', provider = 'far' }).routing_decision.target == 'named')

local ok, err = pcall(LLM.execute, { prompt = 'break' })
assert(not ok and err.code == 'PROVIDER_BAD_REQUEST')
local safe = LLM.execute({ prompt = 'break', safe = true })
assert(safe.code == 'PROVIDER_BAD_REQUEST' and safe.error:find('no', 1, true))
ok, err = pcall(LLM.execute, {})
assert(not ok and err.code == 'BAD_ARGUMENT')
assert(#Session.data(id).messages == 8, 'a turn that failed is not kept')
