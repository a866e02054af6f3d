/**
 * The shapes in which an artifact leaves the runtime: a table for Lua, and the JSON of the command line. Neither holds
 * the content; who wants it adds it.
 */
import type { HostObject } from '../base/value.js';
import type { ArtifactRecord } from './artifact.js';

const SECOND_MS = 1000;

/**
 * The record as Lua sees it. `created_at` is whole seconds, comparable to `os.time()`. What the artifact does not have
 * is nil. `artifact_type`, `version`, `custom`, `is_compressed` and `original_size` are names that rs-llmspell uses.
 */
export function toLuaRecord(record: ArtifactRecord): HostObject {
  const description = record.metadata.get('description');
  return {
    id: record.id,
    session_id: record.sessionId,
    type: record.type,
    artifact_type: record.type,
    name: record.name,
    description: typeof description === 'string' ? description : undefined,
    size: record.size,
    original_size: record.size,
    stored_size: record.storedSize,
    is_compressed: record.storedSize < record.size,
    content_hash: record.contentHash,
    mime_type: record.mimeType,
    tags: record.tags,
    metadata: record.metadata,
    custom: record.metadata,
    sequence: record.sequence,
    version: record.sequence,
    created_at: Math.floor(record.createdAt / SECOND_MS),
    created_at_iso: new Date(record.createdAt).toISOString(),
    created_by: record.producer ?? undefined,
    run: record.run ?? undefined,
    seq: record.seq ?? undefined,
  };
}

/** The record as `--json` prints it: every field is there, times are ISO texts. `metadata` keeps its exact values. */
export function toJsonRecord(record: ArtifactRecord): HostObject {
  return {
    id: record.id,
    session_id: record.sessionId,
    type: record.type,
    name: record.name,
    size: record.size,
    stored_size: record.storedSize,
    content_hash: record.contentHash,
    mime_type: record.mimeType,
    tags: record.tags,
    metadata: record.metadata,
    created_at: new Date(record.createdAt).toISOString(),
    run: record.run,
    seq: record.seq,
  };
}

/** The id as a table, the form that rs-llmspell's scripts keep. `id` makes it exact among equal contents. */
export function toLuaReference(record: ArtifactRecord): HostObject {
  return {
    content_hash: record.contentHash,
    session_id: record.sessionId,
    sequence: record.sequence,
    id: record.id,
  };
}
