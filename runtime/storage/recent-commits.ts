/**
 * RecentCommits is what was committed since the tree of a storage was written last: the log of it, and its contents by
 * key. Each writing of the tree begins a new generation, which is known by the salt of its log.
 */
import { CommitLog } from './commit-log.js';
import { SortedMap } from './sorted-map.js';
import type { Entry, Key, Range, Write } from './storage.js';

/** `null` stands for a key that was removed. */
type Recent = Uint8Array | null;

export class RecentCommits {
  #salt: Uint8Array | undefined;
  #log: CommitLog | undefined;
  readonly #values = new SortedMap<Recent>();

  /** @param path The file of the log. */
  constructor(private readonly path: string) {}

  /** Bytes of the log. */
  get size(): number {
    return this.#log?.size ?? 0;
  }

  /**
   * Takes in what other processes have committed in the generation of `salt`; forgets what was of another one.
   *
   * @returns Whether this generation has a log; without one nothing was committed in it, or it is over by now.
   */
  catchUp(salt: Uint8Array | undefined): boolean {
    if (!isSame(salt, this.#salt)) {
      this.forget();
      this.#salt = salt;
    }
    if (salt !== undefined) this.#log ??= CommitLog.open(this.path, salt);
    if (this.#log === undefined) return false;
    this.#take(this.#log.readOn());
    return true;
  }

  /** Adds a commit to this generation. The caller has caught up, and keeps others from committing. */
  append(salt: Uint8Array, writes: readonly Write[]): void {
    this.#log ??= CommitLog.create(this.path, salt);
    this.#take(this.#log.append(writes));
  }

  /** The value of a key, `null` when it was removed, `undefined` when nothing was committed under it. */
  get(key: Key): Recent | undefined {
    return this.#values.get(key);
  }

  /** Everything, in the order of the keys. */
  *writes(): Generator<Write> {
    for (const [key, value] of this.#values.all()) yield { key, value: value ?? undefined };
  }

  /** The entries of a range of the tree with these laid over them. */
  *layOver(older: Iterable<Entry>, range: Range): Generator<Entry> {
    const isBefore = range.reverse ? (a: Key, b: Key) => a > b : (a: Key, b: Key) => a < b;
    const beneath = older[Symbol.iterator]();
    try {
      let next = beneath.next();
      for (const [key, value] of this.#values.range(range)) {
        for (; !next.done && isBefore(next.value.key, key); next = beneath.next()) yield next.value;
        if (!next.done && next.value.key === key) next = beneath.next();
        if (value !== null) yield { key, value: new Uint8Array(value) };
      }
      for (; !next.done; next = beneath.next()) yield next.value;
    } finally {
      beneath.return?.();
    }
  }

  /** Resolves when everything that is known now survives a power loss. */
  async flush(): Promise<void> {
    await this.#log?.flush();
  }

  /** Forgets everything: it is in the tree by now, or of a generation that is. */
  forget(): void {
    this.#log?.close();
    this.#log = undefined;
    this.#salt = undefined;
    this.#values.clear();
  }

  #take(writes: Iterable<Write>): void {
    for (const { key, value } of writes) this.#values.set(key, value ?? null);
  }
}

/** Whether two values are the same bytes, or both absent. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}
