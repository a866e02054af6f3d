import type { Clock } from '../base/clock.js';
import type { VmSource } from '../engine/engine.js';
import type { CallRules } from '../host/guarded-operation.js';
import type { UsageTotals } from '../host/usage.js';
import type { GlobalsFactory } from './globals.js';
import type { LogEntry } from './log-entry.js';
import type { Program } from './program.js';
import type { ProgramFunctions } from './program-functions.js';
import type { RunKeeper } from './run-keeper.js';
import type { VmSlots } from './vm-slots.js';

/** Everything that a run needs, decided by its caller. */
export interface RunSetup {
  readonly id: string;
  readonly vms: VmSource;
  readonly clock: Clock;
  readonly keeper: RunKeeper;
  /** The places for VMs that the runs of the runtime share. */
  readonly slots: VmSlots;
  readonly globals: GlobalsFactory;
  readonly sessionsEnabled: boolean;
  /** What is done around the calls of its script. */
  readonly rules: CallRules;
  /** What the script is called before it is read. */
  readonly name: string;
  /** Finds out what is to be run; what it throws ends the run. */
  readonly program: () => Promise<Program>;
  readonly timeoutMs: number | undefined;
  /** The most bytes that the script may print. */
  readonly maxOutputBytes: number | undefined;
  /** What its budget counts as used from the start. */
  readonly usedBefore: UsageTotals;
  readonly signal: AbortSignal | undefined;
  /** Ends the run at its first long wait, to sleep without a process. */
  readonly detach: boolean;
  /** Lets SIGINT break off a busy loop. */
  readonly interruptOnSigint: boolean;
  readonly write: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
  /** Hears what the script logs, besides the standard error. */
  readonly log: (entry: LogEntry) => void;
  readonly read: () => Promise<Uint8Array | undefined>;
  readonly functions: ProgramFunctions;
}
