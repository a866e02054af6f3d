import { SpellError } from './errors.js';
import { MAX_JSON_DEPTH } from './json-parse.js';
import { utf8Text } from './utf8.js';
import { Float, type HostValue, keyText, type ValueKey } from './value.js';

export interface JsonOptions {
  /** Spaces per level; without it everything is on one line. */
  readonly indent?: number;
  /** Objects in the order of their keys' UTF-16 units instead of their own order. */
  readonly sortKeys?: boolean;
}

/**
 * A value as JSON text that {@link parseJson} reads back as the same value.
 *
 * Fields that are `undefined` are left out, in arrays (and alone) they are `null`. Number keys become text, except
 * that a map with positive integers for keys and few holes is an array with `null` in the holes.
 *
 * @throws SpellError `VALUE_UNSUPPORTED` naming the place as a JSON pointer: NaN, infinities, bytes that are not
 * UTF-8, functions, cycles, more than 200 levels, keys that read the same as text.
 */
export function stringifyJson(value: HostValue, options: JsonOptions = {}): string {
  const writer: Writer = {
    indent: ' '.repeat(options.indent ?? 0),
    sortKeys: options.sortKeys ?? false,
    path: [],
    open: new Set(),
  };
  return writeValue(writer, value);
}

interface Writer {
  readonly indent: string;
  readonly sortKeys: boolean;
  readonly path: string[];
  /** The containers around the current value: meeting one of them again is a cycle. */
  readonly open: Set<object>;
}

function writeValue(writer: Writer, value: HostValue): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return writeNumber(writer, value);
    case 'bigint':
      return writeInteger(writer, value);
    case 'string':
      return writeString(writer, value);
    case 'object':
      return value === null ? 'null' : writeObject(writer, value);
    default:
      throw unsupported(writer, `a ${typeof value}`);
  }
}

function writeNumber(writer: Writer, value: number): string {
  const text = jsonNumber(value);
  if (text === undefined) throw unsupported(writer, Number.isNaN(value) ? 'NaN' : 'an infinity');
  return text;
}

/** A number as JSON that keeps integers and floats apart; `undefined` when JSON has no form for it. */
export function jsonNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isSafeInteger(value)) return String(value);
  return jsonFloat(value);
}

/** A finite float as JSON that reads back as a float. */
export function jsonFloat(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function writeInteger(writer: Writer, value: bigint): string {
  if (BigInt.asIntN(64, value) !== value) throw unsupported(writer, 'an integer beyond 64 bits');
  return String(value);
}

function writeString(writer: Writer, value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw unsupported(writer, 'half of a surrogate pair');
  return JSON.stringify(value);
}

function writeObject(writer: Writer, value: HostValue & object): string {
  if (value instanceof Float) {
    if (!Number.isFinite(value.value)) return writeNumber(writer, value.value);
    return jsonFloat(value.value);
  }
  if (value instanceof Uint8Array) return writeString(writer, textOf(writer, value));
  if (writer.open.has(value)) throw unsupported(writer, 'a table that contains itself');
  if (writer.open.size >= MAX_JSON_DEPTH) {
    throw unsupported(writer, `nesting deeper than ${MAX_JSON_DEPTH} levels`);
  }
  writer.open.add(value);
  const text = writeContainer(writer, value);
  writer.open.delete(value);
  return text;
}

function writeContainer(writer: Writer, value: HostValue & object): string {
  if (Array.isArray(value)) return writeArray(writer, value);
  if (value instanceof Map) {
    const items = asArray(value);
    return items === undefined ? writeMap(writer, [...value]) : writeArray(writer, items);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw unsupported(writer, `an object of the class ${value.constructor.name}`);
  }
  return writeMap(writer, Object.entries(value));
}

function writeArray(writer: Writer, items: readonly HostValue[]): string {
  // Array.from, because map() would skip the holes of a sparse array.
  const parts = Array.from(items, (item, index) => at(writer, String(index), item));
  return bracket(writer, '[', parts, ']');
}

/** The items of a map that is a list with few holes in Lua's eyes, or `undefined`. */
function asArray(map: ReadonlyMap<ValueKey, HostValue>): HostValue[] | undefined {
  let count = 0;
  let max = 0;
  for (const [key, item] of map) {
    if (typeof key !== 'number' || !Number.isSafeInteger(key) || key < 1) return undefined;
    if (item === undefined) continue;
    count += 1;
    max = Math.max(max, key);
  }
  if (count === 0 || max > 2 * count + 8) return undefined;
  return Array.from({ length: max }, (_, index) => map.get(index + 1));
}

function writeMap(writer: Writer, entries: readonly (readonly [ValueKey, HostValue])[]): string {
  const seen = new Set<string>();
  const fields: [string, HostValue][] = [];
  for (const [key, item] of entries) {
    if (item === undefined) continue;
    const name = keyName(writer, key);
    if (seen.has(name)) throw unsupported(writer, `two keys that both read "${name}" as text`);
    seen.add(name);
    fields.push([name, item]);
  }
  if (writer.sortKeys) fields.sort(([a], [b]) => (a < b ? -1 : 1));
  const colon = writer.indent === '' ? ':' : ': ';
  const parts = fields.map(
    ([name, item]) => `${writeString(writer, name)}${colon}${at(writer, name, item)}`,
  );
  return bracket(writer, '{', parts, '}');
}

function keyName(writer: Writer, key: ValueKey): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'bigint') return String(key);
  if (key instanceof Uint8Array) return textOf(writer, key);
  if (typeof key === 'number' && Number.isFinite(key)) return String(key);
  if (key instanceof Float) return keyText(key);
  throw unsupported(writer, `the key ${String(key)} (keys are strings or finite numbers)`);
}

function at(writer: Writer, step: string, value: HostValue): string {
  writer.path.push(step);
  const text = writeValue(writer, value);
  writer.path.pop();
  return text;
}

function bracket(writer: Writer, open: string, parts: readonly string[], close: string): string {
  if (parts.length === 0) return open + close;
  if (writer.indent === '') return open + parts.join(',') + close;
  const outer = `\n${writer.indent.repeat(writer.open.size - 1)}`;
  const inner = outer + writer.indent;
  return open + inner + parts.join(`,${inner}`) + outer + close;
}

/** Bytes that are UTF-8 are the same Lua string as the text; other bytes have no place in JSON. */
function textOf(writer: Writer, bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text !== undefined) return text;
  throw unsupported(writer, 'a string of bytes that are not UTF-8', 'Encode it first, as base64.');
}

function unsupported(writer: Writer, what: string, hint?: string): SpellError {
  const pointer = writer.path.map((step) => `/${escapePointer(step)}`).join('');
  const place = pointer === '' ? 'at the top level' : `at ${pointer}`;
  return new SpellError('VALUE_UNSUPPORTED', `JSON can't hold ${what} (${place})`, {
    hint,
    key: pointer,
  });
}

/** One step of a JSON pointer (RFC 6901). */
export function escapePointer(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
