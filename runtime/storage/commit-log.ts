/**
 * CommitLog is a file that changes are appended to, each with a checksum, so that one write makes them last and one
 * flush makes them safe. It is read back up to the first record that is not whole: a crash of the machine can tear what
 * was not flushed, and nothing before it.
 *
 * | bytes | |
 * | --- | --- |
 * | 0-15 | what kind of file it is, with the version of this format |
 * | 16-31 | the salt: random, and known to the storage that the log belongs to |
 * | per record | length (32 bit), checksum (8 bytes), the writes |
 *
 * A checksum goes on from the one before it, and the first one from the salt. So nothing that once stood in the file,
 * or that a value happens to hold, is taken for a record.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Write } from './storage.js';

const datasync = promisify(fdatasync);

const MAGIC = Buffer.from('llmspell log v1\n');
export const SALT_BYTES = 16;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const CHECKSUM_BYTES = 8;
const RECORD_HEADER_BYTES = 4 + CHECKSUM_BYTES;

/** The file grows by this much at a time: while it keeps its size, flushing it is a third cheaper. */
const ROOM_BYTES = 64 * 1024;

/** Disks that flush within so many milliseconds are waited for: to hand that to another thread takes as long. */
const FAST_MS = 1;

export class CommitLog {
  readonly #file: number;
  /** Behind the last record that was read or appended. */
  #end = HEADER_BYTES;
  #checksum: Checksum;
  /** Bytes of the file that are known to be there. */
  #room: number;
  #flushedTo = HEADER_BYTES;
  /** One under way, or one that failed: that is not tried again, since the system may have forgotten what it held. */
  #flushing: Promise<void> | undefined;
  /** How long the last flush took. */
  #flushMs = Number.POSITIVE_INFINITY;
  #isClosed = false;
  readonly #header = Buffer.alloc(RECORD_HEADER_BYTES);

  private constructor(file: number, salt: Uint8Array) {
    this.#file = file;
    this.#checksum = sum([0, 0], salt);
    this.#room = fstatSync(file).size;
  }

  /** The log at `path`; `undefined` when there is none with this salt. */
  static open(path: string, salt: Uint8Array): CommitLog | undefined {
    // Looked for first: the error of a missing file costs ten times as much.
    if (!existsSync(path)) return undefined;
    let file: number;
    try {
      file = openSync(path, 'r+');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    }
    const header = Buffer.alloc(HEADER_BYTES);
    const isWhole = readSync(file, header, 0, HEADER_BYTES, 0) === HEADER_BYTES;
    if (isWhole && header.equals(headerOf(salt))) return new CommitLog(file, salt);
    closeSync(file);
    return undefined;
  }

  /** A new log in place of whatever is at `path`; its name survives a power loss. */
  static create(path: string, salt: Uint8Array): CommitLog {
    // Not overwritten: others may still be reading the old one.
    rmSync(path, { force: true });
    const file = openSync(path, 'wx+', 0o600);
    try {
      const start = Buffer.alloc(ROOM_BYTES);
      headerOf(salt).copy(start);
      writeFully(file, start, 0, HEADER_BYTES);
      flushFolder(dirname(path));
      return new CommitLog(file, salt);
    } catch (thrown) {
      closeSync(file);
      rmSync(path, { force: true });
      throw thrown;
    }
  }

  /** Bytes of the records that are known. */
  get size(): number {
    return this.#end - HEADER_BYTES;
  }

