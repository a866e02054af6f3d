import { v7 } from 'uuid';
import type { Clock } from './clock.js';
import type { Random } from './random.js';

/** IdSource makes the ids of sessions, artifacts and runs. */
export interface IdSource {
  /** A UUIDv7: unique, and ids made later sort later. */
  next(): string;
}

/** Ids from a clock and a random source; within one millisecond they still sort in the order of their making. */
export function uuidSource(clock: Clock, random: Random): IdSource {
  let lastMs = 0;
  let sequence = 0;
  return {
    next: () => {
      lastMs = Math.max(lastMs, clock.now());
      sequence += 1;
      return v7({ msecs: lastMs, seq: sequence, random: random.bytes(16) });
    },
  };
}
