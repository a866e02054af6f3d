-- Which model answers: one here or one elsewhere, as the agents see the machine and the network.
-- settings: {"providers.near.provider_type": "scripted", "providers.near.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.far.provider_type": "scripted", "providers.far.script": "@cwd/test/lua/orchestrate/answers.toml", "providers.gone.provider_type": "openai", "providers.gone.base_url": "http://127.0.0.1:9", "providers.gone.max_retries": 0, "providers.default_provider": "near"}
assert(LLM.hookModel({ type = 'near', name = 'small' }))
assert(LLM.execute('x').routing_decision.target == 'local')
assert(LLM.hookModel({ type = 'far', name = 'large', location = 'cloud' }))

-- Without agents there is nothing that speaks against this machine.
local free = LLM.execute('x')
assert(free.routing_decision.model == 'small' and free.response:find('small heard', 1, true))

-- No machine has less than no load.
assert(LLM.hookAgent('resource', { cpu_max = -1 }))
local busy = LLM.execute('x')
assert(busy.routing_decision.target == 'cloud' and busy.response:find('large heard', 1, true))
assert(busy.routing_decision.reason == 'this machine is busy')
local seen = busy.agent_checks.resource
assert(seen.state == 'constrained' and seen.cpu_percent >= 0 and seen.cpu_percent <= 100)
assert(seen.memory_percent > 0 and seen.memory_percent <= 100)
assert(LLM.hookAgent('resource', { cpu_max = 101, memory_max = 101, gpu_max = 101 }))
assert(LLM.execute('x').agent_checks.resource.state == 'available')

-- A server that nobody can reach leaves this machine, busy or not.
assert(LLM.shutdown() and LLM.shutdown())
LLM.hookModel({ type = 'near', name = 'small' })
LLM.hook_model({ model_type = 'gone', model_name = 'large', location = 'cloud' })
LLM.hookAgent('resource', { cpu_max = -1 })
LLM.hook_agent('connectivity', { latency_threshold = 200, packet_loss_threshold = 10 })
local cut = LLM.execute('x')
assert(cut.routing_decision.target == 'local' and cut.agent_checks.connectivity.state == 'disconnected')
assert(cut.agent_checks.connectivity.packet_loss == 100)
assert(cut.routing_decision.reason == 'models elsewhere can not be reached')

local checks = LLM.checkAgents()
assert(checks.resource.state == 'constrained' and checks.connectivity.provider == 'gone')
