/**
 * The LMDB backend: a folder on this machine that any number of processes may share.
 *
 * LMDB flushes twice in every commit, and would lose or damage data without. So a commit only goes to a log, with one
 * write that outlives the process, and {@link Backend.flush} flushes that: once, however much was committed. When the
 * log is long, or a batch is big, everything goes to LMDB's tree in one transaction, flushed as LMDB does it, and a new
 * log begins. Reads lay what is in the log over what is in the tree. LMDB's lock for writers keeps commits of several
 * processes in one order; one that commits alone knows what is in the log without looking, see `log-record.ts`.
 *
 * Its transactions here are the synchronous ones, which roll back when they fail; its asynchronous ones don't, and a
 * full disk under them would end the process.
 */
import { createSystemRandom, type Random } from '../base/random.js';
import { isSame, SALT_BYTES } from './commit-log.js';
import { ensureFormat, type Migration } from './format-version.js';
import { checkBatch, checkKey, closedError, overLimitError } from './guard.js';
import { translated } from './lmdb-errors.js';
import { prepareFolder, tornText } from './lmdb-folder.js';
import { LmdbTree } from './lmdb-tree.js';
import type { LogRecord } from './log-record.js';
import { RecentCommits } from './recent-commits.js';
import {
  type Backend,
  type Batch,
  type Entry,
  GROUP_MS,
  type Key,
  type Precondition,
  type Range,
  type Sync,
} from './storage.js';

export interface LmdbOptions {
  /** The folder of the data; made when it is missing. */
  readonly path: string;
  /** The most bytes of pages in use; unlimited when absent. Batches that only shrink the data always pass. */
  readonly maxBytes?: number | undefined;
  /** `strict` when absent. */
  readonly sync?: Sync | undefined;
  readonly random?: Random | undefined;
  /** Hears what a user should know of the storage that was found. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Other migrations than those of this version, for their tests. */
  readonly migrations?: readonly Migration[] | undefined;
}

/** Reads without a wait between them look for commits of others after so many milliseconds. */
const MAX_CURRENT_MS = 1;

/** From this size on a log is moved to the tree, which takes some milliseconds. */
const MAX_LOG_BYTES = 2 * 1024 * 1024;

/** Larger batches go to the tree at once, instead of being written twice. */
const MAX_LOGGED_BYTES = 512 * 1024;

/** A log up to this size is moved for the sake of being its only appender from then on. */
const SHORT_LOG_BYTES = 64 * 1024;

/**
 * Opens the storage in a folder, which several backends and processes may do at once.
 *
 * @throws SpellError `STORAGE_READ_ONLY`, `STORAGE_FOREIGN`, `STORAGE_NEWER`, `STORAGE_CORRUPT`, `STORAGE_FULL`
 */
