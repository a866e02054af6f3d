/** Slices runs Lua from one wait to the next, so that the limits of its run can break it off. */
import type { Clock } from '../base/clock.js';
import type { RunVm, Soon, Step } from '../engine/engine.js';
import { Interrupter, timeLimitError } from '../engine/interrupt.js';

export interface SliceLimits {
  readonly clock: Clock;
  /** On the clock's monotonic scale; infinite without a time limit. */
  readonly deadline: number;
  /** Lets SIGINT break off a busy loop. */
  readonly interruptOnSigint: boolean;
  /** Aborts when the run is to end. */
  readonly signal: AbortSignal;
}

export class Slices {
  #interrupter: Interrupter | undefined;

  constructor(private readonly limits: SliceLimits) {}

  /** @throws SpellError `LIMIT_TIME`, `ABORTED`, and what the slice throws; the VM is unusable then. */
  run(vm: RunVm, slice: (vm: RunVm) => Soon<Step>): Soon<Step> {
    const { clock, deadline, interruptOnSigint, signal } = this.limits;
    if (vm.stop !== undefined) return stopping(vm, signal, slice);
    const hasDeadline = deadline !== Number.POSITIVE_INFINITY;
    if (!hasDeadline && !interruptOnSigint) return slice(vm);
    this.#interrupter ??= new Interrupter();
    const remaining = deadline - clock.monotonic();
    if (remaining <= 0) throw timeLimitError();
    return this.#interrupter.run(() => slice(vm), {
      timeoutMs: hasDeadline ? remaining : undefined,
      onSigint: interruptOnSigint,
    });
  }
}

/** On another thread a signal reaches a busy loop as well. */
async function stopping(
  vm: RunVm,
  signal: AbortSignal,
  slice: (vm: RunVm) => Soon<Step>,
): Promise<Step> {
  if (signal.aborted) throw signal.reason;
  const onAbort = () => vm.stop?.(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    return await slice(vm);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
