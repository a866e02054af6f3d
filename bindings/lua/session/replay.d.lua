---@meta

---Sessions whose runs are kept can be replayed, and tell what happened in them.

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
Session.get_replay_metadata = Session.getReplayMetadata
Session.list_replayable = Session.listReplayable
