-- The functions of Session that ask models. A turn is kept when it is complete: a call that fails changes nothing.
local engine = ...

local host, Session = engine.host, engine.globals.Session
local ask, own_models, stream_of = engine.llm.ask, engine.llm.own_models, engine.llm.stream_of
local without_functions = engine.llm.without_functions
local next, type = next, type
local generate, open = Session.generate, Session.stream

local function asker_of(session, prompt, options)
  return {
    generate = function(inner)
      return generate(session, prompt, options, inner)
    end,
    open = function(inner)
      return open(session, prompt, options, inner)
    end,
  }
end

local function split(options, name)
  if options == nil then
    return nil, {}
  elseif type(options) ~= 'table' then
    return options, {}
  end
  return without_functions(options, name, 3)
end

local function message_of(response)
  local message = response.message
  return {
    role = message.role,
    parts = message.parts,
    provider = response.provider,
    model = response.model,
    usage = response.usage,
  }
end

local function user_message(prompt)
  return { role = 'user', content = prompt }
end

-- Keeps what was asked and what was answered.
local function keep(response, prompt, options)
  local messages = {}
  if prompt ~= nil then
    messages[1] = user_message(prompt)
  end
  messages[#messages + 1] = message_of(response)
  local kept = host.add_turn(response.session_id, messages, type(options) == 'table' and options.conversation or nil)
  response.message_id = kept[#kept].id
end

function Session.generate(session, prompt, options)
  local plain, functions = split(options, 'Session.generate')
  local response = ask(asker_of(session, prompt, plain), own_models() or {}, functions.on_token)
  keep(response, prompt, plain)
  return response.text, response
end

function Session.stream(session, prompt, options)
  local plain = split(options, 'Session.stream')
  return stream_of(asker_of(session, prompt, plain), function(response)
    keep(response, prompt, plain)
  end)
end
