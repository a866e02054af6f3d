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

/** Milliseconds after which nobody waits any longer to hear what a script says in one slice. */
const HEARD_AFTER_MS = 10;

export class Slices {
  #interrupter: Interrupter | undefined;
  /** True while a slice runs that may be broken off on this thread: wherever it is, in the host as well. */
  #isBreakable = false;
  #over: { readonly promise: Promise<undefined>; readonly resolve: () => void } | undefined;
  /** Writes what the script has said in the slice that runs. */
  #said: (() => void)[] = [];
  #since = 0;

  constructor(private readonly limits: SliceLimits) {}

  /**
   * Resolves behind the slice that runs, and never when that is broken off; `undefined` when nothing can. Work of the
   * host that begins behind it is never broken off in the middle.
   */
  get over(): Promise<undefined> | undefined {
    if (!this.#isBreakable) return undefined;
    this.#over ??= opened();
    return this.#over.promise;
  }

  /**
   * Writes what the script says: at once, or behind the slice that runs when that may be broken off. On a command line
   * at once in any case: a person watches there, also while Lua is busy.
   *
   * @returns What the script waits for when it has been saying things for long.
   */
  say(write: () => void): Promise<undefined> | undefined {
    if (!this.#isBreakable || this.limits.interruptOnSigint) {
      write();
      return undefined;
    }
    this.#said.push(write);
    return this.limits.clock.monotonic() - this.#since < HEARD_AFTER_MS ? undefined : this.over;
  }

  /** @throws SpellError `LIMIT_TIME`, `ABORTED`, and what the slice throws; the VM is unusable then. */
  run(vm: RunVm, slice: (vm: RunVm) => Soon<Step>): Soon<Step> {
    const { clock, deadline, interruptOnSigint, signal } = this.limits;
    if (vm.stop !== undefined) return stopping(vm, signal, slice);
    const hasDeadline = deadline !== Number.POSITIVE_INFINITY;
    if (!hasDeadline && !interruptOnSigint) return slice(vm);
    this.#interrupter ??= new Interrupter();
    this.#since = clock.monotonic();
    const remaining = deadline - this.#since;
    if (remaining <= 0) throw timeLimitError();
    const options = { timeoutMs: hasDeadline ? remaining : undefined, onSigint: interruptOnSigint };
    this.#isBreakable = true;
    try {
      const step = this.#interrupter.run(() => slice(vm), options);
      this.#over?.resolve();
      return step;
    } finally {
      this.#isBreakable = false;
      this.#over = undefined;
      for (const write of this.#said.splice(0)) write();
    }
  }
}

function opened(): { readonly promise: Promise<undefined>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<undefined>((settle) => {
    resolve = () => settle(undefined);
  });
  return { promise, resolve };
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
