-- Which of several models answers: one on this machine or one elsewhere, as its load and its network allow. What is
-- hooked lives in the script's memory; readings and decisions are recorded with everything else.
local engine = ...

local host, globals = engine.host, engine.globals
local fail = host.fail
local LLM, Session = globals.LLM, globals.Session
local ipairs, next, pcall, tostring, type = ipairs, next, pcall, tostring, type
local huge, format, lower, match = math.huge, string.format, string.lower, string.match

local TYPES = { claude = 'anthropic' }
local LOCATIONS = { ['local'] = true, cloud = true }
-- What an agent judges by, when it is not told otherwise: percent, milliseconds, millions of bits in a second.
local THRESHOLDS = {
  resource = { cpu_max = 80, memory_max = 85, gpu_max = 85 },
  connectivity = { latency_threshold = 200, packet_loss_threshold = 10, bandwidth_threshold = 5 },
}
-- What is up to the provider and the model of a call.
local PASSED_ON = { 'temperature', 'max_tokens', 'stop', 'timeout', 'tools', 'schema', 'system' }

local models, agents = {}, {}

local function bad_argument(name, field, problem)
  fail('BAD_ARGUMENT', format("bad argument to '%s' (field '%s': %s)", name, field, problem))
end

local function options_of(given, name)
  if type(given) ~= 'table' then
    fail('BAD_ARGUMENT', format("bad argument #1 to '%s' (table expected, got %s)", name, type(given)))
  end
  return given
end

-- Makes a model one that `LLM.execute` may choose.
function LLM.hookModel(given)
  local options = options_of(given, 'LLM.hookModel')
  local kind = options.type or options.model_type or options.provider
  if type(kind) ~= 'string' then
    bad_argument('LLM.hookModel', 'type', 'string expected, got ' .. type(kind))
  end
  local name = options.name or options.model_name
  if type(name) ~= 'string' then
    bad_argument('LLM.hookModel', 'name', 'string expected, got ' .. type(name))
  end
  if options.endpoint ~= nil then
    fail(
      'POLICY_DENIED',
      "'LLM.hookModel' takes no endpoint: where servers are is for the configuration to say",
      format('Set base_url in [providers.%s].', lower(kind))
    )
  end
  if options.location ~= nil and not LOCATIONS[options.location] then
    bad_argument('LLM.hookModel', 'location', "'local' or 'cloud' expected, got " .. tostring(options.location))
  end
  kind = TYPES[lower(kind)] or lower(kind)
  local provider = host.provider_of_type(kind)
  models[#models + 1] = {
    type = kind,
    name = name,
    provider = provider.name,
    api_key = options.api_key,
    location = options.location or (provider.is_local and 'local' or 'cloud'),
  }
  return true
end

-- Makes an agent look at the machine or its network before each call.
function LLM.hookAgent(kind, given)
  local usual = THRESHOLDS[kind]
  if usual == nil then
    fail(
      'BAD_ARGUMENT',
      format("bad argument #1 to 'LLM.hookAgent' ('resource' or 'connectivity' expected, got %s)", tostring(kind))
    )
  end
  local thresholds = {}
  for key, value in next, usual do
    thresholds[key] = value
  end
  if given ~= nil and type(given) ~= 'table' then
    fail('BAD_ARGUMENT', format("bad argument #2 to 'LLM.hookAgent' (table expected, got %s)", type(given)))
  end
  for key, value in next, given or {} do
    if usual[key] == nil then
      bad_argument('LLM.hookAgent', tostring(key), 'unknown field')
    end
    -- What is no number is not equal to itself, and no reading is above it.
    if type(value) ~= 'number' or value ~= value then
      bad_argument('LLM.hookAgent', key, 'number expected, got ' .. (value ~= value and 'nan' or type(value)))
    end
    thresholds[key] = value
  end
  agents[kind] = thresholds
  return true
end

-- What can not be read is absent, and what is absent speaks against nothing.
local function is_above(reading, limit)
  return reading ~= nil and reading > limit
end

local function check_resources(limits)
  local load = host.machine_load()
  local is_busy = is_above(load.cpu_percent, limits.cpu_max)
    or is_above(load.memory_percent, limits.memory_max)
    or is_above(load.gpu_percent, limits.gpu_max)
  return {
    state = is_busy and 'constrained' or 'available',
    cpu_percent = load.cpu_percent,
    memory_percent = load.memory_percent,
    gpu_percent = load.gpu_percent,
  }
end

-- The network is as good as the way to the best of the models elsewhere.
local function check_connectivity(limits)
  local best
  for _, model in ipairs(models) do
    if model.location == 'cloud' then
      local reached = host.reach_provider(model.provider)
      local latency = reached.latency_ms or huge
      if best == nil or latency < (best.latency_ms or huge) then
        best = { provider = model.provider, latency_ms = reached.latency_ms, packet_loss = reached.packet_loss }
      end
    end
  end
  if best == nil then
    return { state = 'unknown' }
  end
  if best.latency_ms == nil then
    best.state = 'disconnected'
    return best
  end
  local measured = host.bandwidth()
  best.bandwidth_mbps, best.bandwidth_problem = measured.mbps, measured.problem
  local is_slow = is_above(best.latency_ms, limits.latency_threshold)
    or is_above(best.packet_loss, limits.packet_loss_threshold)
    or (measured.mbps ~= nil and measured.mbps < limits.bandwidth_threshold)
  best.state = is_slow and 'degraded' or 'optimal'
  return best
