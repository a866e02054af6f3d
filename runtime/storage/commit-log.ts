/**
 * CommitLog is a file that changes are appended to, each with a checksum, so that one write makes them last and one
 * flush makes them safe. It is read back up to the first record that is not whole: a crash of the machine can tear what
 * was not flushed. What was flushed, which a mark beside the log knows, has to be whole.
 *
 * | bytes | |
 * | --- | --- |
 * | 0-15 | what kind of file it is, with the version of this format |
 * | 16-31 | the salt of its generation, which the storage that it belongs to knows |
 * | per record | length (32 bit; 0 at the end), checksum (8 bytes), the writes |
 *
 * A new generation begins at the front again, over the records of the one before: a file that keeps its size is
 * flushed in two thirds of the time. A checksum goes on from the one before it, and the first one from the salt. So
 * nothing that once stood in the file, or that a value happens to hold, is taken for a record.
 */
import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { FlushMark } from './flush-mark.js';
import { holdsSum, type RunningSum, SUM_BYTES, sum, writeSum } from './running-sum.js';
import type { Write } from './storage.js';

const datasync = promisify(fdatasync);

const MAGIC = Buffer.from('llmspell log v1\n');
export const SALT_BYTES = 16;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const RECORD_HEADER_BYTES = 4 + SUM_BYTES;

/** The file grows by this much at a time. */
const ROOM_BYTES = 64 * 1024;

/** Disks that flush within so many milliseconds are waited for: to hand that to another thread takes as long. */
const FAST_MS = 1;

export class CommitLog {
  #file: number | undefined;
  /** Of the generation that is known; `undefined` before the first one. */
  #salt: Uint8Array | undefined;
  /** Counts the generations that this process has seen. */
  #generation = 0;
  /** True when the file is of this generation: there are records of it. */
  #isBegun = false;
  /** Behind the last record that was read or appended. */
  #end = HEADER_BYTES;
  #checksum: RunningSum = [0, 0];
  /** Bytes of the file that are known to be there. */
  #room = 0;
  #flushedTo = HEADER_BYTES;
  /** Up to here the records have been flushed by whoever appended them; `undefined` until that was looked up. */
  #marked: number | undefined;
  #isTorn = false;
  readonly #mark: FlushMark;
  /** Set from the writing of the mark to the next pause of the process, and whether the mark says too little then. */
  #marking: NodeJS.Immediate | undefined;
  #isMarkDue = false;
  /** One under way, or one that failed: that is not tried again, since the system may have forgotten what it held. */
  #flushing: Promise<void> | undefined;
  #hasFailed = false;
  /** How long the last flush took. */
  #flushMs = Number.POSITIVE_INFINITY;
  #isClosed = false;
  readonly #header = Buffer.alloc(RECORD_HEADER_BYTES);

  /** @param markPath The file of the mark. */
  constructor(
    private readonly path: string,
    markPath: string,
  ) {
    this.#mark = new FlushMark(markPath);
  }

  /** Bytes of the records that are known. */
  get size(): number {
    return this.#end - HEADER_BYTES;
  }

