/** SortedMap keeps values by key, in the order of the keys' bytes. */
import BTreeModule from 'sorted-btree';
import type { Key, Range } from './storage.js';

/** The package is CommonJS: under Node its class is a field of what it exports as default. */
const BTree = BTreeModule.default;

export class SortedMap<V> {
  // By characters, which for ASCII is by bytes; the tree's own comparison would use the locale.
  readonly #tree = new BTree<Key, V>(undefined, (a, b) => (a < b ? -1 : a > b ? 1 : 0));

  get(key: Key): V | undefined {
    return this.#tree.get(key);
  }

  set(key: Key, value: V): void {
    this.#tree.set(key, value);
  }

  delete(key: Key): void {
    this.#tree.delete(key);
  }

  clear(): void {
    this.#tree.clear();
  }

  /** All pairs, in order. */
  all(): Iterable<[Key, V]> {
    return this.#tree.entries();
  }

  /** The pairs of a range, whatever its limit. */
  *range({ start, end, reverse }: Range): Generator<[Key, V]> {
    const pairs = reverse ? this.#tree.entriesReversed(end) : this.#tree.entries(start);
    for (const [key, value] of pairs) {
      if (reverse && key >= end) continue;
      if (reverse ? key < start : key >= end) return;
      yield [key, value];
    }
  }
}
