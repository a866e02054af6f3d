/** RunKeeper decides where a run's answers come from and what is kept of it. */
import type { VmImage } from '../engine/engine.js';
import type { Answers } from '../host/host-call.js';
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
  /** Milliseconds after which {@link rest} wants to be called again while Lua still waits. */
  readonly restMs?: number;
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
  readonly snapshot: (() => VmImage) | undefined;
  readonly state: () => Omit<RestingState, 'outputs' | 'intents' | 'after'>;
  /** Milliseconds that Lua has been waiting. */
  readonly waitedMs: number;
  /** Another run wants the place of the VM. */
  readonly isInTheWay: boolean;
}
