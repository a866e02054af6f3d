-- Session.generateWithTools: models that call tools. Each answer, each tool and each kept round is a recorded call of
-- its own, so a run goes on in the middle of the loop.
local engine = ...

local host, Session = engine.host, engine.globals.Session
local ask, add_usage, own_models = engine.llm.ask, engine.llm.add_usage, engine.llm.own_models
local turns, without_functions = engine.turns, engine.llm.without_functions
local offered_tools, run_tool, execute_tool = engine.offered_tools, engine.run_tool, engine.execute_tool
local parallel, stringify = engine.globals.parallel, engine.globals.JSON.stringify
local error, next, pcall, type = error, next, pcall, type
local concat, format, math_type, sort, tostring = table.concat, string.format, math.type, table.sort, tostring

local DEFAULT_MAX_TOOL_CALLS = 25

local function bad_options(problem, hint)
  host.fail('BAD_ARGUMENT', "bad argument #3 to 'Session.generateWithTools' (" .. problem .. ')', hint)
end

-- The functions of the tools that sessions have, by session and name: storage keeps what is said of a tool, not what it
-- does.
local functions_of = {}

local function take_functions(session, tools)
  local specs, functions = offered_tools(tools)
  local own = functions_of[session] or {}
  for name, tool in next, functions do
    own[name] = tool
  end
  functions_of[session] = own
  return specs
end

-- Session.create{tools = {...}} with functions among the tools.
for _, name in next, { 'create', 'createAndUse' } do
  local create = Session[name]
  local function create_with_tools(options)
    local tools = type(options) == 'table' and options.tools
    if not tools then
      return create(options)
    end
    local plain = {}
    for key, value in next, options do
      plain[key] = value
    end
    local functions
    plain.tools, functions = offered_tools(tools)
    local id = create(plain)
    functions_of[id] = functions
    return id
  end
  Session[name] = create_with_tools
end
Session.create_and_use = Session.createAndUse

function Session.addTool(session, tool)
  if type(tool) ~= 'string' and type(tool) ~= 'table' then
    local problem = 'string or table expected, got ' .. type(tool)
    host.fail('BAD_ARGUMENT', "bad argument #2 to 'Session.addTool' (" .. problem .. ')')
  end
  local id = host.session_tools(session)
  local specs = take_functions(id, { tool })
  return host.add_tool(id, specs[1])
end
Session.add_tool = Session.addTool

-- The tools of a call: what it names, or what the session has. A definition without a function can't be called.
local function tools_of(session, given)
  local id, stored = host.session_tools(session)
  local specs, functions = offered_tools(given == nil and stored or given, functions_of[id])
  if #specs == 0 then
    bad_options("field 'tools': there are none", 'Name tools in the call, or give the session some: Session.addTool.')
  end
  for _, spec in next, specs do
    if type(spec) == 'table' and functions[spec.name] == nil then
      host.fail('TOOL_NOT_FOUND', format('the tool "%s" has no function in this run', tostring(spec.name)),
        'Define it again before: Tool.define{name=, description=, parameters=, run=function(args) ... end}.')
    end
  end
  return id, specs, functions
end

local function names_of(specs)
  local names, known = {}, {}
  for i, spec in next, specs do
    names[i] = type(spec) == 'table' and spec.name or spec
    known[names[i]] = true
  end
  sort(names)
  return names, known
end

local function failed(message)
  return { content = message, is_error = true }
end

local function text_of(value)
  if type(value) == 'string' then
    return value
  end
  local ok, text = pcall(stringify, value)
  return ok and text or tostring(value)
end

-- Errors that are the script's and not the model's.
local IS_FINAL = { EFFECT_UNKNOWN = true, LIMIT_BUDGET = true, ABORTED = true, LIMIT_TIME = true, LIMIT_MEMORY = true }

