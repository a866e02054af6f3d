/**
 * RecentCommits is what was committed since the tree of a storage was written last: the log of it, and its contents by
 * key. Each writing of the tree begins a new generation, which is known by a salt.
 */
import { join } from 'node:path';
import { CommitLog } from './commit-log.js';
import { damagedLogError, LOG_FILE, MARK_FILE } from './lmdb-folder.js';
import { SortedMap } from './sorted-map.js';
import type { Entry, Key, Range, Write } from './storage.js';

/** `null` stands for a key that was removed. */
type Recent = Uint8Array | null;

export class RecentCommits {
  readonly #log: CommitLog;
  readonly #values = new SortedMap<Recent>();

  /** @param folder Where the log is. */
  constructor(private readonly folder: string) {
    this.#log = new CommitLog(join(folder, LOG_FILE), join(folder, MARK_FILE));
  }

  /** Bytes of the log. */
  get size(): number {
    return this.#log.size;
  }

  /** Forgets what is known, unless it is of the generation of `salt`. @returns Whether it was of another one. */
  turnTo(salt: Uint8Array | undefined): boolean {
    const isOther = this.#log.turnTo(salt);
    if (isOther) this.#values.clear();
    return isOther;
  }

  /** Takes in what other processes have committed in this generation. */
  readOn(): void {
    this.#take(this.#log.readOn());
  }

  /** Whether the last commit was never whole. The caller keeps others from committing. */
  get isTorn(): boolean {
    return this.#log.isTorn;
  }

  /**
   * Makes sure that nothing is missing of what was safe on the disk. The generation has to be that of the tree still.
   *
   * @throws SpellError `STORAGE_CORRUPT`
   */
  checkWhole(): void {
    if (this.#log.lost > 0) throw damagedLogError(this.folder, this.#log.lost);
  }

  /** Adds a commit to this generation. The caller has read on, and keeps others from committing. */
  append(writes: readonly Write[]): void {
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

  /** Resolves when everything that is known now survives a power loss; `undefined` when it does by now. */
  flush(): Promise<void> | undefined {
    return this.#log.flush();
  }

  close(): void {
    this.#log.close();
  }

  #take(writes: Iterable<Write>): void {
    for (const { key, value } of writes) this.#values.set(key, value ?? null);
  }
}
