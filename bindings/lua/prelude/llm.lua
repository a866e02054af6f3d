-- The LLM global. A call of a model is one recorded call of the host, or, for a stream, one that opens it and one for
-- each piece; what takes several calls of models is put together here, so that a run goes on in the middle of it.
local engine = ...

local host, LLM = engine.host, engine.globals.LLM
local error, next, setmetatable, type = error, next, setmetatable, type
local concat, format, select = table.concat, string.format, select
local generate, open = LLM.generate, LLM.stream
local capabilities, models, select_model = LLM.capabilities, LLM.models, LLM.select
local register, validate = LLM.registerModel, LLM.validateForTask

-- What the script has registered goes along with every call: a run that goes on elsewhere has it in its memory.
local registered

local function own_models()
  return registered and { models = registered }
end

-- The options without the functions among them, which stay in Lua, and so do those of tools.
local function without_functions(options, name, index)
  local plain, functions = {}, {}
  for key, value in next, options do
    local into = type(value) == 'function' and functions or plain
    into[key] = value
  end
  if plain.tools ~= nil then
    plain.tools = engine.offered_tools(plain.tools)
  end
  for _, key in next, { 'on_token', 'on_tool_call' } do
    if plain[key] ~= nil then
      local problem = format("field '%s': function expected, got %s", key, type(plain[key]))
      host.fail('BAD_ARGUMENT', format("bad argument #%d to '%s' (%s)", index, name, problem))
    end
  end
  for key in next, functions do
    if key ~= 'on_token' and key ~= 'on_tool_call' then
      host.fail('BAD_ARGUMENT', format("bad argument #%d to '%s' (unknown function '%s')", index, name, key),
        'Functions: on_token, on_tool_call.')
    end
  end
  return plain, functions
end

local Guard = {
  __close = function(self)
    if self.id then
      host.llm_close(self.id)
    end
  end,
}

