/**
 * RecordWriter writes values as MessagePack, straight into bytes: journals are made of many small records, and turning
 * each into what a library wants first takes longer than writing it.
 */
import { SpellError } from './errors.js';
import { Float, type HostObject, type HostValue } from './value.js';

/** Extension types of the format. */
export const FLOAT_TYPE = 1;
export const NUMBER_TYPE = 2;
export const UTF16_TYPE = 3;

/** Deeper values are refused: writing and reading recurse, and a cycle has no depth at all. */
const MAX_DEPTH = 1000;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Longer strings are left to the system's own encoder. */
const SHORT_STRING = 64;

/** A buffer that has grown beyond this is not kept for later records. */
const KEPT_BYTES = 1024 * 1024;

/** Short records are parts of arrays of this size: making an array takes longer than writing a record. */
const SLAB_BYTES = 8192;
const SHORT_RECORD = SLAB_BYTES / 8;

export class RecordWriter {
  #bytes = Buffer.allocUnsafe(8192);
  #end = 0;
  #slab = new ArrayBuffer(SLAB_BYTES);
  #slabEnd = 0;

  /**
   * The bytes of a value, which are the caller's own.
   *
   * @param room Bytes to leave free in front.
   * @throws SpellError `VALUE_UNSUPPORTED`
   */
  record(value: HostValue, room = 0): Uint8Array {
    this.#end = room;
    this.#value(value, 0);
    const record = this.#newRecord(this.#end);
    record.set(this.#bytes.subarray(room, this.#end), room);
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.allocUnsafe(8192);
    return record;
  }

  #newRecord(length: number): Uint8Array {
    if (length > SHORT_RECORD) return new Uint8Array(length);
    if (this.#slabEnd + length > SLAB_BYTES) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#slabEnd = 0;
    }
    const record = new Uint8Array(this.#slab, this.#slabEnd, length);
    this.#slabEnd += length;
    return record;
  }

  #value(value: HostValue, depth: number): void {
    if (depth > MAX_DEPTH)
      throw unsupported(`a value is nested more than ${MAX_DEPTH} levels deep`);
    switch (typeof value) {
      case 'string':
        this.#string(value);
        break;
      case 'number':
        this.#number(value);
        break;
      case 'boolean':
        this.#byte(value ? 0xc3 : 0xc2);
        break;
      case 'undefined':
        this.#byte(0xd4);
        this.#uint16(0);
        break;
      case 'bigint':
        this.#bigint(value);
        break;
      case 'object':
        if (value === null) this.#byte(0xc0);
        else this.#object(value, depth);
        break;
      default:
        throw unsupported(`a ${typeof value} is not data`);
    }
  }