-- The result of one call as the model gets it; what goes wrong is told to the model, which may do better.
local function result_of(call, names, known, functions, on_tool_call)
  if not known[call.name] then
    return failed(format('There is no tool "%s". Tools: %s.', call.name, concat(names, ', ')))
  elseif call.malformed then
    return failed('The arguments are not JSON of an object: ' .. call.malformed .. '. Call the tool again.')
  elseif on_tool_call and on_tool_call(call) == false then
    return failed('The call was refused.')
  end
  local own = functions[call.name]
  local ok, envelope
  if own then
    ok, envelope = pcall(run_tool, own, call.arguments)
  else
    ok, envelope = pcall(execute_tool, call.name, call.arguments)
  end
  if not ok then
    local thrown = envelope
    if type(thrown) ~= 'table' or IS_FINAL[thrown.code] or thrown.message == nil then
      error(thrown, 0)
    end
    return failed(format('%s: %s', thrown.code, thrown.message))
  elseif envelope.success then
    return { content = text_of(envelope.result), result = envelope.result }
  end
  return failed(format('%s: %s', envelope.error.code, envelope.error.message))
end

-- The calls of one answer, side by side; results come in the order of the calls.
local function results_of(calls, ...)
  if #calls == 1 then
    return { (result_of(calls[1], ...)) }
  end
  local names, known, functions, on_tool_call = ...
  return parallel.map(calls, function(call)
    return (result_of(call, names, known, functions, on_tool_call))
  end)
end

local function limit_of(options)
  local limit = options.max_tool_calls
  if limit == nil then
    return DEFAULT_MAX_TOOL_CALLS
  elseif math_type(limit) == 'integer' and limit >= 0 then
    return limit
  end
  bad_options("field 'max_tool_calls': integer from 0 expected")
end

function Session.generateWithTools(session, asked, given_options)
  local prompt, options = engine.prompt_text.taken(asked, given_options, 'Session.generateWithTools')
  if options ~= nil and type(options) ~= 'table' then
    bad_options('table expected, got ' .. type(options))
  end
  options = options or {}
  local limit = limit_of(options)
  local id, specs, functions = tools_of(session, options.tools)
  local names, known = names_of(specs)
  local given = {}
  for key, value in next, options do
    given[key] = value
  end
  given.tools, given.max_tool_calls = specs, nil
  local plain, hooks = without_functions(given, 'Session.generateWithTools', 3)
  -- Messages in place of the history grow with the rounds.
  local thread
  if plain.messages then
    thread = {}
    for i, message in next, plain.messages do
      thread[i] = message
    end
  end
  local made, rounds, total = {}, 0, nil
  while true do
    plain.messages = thread
    local response = ask(turns.asker_of(id, prompt, plain), own_models() or {}, hooks.on_token)
    local own_usage = {}
    for key, value in next, response.usage do
      own_usage[key] = value
    end
    local answer = turns.message_of(response, own_usage)
    if total then
      add_usage(response, total)
    end
    total = { usage = response.usage }
    local calls = response.tool_calls
    if #calls == 0 then
      turns.keep(id, response, prompt, plain, answer)
      response.tool_calls_made, response.rounds = made, rounds
      return response
    end
    if #made + #calls > limit then
      host.fail('LIMIT_TOOL_CALLS', format('the model wants %d more calls of tools after %d, and %d are allowed',
        #calls, #made, limit), 'Raise max_tool_calls, or ask for less.', { limit = limit, made = #made })
    end
    rounds = rounds + 1
    local results = results_of(calls, names, known, functions, hooks.on_tool_call)
    local messages = {}
    if prompt ~= nil then
      messages[1] = { role = 'user', content = prompt }
    end
    messages[#messages + 1] = answer
    for i = 1, #calls do
      local call = calls[i]
      local result = results[i]
      messages[#messages + 1] = {
        role = 'tool',
        tool_call_id = call.id,
        name = call.name,
        content = result.content,
        is_error = result.is_error or false,
      }
      made[#made + 1] = {
        id = call.id,
        name = call.name,
        arguments = call.arguments,
        content = result.content,
        is_error = result.is_error or false,
      }
    end
    host.add_turn(id, messages, plain.conversation)
    if thread then
      for i = 1, #messages do
        thread[#thread + 1] = messages[i]
      end
    end
    -- What was asked for is in the history by now, and a tool that had to be called was called.
    prompt, plain.tool_choice = nil, nil
  end
end
Session.generate_with_tools = Session.generateWithTools
