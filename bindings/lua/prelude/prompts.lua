-- Prompts: executed one after the other, side by side, or in the order that their dependencies ask for. Each is a
-- message of the session that says how it went; nothing here remembers more than that.
local engine = ...

local host, globals = engine.host, engine.globals
local fail = host.fail
local Session, LLM = globals.Session, globals.LLM
local start_branch, await_branch, require_branches = engine.start_branch, engine.await_branch, engine.require_branches
local call_in_branch, raise_again = engine.call_in_branch, engine.raise_again
local prompts = engine.prompts
local prompt_of, options_of, list_of = prompts.prompt_of, prompts.options_of, prompts.list_of
local error, ipairs, next, pcall, tostring, type = error, ipairs, next, pcall, tostring, type
local min, random = math.min, math.random
local format = string.format

local FINAL = { completed = true, failed = true, skipped = true, blocked = true }
-- Errors that another attempt may not meet.
local PASSING = {
  PROVIDER_UNREACHABLE = true,
  PROVIDER_DISCONNECTED = true,
  PROVIDER_TIMEOUT = true,
  PROVIDER_RATE_LIMITED = true,
  PROVIDER_OVERLOADED = true,
  PROVIDER_FAILED = true,
  PROVIDER_BAD_RESPONSE = true,
  SCHEMA_MISMATCH = true,
}
local POLL_SECONDS, MAX_POLL_SECONDS = 0.1, 2

-- What the model is asked with: the settings of the session, then of the call, then of the prompt.
local function request_of(session, options, prompt)
  local request = host.model_settings(session)
  for _, fields in ipairs({ options, prompt.fields }) do
    for key, value in next, fields do
      if not prompts.is_own[key] then
        request[key] = value
      end
    end
  end
  return request
end

local function is_passing(problem)
  return type(problem) == 'table' and PASSING[problem.code] == true
end

-- Asks as often as `retry` says. The pauses grow, and differ from prompt to prompt.
local function ask(request, retry)
  local attempts = 0
  while true do
    attempts = attempts + 1
    local ok, text, response = pcall(LLM.generate, request)
    if ok then
      return true, text, response, attempts
    end
    if attempts > (retry.max or 0) or not is_passing(text) then
      return false, text, nil, attempts
    end
    local base = (retry.base_ms or 500) / 1000
    local pause = retry.backoff == 'constant' and base or base * 2 ^ (attempts - 1)
    Session.sleep(pause * (0.5 + random() / 2))
  end
end

local function problem_of(thrown)
  if type(thrown) == 'table' then
    return { code = tostring(thrown.code or 'LUA_ERROR'), message = tostring(thrown.message or thrown) }
  end
  return { code = 'LUA_ERROR', message = tostring(thrown) }
end

