/** RunKeeper decides where a run's answers come from and what is kept of it. */
import type { Soon, VmImage } from '../engine/engine.js';
import type { Answers, WakeCondition } from '../host/host-call.js';
import type { Checkpoint } from './checkpoint.js';
import type { RunOutcome } from './run-outcome.js';
import type { Script } from './script.js';
import type { RestingState } from './snapshotter.js';

export interface RunKeeper {
  /** Called when the script is known and before Lua starts. */
  begin(script: Script): Promise<Beginning>;
  /**
   * Called while Lua waits and nothing is ready for it.
   *
   * @returns What wakes the VM again, when it was photographed and can be let go of until then.
   */
  rest?(resting: RestingRun): Promise<WakeUp | undefined>;
  /**
   * Called before a run goes to sleep without a process.
   *
   * @param waits What wakes it; without any, somebody resumes it.
   * @returns False when one of the events is there already, or the run can't sleep.
   */
  leave?(waits: readonly WakeCondition[]): Promise<boolean>;
  /** True when what the run does is kept. */
  readonly isKept?: boolean;
  /** A wait of at least so many milliseconds is long; none is when absent. */
  readonly longWaitMs?: number;
  /** Set by the run: tells it that {@link rest} has something to do although nothing changed for Lua. */
  nudge?: () => void;
  /** Called when the run ended; answers the outcome that holds. */
  end(outcome: RunOutcome): Promise<RunOutcome>;
}

/** WakeUp gives back the photograph that was taken last. */
export type WakeUp = () => Promise<VmImage>;

/** Beginning is where a run's answers come from, and where it goes on when it does not start anew. */
export interface Beginning {
  readonly answers: Answers;
  readonly checkpoint?: { readonly checkpoint: Checkpoint; readonly image: VmImage } | undefined;
}

/** RestingRun is a run whose VM can be photographed. */
export interface RestingRun {
  /** `undefined` on engines without snapshots. */
  readonly snapshot: (() => Soon<VmImage>) | undefined;
  readonly state: () => Omit<RestingState, 'outputs' | 'intents' | 'after'>;
  /** Lua has been waiting for long, or waits for something that is far away. */
  readonly isLong: boolean;
  /** Another run wants the place of the VM. */
  readonly isInTheWay: boolean;
}
