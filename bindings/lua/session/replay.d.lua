---@meta

---Sessions whose runs are kept can be replayed and forked, and tell what happened in them.

---How a session is replayed. `Replay.create_config` makes such a table.
---@class ReplayOptions
---@field mode? ReplayModeName|ReplayMode "exact" when absent
---@field from? string|integer checkpoint to start from, by its label or entry; the first line when absent
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

---@class ResumeFromOptions
---@field script? string file of another script: it runs from its first line and is answered from the shared part
---@field run? boolean false only makes the fork, for `llmspell resume`; true when absent
---@field timeout_seconds? number

---@class ForkOptions: ResumeFromOptions
---@field at? string|integer the checkpoint or entry that both share last; the end of the run when absent
---@field set? { seq: integer, value: any } another answer to the call at an entry, which then is the last shared one

---What became of a fork.
---@class ForkReport
---@field run string
---@field session string? the fork's own session in place of the one that was named
---@field status "completed"|"failed"|"interrupted"|"limit" interrupted when it was not to run
---@field sessions string[]
---@field parent { run: string, seq: integer } the run that was forked, and the last shared entry
---@field value any what the script returned
---@field values any[]
---@field output string what the fork wrote to standard output while it was waited for
---@field error? { code: string, message: string }
---@field lost_artifacts string[] names of artifacts whose content was deleted after the fork's place

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
---@field branch string? the branch that made the call: "0" is the script itself
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

---Makes a run that shares the past of the one that created a session and goes its own way with its own copies of the
---sessions, and waits for its end; the original does not change. A fork that fails is reported, not raised. When this
---script is resumed after a crash, it goes on with the fork that it had made.
---Raises `SESSION_NOT_FOUND`, `RUN_NOT_FOUND` when nothing was recorded, `RUN_STATE` for sessions of this run,
---`BAD_ARGUMENT` for a place that there is not, `REPLAY_DIVERGED` when another script does not do the same before it.
---@param id string
---@param options? ForkOptions
---@return ForkReport
function Session.fork(id, options) end

---Forks the run of a session at a checkpoint: its label, or its entry. Raises what `Session.fork` raises.
---@param id string
---@param checkpoint string|integer
---@param options? ResumeFromOptions
---@return ForkReport
function Session.resumeFrom(id, checkpoint, options) end

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
Session.resume_from = Session.resumeFrom
