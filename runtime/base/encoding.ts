/**
 * Encoding turns values into the bytes that storage keeps, and back, exactly: what {@link encodeRecord} took is what
 * {@link decodeRecord} gives, `1` and `1.0`, `-0`, NaN, 64-bit integers, bytes and keys of any kind included.
 *
 * The format is MessagePack with three extensions of our own for what it can't say. Changing any of it is a change of
 * the storage format, see `runtime/storage/format-version.ts`.
 */
import { addExtension, Packr } from 'msgpackr';
import { SpellError } from './errors.js';
import { Float, type HostValue, type Value, type ValueKey } from './value.js';

/** Extension types of the format. */
const FLOAT_TYPE = 1;
const NUMBER_TYPE = 2;
const UTF16_TYPE = 3;

/** Deeper values are refused: both directions recurse, and a cycle has no depth at all. */
const MAX_DEPTH = 1000;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** A number that MessagePack would change: it writes `-0` as the integer 0. */
class ExactNumber {
  constructor(readonly value: number) {}
}

/** A string with half a surrogate pair in it, which has no UTF-8. */
class Utf16Text {
  constructor(readonly text: string) {}
}

addExtension({
  Class: Float,
  type: FLOAT_TYPE,
  pack: (float: Float) => float64Bytes(float.value),
  unpack: (bytes: Uint8Array) => new Float(float64Of(bytes)),
});
addExtension({
  Class: ExactNumber,
  type: NUMBER_TYPE,
  pack: (number: ExactNumber) => float64Bytes(number.value),
  unpack: (bytes: Uint8Array) => new ExactNumber(float64Of(bytes)),
});
addExtension({
  Class: Utf16Text,
  type: UTF16_TYPE,
  pack: (wide: Utf16Text) => Buffer.from(wide.text, 'utf16le'),
  unpack: (bytes: Uint8Array) => new Utf16Text(Buffer.from(bytes).toString('utf16le')),
});

/** `useRecords: false` writes plain maps; the other options keep maps of any size and key as maps. */
const packr = new Packr({ useRecords: false, mapsAsObjects: false, variableMapSize: true });

/**
 * A value as bytes. Plain objects are kept as maps; their fields that are `undefined` are left out.
 *
 * @throws SpellError `VALUE_UNSUPPORTED` for what is not data, is more than {@link MAX_DEPTH} levels deep or has a
 * cycle, and for integers beyond 64 bits.
 */
export function encodeRecord(value: HostValue): Uint8Array {
  // A copy, because the packer hands out a view of a buffer that it goes on filling.
  return new Uint8Array(packr.pack(packable(value, 0)));
}

/**
 * The value that bytes of {@link encodeRecord} stand for; plain objects come back as maps.
 *
 * @throws SpellError `STORAGE_CORRUPT` for any other bytes.
 */
export function decodeRecord(bytes: Uint8Array): Value {
  try {
    // A view of its own, because the unpacker leaves a property on the array that it reads.
    return unpacked(packr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SpellError('STORAGE_CORRUPT', `a stored record can't be read: ${reason}`, {
      hint: 'The data was damaged outside of llmspell; restore it from a copy.',
      cause,
    });
  }
}

/** The value in the classes that the packer knows. */
function packable(value: HostValue, depth: number): unknown {
  if (depth > MAX_DEPTH) throw unsupported(`a value is nested more than ${MAX_DEPTH} levels deep`);
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
      return value;
    case 'number':
      return Object.is(value, -0) ? new ExactNumber(value) : value;
    case 'bigint':
      if (value >= INT64_MIN && value <= INT64_MAX) return value;
      throw unsupported(`the integer ${value} does not fit into 64 bits`);
    case 'string':
      return /\p{Surrogate}/u.test(value) ? new Utf16Text(value) : value;
    case 'object':
      return value === null ? null : packableObject(value, depth);
    default:
      throw unsupported(`a ${typeof value} is not data`);
  }
}

function packableObject(value: HostValue & object, depth: number): unknown {
  if (value instanceof Uint8Array || value instanceof Float) return value;
  if (Array.isArray(value)) {
    // Array.from instead of map: holes in the array become undefined.
    return Array.from(value, (item: HostValue) => packable(item, depth + 1));
  }
  const map = new Map<unknown, unknown>();
  if (value instanceof Map) {
    for (const [key, item] of value) map.set(packable(key, depth + 1), packable(item, depth + 1));
    return map;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw unsupported(`an object of class ${prototype.constructor?.name} is not plain data`);
  }
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) map.set(packable(key, depth + 1), packable(item, depth + 1));
  }
  return map;
}

/** The reverse of {@link packable}; refuses what it never makes, which the unpacker may read in damaged bytes. */
function unpacked(value: unknown): Value {
  if (typeof value !== 'object' || value === null) return value as Value;
  if (value instanceof Float) return value;
  if (value instanceof ExactNumber) return value.value;
  if (value instanceof Utf16Text) return value.text;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(unpacked);
  if (value instanceof Map) {
    const map = new Map<ValueKey, Value>();
    for (const [key, item] of value) map.set(unpacked(key) as ValueKey, unpacked(item));
    return map;
  }
  throw new Error(`unexpected ${value.constructor?.name}`);
}

function float64Bytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function float64Of(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new Error(`a number of ${bytes.length} bytes`);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}

function unsupported(message: string): SpellError {
  return new SpellError('VALUE_UNSUPPORTED', message, {
    hint: 'Store booleans, numbers, strings, bytes and tables of these.',
  });
}
