/**
 * Resting is what a run does while Lua waits: it is photographed when that is due, its VM is put away when the wait is
 * long or another run wants its place, and brought back when there is something for Lua. A run that need not stay ends
 * here, and sleeps without a process.
 */
import type { Clock } from '../base/clock.js';
import type { Soon, VmImage } from '../engine/engine.js';
import type { HostCallKind, WakeCondition } from '../host/host-call.js';
import type { LiveVm } from './live-vm.js';
import { Patience } from './patience.js';
import type { RunEventBody } from './run-event.js';
import type { RestingRun, RunKeeper } from './run-keeper.js';
import type { Delivery, Scheduler } from './scheduler.js';

/** Departure is when a run goes to sleep without a process: where it waits for long, or as soon as nothing is lost. */
export type Departure = 'never' | 'at a long wait' | 'now, to be resumed' | 'now, and is due';

export interface RestingParts {
  readonly keeper: RunKeeper;
  readonly scheduler: Scheduler;
  readonly live: LiveVm;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** `undefined` when the VM can't be photographed. */
  readonly snapshot: (() => Soon<VmImage>) | undefined;
  readonly state: RestingRun['state'];
  /** The calls that Lua waits for, and how many they are. */
  readonly waiting: () => readonly AwaitedCall[];
  readonly waitingCount: () => number;
  readonly departure: () => Departure;
  readonly tell: (event: RunEventBody) => void;
}

/** AwaitedCall is a call that Lua waits for, with what brings its answer, if that can be told. */
export interface AwaitedCall {
  /** Its position in the run. */
  readonly seq: number;
  readonly kind: HostCallKind;
  readonly wake: WakeCondition | undefined;
}

/** FellAsleep ends a run that sleeps without a process. */
export class FellAsleep extends Error {}

/** Waits for what Lua gets next; the VM is there when it comes. @throws FellAsleep */
export async function nextDelivery(parts: RestingParts): Promise<Delivery> {
  const { keeper, scheduler, live, signal, tell } = parts;
  if (keeper.rest !== undefined) await rest(parts);
  const delivery = await scheduler.next(signal);
  if (!live.isAwake) tell({ type: 'wake' });
  await live.wake(signal);
  return delivery;
}

/** Ends when there is something for Lua. */
async function rest(parts: RestingParts): Promise<void> {
  const { keeper, scheduler, live, signal, clock } = parts;
  const { longWaitMs = Number.POSITIVE_INFINITY } = keeper;
  let patience: Patience | undefined;
  live.rest(() => scheduler.nudge());
  for (;;) {
    const isReady = await scheduler.isReadyWithin(0, signal);
    const departure = keeper.leave === undefined ? 'never' : parts.departure();
    const mustGo = departure.startsWith('now');
    if ((isReady && !mustGo) || scheduler.isOver(signal)) return;
    patience ??= new Patience(clock, longWaitMs);
    const isOver = patience.isOver;
    const until = wakeTime(parts, isOver);
    const isLong = mustGo || isOver || until - clock.now() >= longWaitMs;
    // No photograph lacks an answer that the record has.
    if (!isReady && scheduler.isSettled && live.isAwake) await putAway(parts, isLong, until);
    if (mustGo && isCalling(parts)) {
      await scheduler.nextChange();
      continue;
    }
    if (departure !== 'never' && isLong) await leave(parts, departure);
    await scheduler.isReadyWithin(isOver ? Number.POSITIVE_INFINITY : patience.leftMs, signal);
  }
}

async function putAway(parts: RestingParts, isLong: boolean, until: number): Promise<void> {
  const { keeper, live, snapshot, state, tell } = parts;
  const { isInTheWay } = live;
  const wakeUp = await keeper.rest?.({ snapshot, state, isLong, isInTheWay });
  if (wakeUp === undefined) {
    if (isInTheWay) live.stay();
    return;
  }
  live.putAway(wakeUp);
  const isDate = !Number.isNaN(new Date(until).getTime());
  tell({ type: 'sleep', until: isDate ? new Date(until).toISOString() : null });
}

/** Ends the run if nothing is there for it yet. @throws FellAsleep */
async function leave(parts: RestingParts, departure: Departure): Promise<void> {
  const { keeper, scheduler, signal, clock } = parts;
  // With an answer that Lua has not got there is something to do.
  if (departure === 'at a long wait' && !scheduler.isSettled) return;
  const waits = wakesAfter(departure, parts, clock);
  if (waits === undefined || !(await keeper.leave?.(waits))) return;
  // Something may have come meanwhile.
  if (departure === 'at a long wait' && (await scheduler.isReadyWithin(0, signal))) return;
  if (!scheduler.isOver(signal)) throw new FellAsleep();
}

/** What wakes a run that leaves; `undefined` when it waits for something that only this process can tell. */
function wakesAfter(
  departure: Departure,
  { waiting }: RestingParts,
  clock: Clock,
): readonly WakeCondition[] | undefined {
  if (departure === 'now, and is due') return [{ at: clock.now() }];
  if (departure === 'now, to be resumed') return [];
  const wakes = waiting().map(({ wake }) => wake);
  return wakes.includes(undefined) ? undefined : (wakes as WakeCondition[]);
}

/** Of more calls it is not worth while to find out each time Lua rests what each of them waits for. */
const MANY_CALLS = 100;

/**
 * When the first answer is there at the latest, in milliseconds since the epoch; NaN when that can't be told.
 *
 * @param isThorough However many calls there are.
 */
function wakeTime({ waiting, waitingCount }: RestingParts, isThorough: boolean): number {
  if (!isThorough && waitingCount() > MANY_CALLS) return Number.NaN;
  const calls = waiting();
  if (calls.some(({ wake }) => wake === undefined)) return Number.NaN;
  return Math.min(...calls.map(({ wake }) => wake?.at ?? Number.POSITIVE_INFINITY));
}

/** True while a call is on its way to something outside: what comes of it must not be lost. */
function isCalling({ waiting, scheduler }: RestingParts): boolean {
  return waiting().some(({ kind, seq }) => kind === 'external' && !scheduler.isAnswered(seq));
}
