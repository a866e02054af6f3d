---@meta

---Copies of sessions, and sessions as files. Files are read below `file_read_roots`, and written below
---`file_write_roots`, of `[runtime.security]`, else the call raises `POLICY_DENIED`. Artifacts stay with their session,
---but for the images that messages show: copies and files have them too.

---@class CopySessionOptions
---@field new_title? string "Copy of" the name of the original when absent
---@field title? string the same as new_title
---@field name? string the same as new_title
---@field use_immediately? boolean makes the copy the current session
---@field at? string a message: only its conversation is taken, up to it

---@class MergeSessionsOptions
---@field title? string
---@field new_title? string the same as title
---@field name? string the same as title
---@field use_immediately? boolean makes the new session the current one

---"oblix" loses nothing, and is what chat programs read; the others hold the active conversation.
---@alias SessionFormat "oblix"|"abstractllm"|"session-archive"

---@class ImportSessionOptions
---@field new_id? boolean gives the session another id than the file says
---@field overwrite? boolean puts it in the place of the session with its id, whose artifacts stay
---@field use_immediately? boolean makes it the current session

---@class LoadFileOptions: ImportSessionOptions
---@field provider? string|ProviderChoice answers from now on, in place of what the file says
---@field model? string

---A new session with what is said and kept in another one, which does not change; it is active, whatever the state of
---the other one. Raises `SESSION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `LIMIT_SESSIONS`.
---@param session? string
---@param options? CopySessionOptions
---@return string id
function Session.copy(session, options) end

---A new session with the active conversations of several, in the order in which things were said. The system prompt is
---that of the first one that has one; metadata and contexts are laid over each other, `metadata.merged_from` names the
---sessions. Raises `SESSION_NOT_FOUND`, `LIMIT_SESSIONS`.
---@param sessions string[]
---@param options? MergeSessionsOptions
---@return string id
function Session.merge(sessions, options) end

---Writes a session with all its conversations to a file, which appears there whole or not at all.
---Raises `SESSION_NOT_FOUND`, `POLICY_DENIED`, `FILE_NOT_FOUND` (the folder), `FILE_FAILED`, `ARTIFACT_CORRUPT`.
---@param session string?
---@param path string absolute, or relative to the working directory
---@param options? { format?: SessionFormat }
---@return true
function Session.export(session, path, options) end

---Takes a session in from a file of ours, of a chat program that keeps messages in a list, of AbstractLLM, or from an
---archive of AbstractCore. A damaged file changes nothing. Raises `SESSION_FILE_CORRUPT`, `SESSION_EXISTS`,
---`POLICY_DENIED`, `FILE_NOT_FOUND`, `FILE_FAILED`, `LIMIT_SESSIONS`, `TOO_LARGE`.
---@param path string
---@param options? ImportSessionOptions
---@return string id
function Session.import(path, options) end

---Like `Session.import`; where there is a session with the id of the file, the loaded one gets another id.
---@param path string
---@param options? LoadFileOptions
---@return string id
function Session.loadFile(path, options) end

Session.load_file = Session.loadFile