  #object(value: HostValue & object, depth: number): void {
    if (Array.isArray(value)) this.#array(value, depth);
    else if (value instanceof Map) this.#map(value, depth);
    else if (value instanceof Uint8Array) this.#binary(value);
    else if (value instanceof Float) this.#extendedNumber(FLOAT_TYPE, value.value);
    else this.#fields(value as HostObject, depth);
  }

  #fields(object: HostObject, depth: number): void {
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== Object.prototype && prototype !== null) {
      throw unsupported(`an object of class ${prototype.constructor?.name} is not plain data`);
    }
    const names = Object.keys(object);
    let count = 0;
    for (const name of names) if (object[name] !== undefined) count += 1;
    this.#mapHeader(count);
    for (const name of names) {
      const item = object[name];
      if (item === undefined) continue;
      this.#string(name);
      this.#value(item, depth + 1);
    }
  }

  #map(map: ReadonlyMap<HostValue, HostValue>, depth: number): void {
    this.#mapHeader(map.size);
    for (const [key, item] of map) {
      this.#value(key, depth + 1);
      this.#value(item, depth + 1);
    }
  }

  #mapHeader(size: number): void {
    if (size < 16) this.#byte(0x80 | size);
    else this.#header(size, [undefined, 0xde, 0xdf]);
  }

  #array(items: readonly HostValue[], depth: number): void {
    if (items.length < 16) this.#byte(0x90 | items.length);
    else this.#header(items.length, [undefined, 0xdc, 0xdd]);
    // By index: holes in the array become undefined.
    for (let index = 0; index < items.length; index += 1) this.#value(items[index], depth + 1);
  }

  #binary(bytes: Uint8Array): void {
    this.#header(bytes.length, [0xc4, 0xc5, 0xc6]);
    this.#raw(bytes);
  }

  #string(text: string): void {
    if (text.length > SHORT_STRING || !this.#ascii(text)) this.#longString(text);
  }

  /** @returns False, with nothing written, when the text has other characters. */
  #ascii(text: string): boolean {
    const { length } = text;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    const start = this.#end;
    let at = start + (length < 32 ? 1 : 2);
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return false;
      bytes[at] = unit;
      at += 1;
    }
    bytes[start] = length < 32 ? 0xa0 | length : 0xd9;
    if (length >= 32) bytes[start + 1] = length;
    this.#end = at;
    return true;
  }

  #longString(text: string): void {
    // Half a surrogate pair has no UTF-8.
    if (/\p{Surrogate}/u.test(text)) {
      this.#extension(UTF16_TYPE, Buffer.from(text, 'utf16le'));
      return;
    }
    const length = Buffer.byteLength(text);
    if (length < 32) this.#byte(0xa0 | length);
    else this.#header(length, [0xd9, 0xda, 0xdb]);
    this.#reserve(length);
    this.#end += this.#bytes.write(text, this.#end);
  }

  #number(value: number): void {
    // MessagePack has no -0 of its own.
    if (Object.is(value, -0)) {
      this.#extendedNumber(NUMBER_TYPE, value);
    } else if (value >>> 0 === value) {
      if (value < 0x80) this.#byte(value);
      else this.#header(value, [0xcc, 0xcd, 0xce]);
    } else if (value >> 0 === value) {
      this.#negative(value);
    } else {
      this.#byte(0xcb);
      this.#double(value);
    }
  }

  #negative(value: number): void {
    if (value >= -0x20) {
      this.#byte(value + 0x100);
    } else if (value >= -0x80) {
      this.#byte(0xd0);
      this.#byte(value + 0x100);
    } else if (value >= -0x8000) {
      this.#byte(0xd1);
      this.#uint16(value + 0x10000);
    } else {
      this.#byte(0xd2);
      this.#reserve(4);
      this.#end = this.#bytes.writeInt32BE(value, this.#end);
    }
  }

  #bigint(value: bigint): void {
    if (value < INT64_MIN || value > INT64_MAX) {
      throw unsupported(`the integer ${value} does not fit into 64 bits`);
    }
    this.#byte(0xd3);
    this.#reserve(8);
    this.#end = this.#bytes.writeBigInt64BE(value, this.#end);
  }

  #extendedNumber(type: number, value: number): void {
    this.#byte(0xd7);
    this.#byte(type);
    this.#double(value);
  }

  #double(value: number): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeDoubleBE(value, this.#end);
  }

  #extension(type: number, bytes: Uint8Array): void {
    this.#header(bytes.length, [0xc7, 0xc8, 0xc9]);
    this.#byte(type);
    this.#raw(bytes);
  }

  #raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** A number of 8, 16 or 32 bits behind the byte that says which; there may be none for 8. */
  #header(
    value: number,
    [small, middle, large]: readonly [number | undefined, number, number],
  ): void {
    this.#reserve(5);
    if (value < 0x100 && small !== undefined) {
      this.#byte(small);
      this.#byte(value);
    } else if (value < 0x10000) {
      this.#byte(middle);
      this.#uint16(value);
    } else {
      this.#byte(large);
      this.#end = this.#bytes.writeUInt32BE(value, this.#end);
    }
  }

  #uint16(value: number): void {
    this.#reserve(2);
    this.#end = this.#bytes.writeUInt16BE(value, this.#end);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#end] = value;
    this.#end += 1;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#end + length, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

function unsupported(message: string): SpellError {
  return new SpellError('VALUE_UNSUPPORTED', message, {
    hint: 'Store booleans, numbers, strings, bytes and tables of these.',
  });
}
