/**
 * FlushMark is a small file that says how much of a log is safe on the disk. A log that ends before that place has lost
 * something: without the mark its last records would pass for some that were never flushed.
 *
 * | bytes | |
 * | --- | --- |
 * | 0-7 | the place in the log |
 * | 8-15 | checksum of the salt of the log's generation and of the place |
 *
 * It is written after flushes and not flushed itself: it may say too little, and never too much. One that is missing,
 * damaged or of another generation says nothing.
 */
import { closeSync, constants, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { holdsSum, SUM_BYTES, sum, writeSum } from './running-sum.js';

const PLACE_BYTES = 8;

export class FlushMark {
  #file: number | undefined;
  readonly #bytes = Buffer.alloc(PLACE_BYTES + SUM_BYTES);

  constructor(private readonly path: string) {}

  /** The place up to which the log of a generation was flushed; 0 when that is not known. */
  read(salt: Uint8Array): number {
    if (this.#file === undefined && !existsSync(this.path)) return 0;
    const file = this.#open();
    const place = this.#bytes.subarray(0, PLACE_BYTES);
    if (readSync(file, this.#bytes, 0, this.#bytes.length, 0) < this.#bytes.length) return 0;
    const isTrue = holdsSum(sum(sum([0, 0], salt), place), this.#bytes, PLACE_BYTES);
    return isTrue ? Number(place.readBigUInt64LE(0)) : 0;
  }

  /** Says that the log of a generation was flushed up to a place. */
  write(salt: Uint8Array, place: number): void {
    const bytes = this.#bytes;
    bytes.writeBigUInt64LE(BigInt(place), 0);
    writeSum(sum(sum([0, 0], salt), bytes.subarray(0, PLACE_BYTES)), bytes, PLACE_BYTES);
    try {
      writeSync(this.#open(), bytes, 0, bytes.length, 0);
    } catch {
      // On a full disk the log is as safe as it is without.
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    this.#file ??= openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o600);
    return this.#file;
  }
}
