/**
 * The scheduler takes the outcomes of waiting calls and hands them out one at a time, in the order in which they came.
 * Lua runs only between two deliveries, so the timing of JavaScript promises can change the order of deliveries but
 * never what happens inside one.
 */
import { toSpellError } from '../base/errors.js';
import { Abandon, type HostResult, type Outcome } from '../engine/engine.js';

export interface Delivery {
  readonly call: number;
  readonly outcome: Outcome;
}

/** The longest delay that a timer can have. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export class Scheduler {
  readonly #ready: Delivery[] = [];
  #wake: (() => void) | undefined;
  #abandoned: Abandon | undefined;

  /** Delivers the outcome of `call` once the answer is there. */
  expect(call: number, answer: Promise<HostResult>): void {
    answer.then(
      (value) => this.#deliver({ call, outcome: { ok: true, value } }),
      (thrown) => {
        if (thrown instanceof Abandon) this.#abandoned = thrown;
        this.#deliver({ call, outcome: { ok: false, error: toSpellError(thrown) } });
      },
    );
  }

  /** The next outcome; rejects with the signal's reason when it is aborted first. */
  async next(signal: AbortSignal): Promise<Delivery> {
    for (;;) {
      if (signal.aborted) throw signal.reason;
      if (this.#abandoned !== undefined) throw this.#abandoned;
      const delivery = this.#ready.shift();
      if (delivery !== undefined) return delivery;
      await this.#nextChange(signal);
    }
  }

  /**
   * True as soon as {@link next} has something to tell, false after `ms` milliseconds or a {@link nudge}; 0 lets
   * everything happen that is about to happen anyway.
   */
  async isReadyWithin(ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#hasNews(signal)) return true;
    if (ms === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      return this.#hasNews(signal);
    }
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      if (ms <= MAX_TIMER_MS) timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#nextChange(signal), timeout]);
    clearTimeout(timer);
    return this.#hasNews(signal);
  }

  /** Ends an {@link isReadyWithin} early. */
  nudge(): void {
    this.#wake?.();
  }

  #hasNews(signal: AbortSignal): boolean {
    return signal.aborted || this.#abandoned !== undefined || this.#ready.length > 0;
  }

  #deliver(delivery: Delivery): void {
    this.#ready.push(delivery);
    this.#wake?.();
  }

  #nextChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        signal.removeEventListener('abort', finish);
        this.#wake = undefined;
        resolve();
      };
      signal.addEventListener('abort', finish, { once: true });
      this.#wake = finish;
    });
  }
}
