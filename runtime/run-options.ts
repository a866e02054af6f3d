import { SpellError } from './base/errors.js';
import type { Value } from './base/value.js';
import type { OnUnknown } from './host/lost-answer.js';
import type { UsageTotals } from './host/usage.js';
import type { OnQuestion } from './respondents.js';
import type { Rewrite } from './run/replay-keeper.js';
import type { Script } from './run/script.js';

/** RunOptions are what a caller may say about one run. */
export interface RunOptions {
  readonly args?: readonly string[];
  /** Who the run acts for, such as `anna@example.com`; the runtime's `actor` when absent. */
  readonly actor?: string;
  /** Aborting it ends the run with `ABORTED`. */
  readonly signal?: AbortSignal;
  /** Milliseconds that the run may take; also stops a busy loop. */
  readonly timeoutMs?: number;
  readonly memoryLimitBytes?: number;
  /** What counts as used of its budget when the run starts: so several runs share one. Nothing when absent. */
  readonly usedBefore?: UsageTotals;
  /** The session that the run starts with as its current one. */
  readonly sessionId?: string;
  /** Global variables that the script finds. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /**
   * Ends the run with the status `sleeping` where it waits for long, for a moment or an event; it is gone on with by
   * whoever resumes it, or watches for runs that are due. Only runs that are kept can sleep.
   */
  readonly detach?: boolean;
  /** Takes output besides the events, as soon as no time limit can break it off. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** The script's standard input, piece by piece; `undefined` ends it. Empty when absent. */
  readonly readInput?: () => Promise<Uint8Array | undefined>;
  /** Answers what the script asks with `Session.waitForApproval`; others may answer as well, and first. */
  readonly onQuestion?: OnQuestion;
  /**
   * Lets SIGINT break off a busy loop, whatever handlers the program has; for command lines. `onOutput` hears what the
   * script says while Lua is busy, and may be broken off with it.
   */
  readonly interruptOnSigint?: boolean;
}

/** ResumeRunOptions are what a caller may say about a run that goes on. */
export interface ResumeRunOptions
  extends Pick<
    RunOptions,
    | 'signal'
    | 'timeoutMs'
    | 'usedBefore'
    | 'onOutput'
    | 'readInput'
    | 'onQuestion'
    | 'interruptOnSigint'
    | 'detach'
  > {
  /** What becomes of unsafe calls that were in flight; as configured when absent. */
  readonly onUnknown?: OnUnknown;
  /** Another limit from here on, for a run that came to its own; the one that it has when absent. */
  readonly memoryLimitBytes?: number;
}

export interface ReplayRunOptions
  extends Pick<RunOptions, 'signal' | 'timeoutMs' | 'onOutput' | 'interruptOnSigint'> {
  /**
   * A checkpoint to start from, by its label or its entry, in place of the first line: what lies before is neither run
   * nor read. Not together with `script`, since the checkpoint is of the recorded one.
   */
  readonly from?: number | string;
  /** Another script to hold against the record. */
  readonly script?: () => Promise<Script>;
  /** The last entry to go through; all when absent. */
  readonly to?: number;
  /** Puts other answers into the record before the script gets them. */
  readonly rewrite?: Rewrite;
}

export interface ForkRunOptions {
  /**
   * The last entry that both share, or the label of a checkpoint (the newest that has it); the end when absent. Digits
   * that are no label are an entry, too.
   */
  readonly at?: number | string;
  /** Another script: it starts anew and is answered from the shared history. */
  readonly script?: () => Promise<Script>;
  /** The id of the fork, for one that is to be made once however often it is asked for; a new one when absent. */
  readonly id?: string;
  /** Who makes the fork; the runtime's `actor` when absent. */
  readonly actor?: string;
  /** Another answer to the call at entry `seq`, which then is the last shared one. */
  readonly set?: { readonly seq: number; readonly value: Value };
}

/** @throws SpellError `BAD_ARGUMENT` for a run that is not kept and should sleep without a process. */
export function refuseDetached({ detach = false }: RunOptions): void {
  if (!detach) return;
  throw new SpellError('BAD_ARGUMENT', 'a run that is not kept cannot sleep without a process', {
    hint: 'Keep the data in a folder, with durability switched on, or leave out "detach".',
    key: 'detach',
  });
}
