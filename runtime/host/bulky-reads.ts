/**
 * BulkyReads keeps answers that may be large from piling up with the host: a run makes few such reads at once, and none
 * while it has many bytes of their answers to take still. Nothing but Lua itself stands between a read and its end, so
 * those that wait for others come to their turn.
 */
import { type HostResult, Results } from '../engine/engine.js';

/** Reads of one run at once. */
const AT_ONCE = 8;

export class BulkyReads {
  #free = AT_ONCE;
  #heldBytes = 0;
  readonly #waiting = new Set<() => void>();

  /** @param limitBytes Of answers that Lua has not taken: from here on no further read begins. */
  constructor(private readonly limitBytes: number) {}

  /** @param hold Gets the bytes of the answer; they count until {@link taken}. */
  async make(
    read: () => HostResult | Promise<HostResult>,
    hold: (bytes: number) => void,
  ): Promise<HostResult> {
    if (this.#waiting.size === 0 && this.#mayRead) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.add(resolve));
    try {
      const answer = await read();
      const bytes = bytesOf(answer);
      this.#heldBytes += bytes;
      hold(bytes);
      return answer;
    } finally {
      this.#free += 1;
      this.#goOn();
    }
  }

  /** Lua has an answer. */
  taken(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#goOn();
  }

  /** Nobody takes what was read before. */
  giveUp(): void {
    this.#waiting.clear();
    this.#heldBytes = 0;
  }

  get #mayRead(): boolean {
    return this.#free > 0 && this.#heldBytes < this.limitBytes;
  }

  #goOn(): void {
    while (this.#mayRead) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      this.#free -= 1;
      next();
    }
  }
}

/** What an answer takes, roughly. */
function bytesOf(answer: unknown): number {
  if (typeof answer === 'string') return answer.length;
  if (answer instanceof Uint8Array) return answer.length;
  if (answer instanceof Results) return bytesOf(answer.values);
  if (typeof answer !== 'object' || answer === null) return VALUE_BYTES;
  const items = answer instanceof Map ? [...answer].flat() : Object.values(answer);
  return items.reduce((sum, item) => sum + bytesOf(item), VALUE_BYTES);
}

const VALUE_BYTES = 16;
