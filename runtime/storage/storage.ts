/**
 * Storage is the port that every backend implements: ordered keys, atomic batches with preconditions, range scans and
 * a durable flush. What it stores is bytes; records and their indexes are made above it.
 */

/**
 * Key is ASCII text made by `key-space.ts`. Keys order by their bytes, which for ASCII is the order of `<` on strings.
 * At most {@link MAX_KEY_LENGTH} characters.
 */
export type Key = string;

export const MAX_KEY_LENGTH = 1024;

/** Precondition holds when the value under `key` is exactly `value`; `undefined` means that the key is absent. */
export interface Precondition {
  readonly key: Key;
  readonly value: Uint8Array | undefined;
}

/** Write puts `value` under `key`; `undefined` removes the key. */
export interface Write {
  readonly key: Key;
  readonly value: Uint8Array | undefined;
}

/** Batch is applied as a whole, or (when a precondition fails, or the disk does) not at all. */
export interface Batch {
  readonly preconditions: readonly Precondition[];
  readonly writes: readonly Write[];
}

/** Range is the keys from `start` (inclusive) to `end` (exclusive), in order, or backwards with `reverse`. */
export interface Range {
  readonly start: Key;
  readonly end: Key;
  readonly reverse?: boolean;
  /** The most entries to return; all when absent. */
  readonly limit?: number;
}

export interface Entry {
  readonly key: Key;
  readonly value: Uint8Array;
}

/**
 * When a backend writes what was committed to the disk for good: `strict` before {@link Backend.flush} resolves,
 * `group` within {@link GROUP_MS}, `relaxed` when the system does. What is on the disk is always a beginning of what
 * was committed, in its order, and always sound.
 */
export type Sync = 'strict' | 'group' | 'relaxed';

export const GROUP_MS = 50;

/** BackendFeatures tells what a backend can do that others can't. */
export interface BackendFeatures {
  /** What is committed is there again after the process ended. */
  readonly persistent: boolean;
  /** Several processes may open the same storage at once. */
  readonly multiProcess: boolean;
}

export interface Backend {
  /** For messages: `memory`, `lmdb`, or that of a storage which a program brings along. */
  readonly name: string;
  readonly features: BackendFeatures;
  /** For messages: where the data is, such as a folder; `undefined` where there is no such place. */
  readonly location: string | undefined;

  /** The value under a key. The bytes are the caller's own: they never change under it. */
  get(key: Key): Promise<Uint8Array | undefined>;

  /** Like {@link get}, at once; only backends have it that need not wait. */
  getNow?(key: Key): Uint8Array | undefined;

  /**
   * The entries of a range, read at one moment. Callers bound it by `limit` and go on from the last key; no read
   * transaction stays open between two calls.
   */
  range(range: Range): Promise<Entry[]>;

  /**
   * Applies a batch atomically and visibly for every process. `false`: a precondition did not hold, nothing was
   * written. Once it returned `true` the batch survives the end of this process at any instant, and a power loss once
   * it is flushed: a power loss before takes it with all that was committed after it.
   *
   * @throws SpellError `STORAGE_FULL`, `STORAGE_READ_ONLY`, `STORAGE_FAILED`; nothing was written then.
   */
  commit(batch: Batch): Promise<boolean>;

  /**
   * Resolves when everything committed so far also survives a power loss, or with another {@link Sync} than `strict` as
   * soon as that is arranged for. Whoever lets something leave the process calls it first; when nothing was committed
   * since, it costs nothing.
   */
  flush(): Promise<void>;

  /** Flushes and lets go of every resource. Any later call throws `RUNTIME_CLOSED`. */
  close(): Promise<void>;
}
