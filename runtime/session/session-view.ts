/**
 * The shapes in which a session leaves the runtime: a table for Lua, and the JSON of the command line.
 */
import type { HostObject } from '../base/value.js';
import type { SessionRecord } from './session.js';

const SECOND_MS = 1000;

/**
 * The record as Lua sees it. Times are whole seconds, comparable to `os.time()`, with an ISO text beside each. What the
 * session does not have is nil. `title` and `custom_metadata` are other names of `name` and `metadata`.
 */
export function toLuaRecord(record: SessionRecord): HostObject {
  return {
    id: record.id,
    name: record.name ?? undefined,
    title: record.name ?? undefined,
    description: record.description ?? undefined,
    status: record.status,
    suspended_by: record.suspendedBy ?? undefined,
    tags: record.tags,
    metadata: record.metadata,
    custom_metadata: record.metadata,
    parent_session_id: record.parentSessionId ?? undefined,
    created_at: Math.floor(record.createdAt / SECOND_MS),
    created_at_iso: isoTime(record.createdAt),
    updated_at: Math.floor(record.updatedAt / SECOND_MS),
    updated_at_iso: isoTime(record.updatedAt),
    run: record.run ?? undefined,
    message_count: record.messageCount,
    artifact_count: record.artifactCount,
    failure_reason: record.failureReason ?? undefined,
    forked_from: record.forkedFrom ?? undefined,
  };
}

/** The record as `--json` prints it: every field is there, times are ISO texts. `metadata` keeps its exact values. */
export function toJsonRecord(record: SessionRecord): HostObject {
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    status: record.status,
    tags: record.tags,
    metadata: record.metadata,
    parent_session_id: record.parentSessionId,
    created_at: isoTime(record.createdAt),
    updated_at: isoTime(record.updatedAt),
    run: record.run,
    message_count: record.messageCount,
    artifact_count: record.artifactCount,
    failure_reason: record.failureReason,
    forked_from: record.forkedFrom,
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