-- What became of the dependencies: the answers that there are, and the first one without.
local function dependency_results(session, ids)
  local results, missing = {}, nil
  for _, id in ipairs(ids) do
    local node = Session.getMessage(session, id)
    if node ~= nil and node.status == 'completed' then
      results[#results + 1] = { id = id, name = node.name, content = node.content }
    elseif missing == nil then
      missing = node or { id = id, status = 'missing' }
    end
  end
  return results, missing
end

-- Executes one prompt whose dependencies are over. Answers its final status and, when it failed, why.
local function execute(session, node, options, settings)
  local prompt = node.prompt
  local results, missing = dependency_results(session, node.dependencies)
  if missing ~= nil and settings.policy ~= 'continue' then
    local status = settings.policy == 'skip' and 'skipped' or 'blocked'
    local problem = {
      code = 'DEPENDENCY_FAILED',
      message = format('%s, which it depends on, is %s', missing.name or missing.id, missing.status),
    }
    host.update_prompt(session, node.id, { status = status, error = problem })
    return status, problem
  end
  local condition = prompt.when or options.when
  if condition ~= nil then
    local ok, wanted = pcall(condition, prompts.results_for_condition(results))
    if not ok then
      host.update_prompt(session, node.id, { status = 'failed', error = problem_of(wanted) })
      return 'failed', wanted
    end
    if not wanted then
      host.update_prompt(session, node.id, { status = 'skipped' })
      return 'skipped'
    end
  end
  host.update_prompt(session, node.id, { status = 'running' })
  local request = request_of(session, options, prompt)
  request.prompt = engine.prompt_text.fill(prompt.user, results, prompt.variables)
  request.system = prompt.system or request.system or host.system_prompt(session, node.conversation)
  local ok, text, response, attempts = ask(request, prompt.fields.retry or settings.retry)
  if not ok then
    host.update_prompt(session, node.id, { status = 'failed', error = problem_of(text), attempts = attempts })
    return 'failed', text
  end
  host.update_prompt(session, node.id, {
    status = 'completed',
    content = response.parts or text,
    provider = response.provider,
    model = response.model,
    usage = response.usage,
    cost = response.cost,
    sent = request.prompt,
    attempts = attempts,
    advance = node.advance,
  })
  return 'completed'
end

local function add(session, prompt, options, fields)
  local node = host.add_prompt(session, {
    name = prompt.name,
    user_prompt = prompt.user,
    system_prompt = prompt.system,
    conversation = prompt.fields.conversation or options.conversation,
    dependencies = fields.dependencies,
    group = fields.group,
  })
  return {
    id = node.id,
    conversation = node.conversation,
    dependencies = fields.dependencies,
    prompt = prompt,
    advance = fields.advance,
  }
end

-- Executes a prompt after what it depends on; answers the id of the message with its answer.
function Session.executePrompt(session, given, given_options)
  local name = 'Session.executePrompt'
  local options, settings = options_of(given_options, name)
  local prompt = prompt_of(given, name, options)
  local dependencies = {}
  for _, list in ipairs({ prompt.depends_on, list_of(options.dependencies or options.depends_on) }) do
    for _, dependency in ipairs(list) do
      dependencies[#dependencies + 1] = dependency
    end
  end
  local node = add(session, prompt, options, {
    dependencies = prompts.resolve(dependencies, {}, name),
    advance = true,
  })
  local status, problem = execute(session, node, options, settings)
  if status == 'failed' or status == 'blocked' then
    if type(problem) == 'table' then
      problem.node_id = node.id
    end
    error(problem, 0)
  end
  return node.id
end

-- Starts what is ready, at most `limit` at once, until everything is over.
local function run_all(nodes, limit, work)
  local left, running, done = #nodes, 0, {}
  local started = {}
  local function is_ready(node)
    for _, id in ipairs(node.dependencies) do
      if node.waits_for[id] and not done[id] then
        return false
      end
    end
    return true
  end
  local failure, failed_trace
  while left > 0 do
    for i, node in ipairs(nodes) do
      if running < limit and not started[i] and is_ready(node) then
        started[i], running = true, running + 1
        start_branch(function()
          local ok, thrown, trace = call_in_branch(work, node)
          running, left, done[node.id] = running - 1, left - 1, true
          if not ok and failure == nil then
            failure, failed_trace = thrown, trace
          end
        end)
      end
    end
    await_branch()
  end
  if failure ~= nil then
    raise_again(failure, failed_trace)
  end
end

-- Executes prompts side by side; answers the ids of their answers in the order of the list, and that of the group.
function Session.executeParallel(session, given, given_options)
  local name = 'Session.executeParallel'
  require_branches(name)
  if type(given) ~= 'table' then
    fail('BAD_ARGUMENT', format("bad argument #2 to '%s' (list of prompts expected, got %s)", name, type(given)))
  end
  local options, settings = options_of(given_options, name)
  local list, ids = {}, {}
  for i, each in ipairs(given) do
    list[i] = prompt_of(each, name, options)
    list[i].index = i
  end
  local common = list_of(options.dependencies)
  local levels, by_name = prompts.levels_of(list, name)
  local group = options.group_id or host.new_group()
  local nodes, members = {}, {}
  -- Those that others depend on are added first: a dependency is the id of a message.
  for _, level in ipairs(levels) do
    for _, prompt in ipairs(level) do
      local wanted = {}
      for _, from in ipairs({ common, prompt.depends_on }) do
        for _, dependency in ipairs(from) do
          wanted[#wanted + 1] = dependency
        end
      end
      local dependencies = prompts.resolve(wanted, by_name, name)
      local node = add(session, prompt, options, { dependencies = dependencies, group = group })
      prompt.id = node.id
      node.waits_for = members
      members[node.id] = true
      nodes[prompt.index], ids[prompt.index] = node, node.id
    end
  end
  local total, finished = #nodes, 0
  run_all(nodes, settings.limit, function(node)
    execute(session, node, options, settings)
    finished = finished + 1
    if options.on_progress then
      options.on_progress(finished, total, Session.executionStatus(session, node.id))
    end
  end)
  host.advance_to_last(session, ids)
  return ids, group
end

-- How the execution of a prompt goes; nil when there is no such message.
function Session.executionStatus(session, id)
  local node = Session.getMessage(session, id)
  if node == nil then
    return nil
  end
  return {
    node_id = node.id,
    name = node.name,
    status = node.status,
    started_at = node.started_at,
    completed_at = node.completed_at,
    error = node.error,
    group_id = node.group,
    dependencies = node.dependencies,
    provider = node.provider,
    model = node.model,
    usage = node.usage,
    attempts = node.metadata.attempts,
  }
end

-- How the prompts go that were executed together; nil when there is no such group.
function Session.groupStatus(session, group)
  local nodes = host.prompts(session, group)
  if #nodes == 0 then
    return nil
  end
  local status = { group_id = group, total = #nodes, nodes = {}, done = true }
  for _, each in ipairs({ 'pending', 'running', 'completed', 'failed', 'skipped', 'blocked' }) do
    status[each] = 0
  end
  for i, node in ipairs(nodes) do
    status[node.status] = status[node.status] + 1
    status.nodes[i] = { node_id = node.id, name = node.name, status = node.status, error = node.error }
    status.done = status.done and FINAL[node.status] == true
  end
  status.progress = (status.total - status.pending - status.running) / status.total
  return status
end

-- In which order prompts are executed: a list of levels, each a list of names. Without a list, that of the session's
-- prompts, by their ids.
function Session.executionPlan(session, given)
  local name = 'Session.executionPlan'
  local list = {}
  if given ~= nil then
    for i, each in ipairs(given) do
      list[i] = prompt_of(each, name)
      list[i].index = i
    end
  else
    for i, node in ipairs(host.prompts(session)) do
      list[i] = { name = node.id, index = i, depends_on = node.dependencies }
    end
  end
  return prompts.names_of((prompts.levels_of(list, name)))
end

-- Waits until a prompt that another branch or run executes is over; nil and 'timeout' after so many seconds.
function Session.await(session, id, options)
  local timeout = options and options.timeout
  local waited, pause = 0, POLL_SECONDS
  while true do
    local status = Session.executionStatus(session, id)
    if status == nil then
      fail('MESSAGE_NOT_FOUND', 'there is no message ' .. tostring(id))
    end
    if FINAL[status.status] then
      return status
    end
    if timeout ~= nil and waited >= timeout then
      return nil, 'timeout'
    end
    local step = timeout == nil and pause or min(pause, timeout - waited)
    Session.sleep(step)
    waited, pause = waited + step, min(pause * 2, MAX_POLL_SECONDS)
  end
end

for camel, snake in next, {
  executePrompt = 'execute_prompt',
  executeParallel = 'execute_parallel',
  executionStatus = 'execution_status',
  groupStatus = 'group_status',
  executionPlan = 'execution_plan',
} do
  Session[snake] = Session[camel]
end
