/**
 * The LMDB backend: a folder on this machine that any number of processes may share.
 *
 * Commits run in LMDB's synchronous transactions, which roll back when they fail; its asynchronous ones don't, and a
 * full disk under them would end the process. Concurrent commits of one process share a transaction, so that they
 * share its wait for the disk.
 */
import { statfsSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { SpellError } from '../base/errors.js';
import { createSystemRandom, type Random } from '../base/random.js';
import { ensureFormat, foreignError, type Migration } from './format-version.js';
import { checkBatch, checkKey, closedError, overLimitError } from './guard.js';
import { damagedError, diskFullError, prepareFolder, readOnlyError } from './lmdb-folder.js';
import type { Backend, Batch, Entry, Key, Precondition, Range } from './storage.js';

export interface LmdbOptions {
  /** The folder of the data; made when it is missing. */
  readonly path: string;
  /** The most bytes of pages in use; unlimited when absent. Batches that only shrink the data always pass. */
  readonly maxBytes?: number | undefined;
  /**
   * `true`, the default: a commit is on the disk when it returns. `false`: it survives the end of the process, and is
   * on the disk after `flush()`; a power loss before that may damage the data.
   */
  readonly sync?: boolean | undefined;
  readonly random?: Random | undefined;
  /** Other migrations than those of this version, for their tests. */
  readonly migrations?: readonly Migration[] | undefined;
}

/** Room on the disk below which an input/output error is taken for a full disk. */
const LOW_SPACE_BYTES = 1024 * 1024;

/** Numbers of errors as LMDB and the system give them. */
const IO_ERROR = 5;
const NO_SPACE = [28, 122, -30792];
const NOT_WRITABLE = [13, 30];
const NOT_LMDB = [-30793, -30794];
const DAMAGED = [-30797, -30796];

/**
 * Opens the storage in a folder, which several backends and processes may do at once.
 *
 * @throws SpellError `STORAGE_READ_ONLY`, `STORAGE_FOREIGN`, `STORAGE_NEWER`, `STORAGE_CORRUPT`, `STORAGE_FULL`
 */
export async function openLmdbBackend(options: LmdbOptions): Promise<Backend> {
  await prepareFolder(options.path);
  const { open } = await import('lmdb');
  const backend = new LmdbBackend(open, options);
  try {
    await ensureFormat(backend, {
      random: options.random ?? createSystemRandom(),
      hasData: backend.hasData(),
      migrations: options.migrations,
    });
    return backend;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

interface PendingCommit {
  readonly batch: Batch;
  readonly resolve: (applied: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** The parts of the library that its types leave out. */
type Database = RootDatabase<Uint8Array, Uint8Array> & {
  sync(done: (error?: unknown) => void): void;
};

interface TreeStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
}

class LmdbBackend implements Backend {
  readonly name = 'lmdb';
  readonly features = { persistent: true, multiProcess: true };
  readonly location: string;

  readonly #database: Database;
  readonly #sync: boolean;
  readonly #maxBytes: number;
  #pending: PendingCommit[] = [];
  #closed: Promise<void> | undefined;

  constructor(open: typeof import('lmdb').open, options: LmdbOptions) {
    this.location = options.path;
    this.#sync = options.sync ?? true;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    try {
      this.#database = open<Uint8Array, Uint8Array>({
        path: options.path,
        // Without this a dot in the path makes it a file.
        noSubdir: false,
        keyEncoding: 'binary',
        encoding: 'binary',
        noSync: !this.#sync,
        // Commits are on the disk when they return; nothing is flushed behind our back.
        overlappingSync: false,
      }) as Database;
    } catch (error) {
      throw this.#translated(error, 0);
    }
  }

  hasData(): boolean {
    return this.#stats().entryCount > 0;
  }

  async get(key: Key): Promise<Uint8Array | undefined> {
    checkKey(key);
    const value = this.#read((database) => database.getBinary(keyBytes(key)));
    return value === undefined ? undefined : plainBytes(value);
  }

  async range(range: Range): Promise<Entry[]> {
    if (this.#closed !== undefined) throw closedError();
    if (range.start >= range.end || (range.limit ?? 1) <= 0) return [];
    const [start, end] = [keyBytes(range.start), keyBytes(range.end)];
    // Backwards LMDB goes from `start` down to `end`.
    const bounds = range.reverse
      ? { start: end, end: start, reverse: true, exclusiveStart: true, inclusiveEnd: true }
      : { start, end };
    const limit = range.limit === undefined ? {} : { limit: range.limit };
    return this.#read((database) => {
      const entries: Entry[] = [];
      for (const { key, value } of database.getRange({ ...bounds, ...limit })) {
        entries.push({ key: Buffer.from(key).toString('latin1'), value: plainBytes(value) });
      }
      return entries;
    });
  }

  async commit(batch: Batch): Promise<boolean> {
    checkBatch(batch);
    if (this.#closed !== undefined) throw closedError();
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, resolve, reject });
      if (this.#pending.length === 1) queueMicrotask(() => this.#commitPending());
    });
  }

  async flush(): Promise<void> {
    if (this.#closed !== undefined) throw closedError();
    this.#commitPending();
    await this.#flushed();
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish();
    return this.#closed;
  }

  async #finish(): Promise<void> {
    this.#commitPending();
    try {
      await this.#flushed();
    } finally {
      await this.#database.close();
    }
  }

  /** A synchronous commit has flushed already; without them the system is told to write everything now. */
  async #flushed(): Promise<void> {
    if (this.#sync) return;
    await new Promise<void>((resolve, reject) => {
      this.#database.sync((error) => {
        if (error) reject(this.#translated(error, 0));
        else resolve();
      });
    });
  }

  /** Reads from what is committed now, by other processes too; by itself LMDB keeps one view for a whole turn. */
  #read<T>(read: (database: Database) => T): T {
    if (this.#closed !== undefined) throw closedError();
    try {
      this.#database.resetReadTxn();
      return read(this.#database);
    } catch (error) {
      throw this.#translated(error, 0);
    }
  }

  #commitPending(): void {
    const group = this.#pending;
    this.#pending = [];
    if (group.length === 0) return;
    let results: boolean[];
    try {
      results = this.#transact(group.map(({ batch }) => batch));
    } catch {
      // One batch undid the whole group, so each is tried alone and fails or passes for itself.
      for (const commit of group) this.#commitAlone(commit);
      return;
    }
    for (const [index, commit] of group.entries()) commit.resolve(results[index] === true);
  }

  #commitAlone({ batch, resolve, reject }: PendingCommit): void {
    try {
      resolve(this.#transact([batch])[0] === true);
    } catch (error) {
      reject(this.#translated(error, sizeOf(batch)));
    }
  }

  #transact(batches: readonly Batch[]): boolean[] {
    return this.#database.transactionSync(() => batches.map((batch) => this.#apply(batch)));
  }

  #apply({ preconditions, writes }: Batch): boolean {
    if (!preconditions.every((condition) => this.#holds(condition))) return false;
    const before = this.#usedBytes();
    for (const { key, value } of writes) {
      if (value === undefined) this.#database.removeSync(keyBytes(key));
      else this.#database.putSync(keyBytes(key), value);
    }
    const after = this.#usedBytes();
    if (after > before && after > this.#maxBytes) {
      throw overLimitError(this.#maxBytes, this.location);
    }
    return true;
  }

  #holds({ key, value }: Precondition): boolean {
    const stored = this.#database.getBinary(keyBytes(key));
    if (stored === undefined || value === undefined) return stored === value;
    return Buffer.compare(stored, value) === 0;
  }

  #usedBytes(): number {
    if (this.#maxBytes === Number.POSITIVE_INFINITY) return 0;
    const { treeBranchPageCount, treeLeafPageCount, overflowPages, pageSize } = this.#stats();
    return (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
  }

  #stats(): TreeStats {
    return this.#database.getStats() as TreeStats;
  }

  #translated(error: unknown, batchBytes: number): SpellError {
    if (error instanceof SpellError) return error;
    const code = Number((error as { code?: unknown }).code);
    const path = this.location;
    if (NO_SPACE.includes(code)) return diskFullError(path, error);
    // LMDB says the same when it could write only a part of a page and when the disk failed.
    if (code === IO_ERROR && freeBytes(path) < batchBytes * 2 + LOW_SPACE_BYTES) {
      return diskFullError(path, error);
    }
    const message = error instanceof Error ? error.message : String(error);
    if (NOT_WRITABLE.includes(code)) return readOnlyError(path, message, error);
    if (NOT_LMDB.includes(code)) return foreignError(path, error);
    if (DAMAGED.includes(code)) return damagedError(path, message, error);
    return new SpellError('STORAGE_FAILED', `the storage in ${path} failed: ${message}`, {
      hint: 'Check that the disk is in order, and start again.',
      cause: error,
    });
  }
}

function keyBytes(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

/** LMDB's buffer, which is a copy already, without the class and the extra properties. */
function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function sizeOf(batch: Batch): number {
  return batch.writes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
