/**
 * SessionRecord is what llmspell remembers of a session: the thing that users name, find again and hang artifacts on.
 * This file is the record and its stored form; what may happen to a session is in `lifecycle.ts`.
 */
import { encodeRecord } from '../base/encoding.js';
import type { ValueMap } from '../base/value.js';
import { isSessionStatus, type SessionStatus } from './lifecycle.js';
import { RecordReader } from './record-reader.js';

export interface SessionRecord {
  /** A UUIDv7, or the id that its maker chose. */
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SessionStatus;
  /** Who suspended it: its user, or the idle timeout. `null` unless it is suspended. */
  readonly suspendedBy: 'user' | 'timeout' | null;
  readonly tags: readonly string[];
  /** The user's own table, every value as it was given. */
  readonly metadata: ValueMap;
  /** Stays when the parent is deleted, so that a history keeps its shape. */
  readonly parentSessionId: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch at the last change that a user made, artifacts included. */
  readonly updatedAt: number;
  /** The run that made it; `null` for sessions made by the command line or an embedding program. */
  readonly run: string | null;
  /** Who a program acted for when it made the session; of a session that a run made, the run tells. */
  readonly actor?: string | undefined;
  readonly messageCount: number;
  readonly artifactCount: number;
  readonly failureReason: string | null;
  readonly forkedFrom: string | null;
}

/** Raised with every change of the stored form; older ones stay readable. */
const SESSION_FORMAT = 1;

export function encodeSession(record: SessionRecord): Uint8Array {
  return encodeRecord({ v: SESSION_FORMAT, ...record });
}

/** @throws SpellError `STORAGE_CORRUPT`, `STORAGE_NEWER` */
export function decodeSession(bytes: Uint8Array): SessionRecord {
  const fields = RecordReader.open('session', SESSION_FORMAT, bytes);
  return {
    id: fields.text('id'),
    name: fields.textOrNull('name'),
    description: fields.textOrNull('description'),
    status: fields.oneOf('status', isSessionStatus),
    suspendedBy: fields.textOrNull('suspendedBy') as SessionRecord['suspendedBy'],
    tags: fields.texts('tags'),
    metadata: fields.map('metadata'),
    parentSessionId: fields.textOrNull('parentSessionId'),
    createdAt: fields.integer('createdAt'),
    updatedAt: fields.integer('updatedAt'),
    run: fields.textOrNull('run'),
    actor: fields.optionalText('actor') ?? undefined,
    messageCount: fields.integer('messageCount'),
    artifactCount: fields.integer('artifactCount'),
    failureReason: fields.textOrNull('failureReason'),
    forkedFrom: fields.textOrNull('forkedFrom'),
  };
}

/**
 * True for sessions that `max_sessions` counts: those that are in use, or that somebody meant to come back to. What the
 * idle timeout suspended does not count, so abandoned sessions never fill the limit for good.
 */
export function countsAsOpen(record: Pick<SessionRecord, 'status' | 'suspendedBy'>): boolean {
  if (record.status === 'suspended') return record.suspendedBy !== 'timeout';
  return record.status === 'active';
}
