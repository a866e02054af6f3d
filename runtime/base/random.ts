import { randomFillSync } from 'node:crypto';

/** Random is the only source of chance for the core; a run records what it draws from it. */
export interface Random {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

export const systemRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
};
