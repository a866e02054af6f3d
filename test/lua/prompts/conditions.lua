-- Prompts that are executed only when something holds.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.max_retries": 0}
local id = Session.create()
local first = Session.executePrompt(id, { name = 'check', user_prompt = 'green' })
local asked
local function is_green(results)
  asked = results
  return results.check.content:find('green', 1, true) ~= nil
end
local yes = Session.executePrompt(id, { user_prompt = 'go', depends_on = first, when = is_green })
assert(Session.executionStatus(id, yes).status == 'completed')
assert(asked[1].id == first and asked[first].content == '[green]')
local no = Session.executePrompt(id, 'stop', {
  dependencies = first,
  when = function(results) return not is_green(results) end,
})
assert(Session.executionStatus(id, no).status == 'skipped')
assert(Session.getMessage(id, no).content == '')

local ok, err = pcall(Session.executePrompt, id, { user_prompt = 'x', when = function() error('broken condition') end })
assert(not ok and tostring(err):find('broken condition', 1, true))
