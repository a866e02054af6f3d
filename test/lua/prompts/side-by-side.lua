-- Prompts that are executed together.
-- settings: {"providers.demo.provider_type": "scripted", "providers.demo.script": "@cwd/test/lua/prompts/answers.toml", "providers.demo.max_retries": 0}
local id = Session.create()
local seen = {}
local ids, group = Session.executeParallel(id, {
  { name = 'slow one', user_prompt = 'slow' },
  'quick',
  { name = 'third', user_prompt = 'third' },
}, {
  max_parallel = 2,
  on_progress = function(done, total, status)
    seen[#seen + 1] = done .. '/' .. total .. ' ' .. status.status
  end,
})
assert(#ids == 3)
assert(Session.getMessage(id, ids[1]).content == 'slowly: slow')
assert(Session.getMessage(id, ids[2]).content == '[quick]')
assert(Session.getMessage(id, ids[3]).name == 'third')
assert(table.concat(seen, ', ') == '1/3 completed, 2/3 completed, 3/3 completed')

local status = Session.groupStatus(id, group)
assert(status.total == 3 and status.completed == 3 and status.done and status.progress == 1)
assert(status.nodes[1].name == 'slow one' and #status.nodes == 3)
assert(Session.groupStatus(id, 'no such group') == nil)

-- The history goes on from the last one of the list; the others are branches beside it.
local history = Session.history(id)
assert(history[#history].id == ids[3])
assert(Session.await(id, ids[1]).status == 'completed')

assert(#Session.executeParallel(id, {}) == 0)
