/** Sessions as programs that embed the runtime see them. */
import { type PlainValue, toPlain } from './base/value.js';
import type { SessionStatus } from './session/lifecycle.js';
import type { SessionRecord } from './session/session.js';

export interface Session {
  readonly id: string;
  readonly name: string | null;
  /** The same as `name`. */
  readonly title: string | null;
  readonly description: string | null;
  readonly status: SessionStatus;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, PlainValue>>;
  readonly parentSessionId: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The run that created it; `null` when a program did. */
  readonly run: string | null;
  readonly messageCount: number;
  readonly artifactCount: number;
  readonly failureReason: string | null;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  /** Continues behind the last item; `null` at the end. */
  readonly next: string | null;
}

/** The id of a session, when it was created, and when it changed last. */
export type SessionTimes = readonly [id: string, createdAt: Date, updatedAt: Date];

/**
 * SessionPage is some sessions of many. A loop over it gives the times of each.
 *
 * @example
 * ```ts
 * for (const [id, createdAt, updatedAt] of await runtime.sessions.list()) console.log(id, updatedAt);
 * ```
 */
export class SessionPage implements PageOf<Session>, Iterable<SessionTimes> {
  constructor(
    readonly items: readonly Session[],
    readonly next: string | null,
  ) {}

  *[Symbol.iterator](): Iterator<SessionTimes> {
    for (const { id, createdAt, updatedAt } of this.items) yield [id, createdAt, updatedAt];
  }
}

export function toSession(record: SessionRecord): Session {
  return {
    id: record.id,
    name: record.name,
    title: record.name,
    description: record.description,
    status: record.status,
    tags: record.tags,
    metadata: toPlain(record.metadata) as Record<string, PlainValue>,
    parentSessionId: record.parentSessionId,
    createdAt: new Date(record.createdAt),
    updatedAt: new Date(record.updatedAt),
    run: record.run,
    messageCount: record.messageCount,
    artifactCount: record.artifactCount,
    failureReason: record.failureReason,
  };
}
