-- What prompts are: how they are written down, in which order their dependencies put them, and what is asked in the
-- end.
local engine = ...

local host, text = engine.host, engine.prompt_text
local fail, without_functions = host.fail, engine.llm.without_functions
local ipairs, next, tostring, type = ipairs, next, tostring, type
local math_type = math.type
local concat, format = table.concat, string.format

-- Fields of prompts and options that are about executing; all others go to the model.
local OWN = {
  name = true,
  system_prompt = true,
  user_prompt = true,
  prompt = true,
  depends_on = true,
  dependencies = true,
  conversation = true,
  when = true,
  retry = true,
  max_parallel = true,
  maxParallel = true,
  on_progress = true,
  on_dependency_failure = true,
  group_id = true,
  variables = true,
  source = true,
  description = true,
}
-- Those that an error proposes.
local OWN_NAMES = {}
for field in next, OWN do
  if field ~= 'maxParallel' then
    OWN_NAMES[#OWN_NAMES + 1] = field
  end
end
local POLICIES = { skip = true, fail = true, continue = true }
local BACKOFFS = { exponential = true, constant = true }
local function bad_field(name, field, problem)
  fail('BAD_ARGUMENT', format("bad argument to '%s' (field '%s': %s)", name, field, problem))
end

local function check_type(name, fields, field, expected)
  local value = fields[field]
  if value ~= nil and type(value) ~= expected then
    bad_field(name, field, format('%s expected, got %s', expected, type(value)))
  end
  return value
end

local function list_of(value)
  if value == nil then
    return {}
  end
  return type(value) == 'table' and value or { value }
end

-- What is not known of a prompt, or of the options at this place, is refused before anything is asked.
local function check_fields(fields, index, name)
  local asked = {}
  for key, value in next, fields do
    if not OWN[key] then
      asked[key] = value
    end
  end
  host.check_ask_fields((without_functions(asked, name, index)), name, index, OWN_NAMES)
end

-- What is to be asked: a text alone is a user prompt. `options` are those of the call.
local function prompt_of(given, name, options)
  local fields = given
  if type(given) == 'string' then
    fields = { user_prompt = given }
  elseif type(given) ~= 'table' then
    local message = format("bad argument #2 to '%s' (prompt expected, got %s)", name, type(given))
    fail('BAD_ARGUMENT', message, 'A prompt is a text, or a table with user_prompt and what else it needs.')
  end
  local prompt = { fields = fields, name = check_type(name, fields, 'name', 'string') }
  prompt.user = check_type(name, fields, 'user_prompt', 'string') or check_type(name, fields, 'prompt', 'string')
  if prompt.user == nil then
    bad_field(name, 'user_prompt', 'string expected, got no value')
  end
  prompt.system = check_type(name, fields, 'system_prompt', 'string')
  prompt.when = check_type(name, fields, 'when', 'function')
  prompt.depends_on = list_of(fields.depends_on or fields.dependencies)
  if options then
    check_fields(fields, 2, name)
    prompt.variables = text.variables_of(name, options.variables or {}, fields.variables or {})
    local behind = {}
    for _, list in ipairs({ prompt.depends_on, list_of(options.dependencies or options.depends_on) }) do
      for _, dependency in ipairs(list) do
        behind[#behind + 1] = tostring(dependency)
      end
    end
    text.require_values(fields, prompt.variables, text.is_result(behind))
    prompt.system = prompt.system and text.fill(prompt.system, {}, prompt.variables)
  end
  return prompt
end

local function options_of(given, name)
  if given ~= nil and type(given) ~= 'table' then
    fail('BAD_ARGUMENT', format("bad argument #3 to '%s' (table expected, got %s)", name, type(given)))
  end
  local options = given or {}
  local policy = check_type(name, options, 'on_dependency_failure', 'string')
  if policy ~= nil and not POLICIES[policy] then
    bad_field(name, 'on_dependency_failure', format("'skip', 'fail' or 'continue' expected, got '%s'", policy))
  end
  local limit = options.max_parallel or options.maxParallel
  if limit ~= nil and (math_type(limit) ~= 'integer' or limit < 1) then
    bad_field(name, 'max_parallel', 'integer above 0 expected, got ' .. tostring(limit))
  end
  check_type(name, options, 'when', 'function')
  check_type(name, options, 'on_progress', 'function')
  check_fields(options, 3, name)
  local retry = check_type(name, options, 'retry', 'table') or {}
  if retry.backoff ~= nil and not BACKOFFS[retry.backoff] then
    bad_field(name, 'retry.backoff', format("'exponential' or 'constant' expected, got '%s'", tostring(retry.backoff)))
  end
  return options, { limit = limit or math.huge, policy = policy or 'fail', retry = retry }
end

-- Ids of what a prompt depends on: messages by their ids, prompts of the same list by their names.
local function resolve(dependencies, by_name, name)
  local ids = {}
  for i, dependency in ipairs(dependencies) do
    if type(dependency) ~= 'string' then
      bad_field(name, 'dependencies', format('id or name expected at index %d, got %s', i, type(dependency)))
    end
    local other = by_name[dependency]
    ids[i] = other and other.id or dependency
  end
  return ids
end

-- The prompts in levels: each after all that it depends on, as early as possible, else in their own order.
local function levels_of(prompts, name)
  local by_name = {}
  for i, prompt in ipairs(prompts) do
    local key = prompt.name or tostring(i)
    if by_name[key] then
      fail('BAD_ARGUMENT', format("'%s': two prompts have the name '%s'", name, key))
    end
    by_name[key] = prompt
  end
  local level_of, open, trail = {}, {}, {}
  local function visit(prompt)
    if level_of[prompt] then
      return level_of[prompt]
    end
    trail[#trail + 1] = prompt.name or '?'
    if open[prompt] then
      local message = format("'%s': prompts depend on each other: %s", name, concat(trail, ' -> '))
      fail('PROMPT_CYCLE', message, 'Leave out one of the dependencies.')
    end
    open[prompt] = true
    local level = 1
    for _, dependency in ipairs(prompt.depends_on) do
      local other = by_name[dependency]
      if other ~= nil then
        local below = visit(other)
        level = below >= level and below + 1 or level
      end
    end
    open[prompt], trail[#trail] = nil, nil
    level_of[prompt] = level
    return level
  end
  local levels = {}
  for _, prompt in ipairs(prompts) do
    local level = visit(prompt)
    for i = #levels + 1, level do
      levels[i] = {}
    end
    levels[level][#levels[level] + 1] = prompt
  end
  return levels, by_name
end

-- The results for `when`: by position, by name and by id.
local function results_for_condition(results)
  local found = {}
  for i, result in ipairs(results) do
    found[i] = result
    found[result.id] = result
    if result.name then
      found[result.name] = result
    end
  end
  return found
end

local function names_of(levels)
  local named = {}
  for i, level in ipairs(levels) do
    named[i] = {}
    for j, prompt in ipairs(level) do
      named[i][j] = prompt.name or tostring(prompt.index)
    end
  end
  return named
end


engine.prompts = {
  is_own = OWN,
  prompt_of = prompt_of,
  options_of = options_of,
  list_of = list_of,
  resolve = resolve,
  levels_of = levels_of,
  names_of = names_of,
  results_for_condition = results_for_condition,
}
