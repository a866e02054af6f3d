-- Prompts that need the answers of others in the same list.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.max_retries": 0}
local id = Session.create()
-- The list is in no useful order.
local ids = Session.executeParallel(id, {
  { name = 'report', user_prompt = 'Report: {{left}} {{right}}', depends_on = { 'left', 'right' } },
  { name = 'left', user_prompt = 'L of {{root}}', depends_on = 'root' },
  { name = 'right', user_prompt = 'R of {{root}}', depends_on = 'root' },
  { name = 'root', user_prompt = 'root' },
})
assert(Session.getMessage(id, ids[1]).content == '[Report: [L of [root]] [R of [root]]]')
assert(Session.getMessage(id, ids[1]).dependencies[1] == ids[2])

local levels = Session.executionPlan(id)
assert(#levels == 3 and levels[1][1] == ids[4] and #levels[2] == 2 and levels[3][1] == ids[1])

local planned = Session.executionPlan(id, {
  { name = 'b', user_prompt = 'b', depends_on = { 'a' } },
  { name = 'a', user_prompt = 'a' },
  'unnamed',
})
assert(#planned == 2 and table.concat(planned[1], ' ') == 'a 3' and planned[2][1] == 'b')

local ok, err = pcall(Session.executeParallel, id, {
  { name = 'a', user_prompt = 'a', depends_on = 'b' },
  { name = 'b', user_prompt = 'b', depends_on = 'c' },
  { name = 'c', user_prompt = 'c', depends_on = 'a' },
})
assert(not ok and err.code == 'PROMPT_CYCLE' and err.message:find('a -> b -> c -> a', 1, true), tostring(err))
assert(#Session.executionPlan(id) == 3, 'nothing was added')

-- Answers of before are dependencies like any other.
local later = Session.executeParallel(id, { { user_prompt = 'From {{root}}' } }, { dependencies = { ids[4] } })
assert(Session.getMessage(id, later[1]).content == '[From [root]]')
