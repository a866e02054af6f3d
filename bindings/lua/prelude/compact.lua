-- Session.compact: a model summarises the older messages of a conversation, which goes on behind the summary.
local engine = ...

local host, Session = engine.host, engine.globals.Session
local ask, add_usage, own_models = engine.llm.ask, engine.llm.add_usage, engine.llm.own_models
local turns = engine.turns
local plan_of = Session.compact

local INSTRUCTION = 'You summarise conversations so that they can go on from the summary alone. Keep facts, decisions, '
  .. 'names, numbers, open questions and what the user wants. Write nothing but the summary.'

local function compact(session, options, makes_room)
  local plan = plan_of(session, options, makes_room)
  if plan == nil then
    return nil
  end
  options = options or {}
  local summary, response, total
  for i = 1, #plan.chunks do
    local before = ''
    if summary then
      before = 'Summary of what was said before:\n' .. summary .. '\n\nThe conversation goes on:\n'
    end
    local request = {
      messages = {},
      system = INSTRUCTION,
      provider = options.provider,
      model = options.model,
      on_overflow = 'error',
    }
    response = ask(turns.asker_of(plan.session_id, before .. plan.chunks[i], request), own_models() or {})
    summary = response.text
    if summary == '' then
      host.fail('PROVIDER_BAD_RESPONSE', 'the model wrote no summary', 'Name another model: model = "...".')
    end
    if total then
      add_usage(response, total)
    end
    total = response
  end
  local made = host.compact(plan.session_id, {
    conversation = plan.conversation,
    upto = plan.upto,
    summary = 'Summary of the conversation so far:\n' .. summary,
    provider = response.provider,
    model = response.model,
    usage = response.usage,
  })
  made.summary, made.summarized, made.usage = summary, plan.messages, response.usage
  return made
end

function Session.compact(session, options)
  return compact(session, options)
end

-- Compacts a conversation that has outgrown the window.
function turns.make_room(session, conversation)
  return compact(session, { conversation = conversation }, true)
end
