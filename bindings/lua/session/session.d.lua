---@meta

---A session groups what a piece of work does and makes: it has a lifecycle, metadata, tags, messages and artifacts.
---
---Wherever a session is expected, nil and "" mean the current one; without one the call raises `NO_CURRENT_SESSION`.
---A function raises `SESSION_NOT_FOUND` when it should do something with a session that does not exist; functions that
---look something up return nil, and lists are empty.
Session = {}

---@alias SessionStatus
---| "active" # takes new content
---| "suspended" # rests until it is resumed
---| "completed" # ended well, for good
---| "failed" # ended badly, for good

---Seconds since the epoch, as `os.time()` returns them, or an ISO text such as "2026-11-21T08:30:00Z". The whole
---second, minute or day that it names is included.
---@alias TimeBound number|string

---The record of a session: a copy, changing it changes nothing.
---@class SessionRecord
---@field id string
---@field name string?
---@field title string? the same as name
---@field description string?
---@field status SessionStatus
---@field suspended_by? "user"|"timeout"
---@field tags string[]
---@field metadata table<any, any> exactly as it was given
---@field custom_metadata table<any, any> the same as metadata
---@field parent_session_id string?
---@field created_at integer seconds since the epoch
---@field created_at_iso string
---@field updated_at integer seconds since the epoch
---@field updated_at_iso string
---@field run string? the run that created it
---@field message_count integer
---@field artifact_count integer
---@field failure_reason string? what `Session.fail` was told
---@field forked_from string?

---@class SessionOptions
---@field name? string
---@field title? string the same as name
---@field description? string
---@field tags? string[]|string
---@field metadata? table<any, any> numbers, strings, booleans and tables; at most 1 MB
---@field parent_session_id? string must exist
---@field session_id? string 1 to 200 characters; a UUIDv7 when absent
---@field created_by? string kept as metadata.created_by

---What a session must match: all of it. Fields that are absent match everything.
---@class SessionFilter
---@field status? SessionStatus
---@field tags? string[]|string all of them
---@field filter_metadata? table<any, any> keys of the metadata with their values
---@field metadata? table<any, any> the same as filter_metadata
---@field parent_session_id? string
---@field name? string
---@field title? string the same as name
---@field created_after? TimeBound
---@field created_before? TimeBound
---@field updated_after? TimeBound
---@field updated_before? TimeBound
---@field limit? integer

---@class SessionChanges
---@field name? string
---@field title? string the same as name
---@field description? string
---@field tags? string[]|string

---@class CleanupOptions
---@field older_than number seconds without a change
---@field status? SessionStatus[]|SessionStatus completed and failed ones when absent
---@field dry_run? boolean only tells which sessions would go

---@class CleanupReport
---@field sessions string[] ids
---@field count integer
---@field dry_run boolean

---@class SessionCheckpoint
---@field artifact string id of the artifact
---@field label string its metadata.step_name, else its name
---@field name string
---@field created_at integer seconds since the epoch
---@field metadata table<any, any>

---@class SessionStats
---@field sessions integer
---@field open_sessions integer those that max_sessions counts
---@field sessions_by_status table<SessionStatus, integer>
---@field artifacts integer
---@field artifact_bytes integer
---@field artifacts_by_type table<string, integer>

---How a session is replayed. `Replay.create_config` makes such a table.
---@class ReplayOptions
---@field mode? ReplayModeName|ReplayMode "exact" when absent
---@field compare_results? boolean counts another result than the recorded one as a failure; true when absent
---@field timeout_seconds? number 300 when absent
---@field stop_on_error? boolean raises what went wrong in place of reporting it
---@field modifications? ReplayModification[] other answers than the recorded ones, in mode "modified"
---@field metadata? table<any, any> comes back in the report

