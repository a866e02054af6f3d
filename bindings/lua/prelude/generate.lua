-- The functions of Session that ask models. A turn is kept when it is complete: a call that fails changes nothing.
local engine = ...

local host, Session, LLM = engine.host, engine.globals.Session, engine.globals.LLM
local ask, own_models, stream_of = engine.llm.ask, engine.llm.own_models, engine.llm.stream_of
local without_functions = engine.llm.without_functions
local next, type = next, type
local format = string.format
local generate, open = Session.generate, Session.stream
local taken = engine.prompt_text.taken

local function conversation_of(options)
  return type(options) == 'table' and options.conversation or nil
end

-- Asks in a session; a conversation that is too long is compacted where that is wanted.
local function asker_of(session, prompt, options)
  local asker = {}
  function asker.generate(inner)
    return generate(session, prompt, options, inner)
  end
  function asker.open(inner)
    return open(session, prompt, options, inner)
  end
  function asker.compact()
    asker.compacted = engine.turns.make_room(session, conversation_of(options))
  end
  return asker
end

local function split(options, name)
  if type(options) ~= 'table' then
    return options, {}
  end
  return without_functions(options, name, 3)
end

local function message_of(response, usage)
  local message = response.message
  return {
    role = message.role,
    parts = message.parts,
    provider = response.provider,
    model = response.model,
    usage = usage or response.usage,
  }
end

-- Keeps what was asked and what was answered.
local function keep(session, response, prompt, options, answer)
  local messages = {}
  if prompt ~= nil then
    messages[1] = { role = 'user', content = prompt }
  end
  messages[#messages + 1] = answer or message_of(response)
  local kept = host.add_turn(response.session_id or session, messages, conversation_of(options))
  response.message_id = kept[#kept].id
end

engine.turns = { asker_of = asker_of, keep = keep, message_of = message_of }

function Session.generate(session, given, given_options)
  local prompt, options = taken(given, given_options, 'Session.generate')
  local plain, functions = split(options, 'Session.generate')
  local response = ask(asker_of(session, prompt, plain), own_models() or {}, functions.on_token)
  keep(session, response, prompt, plain)
  return response.text, response
end

function Session.stream(session, given, given_options)
  local prompt, options = taken(given, given_options, 'Session.stream')
  local plain = split(options, 'Session.stream')
  return stream_of(asker_of(session, prompt, plain), function(response)
    keep(session, response, prompt, plain)
  end)
end

-- Whether the model that answers in a session meets requirements.
function Session.validateModelForTask(session, requirements)
  if type(requirements) ~= 'table' then
    local problem = format('table expected, got %s', type(requirements))
    host.fail('BAD_ARGUMENT', format("bad argument #2 to 'Session.validateModelForTask' (%s)", problem))
  end
  Session.initialize(session)
  local provider, model = Session.getProvider(session)
  return LLM.validateForTask(requirements, { provider = provider, model = model })
end
Session.validate_model_for_task = Session.validateModelForTask
