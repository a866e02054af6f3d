/** The memory backend: a sorted tree in this process. It forgets everything when it is closed. */
import { checkBatch, checkKey, closedError, overLimitError } from './guard.js';
import { SortedMap } from './sorted-map.js';
import type { Backend, Batch, Entry, Key, Precondition, Range, Write } from './storage.js';

export interface MemoryOptions {
  /** The most bytes of keys and values together; unlimited when absent. */
  readonly maxBytes?: number | undefined;
}

export function createMemoryBackend(options: MemoryOptions = {}): Backend {
  return new MemoryBackend(options.maxBytes ?? Number.POSITIVE_INFINITY);
}

class MemoryBackend implements Backend {
  readonly name = 'memory';
  readonly features = { persistent: false, multiProcess: false };
  readonly location = undefined;

  #tree: SortedMap<Uint8Array> | undefined = new SortedMap();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  async get(key: Key): Promise<Uint8Array | undefined> {
    return this.getNow(key);
  }

  getNow(key: Key): Uint8Array | undefined {
    checkKey(key);
    const value = this.#open().get(key);
    return value === undefined ? undefined : new Uint8Array(value);
  }

  async range(range: Range): Promise<Entry[]> {
    const tree = this.#open();
    const limit = range.limit ?? Number.POSITIVE_INFINITY;
    const entries: Entry[] = [];
    if (limit <= 0 || range.start >= range.end) return entries;
    for (const [key, value] of tree.range(range)) {
      entries.push({ key, value: new Uint8Array(value) });
      if (entries.length >= limit) break;
    }
    return entries;
  }

  async commit(batch: Batch): Promise<boolean> {
    checkBatch(batch);
    const tree = this.#open();
    if (!batch.preconditions.every((condition) => this.#holds(condition))) return false;
    // The last write to a key counts, and counts once.
    const writes = new Map(batch.writes.map((write) => [write.key, write]));
    let growth = 0;
    for (const write of writes.values()) growth += sizeOf(write) - this.#sizeOfKey(write.key);
    if (growth > 0 && this.#bytes + growth > this.maxBytes) throw overLimitError(this.maxBytes);
    for (const { key, value } of writes.values()) {
      if (value === undefined) tree.delete(key);
      else tree.set(key, new Uint8Array(value));
    }
    this.#bytes += growth;
    return true;
  }

  /** There is no disk: what is committed is as safe as it gets. */
  async flush(): Promise<void> {
    this.#open();
  }

  async close(): Promise<void> {
    this.#tree = undefined;
  }

  #open() {
    if (this.#tree === undefined) throw closedError();
    return this.#tree;
  }

  #holds({ key, value }: Precondition): boolean {
    const stored = this.#open().get(key);
    if (stored === undefined || value === undefined) return stored === value;
    return Buffer.compare(stored, value) === 0;
  }

  #sizeOfKey(key: Key): number {
    return sizeOf({ key, value: this.#open().get(key) });
  }
}

function sizeOf({ key, value }: Write): number {
  return value === undefined ? 0 : key.length + value.length;
}
