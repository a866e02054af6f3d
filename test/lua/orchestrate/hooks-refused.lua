-- Hooks that make no sense.
-- settings: {"providers.near.provider_type": "scripted", "providers.near.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.far.provider_type": "scripted", "providers.far.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.gone.provider_type": "openai", "providers.gone.base_url": "http://127.0.0.1:9", "providers.gone.max_retries": 0, "providers.default_provider": "near"}
local function refused(code, pattern, fn, ...)
  local ok, err = pcall(fn, ...)
  assert(not ok and err.code == code, tostring(err and err.code))
  assert(tostring(err):find(pattern), tostring(err))
end
refused('BAD_ARGUMENT', 'table expected, got nil', LLM.hookModel)
refused('BAD_ARGUMENT', "field 'type': string expected", LLM.hookModel, { name = 'x' })
refused('BAD_ARGUMENT', "field 'name': string expected", LLM.hookModel, { type = 'near' })
refused('BAD_ARGUMENT', "'local' or 'cloud' expected", LLM.hookModel, { type = 'near', name = 'x', location = 'moon' })
refused('POLICY_DENIED', 'takes no endpoint', LLM.hookModel, { type = 'near', name = 'x', endpoint = 'http://x' })
refused('PROVIDER_NOT_FOUND', 'nowhere', LLM.hookModel, { type = 'nowhere', name = 'x' })
refused('BAD_ARGUMENT', "'resource' or 'connectivity' expected", LLM.hookAgent, 'weather')
refused('BAD_ARGUMENT', 'unknown field', LLM.hookAgent, 'resource', { cpu = 1 })
refused('BAD_ARGUMENT', '#2 .*table expected, got number', LLM.hookAgent, 'resource', 80)
refused('BAD_ARGUMENT', 'number expected, got nan', LLM.hookAgent, 'connectivity', { bandwidth_threshold = 0 / 0 })
refused('BAD_ARGUMENT', 'number expected, got string', LLM.hookAgent, 'resource', { cpu_max = '80' })
