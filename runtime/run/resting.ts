/**
 * Resting is what a run does while Lua waits: it is photographed when that is due, its VM is put away when the wait is
 * long or another run wants its place, and brought back when there is something for Lua.
 */
import type { Clock } from '../base/clock.js';
import type { VmImage } from '../engine/engine.js';
import type { LiveVm } from './live-vm.js';
import type { RestingRun, RunKeeper } from './run-keeper.js';
import type { Delivery, Scheduler } from './scheduler.js';

export interface RestingParts {
  readonly keeper: RunKeeper;
  readonly scheduler: Scheduler;
  readonly live: LiveVm;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** `undefined` when the VM can't be photographed. */
  readonly snapshot: (() => VmImage) | undefined;
  readonly state: RestingRun['state'];
}

/** Waits for what Lua gets next; the VM is there when it comes. */
export async function nextDelivery(parts: RestingParts): Promise<Delivery> {
  const { keeper, scheduler, live, signal } = parts;
  if (keeper.rest !== undefined) await rest(parts);
  const delivery = await scheduler.next(signal);
  await live.wake(signal);
  return delivery;
}

/** Ends when there is something for Lua, or when the VM is put away. */
async function rest(parts: RestingParts): Promise<void> {
  const { keeper, scheduler, live, signal, clock, snapshot, state } = parts;
  const { restMs = Number.POSITIVE_INFINITY } = keeper;
  const start = clock.monotonic();
  live.rest(() => scheduler.nudge());
  while (!(await scheduler.isReadyWithin(0, signal))) {
    // No photograph lacks an answer that the record has.
    if (!scheduler.isSettled) {
      await scheduler.isReadyWithin(Number.POSITIVE_INFINITY, signal);
      continue;
    }
    const waitedMs = clock.monotonic() - start;
    const { isInTheWay } = live;
    const wakeUp = await keeper.rest?.({ snapshot, state, waitedMs, isInTheWay });
    if (wakeUp !== undefined) return live.putAway(wakeUp);
    if (isInTheWay) live.stay();
    const patience = waitedMs < restMs ? restMs - waitedMs : Number.POSITIVE_INFINITY;
    if (await scheduler.isReadyWithin(patience, signal)) return;
  }
}
