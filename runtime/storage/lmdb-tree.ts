/** LmdbTree is the tree of a storage in LMDB: what was committed, without what is still in the log beside it. */
import type { RootDatabase } from 'lmdb';
import { createSystemRandom } from '../base/random.js';
import { isSame } from './commit-log.js';
import { FAMILY, key as keyOf } from './key-space.js';
import {
  APPENDER_BYTES,
  decodeLogRecord,
  encodeLogRecord,
  type LogRecord,
  NO_LOG,
} from './log-record.js';
import type { Entry, Key, Range, Write } from './storage.js';

interface TreeStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
  readonly entryCount: number;
}

const LOG_KEY = keyOf(FAMILY.meta, 'log');

export class LmdbTree {
  readonly #database: RootDatabase<Uint8Array, Uint8Array>;
  /** What we are called as an appender: never the same twice, whatever a program has for chance. */
  readonly #id = createSystemRandom().bytes(APPENDER_BYTES);
  /** The record of the log as it was last read: it is read for each commit, and rarely another one. */
  #logBytes: Uint8Array | undefined;
  #logRecord: LogRecord = NO_LOG;

  constructor(open: typeof import('lmdb').open, path: string) {
    this.#database = open<Uint8Array, Uint8Array>({
      path,
      // Without this a dot in the path makes it a file.
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      // Transactions are on the disk when they return; nothing is flushed behind our back.
      overlappingSync: false,
    });
  }

  get isEmpty(): boolean {
    return this.#stats.entryCount === 0;
  }

  /** Bytes of the pages in use. */
  get usedBytes(): number {
    const { treeBranchPageCount, treeLeafPageCount, overflowPages, pageSize } = this.#stats;
    return (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
  }

  /** Reads see what is committed now: by itself LMDB keeps one view for a whole turn. */
  refresh(): void {
    this.#database.resetReadTxn();
  }

  /** Does work as the only writer of all processes; what it puts is committed, or nothing of it when it throws. */
  transact<T>(work: () => T): T {
    return this.#database.transactionSync(work);
  }

  get(key: Key): Uint8Array | undefined {
    const value = this.#database.getBinary(keyBytes(key));
    return value === undefined ? undefined : plainBytes(value);
  }

  *entries({ start, end, reverse }: Range): Generator<Entry> {
    const [first, last] = [keyBytes(start), keyBytes(end)];
    // Backwards LMDB goes from `start` down to `end`.
    const bounds = reverse
      ? { start: last, end: first, reverse: true, exclusiveStart: true, inclusiveEnd: true }
      : { start: first, end: last };
    for (const { key, value } of this.#database.getRange(bounds)) {
      yield { key: Buffer.from(key).toString('latin1'), value: plainBytes(value) };
    }
  }

  put({ key, value }: Write): void {
    if (value === undefined) this.#database.removeSync(keyBytes(key));
    else this.#database.putSync(keyBytes(key), value);
  }

  /** What is known of the log. */
  get logRecord(): LogRecord {
    const bytes = this.#database.getBinary(LOG_KEY_BYTES);
    if (!isSame(bytes, this.#logBytes)) {
      this.#logBytes = bytes;
      this.#logRecord = decodeLogRecord(bytes, this.#id);
    }
    return this.#logRecord;
  }

  /** @param isOwn From now on only we append to the log. */
  putLogRecord(salt: Uint8Array, isOwn: boolean): void {
    this.#database.putSync(LOG_KEY_BYTES, encodeLogRecord(salt, isOwn ? this.#id : undefined));
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  get #stats(): TreeStats {
    return this.#database.getStats() as TreeStats;
  }
}

const LOG_KEY_BYTES = keyBytes(LOG_KEY);

function keyBytes(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

/** LMDB's buffer, which is a copy already, without the class and the extra properties. */
function plainBytes(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
