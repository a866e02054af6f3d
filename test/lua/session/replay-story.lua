-- What a session went through is in the journal of its run, and in order on its timeline.
-- first: session/modules/recorded.lua
local id = FIRST.session
local ok, err = pcall(Session.timeline, 'nobody')
assert(not ok and err.code == 'SESSION_NOT_FOUND')
ok, err = pcall(Session.journal, 'nobody')
assert(not ok and err.code == 'SESSION_NOT_FOUND')

local function told(field, list)
  local texts = {}
  for i, item in ipairs(list) do
    texts[i] = item.event and item.event .. ' ' .. item.detail or item[field]
  end
  return table.concat(texts, ', ')
end

if not Session.canReplay(id) then
  assert(#Session.journal(id) == 0)
  local story = told('event', Session.timeline(id))
  assert(story == 'created active, artifact drawn.json, status completed', story)
  return
end

local journal = Session.journal(id)
local ops = told('op', journal)
assert(ops == 'session.create, session.setCurrent, tool.execute, artifact.store, session.resume, '
  .. 'artifact.list, artifact.get, session.complete', ops)
for i, entry in ipairs(journal) do
  assert(i == 1 or entry.seq > journal[i - 1].seq)
  assert(entry.at <= os.time() and entry.at_iso and entry.duration >= 0)
  assert(entry.where:match('^recorded%.lua:%d+$'))
  assert(entry.status == (entry.op == 'session.resume' and 'error' or 'ok'))
end

-- What other runs add is on the timeline too.
local timeline = Session.timeline(id)
local story = told('event', timeline)
assert(story:match('^run%.start .*recorded%.lua, created active, call tool%.execute, artifact drawn%.json, '
  .. 'call session%.resume, status completed, run%.end completed$'), story)
assert(timeline[5].error == 'SESSION_STATE' and timeline[2].run == Session.get(id).run)

-- A session of the run that goes on has a story already.
local own = Session.create()
assert(Session.journal(own)[1].op == 'session.create')
