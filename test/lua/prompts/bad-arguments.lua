-- Prompts that are not in order are refused before anything is done.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.max_retries": 0}
local id = Session.create()
local function refused(pattern, fn, ...)
  local ok, err = pcall(fn, id, ...)
  assert(not ok and err.code == 'BAD_ARGUMENT', tostring(err))
  assert(tostring(err):find(pattern), tostring(err))
  assert(err.line, 'it says where')
end
refused("bad argument #2 to 'Session.executePrompt' %(prompt expected, got nil%)", Session.executePrompt)
refused("field 'user_prompt': string expected, got no value", Session.executePrompt, {})
refused("field 'user_prompt': string expected, got number", Session.executePrompt, { user_prompt = 1 })
refused("field 'when': function expected, got string", Session.executePrompt, { user_prompt = 'x', when = 'y' })
refused("field 'on_dependency_failure'", Session.executePrompt, 'x', { on_dependency_failure = 'panic' })
refused("field 'retry.backoff'", Session.executePrompt, 'x', { retry = { backoff = 'linear' } })
refused("field 'dependencies': id or name expected at index 1", Session.executePrompt, 'x', { dependencies = { 1 } })
refused("bad argument #2 to 'Session.executeParallel'", Session.executeParallel, 'x')
refused("field 'max_parallel': integer above 0", Session.executeParallel, { 'x' }, { max_parallel = 0 })
refused("#3 to 'Session.executeParallel' %(unknown field 'max_paralel'%)", Session.executeParallel, { 'x' }, { max_paralel = 2 })
refused("#2 to 'Session.executeParallel' %(unknown field 'temprature'%)", Session.executeParallel, {
  'x',
  { user_prompt = 'y', temprature = 1 },
})
refused("#2 to 'Session.executePrompt' %(.*temperature", Session.executePrompt, { user_prompt = 'x', temperature = 'hot' })
local _, typo = pcall(Session.executeParallel, id, { 'x' }, { max_paralel = 2 })
assert(typo.hint == 'Did you mean "max_parallel"?', typo.hint)
refused("two prompts have the name 'a'", Session.executeParallel, {
  { name = 'a', user_prompt = 'x' },
  { name = 'a', user_prompt = 'y' },
})
local ok, err = pcall(Session.executePrompt, id, 'x', { dependencies = { 'msg_77' } })
assert(not ok and err.code == 'MESSAGE_NOT_FOUND')
assert(#Session.executionPlan(id) == 0, 'nothing was added')
Session.complete(id)
ok, err = pcall(Session.executePrompt, id, 'x')
assert(not ok and err.code == 'SESSION_STATE')
