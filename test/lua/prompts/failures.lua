-- Prompts that fail, and what becomes of those that need them.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.max_retries": 0}
local id = Session.create()
local ok, err = pcall(Session.executePrompt, id, { name = 'bad', user_prompt = 'always fail' })
assert(not ok and err.code == 'PROVIDER_BAD_REQUEST', tostring(err))
local bad = err.node_id
assert(Session.executionStatus(id, bad).status == 'failed')
assert(Session.executionStatus(id, bad).error.code == 'PROVIDER_BAD_REQUEST')
assert(#Session.history(id) == 0, 'a prompt that failed is not part of the history')
assert(#Session.errors(id) >= 1)

local function statuses(policy)
  local ids, group = Session.executeParallel(id, {
    { name = 'bad', user_prompt = 'always fail' },
    { name = 'after', user_prompt = 'after', depends_on = 'bad' },
    { name = 'last', user_prompt = 'last', depends_on = 'after' },
    { name = 'other', user_prompt = 'other' },
  }, { on_dependency_failure = policy })
  local found = {}
  for i, node in ipairs(ids) do found[i] = Session.executionStatus(id, node).status end
  assert(Session.groupStatus(id, group).done)
  return table.concat(found, ' ')
end
assert(statuses(nil) == 'failed blocked blocked completed')
assert(statuses('fail') == 'failed blocked blocked completed')
assert(statuses('skip') == 'failed skipped skipped completed')
assert(statuses('continue') == 'failed completed completed completed')

ok, err = pcall(Session.executePrompt, id, 'next', { dependencies = { bad } })
assert(not ok and err.code == 'DEPENDENCY_FAILED' and err.message:find('bad', 1, true))
local skipped = Session.executePrompt(id, 'next', { dependencies = { bad }, on_dependency_failure = 'skip' })
assert(Session.executionStatus(id, skipped).status == 'skipped')

-- What passes is tried again; what does not, is not.
local again = Session.executePrompt(id, {
  user_prompt = 'fail twice',
  retry = { max = 3, backoff = 'exponential', base_ms = 1 },
})
assert(Session.executionStatus(id, again).attempts == 3)
ok, err = pcall(Session.executePrompt, id, { user_prompt = 'always fail', retry = { max = 3, base_ms = 1 } })
assert(Session.executionStatus(id, err.node_id).attempts == 1)