  /** Whether a record that was never flushed stood half written behind the last one that is known. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** Bytes that were flushed and are lost. Holds only while the generation is still that of its storage. */
  get lost(): number {
    return Math.max(0, (this.#marked ?? 0) - this.#end);
  }

  /**
   * Turns to the generation of a salt. What is known of another one counts no longer: it is somewhere else by now, and
   * safe there.
   *
   * @returns Whether it is another one.
   */
  turnTo(salt: Uint8Array | undefined): boolean {
    if (isSame(salt, this.#salt)) return false;
    this.#salt = salt;
    clearImmediate(this.#marking);
    this.#marking = undefined;
    this.#isMarkDue = false;
    this.#generation += 1;
    this.#isBegun = false;
    this.#end = HEADER_BYTES;
    this.#flushedTo = HEADER_BYTES;
    this.#marked = undefined;
    this.#isTorn = false;
    this.#checksum = salt === undefined ? [0, 0] : sum([0, 0], salt);
    if (this.#hasFailed) this.#flushing = undefined;
    this.#hasFailed = false;
    return true;
  }

  /** The writes of the records behind those that are known, which other processes have appended. */
  *readOn(): Generator<Write> {
    if (!this.#isBegun && !this.#findBeginning()) return;
    const file = this.#file as number;
    for (;;) {
      const read = readSync(file, this.#header, 0, RECORD_HEADER_BYTES, this.#end);
      const length = this.#header.readUInt32LE(0);
      const isThere = read === RECORD_HEADER_BYTES && length > 0;
      const record = isThere ? this.#readRecord(file, length) : undefined;
      this.#isTorn = isThere && record === undefined;
      if (record === undefined) return;
      yield* decodeWrites(record);
    }
  }

  /**
   * Appends a record, which then outlives this process. The caller has read everything before, and keeps others from
   * appending meanwhile.
   *
   * @returns The same writes with bytes of their own.
   */
  append(writes: readonly Write[]): readonly Write[] {
    const file = this.#file ?? this.#make();
    const start = this.#isBegun ? this.#end : 0;
    const length = sizeOf(writes);
    const recordStart = this.#end - start + RECORD_HEADER_BYTES;
    // Behind the record a length of 0, since older records may lie there.
    const least = this.#end + RECORD_HEADER_BYTES + length + RECORD_HEADER_BYTES;
    const room = least <= this.#room ? least : Math.ceil(least / ROOM_BYTES) * ROOM_BYTES;
    const bytes = Buffer.allocUnsafe(room - start);
    bytes.fill(0, recordStart + length);
    if (start === 0) headerOf(this.#salt as Uint8Array).copy(bytes);
    const record = bytes.subarray(recordStart, recordStart + length);
    encodeWrites(writes, record);
    const checksum = sum(this.#checksum, record);
    bytes.writeUInt32LE(length, recordStart - RECORD_HEADER_BYTES);
    writeSum(checksum, bytes, recordStart - SUM_BYTES);
    const written = writeFully(file, bytes, start, recordStart + length);
    this.#room = Math.max(this.#room, start + written);
    this.#isBegun = true;
    this.#advance(length, checksum);
    return ownWrites(writes, record);
  }

  /**
   * Resolves when every record that is known now survives a power loss; `undefined` when it does by now. Those who wait
   * at once share a flush.
   */
  flush(): Promise<void> | undefined {
    if (this.#flushedTo < this.#end && this.#mayFlushNow) this.#flushNow();
    return this.#flushedTo < this.#end ? this.#flushUntil(this.#end, this.#generation) : undefined;
  }

  async #flushUntil(wanted: number, generation: number): Promise<void> {
    while (this.#flushedTo < wanted && this.#generation === generation) {
      if (this.#mayFlushNow) {
        this.#flushNow();
      } else {
        this.#flushing ??= this.#flush();
        await this.#flushing;
      }
    }
  }

  get #mayFlushNow(): boolean {
    return this.#flushing === undefined && this.#flushMs < FAST_MS;
  }

  /** Lets go of the file. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#writeMark();
    this.turnTo(undefined);
    if (this.#flushing === undefined) this.#closeFile();
  }

  #flushNow(): void {
    const start = performance.now();
    try {
      fdatasyncSync(this.#file as number);
    } catch (thrown) {
      this.#hasFailed = true;
      this.#flushing = Promise.reject(thrown);
      this.#flushing.catch(() => {});
      throw thrown;
    }
    this.#flushMs = performance.now() - start;
    this.#markFlushed(this.#end);
  }

  async #flush(): Promise<void> {
    const [end, generation] = [this.#end, this.#generation];
    const start = performance.now();
    try {
      await datasync(this.#file as number);
      this.#flushMs = performance.now() - start;
      if (this.#generation === generation) this.#markFlushed(Math.max(this.#flushedTo, end));
      this.#flushing = undefined;
    } catch (thrown) {
      this.#hasFailed = true;
      throw thrown;
    } finally {
      if (this.#isClosed) this.#closeFile();
    }
  }

  /** Of flushes without a pause of the process between them, the first is marked at once, the others at the pause. */
  #markFlushed(end: number): void {
    this.#flushedTo = end;
    this.#isMarkDue = true;
    if (this.#marking !== undefined) return;
    this.#writeMark();
    this.#marking = setImmediate(() => {
      this.#marking = undefined;
      this.#writeMark();
    });
  }

  #writeMark(): void {
    if (this.#isMarkDue) this.#mark.write(this.#salt as Uint8Array, this.#flushedTo);
    this.#isMarkDue = false;
  }

  #open(flags: number): number {
    this.#file = openSync(this.path, flags, 0o600);
    this.#room = fstatSync(this.#file).size;
    return this.#file;
  }

  #make(): number {
    const file = this.#open(constants.O_RDWR | constants.O_CREAT);
    // Before anything is in it, also when another process made it and ended here.
    if (this.#room === 0) flushFolder(dirname(this.path));
    return file;
  }

  #closeFile(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#mark.close();
  }

  #findBeginning(): boolean {
    if (this.#salt === undefined) return false;
    // Before anything of the log is read, which others may be appending to.
    this.#marked ??= this.#mark.read(this.#salt);
    if (this.#file === undefined) {
      // Looked for first: the error of a missing file costs ten times as much.
      if (!existsSync(this.path)) return false;
      this.#open(constants.O_RDWR);
    }
    const header = Buffer.alloc(HEADER_BYTES);
    const read = readSync(this.#file as number, header, 0, HEADER_BYTES, 0);
    this.#isBegun = read === HEADER_BYTES && header.equals(headerOf(this.#salt));
    return this.#isBegun;
  }

  #readRecord(file: number, length: number): Buffer | undefined {
    const start = this.#end + RECORD_HEADER_BYTES;
    this.#room = fstatSync(file).size;
    if (start + length > this.#room) return undefined;
    const record = Buffer.alloc(length);
    if (readSync(file, record, 0, length, start) !== length) return undefined;
    const checksum = sum(this.#checksum, record);
    if (!holdsSum(checksum, this.#header, 4)) return undefined;
    this.#advance(length, checksum);
    return record;
  }

  #advance(length: number, checksum: RunningSum): void {
    this.#end += RECORD_HEADER_BYTES + length;
    this.#checksum = checksum;
  }
}

/** Whether two values are the same bytes, or both absent. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}

function headerOf(salt: Uint8Array): Buffer {
  return Buffer.concat([MAGIC, salt]);
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

/** The writes that were encoded, with the bytes that they have there. */
function ownWrites(writes: readonly Write[], { buffer, byteOffset }: Buffer): readonly Write[] {
  let at = byteOffset;
  return writes.map(({ key, value }) => {
    at += WRITE_BYTES + key.length;
    if (value === undefined) return { key, value };
    const own = new Uint8Array(buffer, at, value.length);
    at += value.length;
    return { key, value: own };
  });
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
