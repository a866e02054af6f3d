---@meta

---An artifact is a content with a name, a type and metadata, stored in a session. Contents are strings of bytes.
---
---Wherever a session is expected, nil and "" mean the current one; without one the call raises `NO_CURRENT_SESSION`.
---An artifact is found only by who names the session that it belongs to. With `strict_isolation` in the configuration
---that must be the current one, else the call raises `POLICY_DENIED`.
Artifact = {}

---A name of your own is a type too: up to 64 letters, digits, "_", "." and "-".
---@alias ArtifactType "user_input"|"tool_result"|"agent_output"|"system_generated"|string

---The record of an artifact: a copy, changing it changes nothing.
---@class ArtifactRecord
---@field id string
---@field session_id string
---@field type ArtifactType
---@field artifact_type string the same as type
---@field name string
---@field description string? metadata.description
---@field size integer bytes of the content
---@field original_size integer the same as size
---@field stored_size integer bytes that the content takes in storage
---@field is_compressed boolean
---@field content_hash string BLAKE3-256 of the content, in hex
---@field mime_type string metadata.mime_type, or what the name suggests
---@field tags string[] metadata.tags, each once
---@field metadata ArtifactMetadata exactly as it was given
---@field custom table<any, any> the same as metadata
---@field sequence integer 1, 2, ... among the artifacts of this name in the session
---@field version integer the same as sequence
---@field created_at integer seconds since the epoch
---@field created_at_iso string
---@field created_by string? what made it
---@field run string? the run that stored it
---@field seq integer? the position of the call in that run
---@field content? string only from Artifact.get and Artifact.storeData
---@field data? any what the content says, from the same: the value for JSON, else the text or the bytes

---Besides what was given, the fields of the record can be read here (`metadata.mime_type`), and the table itself as
---`custom` and `custom_metadata`; `pairs` shows only what was given.
---@class ArtifactMetadata
---@field tags? string[] the artifact can be found by them
---@field mime_type? string
---@field description? string
---@field [any] any

---An artifact by its content, as scripts of rs-llmspell name it; every record of an artifact is one too.
---@class ArtifactReference
---@field content_hash string
---@field session_id string
---@field sequence? integer
---@field id? string

---What an artifact must match: all of it. Fields that are absent match everything.
---@class ArtifactFilter
---@field session_id? string the current session when absent
---@field session? string the same as session_id
---@field type? ArtifactType
---@field artifact_type? ArtifactType the same as type
---@field tags? string[]|string all of them
---@field name_pattern? string the whole name, with *, ?, [abc], [a-z] and [!a-z]
---@field name? string the same as name_pattern
---@field created_after? TimeBound
---@field created_before? TimeBound
---@field min_size? number bytes, inclusive
---@field max_size? number bytes, inclusive
---@field metadata? table<any, any> keys of the metadata with their values
---@field limit? integer

---@class NewArtifact
---@field name string
---@field content string
---@field type? ArtifactType "system_generated" when absent
---@field metadata? ArtifactMetadata

---Stores a content in an active session.
---Raises `SESSION_NOT_FOUND`, `SESSION_STATE`, `ARTIFACT_TYPE`, `LIMIT_ARTIFACTS`, `TOO_LARGE`, `BAD_ARGUMENT`.
---@param session string?
---@param type ArtifactType
---@param name string 1 to 255 characters
---@param content string bytes
---@param metadata? ArtifactMetadata at most 1 MB
---@return string id a table with the profile rs-llmspell
function Artifact.store(session, type, name, content, metadata) end

---Stores a file, whatever its size, under its name without the folder. The file must be in one of the folders of
---`file_read_roots`. Raises what `Artifact.store` raises, `POLICY_DENIED`, `FILE_NOT_FOUND`, `FILE_FAILED`.
---@param session string?
---@param path string absolute, or relative to the working directory
---@param type ArtifactType
---@param metadata? ArtifactMetadata
---@return string id
function Artifact.storeFile(session, path, type, metadata) end

---@class NewData
---@field name string
---@field data any a table for JSON; text or bytes for everything else
---@field content_type? "json"|"text"|"markdown"|"html"|"csv"|"xml"|"binary"|string or a MIME type; else what data is
---@field mime_type? string the same as content_type
---@field type? ArtifactType "system_generated" when absent
---@field metadata? ArtifactMetadata

---Stores data and returns the whole artifact, with `id` and `data`. Raises what `Artifact.store` raises, and
---`VALUE_UNSUPPORTED` for what JSON can't hold.
---@param session string?
---@param options NewData
---@return ArtifactRecord
function Artifact.storeData(session, options) end

---Stores several artifacts, all of them or none. Raises what `Artifact.store` raises.
---@param session string?
---@param items NewArtifact[]
---@return string[] ids
function Artifact.storeMany(session, items) end

---An artifact with its content; nil when the session has none with this id. Raises `ARTIFACT_CORRUPT` when storage
---does not hold what was stored.
---@param session string?
---@param id string|ArtifactReference
---@return ArtifactRecord?
function Artifact.get(session, id) end

---Goes through a content in pieces of 1 MB: `for piece in Artifact.chunks(session, id) do ... end`.
---Raises `ARTIFACT_NOT_FOUND`, `ARTIFACT_CORRUPT`.
---@param session string?
---@param id string|ArtifactReference
---@return fun(): string?
function Artifact.chunks(session, id) end

---The artifacts of a session in the order of storing, without their contents.
---@param session? string
---@return ArtifactRecord[]
function Artifact.list(session) end

---The artifacts that match, newest first, without their contents.
---@param filter? ArtifactFilter
---@return ArtifactRecord[]
function Artifact.query(filter) end

---Deletes an artifact; works in any state of the session.
---@param session string?
---@param id string|ArtifactReference
---@return boolean deleted false when there was none
function Artifact.delete(session, id) end

---Deletes what a query finds.
---@param filter? ArtifactFilter
---@return integer count
function Artifact.deleteWhere(filter) end

Artifact.store_data = Artifact.storeData
Artifact.store_file = Artifact.storeFile
Artifact.store_many = Artifact.storeMany
Artifact.delete_where = Artifact.deleteWhere
