-- Tools as fields: Tool['json-processor']{...}, tools from Tool.get with an execute function of their own, and tools
-- whose function is one of the script.
local engine = ...

local host, Tool, Session = engine.host, engine.globals.Tool, engine.globals.Session
local error, getmetatable, next, pcall, rawequal, rawget = error, getmetatable, next, pcall, rawequal, rawget
local setmetatable, tostring, type = setmetatable, tostring, type
local find, lower, sort = string.find, string.lower, table.sort
local execute, exists, get, list, schema = Tool.execute, Tool.exists, Tool.get, Tool.list, Tool.schema
local categories, discover = Tool.categories, Tool.discover
local create_session, current_session = Session.create, Session.getCurrent
local wait_for_approval = Session.waitForApproval

-- The tools that the script has defined, by name. They are part of its memory: a run that goes on elsewhere has them.
local defined = {}

local function error_of(thrown)
  if type(thrown) == 'table' and thrown.message ~= nil then
    return { code = thrown.code or 'TOOL_FAILED', message = tostring(thrown.message), hint = thrown.hint }
  end
  return { code = 'TOOL_FAILED', message = tostring(thrown) }
end

-- Calls a function of the script as a tool: what it raises is the error of the result.
local function run(tool, args)
  args = args or {}
  local started = host.check_tool(tool.name, tool.parameters, args)
  local ok, result = pcall(tool.run, args)
  local duration = host.tool_duration(started)
  if ok then
    return { success = true, result = result, duration_ms = duration }
  end
  return { success = false, error = error_of(result), duration_ms = duration }
end

