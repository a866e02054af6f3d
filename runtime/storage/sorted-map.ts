/**
 * SortedMap keeps values by key, in the order of the keys' bytes. They are brought into that order when somebody asks
 * for it: most of what a run writes is replaced or moved elsewhere before that.
 */
import BTreeModule from 'sorted-btree';
import type { Key, Range } from './storage.js';

/** The package is CommonJS: under Node its class is a field of what it exports as default. */
const BTree = BTreeModule.default;

export class SortedMap<V> {
  // By characters, which for ASCII is by bytes; the tree's own comparison would use the locale.
  readonly #tree = new BTree<Key, V>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));

  /** What was set since the order was asked for. */
  readonly #late = new Map<Key, V>();

  get(key: Key): V | undefined {
    const late = this.#late.get(key);
    return late === undefined ? this.#tree.get(key) : late;
  }

  set(key: Key, value: V): void {
    this.#late.set(key, value);
  }

  delete(key: Key): void {
    this.#late.delete(key);
    this.#tree.delete(key);
  }

  clear(): void {
    this.#late.clear();
    this.#tree.clear();
  }

  /** All pairs, in order. */
  all(): Iterable<[Key, V]> {
    this.#sort();
    return this.#tree.entries();
  }

  /** The pairs of a range, whatever its limit. */
  *range({ start, end, reverse }: Range): Generator<[Key, V]> {
    this.#sort();
    const pairs = reverse ? this.#tree.entriesReversed(end) : this.#tree.entries(start);
    for (const [key, value] of pairs) {
      if (reverse && key >= end) continue;
      if (reverse ? key < start : key >= end) return;
      yield [key, value];
    }
  }

  #sort(): void {
    for (const [key, value] of this.#late) this.#tree.set(key, value);
    this.#late.clear();
  }
}
