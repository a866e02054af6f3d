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
---@field initial_context? table<any, any> see `Session.getContext`; at most 1 MB
---@field context? table<any, any> the same as initial_context
---@field system_prompt? string what its conversations begin with
---@field provider? string|ProviderChoice for calls of models that name none
---@field model? string for calls of models that name none
---@field provider_config? table<string, any> parameters such as temperature and max_tokens; no keys
---@field tools? (string|table)[] names of tools, or their definitions
---@field api_key? string|{ secret: string } the handle of an open secret, or its name; never the key itself
---@field storage_path? string where sessions are kept; another place is refused, since it belongs to the runtime
---@field config? table<string, any> provider, model, provider_config, system_prompt, tools and api_key once more

---@class ProviderChoice
---@field provider string
---@field model? string

---@class SessionTemplate: SessionOptions
---@field name_prefix? string

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

---A place that a session can be taken up at, with `Session.fork`, `Session.resumeFrom` and `Session.replay`.
---@class SessionCheckpoint
---@field artifact string? id of the artifact; nil for a checkpoint that was made without one
---@field label string the artifact's metadata.step_name, else its name; or what `Session.checkpoint` was told
---@field name string
---@field seq integer? the entry of the run's journal; nil when the artifact was stored and the session not saved
---@field created_at integer seconds since the epoch
---@field metadata table<any, any>

---@class SessionStats
---@field sessions integer
---@field open_sessions integer those that max_sessions counts
---@field sessions_by_status table<SessionStatus, integer>
---@field artifacts integer
---@field artifact_bytes integer
---@field artifacts_by_type table<string, integer>
---@field contents integer different contents, those of scripts and long answers included
---@field content_bytes integer bytes of the contents, each once
---@field stored_bytes integer bytes that they take, compressed where that pays
---@field dedup_ratio number how many times smaller they are since equal ones are stored once
---@field compression_ratio number how many times smaller compression makes them
---@field operations table<string, OperationTime> calls of scripts in this process, by name: "artifact.store"

---@class OperationTime
---@field count integer
---@field errors integer calls that ended with an error
---@field total_ms number
---@field mean_ms number
---@field max_ms number

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

---Creates a session and makes it the current one. Raises what `Session.create` raises.
---@param options? SessionOptions|string
---@return string id
function Session.createAndUse(options) end

---Does nothing: sessions are ready when they are created. Raises `SESSION_NOT_FOUND`.
---@param id? string
---@return true
function Session.initialize(id) end

---Creates a session step by step: `Session.builder():name("Report"):tag("weekly"):build()`.
---@return SessionBuilder
function Session.builder() end

---Says what sessions of a kind have in common, for this run. The template is what `Session.create` takes, with a
---`name_prefix` that stands before the name of every session.
---@param name string
---@param template SessionTemplate
function Session.defineTemplate(name, template) end

---Creates a session from a template. A string is its name. Of a table, tags are added to those of the template,
---metadata is laid over its own key by key, and the rest takes its place. Raises what `Session.create` raises.
---@param name string
---@param custom? SessionOptions|string
---@return string id
function Session.createFromTemplate(name, custom) end

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

---Returns when the session's state also survives a power loss, as far as `sync` in `[runtime.durability]` promises it.
---Artifacts that were stored with `checkpoint = true` since the last save become checkpoints of the run, with their
---`step_name` as the label.
---With a path the session is also written to a file there, as `Session.export` does it.
---@param id? string
---@param path? string
---@param options? { format?: SessionFormat }
---@return true
function Session.save(id, path, options) end

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

---Makes a session the current one, if there is one with this id.
---@param id string
---@return boolean found
function Session.use(id) end

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

---Gives a session another name. Works in any state. Raises `SESSION_NOT_FOUND`.
---@param id string?
---@param name string
---@return true
function Session.rename(id, name) end

---The artifacts that were stored with `checkpoint = true` in their metadata, and the checkpoints that the session's run
---made for it, oldest first.
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

Session.create_and_use = Session.createAndUse
Session.create_from_template = Session.createFromTemplate
Session.define_template = Session.defineTemplate
Session.get_current = Session.getCurrent
Session.get_metadata = Session.getMetadata
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

---@class ApprovalOptions
---@field question? string what is asked, in words
---@field data? any shown to those who answer
---@field timeout? number seconds; forever when nil

---@class ApprovalAnswer
---@field approved boolean
---@field by? string who has answered
---@field comment? string
---@field answered_at integer seconds since the epoch

---Asks, and waits for as long as it takes: a run that is detached sleeps until somebody answers with Session.approve,
---`llmspell runs approve`, or in a program. A run can ask one question of a name at a time (QUESTION_STATE).
---@param session? string the current session when nil or ""
---@param name string
---@param options? ApprovalOptions
---@return ApprovalAnswer|nil answer nil when the time is over
---@return boolean came
function Session.waitForApproval(session, name, options) end
Session.wait_for_approval = Session.waitForApproval

---@class ApproveOptions
---@field approved? boolean true when nil
---@field comment? string
---@field run? string the run that is answered, where several ask the same

---Answers what a run asks. An answer holds: a second one is QUESTION_STATE, and so is one that comes too late; where
---nobody asks it is QUESTION_NOT_FOUND. Session.signal sends events, which are no answers.
---@param session? string the current session when nil or ""
---@param name string
---@param options? ApproveOptions
---@return true
function Session.approve(session, name, options) end
