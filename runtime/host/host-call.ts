/**
 * A host call is the only way out of Lua: an operation, its arguments, its result. What an operation does depends on
 * nothing but its arguments and its context, so that a recorded result can stand in for it.
 */
import type { Value } from '../base/value.js';
import type { HostResult } from '../engine/engine.js';
import type { Transaction } from '../storage/transaction.js';

/**
 * What a call depends on and changes.
 *
 * | kind | |
 * | --- | --- |
 * | `pure` | computed from the arguments alone: never recorded |
 * | `state` | reads the world (time, chance, environment, records): recorded |
 * | `store` | writes records, in one transaction |
 * | `external` | reaches out: a tool, a model, a process |
 */
export type HostCallKind = 'pure' | 'state' | 'store' | 'external';

/** Operation is what a host function does, apart from its face in Lua. */
export interface Operation<Arguments> {
  /** The name in records and events: `session.create`. */
  readonly op: string;
  readonly kind: HostCallKind;
  /** The part of the runtime that the configuration may have switched off. */
  readonly needs?: 'sessions';
  /** True when the answer may come later. Calls that never wait are answered before Lua goes on. */
  readonly waits: boolean;
  perform(args: Arguments, context: CallContext): HostResult | Promise<HostResult>;
}

/** CallContext is what an operation knows of the call besides its arguments. */
export interface CallContext {
  /** Position of the call in its run, from 1. */
  readonly seq: number;
  /** The id of the run. */
  readonly run: string;
  /** The branch that called: `0` is the script itself. */
  readonly branch: string;
  /** Aborted when the run ends before the call does. */
  readonly signal: AbortSignal;
  readonly state: RunState;
  /** Makes a change of records; a call of kind `store` makes exactly one. */
  commit<T>(change: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Tells the run's observers of something that the call did. */
  announce(event: Announcement): void;
}

export type Announcement =
  | {
      readonly type: 'artifact';
      readonly session: string;
      readonly id: string;
      readonly name: string;
    }
  | { readonly type: 'session'; readonly session: string; readonly status: string };

/** RunState is what a run remembers between calls on the host's side: plain data, part of every checkpoint. */
export interface RunState {
  /** The session that calls without a session id mean. */
  currentSession: string | undefined;
  /** The sessions that the run created, in order. */
  sessions: string[];
  /** Set once the script called `os.exit`. */
  exitStatus: number | undefined;
}

/** CallRequest is one call on its way through the gate. */
export interface CallRequest<Arguments = unknown> {
  readonly operation: Operation<Arguments>;
  readonly args: Arguments;
  readonly context: CallContext;
}

/** Answers is where results come from: performed now, or taken from a record. */
export interface Answers {
  answer(request: CallRequest): HostResult | Promise<HostResult>;
}

/** Arguments as data, for digests and observers. */
export type RecordedArguments = Value;
