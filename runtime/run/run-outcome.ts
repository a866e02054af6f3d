import type { SpellError } from '../base/errors.js';
import type { PlainValue, Value } from '../base/value.js';
import type { UsageTotals } from '../host/usage.js';
import type { RunStatus } from './run-event.js';

/** RunOutcome is how a run ended. */
export interface RunOutcome {
  readonly run: string;
  readonly status: RunStatus;
  /** Ids of the sessions that the run created. */
  readonly sessions: readonly string[];
  /** What the script returned: one value as it is, several as an array. */
  readonly value: PlainValue;
  /** The same, exact. */
  readonly values: readonly Value[];
  /** What `os.exit` asked for, else 0; meaningful for completed runs. */
  readonly exitStatus: number;
  readonly usage: RunUsage;
  /** Why the run did not complete. */
  readonly error: SpellError | undefined;
}

export interface RunUsage extends UsageTotals {
  /** Host calls that passed the gate. */
  readonly calls: number;
}
