/**
 * Encoding turns values into the bytes that storage keeps, and back, exactly: what {@link encodeRecord} took is what
 * {@link decodeRecord} gives, `1` and `1.0`, `-0`, NaN, 64-bit integers, bytes and keys of any kind included.
 *
 * The format is MessagePack with three extensions of our own for what it can't say. Changing any of it is a change of
 * the storage format, see `runtime/storage/format-version.ts`.
 */
import { addExtension, Unpackr } from 'msgpackr';
import { SpellError } from './errors.js';
import { FLOAT_TYPE, NUMBER_TYPE, RecordWriter, UTF16_TYPE } from './record-writer.js';
import { Float, type HostValue, type Value, type ValueKey } from './value.js';

/** A number that MessagePack would change: it has no `-0`. */
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
  pack: written,
  unpack: (bytes: Uint8Array) => new Float(float64Of(bytes)),
});
addExtension({
  Class: ExactNumber,
  type: NUMBER_TYPE,
  pack: written,
  unpack: (bytes: Uint8Array) => new ExactNumber(float64Of(bytes)),
});
addExtension({
  Class: Utf16Text,
  type: UTF16_TYPE,
  pack: written,
  unpack: (bytes: Uint8Array) => new Utf16Text(Buffer.from(bytes).toString('utf16le')),
});

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false });

const writer = new RecordWriter();

/**
 * A value as bytes. Plain objects are kept as maps; their fields that are `undefined` are left out.
 *
 * @param room Bytes to leave free in front.
 * @throws SpellError `VALUE_UNSUPPORTED` for what is not data, is more than 1000 levels deep or has a cycle, and for
 * integers beyond 64 bits.
 */
export function encodeRecord(value: HostValue, room = 0): Uint8Array {
  return writer.record(value, room);
}

/**
 * The value that bytes of {@link encodeRecord} stand for; plain objects come back as maps.
 *
 * @throws SpellError `STORAGE_CORRUPT` for any other bytes.
 */
export function decodeRecord(bytes: Uint8Array): Value {
  try {
    // A view of its own, because the unpacker leaves a property on the array that it reads.
    return unpacked(unpackr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SpellError('STORAGE_CORRUPT', `a stored record can't be read: ${reason}`, {
      hint: 'The data was damaged outside of llmspell; restore it from a copy.',
      cause,
    });
  }
}

/** Like {@link decodeRecord}; `undefined` for bytes that are no record. */
export function readableRecord(bytes: Uint8Array): Value | undefined {
  try {
    return decodeRecord(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SpellError)) throw thrown;
    return undefined;
  }
}

/** The value that was written; refuses what never is, and the unpacker may read in damaged bytes. */
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

/** Extensions must name a function that writes them; a {@link RecordWriter} does. */
function written(): never {
  throw new Error('records are written by RecordWriter');
}

function float64Of(bytes: Uint8Array): number {
  if (bytes.length !== 8) throw new Error(`a number of ${bytes.length} bytes`);
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
}
