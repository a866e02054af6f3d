/**
 * JournalEvent is what a run's journal tells, as one union: the start of the run, each host call that reached out
 * (before it left) and each that was answered, checkpoints, and the end. Nothing else is needed to go on with the run,
 * to replay it, or to fork it.
 */
import type { ErrorContext } from '../base/errors.js';
import type { Decision } from '../tool/decision.js';

export type JournalEvent = RunStarted | CallIntent | CallOutcome | CheckpointMade | RunEnded;

export interface RunStarted {
  readonly type: 'start';
  /** The script's name and the content address of its text. */
  readonly script: string;
  readonly scriptHash: string;
  readonly args: readonly string[];
  /** Who started the run; absent when nobody was named. */
  readonly actor?: string;
  /** What `math.random` started from: two integers as decimal text. */
  readonly seed: readonly string[];
  /** Digest of everything that decides how Lua behaves: the WebAssembly module, preludes, the list of functions. */
  readonly build: string;
}

/** CallSite is which call an event is about. */
export interface CallSite {
  /** `0` is the script itself, `0.1` the first branch that it started. */
  readonly branch: string;
  /** 1, 2, … among the calls of the branch. */
  readonly ordinal: number;
  readonly op: string;
  /** BLAKE3 of the canonical arguments. */
  readonly digest: string;
}

/** An external call that is about to leave; on disk before it does. */
export interface CallIntent extends CallSite {
  readonly type: 'intent';
  readonly effect: string;
  /** The same for every attempt at this call. */
  readonly key: string;
  readonly outputs: number;
}

/** A call's answer, in the order in which Lua saw the answers. */
export interface CallOutcome extends CallSite {
  readonly type: 'call';
  readonly kind: 'state' | 'store' | 'external';
  /** Canonical arguments for people to compare, or where they are kept when they are long. */
  readonly args: Payload;
  readonly outcome: RecordedOutcome;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** The line of the script that called, such as `report.lua:12`. */
  readonly where: string | undefined;
  /** What the run remembers differently afterwards. */
  readonly state: StatePatch | undefined;
  /** The records of sessions and artifacts that the call wrote, as they were then; `null` for removed ones. */
  readonly writes: readonly RecordWrite[];
  /** What the run's observers learned from the call. */
  readonly announced: readonly Announcement[];
  /** True when Lua was suspended until the answer came. */
  readonly waited: boolean;
  /** How many outputs the run had made by then. */
  readonly outputs: number;
  /** How often the call may have been billed without an answer that we saw. */
  readonly possiblyBilledTwice?: boolean | undefined;
  /** What the policy decided on the way, where it had to. */
  readonly policy?: readonly Decision[] | undefined;
}

/** Payload is data in the entry itself, or its content address when it is long. */
export type Payload = { readonly inline: Uint8Array } | { readonly ref: string };

export type RecordedOutcome =
  | { readonly ok: true; readonly value: Payload }
  | { readonly ok: false; readonly error: RecordedError };

/** An error as scripts see it; its traceback and position belong to the run that raised it. */
export type RecordedError = {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly key?: string | undefined;
  readonly details?: ErrorContext['details'];
};

/** StatePatch is the fields of a run's state that a call changed. */
export interface StatePatch {
  /** `null` when there is none any more. */
  readonly currentSession?: string | null;
  /** A session that the call created. */
  readonly createdSession?: string;
  /** Steps whose results the call stored as checkpoints. */
  readonly storedSteps?: readonly StoredStep[];
  /** A session that the call saved, and with it the steps that were stored in it. */
  readonly savedSession?: string;
  readonly exitStatus?: number;
  /** What an answer of a model took; it is added to what the run took before. */
  readonly usage?: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    /** `null` when the price is not known. */
    readonly costUsd: number | null;
  };
}

/** StoredStep is an artifact that was stored as a checkpoint. */
export interface StoredStep {
  readonly session: string;
  readonly label: string;
}

export interface RecordWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Announcement is something that a call did and observers of the run want to know. */
export type Announcement =
  | {
      readonly type: 'artifact';
      readonly session: string;
      readonly id: string;
      readonly name: string;
    }
  | { readonly type: 'session'; readonly session: string; readonly status: string }
  /** The script asks, and waits for the answer. */
  | {
      readonly type: 'question';
      readonly session: string;
      readonly name: string;
      /** What is asked, in words. */
      readonly text: string | null;
    }
  | {
      readonly type: 'llm.delta';
      /** The call that opened the stream. */
      readonly call: number;
      readonly kind: 'text' | 'reasoning';
      readonly text: string;
    };

export interface CheckpointMade {
  readonly type: 'checkpoint';
  readonly label: string | undefined;
  readonly data: Payload;
  /** Digest of the checkpoint, so that no other one is taken for it; of its photograph alone in older journals. */
  readonly image?: string;
  /** How many outputs the run had made by then. */
  readonly outputs?: number;
}

export interface RunEnded {
  readonly type: 'end';
  readonly status: string;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** How many outputs the run had made by then: whoever goes on with it does not make them again. */
  readonly outputs?: number;
}