-- The shorter forms of what an answer says, which is recorded once. What a fork was given as an answer may be a text.
local function expanded(response)
  if type(response) == 'string' then
    response = { text = response }
  end
  response.parts = response.parts or { { type = 'text', text = response.text or '' } }
  response.usage = response.usage or { input_tokens = 0, output_tokens = 0, total_tokens = 0 }
  local texts, calls = {}, {}
  for i = 1, #response.parts do
    local part = response.parts[i]
    if part.type == 'text' then
      texts[#texts + 1] = part.text
    elseif part.type == 'tool_call' then
      calls[#calls + 1] = { id = part.id, name = part.name, arguments = part.arguments, malformed = part.malformed }
    end
  end
  local text = concat(texts)
  response.text, response.content, response.tool_calls = text, text, calls
  response.message = { role = 'assistant', content = text, parts = response.parts }
  return response
end

local function fail_overflow(over)
  host.fail('CONTEXT_OVERFLOW', format("about %d tokens and an answer of %d don't fit into a window of %d",
    over.tokens, over.max_tokens, over.context_window), 'The newest messages alone are too long.', over)
end

-- Reads a stream piece by piece; `asker.open` opens it again when its answer was lost with another process.
local function pieces_of(asker, inner, guard)
  local pieces, at, restarted = {}, 0, false
  local function read()
    local news = host.llm_read(guard.id)
    if news.lost then
      inner.again = guard.id
      asker.open(inner)
      inner.again = nil
      restarted = true
      return
    end
    if news.overflow then
      guard.id = nil
      if asker.compact == nil or guard.compacted then
        fail_overflow(news.overflow)
      end
      asker.compact()
      local again = asker.open(inner)
      guard.id, guard.compacted = again.stream, asker.compacted
      if again.overflow then
        fail_overflow(again.overflow)
      end
      return
    end
    pieces, at = news.pieces, 0
    if news.response then
      guard.id, guard.response = nil, expanded(news.response)
      guard.response.compacted = guard.compacted
    end
  end
  return function()
    while true do
      if restarted then
        restarted = false
        return '', { type = 'restart', restart = true }
      end
      at = at + 1
      local piece = pieces[at]
      if piece == nil then
        if guard.id == nil then
          return nil
        end
        read()
      elseif piece.type == 'text' then
        return piece.text, { type = 'text' }
      end
    end
  end
end

local function opened(asker, inner)
  local news = asker.open(inner)
  return setmetatable({ id = news.stream, overflow = news.overflow }, Guard)
end

-- One answer, with the pieces of it told as they come.
local function told(asker, inner, on_token)
  if on_token == nil then
    local response = asker.generate(inner)
    return type(response) == 'table' and response.overflow and response or expanded(response)
  end
  local guard <close> = opened(asker, inner)
  if guard.overflow then
    return guard
  end
  for token, about in pieces_of(asker, inner, guard) do
    on_token(token, about)
  end
  return guard.response
end

-- An answer; a conversation that is too long is compacted first, where that is wanted.
local function answered(asker, inner, on_token)
  local response = told(asker, inner, on_token)
  if response.overflow and asker.compact then
    asker.compact()
    response = told(asker, inner, on_token)
    response.compacted = asker.compacted
  end
  if response.overflow then
    fail_overflow(response.overflow)
  end
  return response
end

-- Lays the usage of an earlier call over that of a response: it answers for both.
local function add_usage(response, earlier)
  for name, count in next, earlier.usage do
    response.usage[name] = (response.usage[name] or 0) + count
  end
  response.cost = response.usage.cost_usd
end

local function fault_list(faults)
  local lines = {}
  for i, fault in next, faults do
    lines[i] = format('%s %s', fault.pointer == '' and 'the answer' or fault.pointer, fault.message)
  end
  return concat(lines, '; ')
end

local function require_fit(response)
  if response.faults then
    local fault = response.faults[1]
    host.fail('SCHEMA_MISMATCH', 'the answer does not fit the schema: ' .. fault_list(response.faults),
      'Ask for less, say in the prompt what is meant, or choose another model.',
      { pointer = fault.pointer, fault = fault.message, answer = response.text })
  end
end

-- An answer that is the data that was asked for; one that is not gets one chance to be repaired.
local function ask(asker, inner, on_token)
  local first = answered(asker, inner, on_token)
  if first.faults == nil then
    return first
  end
  local follow = {}
  for i, message in next, inner.follow or {} do
    follow[i] = message
  end
  local said = first.text == '' and { role = 'assistant', content = '(no answer)' } or first.message
  follow[#follow + 1] = said
  follow[#follow + 1] = {
    role = 'user',
    content = 'That does not fit the JSON Schema: ' .. fault_list(first.faults)
      .. '. Answer again, with nothing but JSON that fits it.',
  }
  if on_token then
    on_token('', { type = 'restart', restart = true })
  end
  local second = answered(asker, { follow = follow, models = inner.models }, on_token)
  add_usage(second, first)
  require_fit(second)
  second.repaired = true
  return second
end

engine.llm = { ask = ask, add_usage = add_usage, own_models = own_models, without_functions = without_functions }

local function asker_of(request)
  return {
    generate = function(inner)
      return generate(request, inner)
    end,
    open = function(inner)
      return open(request, inner)
    end,
  }
end

local function request_of(request, name)
  if type(request) ~= 'table' then
    return request, {}
  end
  local prompt, plain = engine.prompt_text.taken(request.prompt, request, name)
  if plain ~= request then
    plain.prompt = prompt
  end
  return without_functions(plain, name, 1)
end

function LLM.generate(request)
  local plain, functions = request_of(request, 'LLM.generate')
  local response = ask(asker_of(plain), own_models() or {}, functions.on_token)
  return response.text, response
end

-- Streams are called for their next token; `response` is there after the last one.
local Stream = { __name = 'LLM.stream' }

function Stream:__call()
  local token, about = self.next()
  if token == nil then
    self.response = self.guard.response
    if self.response then
      require_fit(self.response)
    end
    if self.at_end and self.response then
      local finish = self.at_end
      self.at_end = nil
      finish(self.response)
    end
  end
  return token, about
end

local function stream_of(asker, at_end)
  local inner = own_models() or {}
  local guard = opened(asker, inner)
  if guard.overflow and asker.compact then
    asker.compact()
    guard = opened(asker, inner)
  end
  if guard.overflow then
    host.fail('CONTEXT_OVERFLOW', 'the conversation does not fit into the window of the model', nil, guard.overflow)
  end
  local stream = setmetatable({ guard = guard, next = pieces_of(asker, inner, guard), at_end = at_end }, Stream)
  return stream, nil, nil, guard
end
engine.llm.stream_of = stream_of

function LLM.stream(request)
  return stream_of(asker_of((request_of(request, 'LLM.stream'))))
end

function LLM.registerModel(name, facts)
  register(name, facts)
  if type(name) == 'table' then
    local given = name
    name, facts = given.name, {}
    for key, value in next, given do
      if key ~= 'name' then
        facts[key] = value
      end
    end
  end
  registered = registered or {}
  registered[name] = facts
  return true
end
LLM.register_model = LLM.registerModel

function LLM.models()
  return models(own_models())
end

function LLM.capabilities(model)
  return capabilities(model, own_models())
end

function LLM.validateForTask(requirements, names)
  return validate(requirements, names, own_models())
end
LLM.validate_for_task = LLM.validateForTask

function LLM.select(requirements)
  return select_model(requirements, own_models())
end

-- The prompts of a folder, by their names. What the files say is recorded.
function LLM.loadPrompts(folder)
  if type(folder) ~= 'string' then
    host.fail('BAD_ARGUMENT', "bad argument #1 to 'LLM.loadPrompts' (string expected, got " .. type(folder) .. ')')
  end
  return host.load_prompts(folder)
end
LLM.load_prompts = LLM.loadPrompts

-- Interfaces: a provider and a model that calls need not name. They are plain tables, so that sessions take them too.
local interface = {}
local Interface = { __index = interface, __name = 'LLM.interface' }

local function with_choice(self, request, options)
  local full = { provider = self.provider, model = self.model }
  if type(request) == 'table' and #request == 0 then
    options = request
  else
    full.prompt = request
  end
  for key, value in next, options or {} do
    full[key] = value
  end
  return full
end

function interface:generate(request, options)
  return LLM.generate(with_choice(self, request, options))
end

function interface:stream(request, options)
  return LLM.stream(with_choice(self, request, options))
end

function interface:capabilities()
  return LLM.capabilities(self.model)
end

function interface:validateForTask(requirements)
  return LLM.validateForTask(requirements, { provider = self.provider, model = self.model })
end
interface.validate_for_task = interface.validateForTask

-- What is not named is that of the configuration, as it is now.
function LLM.interface(choice)
  choice = choice or {}
  local provider, model = host.llm_target({ provider = choice.provider, model = choice.model or choice.model_name })
  return setmetatable({ provider = provider, model = model }, Interface)
end
LLM.get_interface = LLM.interface
LLM.getInterface = LLM.interface

function LLM.create(provider, choice)
  choice = choice or {}
  return LLM.interface({ provider = provider, model = choice.model or choice.model_name })
end

LLM.parallel = engine.globals.parallel

LLM.ModelType = {
  OPENAI = 'openai',
  ANTHROPIC = 'anthropic',
  CLAUDE = 'anthropic',
  OLLAMA = 'ollama',
  LLAMACPP = 'llamacpp',
  VLLM = 'vllm',
  OPENROUTER = 'openrouter',
  SCRIPTED = 'scripted',
}