---@class ReplayReport
---@field session_id string
---@field run string
---@field correlation_id string the same as run
---@field start_time integer seconds since the epoch
---@field start_time_iso string
---@field total_duration number seconds
---@field entries_replayed integer recorded calls that were made again, and the one that was not
---@field hooks_replayed integer the same as entries_replayed
---@field successful_replays integer
---@field failed_replays integer
---@field diverged? ReplayDivergence the first call that was not the recorded one
---@field same_result? boolean whether the script returned what it had returned; nil where that was not compared
---@field output string what the script wrote to standard output
---@field value any what the script returned
---@field values any[]
---@field error? { code: string, message: string }
---@field modified { seq: integer, path: string, before: any, after: any }[]
---@field steps? JournalCall[] every call, in mode "debug"
---@field metadata? table<any, any>

---@class ReplayDivergence
---@field seq integer entry of the journal
---@field branch string
---@field class "missing"|"extra"|"reordered"|"name"|"input"
---@field recorded? ComparedCall
---@field actual? ComparedCall

---@class ComparedCall
---@field op string
---@field arguments string JSON
---@field where string? such as "report.lua:12"
---@field line string? the text of that line

---@class ReplayMetadata
---@field session_id string
---@field run string?
---@field correlation_id string? the same as run
---@field total_entries integer recorded calls of the run
---@field total_hooks integer the same as total_entries
---@field first_timestamp integer? seconds since the epoch
---@field first_timestamp_iso string?
---@field last_timestamp integer?
---@field last_timestamp_iso string?
---@field first_hook_timestamp string? the same as first_timestamp_iso
---@field last_hook_timestamp string? the same as last_timestamp_iso
---@field total_duration number seconds
---@field can_replay boolean

---@class JournalCall
---@field seq integer entry of the journal
---@field op string such as "artifact.store"
---@field kind "state"|"store"|"external"
---@field branch string
---@field at integer seconds since the epoch
---@field at_iso string
---@field actor string? who the run acted for
---@field status "ok"|"error"
---@field error? { code: string, message: string }
---@field where string? such as "report.lua:12"
---@field duration number seconds

---@class TimelineEvent
---@field at integer seconds since the epoch
---@field at_iso string
---@field run string? the run that did it
---@field actor string? who that run acted for
---@field seq integer? entry of the journal
---@field event "run.start"|"created"|"status"|"artifact"|"call"|"checkpoint"|"run.end"
---@field detail string the script, the status, the artifact's name, the call, or the checkpoint's label
---@field where string?
---@field error string? code of the error of a call that failed

---@class SessionBuilder
local SessionBuilder = {}
---@param name string
---@return SessionBuilder
function SessionBuilder:name(name) end
---@param description string
---@return SessionBuilder
function SessionBuilder:description(description) end
---@param metadata table<any, any>
---@return SessionBuilder
function SessionBuilder:metadata(metadata) end
---@param tags string[]
---@return SessionBuilder
function SessionBuilder:tags(tags) end
---Adds one tag.
---@param tag string
---@return SessionBuilder
function SessionBuilder:tag(tag) end
---@param id string
---@return SessionBuilder
function SessionBuilder:parent_session_id(id) end
---@param id string
---@return SessionBuilder
function SessionBuilder:session_id(id) end
---@return string id
function SessionBuilder:build() end

---Creates an active session. A string is its name.
---Raises `LIMIT_SESSIONS`, `SESSION_EXISTS`, `SESSION_NOT_FOUND` (the parent), `BAD_ARGUMENT`, `TOO_LARGE`.
---@param options? SessionOptions|string
---@return string id
function Session.create(options) end

---Creates a session step by step: `Session.builder():name("Report"):tag("weekly"):build()`.
---@return SessionBuilder
function Session.builder() end

---The record of a session; nil when there is none.
---@param id? string
---@return SessionRecord?
function Session.get(id) end

---The sessions that match, of every status, the one that changed last first.
---@param filter? SessionFilter
---@return SessionRecord[]
function Session.list(filter) end

---The sessions that name this one as their parent.
---@param id? string
---@return SessionRecord[]
function Session.children(id) end

---Returns when the session's state also survives a power loss.
---@param id? string
---@return true
function Session.save(id) end

---The id of a session that exists; else nil and why.
---@param id string
---@return string? id
---@return string? message
function Session.load(id) end

