/**
 * Patience tells when a wait has become a long one. While the process has more to do than it can, it may be the process
 * itself that lets a run wait, and putting VMs away and bringing them back would only make it slower.
 */
import type { Clock } from '../base/clock.js';

/** The part of the time in which a busy process does something. */
const BUSY = 0.9;
/** A wait is a long one at the latest when it is so many times as long. */
const MOST_TIMES = 10;

export class Patience {
  #since: number;
  #load = performance.eventLoopUtilization();
  #times = 1;

  constructor(
    private readonly clock: Clock,
    private readonly longMs: number,
  ) {
    this.#since = clock.monotonic();
  }

  get isOver(): boolean {
    if (this.#passedMs < this.longMs) return false;
    const { utilization } = performance.eventLoopUtilization(this.#load);
    if (utilization < BUSY || this.#times >= MOST_TIMES) return true;
    this.#since = this.clock.monotonic();
    this.#load = performance.eventLoopUtilization();
    this.#times += 1;
    return false;
  }

  /** Until it may be over. */
  get leftMs(): number {
    return Math.max(0, this.longMs - this.#passedMs);
  }

  get #passedMs(): number {
    return this.clock.monotonic() - this.#since;
  }
}
