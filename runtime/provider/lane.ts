/** Lanes keep calls apart in number and in time: at most so many at once, and none while a server wants to rest. */
import type { Clock } from '../base/clock.js';
import { whenAborted } from '../base/when-aborted.js';
import { aborted } from './failure.js';

export interface LaneTime {
  readonly clock: Clock;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Lane lets a number of calls through at once; the others wait in the order in which they came. */
export class Lane {
  #free: number;
  #restUntil = 0;
  readonly #waiting = new Set<() => void>();

  /** @param width The most calls at once. */
  constructor(
    readonly width: number,
    private readonly time: LaneTime,
  ) {
    this.#free = width;
  }

  /** Calls that have a place. */
  get active(): number {
    return this.width - this.#free;
  }

  /** Calls that wait for one. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Waits for a place. @returns What gives it back. @throws SpellError the signal's own, or `ABORTED`. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw aborted(signal);
    if (this.#free > 0) this.#free -= 1;
    else await this.#queue(signal);
    try {
      await this.#rest(signal);
    } catch {
      this.#leave();
      throw aborted(signal);
    }
    let left = false;
    return () => {
      if (!left) this.#leave();
      left = true;
    };
  }

  /** Lets nobody through for so many milliseconds: the server has said so. */
  restFor(ms: number): void {
    this.#restUntil = Math.max(this.#restUntil, this.time.clock.monotonic() + ms);
  }

  async #rest(signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = this.#restUntil - this.time.clock.monotonic();
      if (left <= 0) return;
      await this.time.pause(left, signal);
    }
  }

  #queue(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        forget();
        resolve();
      };
      const forget = whenAborted(signal, () => {
        this.#waiting.delete(start);
        reject(aborted(signal));
      });
      this.#waiting.add(start);
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