export async function openLmdbBackend(options: LmdbOptions): Promise<Backend> {
  await prepareFolder(options.path);
  const { open } = await import('lmdb');
  const random = options.random ?? createSystemRandom();
  const backend = new LmdbBackend(open, { ...options, random });
  try {
    await ensureFormat(backend, {
      random,
      hasData: backend.hasData(),
      migrations: options.migrations,
    });
    if (backend.isTorn()) options.warn?.(tornText(options.path));
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

class LmdbBackend implements Backend {
  readonly name = 'lmdb';
  readonly features = { persistent: true, multiProcess: true };
  readonly location: string;

  readonly #tree: LmdbTree;
  readonly #recent: RecentCommits;
  readonly #sync: Sync;
  readonly #random: Random;
  readonly #maxBytes: number;
  /** True while it was the only appender when it last looked. */
  #isAlone = false;
  #hasCommitted = false;
  /** Until this moment reads need not look for commits of others; 0 when the process has waited since they last did. */
  #currentUntil = 0;
  readonly #forgetCurrent = () => {
    this.#currentUntil = 0;
  };
  #flushTimer: NodeJS.Timeout | undefined;
  /** What a flush met that nobody waited for. */
  #failure: unknown;
  #closed: Promise<void> | undefined;

  constructor(
    open: typeof import('lmdb').open,
    options: LmdbOptions & { readonly random: Random },
  ) {
    this.location = options.path;
    this.#sync = options.sync ?? 'strict';
    this.#random = options.random;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#recent = new RecentCommits(options.path);
    try {
      this.#tree = new LmdbTree(open, options.path);
    } catch (error) {
      throw translated(this.location, error);
    }
  }

  hasData(): boolean {
    return !this.#tree.isEmpty;
  }

  /** Whether the machine stopped while a commit was written, which is left out then. */
  isTorn(): boolean {
    this.#read(() => {});
    // What looks torn may be what another process is just writing.
    return this.#recent.isTorn && this.#inTransaction(() => this.#recent.isTorn);
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    return this.getNow(key);
  }

  getNow(key: Key): Uint8Array | undefined {
    checkKey(key);
    return this.#read(() => {
      const recent = this.#recent.get(key);
      if (recent !== undefined) return recent === null ? undefined : new Uint8Array(recent);
      return this.#tree.get(key);
    });
  }

  async range(range: Range): Promise<Entry[]> {
    if (this.#closed !== undefined) throw closedError();
    const { start, end, limit = Number.POSITIVE_INFINITY } = range;
    if (start >= end || limit <= 0) return [];
    return this.#read(() => {
      const entries: Entry[] = [];
      for (const entry of this.#recent.layOver(this.#tree.entries(range), range)) {
        entries.push(entry);
        if (entries.length >= limit) break;
      }
      return entries;
    });
  }

  async commit(batch: Batch): Promise<boolean> {
    checkBatch(batch);
    if (this.#closed !== undefined) throw closedError();
    if (this.#failure !== undefined) throw this.#failure;
    return this.#transact(batch);
  }

  async flush(): Promise<void> {
    if (this.#closed !== undefined) throw closedError();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#sync === 'strict') await this.#flushed();
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    clearTimeout(this.#flushTimer);
    try {
      // Whoever only read leaves the log to those who write it.
      if (this.#hasCommitted) this.#moveToTree({ isLast: true });
    } catch {
      // There may be no room for a change of the tree. The log holds the same.
      await this.#recent.flush();
    } finally {
      this.#recent.close();
      await this.#tree.close();
    }
  }

  /** Flushes what no caller waits for, so that a power loss never takes more than the last moment. */
  #flushSoon(): void {
    if (this.#flushTimer !== undefined || this.#sync === 'relaxed') return;
    this.#flushTimer = setTimeout(() => {
      this.#flushTimer = undefined;
      this.#flushed().catch((error) => {
        this.#failure = error;
      });
    }, GROUP_MS).unref();
  }

  async #flushed(): Promise<void> {
    try {
      const flushing = this.#recent.flush();
      if (flushing !== undefined) await flushing;
    } catch {
      // What a disk has lost of the log may still go to other places of it.
      this.#moveToTree();
    }
  }

  /** Reads from what is committed now, by other processes too; by itself LMDB keeps one view for a whole turn. */
  #read<T>(read: () => T): T {
    if (this.#closed !== undefined) throw closedError();
    try {
      this.#catchUp();
      return read();
    } catch (error) {
      throw translated(this.location, error);
    }
  }

  /**
   * Looks for commits of others, in a log that was still that of the tree after it was read. Once is enough until the
   * process waits for something: before that it can't have heard of a later one. Loops that never wait look again after
   * a moment.
   */
  #catchUp(): void {
    const now = performance.now();
    if (now < this.#currentUntil) return;
    do {
      if (!this.#isAlone) this.#recent.readOn();
      this.#tree.refresh();
    } while (this.#turnTo(this.#tree.logRecord));
    this.#recent.checkWhole();
    if (this.#currentUntil === 0) queueMicrotask(this.#forgetCurrent);
    this.#currentUntil = now + MAX_CURRENT_MS;
  }

  /** @returns Whether what is known of the log is no longer all of it. */
  #turnTo({ salt, appender }: LogRecord): boolean {
    const wasAlone = this.#isAlone;
    this.#isAlone = appender === 'we';
    return this.#recent.turnTo(salt) || (wasAlone && !this.#isAlone);
  }

  /** @returns Whether the preconditions held. */
  #transact(batch: Batch): boolean {
    let next: LogRecord | undefined;
    try {
      const attempt = () =>
        this.#inTransaction(({ salt, appender }) => {
          if (!batch.preconditions.every((condition) => this.#holds(condition))) return false;
          if (salt === undefined || this.#belongsInTree(batch, appender)) {
            next = this.#putInTree(batch);
          } else if (batch.writes.length > 0) {
            if (appender === 'another') return this.#shareLog(salt);
            this.#recent.append(batch.writes);
          }
          return true;
        });
      let isCommitted = attempt();
      while (isCommitted === undefined) isCommitted = attempt();
      this.#hasCommitted ||= isCommitted;
      if (next !== undefined) this.#turnTo(next);
      else if (isCommitted) this.#careForLog();
      return isCommitted;
    } catch (error) {
      throw translated(this.location, error, sizeOf(batch));
    }
  }

  /** Takes from another its right to append alone. Before that is committed, it must not meet anything of ours. */
  #shareLog(salt: Uint8Array): undefined {
    this.#tree.putLogRecord(salt, false);
  }

  #careForLog(): void {
    this.#flushSoon();
    if (this.#recent.size <= MAX_LOG_BYTES) return;
    try {
      this.#moveToTree();
    } catch {
      // The tree has no room, and the log goes on; the next commit tries again.
    }
  }

  /** Keeps other processes from committing meanwhile, and knows what they have committed before. */
  #inTransaction<T>(work: (record: LogRecord) => T): T {
    // The tree that reads see is not that of the generation that is known afterwards.
    this.#currentUntil = 0;
    return this.#tree.transact(() => {
      const record = this.#tree.logRecord;
      this.#turnTo(record);
      if (!this.#isAlone) this.#recent.readOn();
      this.#recent.checkWhole();
      return work(record);
    });
  }

  #belongsInTree(batch: Batch, appender: LogRecord['appender']): boolean {
    const size = sizeOf(batch);
    if (size > MAX_LOGGED_BYTES) return true;
    const isFree = appender === undefined && this.#recent.size <= SHORT_LOG_BYTES;
    if (isFree && !this.#hasCommitted && batch.writes.length > 0) return true;
    // Near the limit only the tree knows what fits.
    return this.#usedBytes() + 2 * (this.#recent.size + size) > this.#maxBytes;
  }

  #moveToTree({ isLast = false } = {}): void {
    try {
      const next = this.#inTransaction(() =>
        this.#recent.size === 0 ? undefined : this.#putInTree(NOTHING, isLast),
      );
      if (next !== undefined) this.#turnTo(next);
    } catch (error) {
      throw translated(this.location, error);
    }
  }

  /**
   * Writes what is in the log, and then a batch; what is in the log counts no longer once this is committed.
   *
   * @param isLast Whoever comes next may be the only appender.
   * @returns What is known of the generation that begins then.
   */
  #putInTree({ writes }: Batch, isLast = false): LogRecord {
    for (const write of this.#recent.writes()) this.#tree.put(write);
    const before = this.#usedBytes();
    for (const write of writes) this.#tree.put(write);
    const after = this.#usedBytes();
    if (after > before && after > this.#maxBytes) {
      throw overLimitError(this.#maxBytes, this.location);
    }
    const salt = this.#random.bytes(SALT_BYTES);
    this.#tree.putLogRecord(salt, !isLast);
    return { salt, appender: isLast ? undefined : 'we' };
  }

  #holds({ key, value }: Precondition): boolean {
    const recent = this.#recent.get(key);
    const stored = recent === undefined ? this.#tree.get(key) : recent;
    return isSame(stored ?? undefined, value);
  }

  #usedBytes(): number {
    return this.#maxBytes === Number.POSITIVE_INFINITY ? 0 : this.#tree.usedBytes;
  }
}

const NOTHING: Batch = { preconditions: [], writes: [] };

function sizeOf(batch: Batch): number {
  return batch.writes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
}
