/** What is recorded of a session as programs that embed the runtime read it: who did what, and when. */
import type { CallEntry, TimelineEvent } from './session-story.js';

/** SessionEvent is one moment in the life of a session. */
export interface SessionEvent extends Omit<TimelineEvent, 'at'> {
  readonly at: Date;
}

/** SessionCall is one recorded call that concerns a session. */
export interface SessionCall {
  /** Entry of the journal of the session's run. */
  readonly seq: number;
  /** When it was answered. */
  readonly at: Date;
  /** Who the run acted for; `null` when nobody was named. */
  readonly actor: string | null;
  /** `artifact.store` */
  readonly op: string;
  readonly kind: 'state' | 'store' | 'external';
  /** `0` is the script itself. */
  readonly branch: string;
  /** Such as `report.lua:12`. */
  readonly where: string | null;
  readonly durationMs: number;
  /** `null` for a call that succeeded. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export function toSessionEvent(event: TimelineEvent): SessionEvent {
  return { ...event, at: new Date(event.at) };
}

export function toSessionCall({ seq, at, actor, event }: CallEntry): SessionCall {
  const { op, kind, branch, where = null, durationMs, outcome } = event;
  const error = outcome.ok ? null : { code: outcome.error.code, message: outcome.error.message };
  return { seq, at: new Date(at), actor, op, kind, branch, where, durationMs, error };
}
