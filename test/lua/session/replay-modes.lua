-- What the modes of a replay do.
-- first: session/modules/recorded.lua
local id = FIRST.session
if not Session.canReplay(id) then
  return
end

-- debug tells every call.
local report = Session.replay(id, { mode = 'debug' })
local ops = {}
for i, step in ipairs(report.steps) do
  ops[i] = step.op
end
assert(
  table.concat(ops, ' ')
    == 'session.create session.setCurrent tool.execute artifact.store session.resume '
      .. 'artifact.list artifact.get session.complete os.time',
  table.concat(ops, ' ')
)
assert(report.steps[5].status == 'error' and report.steps[5].error.code == 'SESSION_STATE')
assert(report.steps[1].where == 'recorded.lua:2' and report.steps[1].duration >= 0)

-- simulate reads the record and runs nothing.
report = Session.replay(id, { mode = 'simulate' })
assert(report.successful_replays == 9 and report.output == '' and report.value.drawn == FIRST.drawn)

-- modified gives other answers, and says what became of them.
local config = Replay.create_config('modified')
  :add_modification('os.time', 5)
  :add_modification('tool.execute.success', false)
  :add_modification('session.complete', false, false)
report = Session.replay(id, config)
assert(report.diverged == nil and report.failed_replays == 0)
assert(report.value.time == 5 and report.value.packed == false)
assert(#report.modified == 2)
assert(report.modified[1].path == 'os.time' and report.modified[1].before == FIRST.time)
assert(report.modified[2].before == true and report.modified[2].after == false)

-- A changed answer may change the calls that follow.
report = Session.replay(id, {
  mode = 'modified',
  modifications = { Replay.create_modification('artifact.list#1.1.id', 'another') },
})
assert(report.failed_replays == 1 and report.successful_replays == 6)
assert(report.diverged.class == 'input' and report.diverged.branch == '0')
assert(report.diverged.recorded.op == 'artifact.get' and report.diverged.actual.op == 'artifact.get')
assert(report.diverged.actual.arguments:find('another', 1, true))
assert(report.error.code == 'REPLAY_DIVERGED')

local ok, err = pcall(Session.replay, id, {
  mode = 'modified',
  stop_on_error = true,
  modifications = { { path = 'artifact.list.1.id', value = 'another' } },
})
assert(not ok and err.code == 'REPLAY_DIVERGED')

-- Paths that fit nothing are refused.
for _, path in ipairs({ 'nothing.here', 'os.time#2', 'os.time.field', 'artifact.list.9.id' }) do
  ok, err = pcall(Session.replay, id, Replay.create_config('modified'):add_modification(path, 1))
  assert(not ok and err.code == 'BAD_ARGUMENT' and err.message:find(path, 1, true), path)
end
