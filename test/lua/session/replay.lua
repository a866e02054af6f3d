-- A session is replayed by running again, offline, what created it.
-- first: session/modules/recorded.lua
local id = FIRST.session
assert(Session.canReplay('nobody') == false)
local own = Session.create('own')
assert(Session.canReplay(own) == false)
local ok, err = pcall(Session.replay, own)
assert(not ok and err.code == 'RUN_STATE', err.code)
ok, err = pcall(Session.replay, 'nobody')
assert(not ok and err.code == 'SESSION_NOT_FOUND')
ok, err = pcall(Session.replay, id, { mode = 'backwards' })
assert(not ok and err.code == 'BAD_ARGUMENT' and err.message:find('simulate'))
ok, err = pcall(Session.replay, id, { timeout_seconds = 0 })
assert(not ok and err.code == 'BAD_ARGUMENT')
ok, err = pcall(Session.replay, id, { speed = 2 })
assert(not ok and err.code == 'BAD_ARGUMENT')
ok, err = pcall(Session.getReplayMetadata, 'nobody')
assert(not ok and err.code == 'SESSION_NOT_FOUND')

if not Session.canReplay(id) then
  -- Storage that forgets keeps no journal, and says so.
  assert(#Session.listReplayable() == 0)
  assert(Session.getReplayMetadata(id).can_replay == false)
  assert(Session.getReplayMetadata(id).total_entries == 0)
  ok, err = pcall(Session.replay, id)
  assert(not ok and err.code == 'RUN_NOT_FOUND')
  return
end

local list = Session.listReplayable()
assert(#list == 1 and list[1] == id)
local known = Session.getReplayMetadata(id)
assert(known.session_id == id and known.can_replay and known.run == Session.get(id).run)
assert(known.total_entries == 9 and known.total_hooks == 9, known.total_entries)
assert(known.first_timestamp <= known.last_timestamp and known.total_duration >= 0)
assert(known.first_timestamp_iso:match('^%d%d%d%d%-%d%d%-%d%dT'))

local before = Session.get(id)
local report = Session.replay(id)
assert(report.session_id == id and report.run == known.run and report.correlation_id == known.run)
assert(report.entries_replayed == 9 and report.hooks_replayed == 9)
assert(report.successful_replays == 9 and report.failed_replays == 0)
assert(report.diverged == nil and report.error == nil and report.same_result == true)
assert(report.value.drawn == FIRST.drawn and report.value.time == FIRST.time)
assert(report.output == 'drawn\t' .. FIRST.drawn .. '\t8893\n', report.output)
assert(report.start_time <= os.time() and report.total_duration >= 0)
assert(report.steps == nil and #report.modified == 0)

-- Nothing was written.
assert(Session.get(id).updated_at == before.updated_at and #Artifact.list(id) == 1)

assert(Session.replay(id, { metadata = { why = 'test' } }).metadata.why == 'test')

-- Spellings of rs-llmspell.
assert(Session.can_replay(id) and #Session.list_replayable() == 1)
assert(Session.get_replay_metadata(id).session_id == id)
