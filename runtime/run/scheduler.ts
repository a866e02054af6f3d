/**
 * The scheduler takes the outcomes of waiting calls and hands them out one at a time, in the order in which they went
 * on record, or came where there is none. Lua runs only between two deliveries, so the timing of JavaScript promises
 * can change that order, but never what happens inside one delivery; the order itself is on record.
 */

import { toSpellError } from '../base/errors.js';
import { MAX_TIMER_MS } from '../base/max-timer.js';
import { Abandon, type HostResult, type Outcome } from '../engine/engine.js';
import type { Turns } from '../host/host-call.js';

export interface Delivery {
  readonly call: number;
  readonly outcome: Outcome;
}

/** Outcomes and milliseconds after which timers, signals and other runs get their turn in any case. */
const MAX_IN_A_ROW = 50;
const MAX_ROW_MS = 10;

export class Scheduler implements Turns {
  /** Outcomes by the number of their call, in order; `undefined` while one is on record and on its way. */
  readonly #turns = new Map<number, Delivery | undefined>();
  /** The call that keeps all others waiting. */
  #first: { readonly call: number; delivery: Delivery | undefined } | undefined;
  #wake: (() => void) | undefined;
  #abandoned: Abandon | undefined;
  /** Outcomes since the loop went round. */
  #inARow = 0;
  #rowSince = 0;
  #isNudged = false;

  take(seq: number): void {
    this.#turns.delete(seq);
    this.#turns.set(seq, undefined);
  }

  giveBack(seq: number): void {
    this.#turns.delete(seq);
    this.#wakeIfReady();
  }

  /**
   * Delivers the outcome of `call` once the answer is there.
   *
   * @param seq What the call is called on record.
   */
  expect(call: number, seq: number, answer: Promise<HostResult>): void {
    this.#settle(answer, call, (delivery) => this.#turns.set(seq, delivery));
  }

  /** Delivers the outcome of `call` before that of any other one. */
  expectFirst(call: number, answer: Promise<HostResult>): void {
    const first = { call, delivery: undefined as Delivery | undefined };
    this.#first = first;
    this.#settle(answer, call, (delivery) => {
      first.delivery = delivery;
    });
  }

  #settle(answer: Promise<HostResult>, call: number, deliver: (delivery: Delivery) => void): void {
    const settle = (outcome: Outcome) => {
      deliver({ call, outcome });
      this.#wakeIfReady();
    };
    answer.then(
      (value) => settle({ ok: true, value }),
      (thrown) => {
        if (thrown instanceof Abandon) this.#abandoned = thrown;
        settle({ ok: false, error: toSpellError(thrown) });
      },
    );
  }

  /** Forgets which answers are on their way: nobody waits for them any more. */
  giveUp(): void {
    this.#turns.clear();
    this.#first = undefined;
  }

  /** True while Lua waits and nothing is on its way to it that is known by now. */
  get isAtRest(): boolean {
    return this.isSettled && this.#first === undefined;
  }

  /** True while no answer is on record that Lua has not got. */
  get isSettled(): boolean {
    return this.#turns.size === 0;
  }

  /** The next outcome; rejects with the signal's reason when it is aborted first. */
  async next(signal: AbortSignal): Promise<Delivery> {
    for (;;) {
      if (signal.aborted) throw signal.reason;
      if (this.#abandoned !== undefined) throw this.#abandoned;
      const delivery = this.#takeNext();
      if (delivery !== undefined) return delivery;
      await this.nextChange();
    }
  }

  /**
   * True as soon as {@link next} has something to tell, false after `ms` milliseconds or a {@link nudge}; 0 lets
   * everything happen that is about to happen anyway.
   */
  isReadyWithin(ms: number, signal: AbortSignal): Promise<boolean> {
    return ms === 0 ? this.#isAboutToBeReady(signal) : this.#waitFor(ms, signal);
  }

  async #waitFor(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#hasNews(signal)) return true;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      if (ms <= MAX_TIMER_MS) timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.nextChange(), timeout]);
    clearTimeout(timer);
    return this.#hasNews(signal);
  }

  /** True when the answer to a call is on record, on its way or there. */
  isAnswered(seq: number): boolean {
    return this.#turns.has(seq);
  }

  /** True when {@link next} throws. */
  isOver(signal: AbortSignal): boolean {
    return signal.aborted || this.#abandoned !== undefined;
  }

  /** Resolves at the next outcome or {@link nudge}. */
  nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        this.#isNudged = false;
        resolve();
      };
      // Somebody nudged while nobody was waiting.
      if (this.#isNudged) this.#wake();
    });
  }

  /** Ends an {@link isReadyWithin} early, as after an abort of the signal. */
  nudge(): void {
    this.#isNudged = true;
    this.#wake?.();
  }

  /** What storage has is told while promises have their turns; only for other things the loop has to go round. */
  async #isAboutToBeReady(signal: AbortSignal): Promise<boolean> {
    if (this.#inARow < MAX_IN_A_ROW && performance.now() - this.#rowSince < MAX_ROW_MS) {
      if (!this.#hasNews(signal)) await this.#newsOrTick();
      if (this.#hasNews(signal)) {
        this.#inARow += 1;
        return true;
      }
    }
    this.#inARow = 0;
    await new Promise((resolve) => setImmediate(resolve));
    this.#rowSince = performance.now();
    return this.#hasNews(signal);
  }

  /** Resolves at the next outcome, or when all promises have had their turn. */
  #newsOrTick(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        if (this.#wake === wake) this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      process.nextTick(wake);
    });
  }

  #takeNext(): Delivery | undefined {
    if (this.#first !== undefined) {
      const { delivery } = this.#first;
      if (delivery !== undefined) this.#first = undefined;
      return delivery;
    }
    for (const [seq, delivery] of this.#turns) {
      if (delivery !== undefined) this.#turns.delete(seq);
      return delivery;
    }
    return undefined;
  }

  #hasNews(signal: AbortSignal): boolean {
    return signal.aborted || this.#isReady;
  }

  get #isReady(): boolean {
    if (this.#abandoned !== undefined) return true;
    if (this.#first !== undefined) return this.#first.delivery !== undefined;
    for (const delivery of this.#turns.values()) return delivery !== undefined;
    return false;
  }

  #wakeIfReady(): void {
    if (this.#isReady) this.#wake?.();
  }
}
