import { SpellError } from '../base/errors.js';
import type { Backend, Batch, Entry, Key, Precondition, Range, Write } from './storage.js';

/**
 * Transaction collects what one change reads and writes. Reads by key become preconditions of the batch, so a change
 * that raced with another one is seen at commit and made again from what is there then.
 */
export interface Transaction {
  /** The value under a key, the transaction's own writes included. What is read may not change before the commit. */
  get(key: Key): Promise<Uint8Array | undefined>;
  /** The committed entries of a range: own writes are not seen, and the range is not guarded against changes. */
  range(range: Range): Promise<Entry[]>;
  put(key: Key, value: Uint8Array): void;
  remove(key: Key): void;
  /** Takes it, without a look, that there is this value under a key: the commit looks. */
  assume(key: Key, value: Uint8Array): void;
  /** The change was made before, and what it had read or assumed did not hold. */
  readonly isRetry: boolean;
}

/** Attempts after which a change that always meets another one gives up; each attempt waits a little longer. */
const MAX_ATTEMPTS = 50;

/**
 * Runs `change` and commits what it wrote in one batch; runs it again when another writer was faster. `change` may
 * therefore run several times and must do nothing but read and write through the transaction.
 *
 * @throws SpellError `STORAGE_BUSY` when other writers were faster every time.
 */
export async function transact<T>(
  backend: Backend,
  change: (transaction: Transaction) => T | Promise<T>,
): Promise<T> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const pending = new PendingTransaction(backend, attempt > 0);
    const changing = change(pending);
    const result = changing instanceof Promise ? await changing : changing;
    if (pending.isEmpty || (await backend.commit(pending.batch()))) return result;
    await new Promise((resolve) => setTimeout(resolve, Math.min(attempt * 2, 20)));
  }
  throw new SpellError(
    'STORAGE_BUSY',
    `a change met another writer ${MAX_ATTEMPTS} times in a row`,
    {
      hint: 'Try again when fewer processes write to the same records.',
    },
  );
}

class PendingTransaction implements Transaction {
  readonly #reads = new Map<Key, Precondition>();
  readonly #writes = new Map<Key, Write>();

  constructor(
    private readonly backend: Backend,
    readonly isRetry: boolean,
  ) {}

  get isEmpty(): boolean {
    return this.#writes.size === 0;
  }

  batch(): Batch {
    return { preconditions: [...this.#reads.values()], writes: [...this.#writes.values()] };
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    const known = this.#writes.get(key) ?? this.#reads.get(key);
    if (known !== undefined) return known.value;
    const value = await this.backend.get(key);
    this.assume(key, value);
    return this.#reads.get(key)?.value;
  }

  range(range: Range): Promise<Entry[]> {
    return this.backend.range(range);
  }

  assume(key: Key, value: Uint8Array | undefined): void {
    if (!this.#reads.has(key)) this.#reads.set(key, { key, value });
  }

  put(key: Key, value: Uint8Array): void {
    this.#writes.set(key, { key, value });
  }

  remove(key: Key): void {
    this.#writes.set(key, { key, value: undefined });
  }
}
