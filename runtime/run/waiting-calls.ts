/** WaitingCalls is the calls that Lua waits for: what a checkpoint says of them, and what becomes of their outcomes. */
import type { PendingAnswer } from '../host/gate.js';
import { isCounted, type Operation } from '../host/host-call.js';
import type { PendingCall } from './checkpoint.js';
import type { AwaitedCall } from './resting.js';
import type { Delivery, Scheduler } from './scheduler.js';

interface WaitingCall {
  readonly operation: Operation<unknown>;
  readonly pending: PendingCall;
  readonly answer: PendingAnswer;
  isGivenUp: boolean;
}

export class WaitingCalls {
  readonly #calls = new Map<number, WaitingCall>();

  constructor(private readonly scheduler: Scheduler) {}

  /**
   * @param call What the VM calls it.
   * @param since When Lua began to wait, in milliseconds since the epoch.
   */
  add(
    call: number,
    operation: Operation<unknown>,
    args: unknown,
    answer: PendingAnswer,
    since: number,
  ): void {
    const { seq, ordinal, branch, where } = answer.call;
    const pending = { call, op: operation.op, args, seq, ordinal, branch, where, since };
    this.#calls.set(call, { operation, pending, answer, isGivenUp: false });
    if (keepsTurn(operation)) this.scheduler.expectFirst(call, answer.answer);
    else this.scheduler.expect(call, seq, answer.answer);
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  get pending(): readonly PendingCall[] {
    return [...this.#calls.values()].map(({ pending }) => pending);
  }

  get count(): number {
    return this.#calls.size;
  }

  /** What Lua waits for, as far as that can be told. */
  get awaited(): readonly AwaitedCall[] {
    return [...this.#calls.values()].map(({ operation: { kind, wakes }, pending, answer }) => ({
      seq: pending.seq,
      kind,
      wake: wakes?.(pending.args, { ...answer.call, since: pending.since }),
    }));
  }

  /** Makes hold what a call leaves behind. Tells whether Lua still waits for it. */
  conclude({ call, outcome }: Delivery): boolean {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    waiting?.answer.conclude(outcome);
    return waiting?.isGivenUp === false;
  }

  /** Lua waits for none of them any more. */
  giveUp(): void {
    for (const waiting of this.#calls.values()) waiting.isGivenUp = true;
    this.scheduler.giveUp();
  }
}

/** What is not on record has no place in the order of answers: nothing may happen before its own. */
export function keepsTurn(operation: Operation<unknown>): boolean {
  return operation.keepsTurn === true || !isCounted(operation);
}