-- Raises what a function of the host raised about the tool of a name. Where there is none, the tools of the script may
-- be meant, too.
local function raise_with_near_names(thrown, name)
  if type(thrown) == 'table' and thrown.code == 'TOOL_NOT_FOUND' and next(defined) then
    local own = {}
    for known in next, defined do
      own[#own + 1] = known
    end
    sort(own)
    thrown.hint = host.near_tools(name, own) or thrown.hint
  end
  error(thrown, 0)
end

local asked = 0

-- Calls a tool of the host. Where a rule wants somebody to agree, the run waits for that as long as it takes.
local function execute_tool(name, args)
  local ok, result = pcall(execute, name, args)
  if ok then
    return result
  end
  if type(result) ~= 'table' or result.code ~= 'APPROVAL_NEEDED' then
    raise_with_near_names(result, name)
  end
  asked = asked + 1
  local session = current_session() or create_session({ name = 'approvals' })
  local answer = wait_for_approval(session, 'tool ' .. name .. ' ' .. asked,
    { question = 'May the tool "' .. name .. '" run?', data = args })
  if answer.approved then
    return host.execute_approved(name, args)
  end
  local by = answer.by and ' by ' .. answer.by or ''
  local why = answer.comment and ': ' .. answer.comment or ''
  host.fail('POLICY_DENIED', 'the tool "' .. name .. '" was refused' .. by .. why)
end

function Tool.execute(name, args)
  local tool = defined[name]
  if tool then
    return run(tool, args)
  end
  return execute_tool(name, args)
end
Tool.invoke, Tool.call = Tool.execute, Tool.execute

-- A tool's table; tool.execute{...}, tool:execute{...} and tool{...} all call it.
local function callable(tool)
  local function call(first, second)
    local args = first
    if rawequal(first, tool) then
      args = second
    end
    return Tool.execute(tool.name, args)
  end
  tool.execute = call
  tool.invoke = call
  tool.getSchema = function()
    return tool.schema
  end
  tool.get_schema = tool.getSchema
  return setmetatable(tool, {
    __call = function(_, args)
      return Tool.execute(tool.name, args)
    end,
  })
end

local function summary(tool)
  return { name = tool.name, description = tool.description, category = tool.category, version = tool.version,
    effect = 'unsafe' }
end

-- Tools of the host and of the script as one list, by name.
local function by_name(all)
  sort(all, function(a, b)
    return a.name < b.name
  end)
  return all
end

-- What a definition says as data, and the function that it has.
local function parts_of(definition)
  local plain, run_function = {}, nil
  for key, value in next, definition do
    if key == 'run' or key == 'execute' then
      run_function = value
    else
      plain[key] = value
    end
  end
  return plain, run_function
end

-- Defines a tool by a function of the script: tool{...} and Tool.execute call it, and models may.
function Tool.define(definition)
  if type(definition) ~= 'table' then
    host.fail('BAD_ARGUMENT', "bad argument #1 to 'Tool.define' (table expected, got " .. type(definition) .. ')')
  end
  local plain, run_function = parts_of(definition)
  local described = host.tool_definition(plain, type(run_function))
  local tool = {
    name = described.name,
    description = described.description,
    parameters = described.json_schema,
    schema = described,
    category = described.category,
    version = described.version,
    tags = described.tags,
    run = run_function,
  }
  described.category, described.version, described.tags = nil, nil, nil
  defined[tool.name] = tool
  return Tool.get(tool.name)
end
Tool.register = Tool.define

function Tool.get(name)
  local own = defined[name]
  if own then
    local tool = summary(own)
    tool.tags, tool.schema = own.tags, own.schema
    return callable(tool)
  end
  local tool = get(name)
  return tool and callable(tool)
end

function Tool.exists(name)
  return defined[name] ~= nil or exists(name)
end

function Tool.schema(name)
  local own = defined[name]
  if own then
    return own.schema
  end
  local ok, result = pcall(schema, name)
  if not ok then
    raise_with_near_names(result, name)
  end
  return result
end
Tool.get_schema = Tool.schema

function Tool.list()
  local all = list()
  for _, own in next, defined do
    all[#all + 1] = summary(own)
  end
  return by_name(all)
end

function Tool.categories()
  local all, seen = categories(), {}
  for i = 1, #all do
    seen[all[i]] = true
  end
  for _, own in next, defined do
    if not seen[own.category] then
      seen[own.category] = true
      all[#all + 1] = own.category
    end
  end
  sort(all)
  return all
end

local function has_tag(tool, tag)
  for i = 1, #tool.tags do
    if lower(tool.tags[i]) == tag then
      return true
    end
  end
  return find(lower(tool.description), tag, 1, true) ~= nil
end

function Tool.discover(query)
  local all = discover(query)
  query = query or {}
  for _, own in next, defined do
    local of_category = query.category == nil or query.category == own.category
    if of_category and (query.tag == nil or has_tag(own, lower(query.tag))) then
      all[#all + 1] = summary(own)
    end
  end
  return by_name(all)
end

setmetatable(Tool, {
  __index = function(_, name)
    if type(name) == 'string' then
      return Tool.get(name) or Tool.get((name:gsub('_', '-')))
    end
  end,
})

-- What a list of tools means for a model: definitions and names without functions, and the functions by name. A tool of
-- Tool.define or Tool.get stands for its name.
function engine.offered_tools(given, functions_of_session)
  local specs, functions = {}, {}
  local function offer(tool)
    if type(tool) == 'function' then
      host.fail('BAD_ARGUMENT', 'a function alone is no tool: models need its name, a description and parameters',
        'Give { name =, description =, parameters =, run = function(args) ... end }, or use Tool.define.')
    end
    if type(tool) == 'table' and rawget(tool, 'invoke') and getmetatable(tool) ~= nil then
      tool = tool.name
    end
    if type(tool) == 'string' and defined[tool] then
      local own = defined[tool]
      tool = { name = own.name, description = own.description, parameters = own.parameters }
      functions[own.name] = own
    elseif type(tool) == 'table' then
      local plain, run_function = parts_of(tool)
      if run_function == nil then
        local known = functions_of_session and functions_of_session[plain.name] or defined[plain.name]
        run_function = known and known.run
      end
      if type(run_function) == 'function' then
        functions[plain.name or ''] = { name = plain.name, parameters = plain.parameters or { type = 'object' },
          run = run_function }
      end
      tool = plain
    end
    specs[#specs + 1] = tool
  end
  if type(given) ~= 'table' or rawget(given, 'name') ~= nil then
    given = { given }
  end
  for i = 1, #given do
    offer(given[i])
  end
  return specs, functions
end

engine.run_tool = run
engine.execute_tool = execute_tool