end

local function first_at(location)
  for _, model in ipairs(models) do
    if model.location == location then
      return model
    end
  end
end

-- The model for a call, and why: on this machine while it has room, elsewhere while that can be reached.
local function decide(checks)
  local near, far = first_at('local'), first_at('cloud')
  if near == nil or far == nil then
    return near or far, 'it is the only kind of model that is hooked'
  end
  local resource, connectivity = checks.resource, checks.connectivity
  local is_busy = resource ~= nil and resource.state == 'constrained'
  local is_cut_off = connectivity ~= nil and connectivity.state == 'disconnected'
  local is_slow = connectivity ~= nil and connectivity.state == 'degraded'
  if is_cut_off then
    return near, 'models elsewhere can not be reached'
  end
  if is_busy then
    return far, is_slow and 'this machine is busy, although the network is slow' or 'this machine is busy'
  end
  return near, is_slow and 'the network is slow' or 'this machine has room'
end

-- What the agents see, as they would before a call.
function LLM.checkAgents()
  return {
    resource = agents.resource and check_resources(agents.resource),
    connectivity = agents.connectivity and check_connectivity(agents.connectivity),
  }
end

local function request_of(options, model)
  local request = {}
  for _, field in ipairs(PASSED_ON) do
    request[field] = options[field]
  end
  request.provider = options.provider or (model and model.provider)
  request.model = options.model or (model and model.name)
  request.api_key = options.api_key or (model and model.api_key)
  return request
end

local function route(options)
  if options.model ~= nil or options.provider ~= nil then
    return nil, { target = 'named', reason = 'the call names its model' }, {}
  end
  if #models == 0 then
    return nil, { target = 'default', reason = 'no model is hooked' }, {}
  end
  local checks = LLM.checkAgents()
  local model, reason = decide(checks)
  return model, { target = model.location, reason = reason, provider = model.provider, model = model.name }, checks
end

local function answer(options, session)
  local model, decision, checks = route(options)
  local request = request_of(options, model)
  request.on_token = options.on_token
  if options.stream and request.on_token == nil then
    request.on_token = function(token)
      globals.io.write(token)
    end
  end
  local started = host.wake_time(0)
  local text, response
  if session then
    text, response = Session.generate(session, options.prompt, request)
  else
    request.prompt = options.prompt
    text, response = LLM.generate(request)
  end
  if options.stream and options.on_token == nil then
    globals.io.write('\n')
  end
  return {
    response = text,
    session_id = session,
    model_id = response.model_id,
    routing_decision = decision,
    agent_checks = checks,
    usage = response.usage,
    cost = response.cost,
    metrics = {
      total_latency = host.wake_time(0) - started,
      input_tokens = response.usage and response.usage.input_tokens,
      output_tokens = response.usage and response.usage.output_tokens,
    },
  }
end

local COMMANDS = {}

COMMANDS['/list'] = function()
  for _, entry in ipairs(Session.list({ limit = 20 })) do
    globals.print(format('%s  %s  %d messages', entry.id, entry.title or '(no title)', entry.message_count))
  end
end

COMMANDS['/load'] = function(_, id)
  if id == nil or Session.get(id) == nil then
    globals.print(format('There is no session %s; /list shows those that there are.', tostring(id)))
    return nil
  end
  Session.use(id)
  globals.print('Now in session ' .. id)
  return id
end

-- Talks until the person says exit or has nothing more to say.
local function chat(options, session)
  local last = options.prompt and answer(options, session)
  local input = options.input or globals.io.read
  while true do
    globals.io.write('> ')
    local line = input('l')
    if line == nil then
      break
    end
    local command, argument = match(line, '^%s*(%S+)%s*(%S*)')
    if command == 'exit' or command == '/exit' then
      break
    elseif COMMANDS[command] then
      session = COMMANDS[command](session, argument ~= '' and argument or nil) or session
    elseif command ~= nil then
      local turn = {}
      for key, value in next, options do
        turn[key] = value
      end
      turn.prompt = line
      local ok, result = pcall(answer, turn, session)
      if ok then
        last = result
      else
        globals.print('error: ' .. tostring(result))
      end
    end
  end
  last = last or { agent_checks = {} }
  last.session_id = session
  return last
end

local function execute(options)
  if options.prompt == nil and not options.chat then
    bad_argument('LLM.execute', 'prompt', 'string expected, got no value')
  end
  local session = options.session_id or Session.getCurrent()
  if not options.chat then
    return answer(options, session)
  end
  if options.stream == nil then
    options.stream = true
  end
  return chat(options, session or Session.createAndUse({ title = options.title or 'Chat' }))
end

-- Asks the model that suits the moment; answers a table that says which, and why.
function LLM.execute(given)
  local options = {}
  for key, value in next, type(given) == 'string' and { prompt = given } or options_of(given, 'LLM.execute') do
    options[key] = value
  end
  if not options.safe then
    return execute(options)
  end
  local ok, result = pcall(execute, options)
  if ok then
    return result
  end
  local code = type(result) == 'table' and result.code or 'LUA_ERROR'
  return { error = tostring(result), code = code }
end

-- Forgets what was hooked. There is nothing else to let go of, and it may be called again.
function LLM.shutdown()
  models, agents = {}, {}
  return true
end

for camel, snake in next, { hookModel = 'hook_model', hookAgent = 'hook_agent', checkAgents = 'check_agents' } do
  LLM[snake] = LLM[camel]
end