---Lets an active session rest. Raises `SESSION_STATE`.
---@param id? string
---@return true
function Session.suspend(id) end

---Brings a suspended session back. Raises `SESSION_STATE`, `LIMIT_SESSIONS`.
---@param id? string
---@return true
function Session.resume(id) end

---Ends a session well. Raises `SESSION_STATE`.
---@param id? string
---@return true
function Session.complete(id) end

---Ends a session badly. Raises `SESSION_STATE`.
---@param id? string
---@param reason? string kept as failure_reason
---@return true
function Session.fail(id, reason) end

---Deletes a session with its messages and artifacts, in any state.
---@param id string
---@param options? { recursive: boolean } recursive deletes its descendants too
---@return boolean deleted false when there was none
function Session.delete(id, options) end

---Makes a session the current one; nil or "" leaves none.
---@param id? string
function Session.setCurrent(id) end

---The id of the current session.
---@return string?
function Session.getCurrent() end

---Lays changes over the metadata, key by key; `JSON.null` removes a key. Works in any state.
---@param id string?
---@param changes table<any, any>
---@return true
function Session.updateMetadata(id, changes) end

---The metadata alone; nil when there is no such session.
---@param id? string
---@return table<any, any>?
function Session.getMetadata(id) end

---Changes name, description or tags. Works in any state.
---@param id string?
---@param changes SessionChanges
---@return true
function Session.update(id, changes) end

---The artifacts that were stored with `checkpoint = true` in their metadata, oldest first.
---@param id? string
---@return SessionCheckpoint[]
function Session.checkpoints(id) end

---Deletes sessions that nobody has changed for some time. The current session stays.
---@param options CleanupOptions
---@return CleanupReport
function Session.cleanup(options) end

---Counts of everything that is stored.
---@return SessionStats
function Session.stats() end

---True for sessions of runs that are kept and not this one; false for sessions that there are not.
---@param id string
---@return boolean
function Session.canReplay(id) end

---What is recorded of the run that created a session. Raises `SESSION_NOT_FOUND`.
---@param id? string
---@return ReplayMetadata
function Session.getReplayMetadata(id) end

---Ids of the sessions that can be replayed.
---@return string[]
function Session.listReplayable() end

---Runs again, offline and in a VM of its own, the run that created a session: every call is answered from its journal.
---Raises `SESSION_NOT_FOUND`, `RUN_NOT_FOUND` when nothing was recorded, `RUN_STATE` for sessions of this run.
---@param id string
---@param options? ReplayOptions
---@return ReplayReport
function Session.replay(id, options) end

---The recorded calls that concern a session, in order. Raises `SESSION_NOT_FOUND`.
---@param id? string
---@return JournalCall[]
function Session.journal(id) end

---What happened to a session, in order. Raises `SESSION_NOT_FOUND`.
---@param id? string
---@return TimelineEvent[]
function Session.timeline(id) end

Session.can_replay = Session.canReplay
Session.get_current = Session.getCurrent
Session.get_metadata = Session.getMetadata
Session.get_replay_metadata = Session.getReplayMetadata
Session.list_replayable = Session.listReplayable
Session.set_current = Session.setCurrent
Session.update_metadata = Session.updateMetadata

---Makes a checkpoint with a label, from which the run can be forked. In-memory storage has none.
---@param session? string the current session when nil or ""
---@param label string
---@param data? any what the label stands for, kept with it
---@return integer|nil seq the entry of the run's journal that tells of it
function Session.checkpoint(session, label, data) end

---Waits. The moment to go on is recorded, so a run that is resumed meanwhile waits for what is left.
---@param seconds number
function Session.sleep(seconds) end

---Waits for an event of the current session. Events that were sent before are taken first, in their order, each once.
---@param name string
---@param timeout? number seconds; forever when nil
---@return any payload nil when the time is over
---@return boolean came
function Session.waitForEvent(name, timeout) end

---Sends an event to a session.
---@param session? string the current session when nil or ""
---@param name string
---@param payload? any
---@return true
function Session.signal(session, name, payload) end
Session.wait_for_event = Session.waitForEvent