  /** The writes of the records behind those that are known, which other processes have appended. */
  *readOn(): Generator<Write> {
    for (;;) {
      const read = readSync(this.#file, this.#header, 0, RECORD_HEADER_BYTES, this.#end);
      const length = this.#header.readUInt32LE(0);
      if (read < RECORD_HEADER_BYTES || length === 0) return;
      const record = this.#readRecord(length);
      if (record === undefined) return;
      yield* decodeWrites(record);
    }
  }

  /**
   * Appends a record, which then outlives this process. The caller has read everything before and keeps others from
   * appending meanwhile.
   *
   * @returns The same writes with bytes of their own.
   */
  append(writes: readonly Write[]): Generator<Write> {
    const length = sizeOf(writes);
    const end = this.#end + RECORD_HEADER_BYTES + length;
    const room = end <= this.#room ? end : Math.ceil(end / ROOM_BYTES) * ROOM_BYTES;
    const bytes = Buffer.alloc(room - this.#end);
    const record = bytes.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length);
    encodeWrites(writes, record);
    const checksum = sum(this.#checksum, record);
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt32LE(checksum[0], 4);
    bytes.writeUInt32LE(checksum[1], 8);
    const written = writeFully(this.#file, bytes, this.#end, RECORD_HEADER_BYTES + length);
    this.#room = Math.max(this.#room, this.#end + written);
    this.#advance(length, checksum);
    return decodeWrites(record);
  }

  /** Resolves when every record that is known now survives a power loss. Those who wait at once share a flush. */
  async flush(): Promise<void> {
    const wanted = this.#end;
    while (this.#flushedTo < wanted) {
      if (this.#flushing === undefined && this.#flushMs < FAST_MS) {
        this.#flushNow();
      } else {
        this.#flushing ??= this.#flush();
        await this.#flushing;
      }
    }
  }

  /** Lets go of the file; what it holds is somewhere else by now, and safe there. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flushedTo = Number.POSITIVE_INFINITY;
    if (this.#flushing === undefined) closeSync(this.#file);
  }

  #flushNow(): void {
    const start = performance.now();
    try {
      fdatasyncSync(this.#file);
    } catch (thrown) {
      this.#flushing = Promise.reject(thrown);
      this.#flushing.catch(() => {});
      throw thrown;
    }
    this.#flushMs = performance.now() - start;
    this.#flushedTo = this.#end;
  }

  async #flush(): Promise<void> {
    const end = this.#end;
    const start = performance.now();
    try {
      await datasync(this.#file);
      this.#flushMs = performance.now() - start;
      this.#flushedTo = Math.max(this.#flushedTo, end);
    } catch (thrown) {
      // A log that was closed meanwhile has nothing left to lose.
      if (!this.#isClosed) throw thrown;
    } finally {
      if (this.#isClosed) closeSync(this.#file);
      else if (this.#flushedTo >= end) this.#flushing = undefined;
    }
  }

  #readRecord(length: number): Buffer | undefined {
    const start = this.#end + RECORD_HEADER_BYTES;
    if (start + length > fstatSync(this.#file).size) return undefined;
    const record = Buffer.alloc(length);
    if (readSync(this.#file, record, 0, length, start) !== length) return undefined;
    const checksum = sum(this.#checksum, record);
    const isWhole =
      this.#header.readUInt32LE(4) === checksum[0] && this.#header.readUInt32LE(8) === checksum[1];
    if (!isWhole) return undefined;
    this.#advance(length, checksum);
    return record;
  }

  #advance(length: number, checksum: Checksum): void {
    this.#end += RECORD_HEADER_BYTES + length;
    this.#checksum = checksum;
  }
}

function headerOf(salt: Uint8Array): Buffer {
  return Buffer.concat([MAGIC, salt]);
}

/** Two sums of 32 bits, each running over the bytes and over the other. */
type Checksum = readonly [number, number];

/** Tells torn records from whole ones, in less time than any hash; that a record is true is not its business. */
function sum(before: Checksum, bytes: Uint8Array): Checksum {
  let [first, second] = before;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length & ~7;
  for (let at = 0; at < whole; at += 8) {
    first = (first + view.getUint32(at, true) + second) | 0;
    second = (second + view.getUint32(at + 4, true) + first) | 0;
  }
  for (let at = whole; at < bytes.length; at += 1) {
    first = (first + view.getUint8(at) + second) | 0;
    second = (second + first) | 0;
  }
  return [first >>> 0, second >>> 0];
}

/** Per write: length of the key (16 bit), key, length of the value plus one (32 bit; 0 removes the key), value. */
const WRITE_BYTES = 2 + 4;

function sizeOf(writes: readonly Write[]): number {
  let size = 0;
  for (const { key, value } of writes) size += WRITE_BYTES + key.length + (value?.length ?? 0);
  return size;
}

function encodeWrites(writes: readonly Write[], into: Buffer): void {
  let at = 0;
  for (const { key, value } of writes) {
    at = into.writeUInt16LE(key.length, at);
    at += into.write(key, at, 'latin1');
    at = into.writeUInt32LE(value === undefined ? 0 : value.length + 1, at);
    if (value === undefined) continue;
    into.set(value, at);
    at += value.length;
  }
}

function* decodeWrites(record: Buffer): Generator<Write> {
  let at = 0;
  while (at < record.length) {
    const key = record.toString('latin1', at + 2, at + 2 + record.readUInt16LE(at));
    at += 2 + key.length;
    const length = record.readUInt32LE(at);
    at += 4;
    if (length === 0) {
      yield { key, value: undefined };
    } else {
      yield { key, value: record.subarray(at, at + length - 1) };
      at += length - 1;
    }
  }
}

/**
 * Writes bytes of which the first `needed` count; the others are only room.
 *
 * @returns How many were written.
 */
function writeFully(file: number, bytes: Buffer, position: number, needed: number): number {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(file, bytes, written, bytes.length - written, position + written);
    } catch (thrown) {
      if (written < needed) throw thrown;
      break;
    }
  }
  return written;
}

/** Makes the names in a folder survive a power loss; where folders can't be flushed, names do so by themselves. */
function flushFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
