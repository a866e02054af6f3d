-- Prompts one after the other, with the answers of others filled in.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.max_retries": 0}
local id = Session.create({ system_prompt = 'You talk like a pirate.' })

local first = Session.executePrompt(id, { name = 'analysis', user_prompt = 'Analyse' })
local answer = Session.getMessage(id, first)
assert(answer.role == 'assistant' and answer.content == 'arr: Analyse' and answer.name == 'analysis')
assert(answer.provider == 'demo' and answer.model == 'scripted' and answer.usage.input_tokens > 0)

-- A text alone is a prompt; a result that it does not mention stands in front of it.
local second = Session.executePrompt(id, 'Sum up', { dependencies = { first } })
assert(Session.getMessage(id, second).content == 'arr: analysis:\narr: Analyse\n\nSum up')
assert(Session.getMessage(id, second).dependencies[1] == first)

local third = Session.execute_prompt(id, {
  user_prompt = '{{ analysis }} and {{2}} and {{' .. first .. '}} and {{unknown}}',
  system_prompt = 'You are plain.',
  depends_on = { first, second },
})
local said = Session.getMessage(id, third).content
assert(said:find('[arr: Analyse and arr: analysis:', 1, true) == 1, said)
assert(said:find('and arr: Analyse and {{unknown}}]', 1, true), said)

-- The conversation goes on from the last answer, questions included.
local roles = {}
for _, message in ipairs(Session.history(id)) do roles[#roles + 1] = message.role end
assert(table.concat(roles, ' ') == 'system user assistant user assistant user assistant')

local status = Session.executionStatus(id, third)
assert(status.status == 'completed' and status.attempts == 1 and status.started_at <= status.completed_at)
assert(Session.executionStatus(id, 'msg_999') == nil)
assert(#Session.conversationHistory(id, { node_id = third, max_depth = 5 }) > 3)
