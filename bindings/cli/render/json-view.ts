/** Values of scripts in a form that every JSON reader takes: nothing is refused, what JSON can't say is marked. */
import { type JsonOptions, stringifyJson } from '../../../runtime/base/json.js';
import { utf8Text } from '../../../runtime/base/utf8.js';
import { Float, type HostValue, type ValueKey } from '../../../runtime/base/value.js';

/** Deeper parts of a value are left out; the writer below stops at 200 levels, the document around them included. */
const MAX_DEPTH = 180;

/** A value as JSON text, see {@link jsonView}. */
export function jsonText(value: HostValue, options: JsonOptions = {}): string {
  return stringifyJson(jsonView(value, 0), options);
}

/**
 * The value with what JSON can't say replaced:
 *
 * | value | becomes |
 * | --- | --- |
 * | bytes that are not UTF-8 | `{"base64": "..."}` |
 * | NaN, infinities | `{"float": "NaN"}`, `{"float": "Infinity"}`, `{"float": "-Infinity"}` |
 * | a table with keys that are no text and no numbers, or that read the same | `{"entries": [[key, value], ...]}` |
 * | more than 180 levels | `{"too_deep": true}` |
 */
export function jsonView(value: HostValue, depth: number): HostValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : floatView(value);
  if (typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '\ufffd');
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return utf8Text(value) ?? bytesView(value);
  if (value instanceof Float) return Number.isFinite(value.value) ? value : floatView(value.value);
  if (depth >= MAX_DEPTH) return { too_deep: true };
  if (Array.isArray(value)) return value.map((item) => jsonView(item, depth + 1));
  if (value instanceof Map) return mapView(value, depth);
  const fields = Object.entries(value).map(([key, item]) => [key, jsonView(item, depth + 1)]);
  return Object.fromEntries(fields);
}

function floatView(value: number): HostValue {
  return { float: String(value) };
}

function bytesView(bytes: Uint8Array): HostValue {
  return { base64: Buffer.from(bytes).toString('base64') };
}

function mapView(map: ReadonlyMap<ValueKey, HostValue>, depth: number): HostValue {
  const names = [...map.keys()].map(keyName);
  const isObject = !names.includes(undefined) && new Set(names).size === names.length;
  if (isObject) {
    return new Map([...map].map(([key, item]) => [key, jsonView(item, depth + 1)])) as HostValue;
  }
  const pairs = [...map].map(([key, item]) => [jsonView(key, depth), jsonView(item, depth + 3)]);
  return { entries: pairs };
}

/** The key as JSON's text; `undefined` where it has none. */
function keyName(key: ValueKey): string | undefined {
  if (typeof key === 'string') return /\p{Surrogate}/u.test(key) ? undefined : key;
  if (typeof key === 'bigint') return String(key);
  if (typeof key === 'number') return Number.isFinite(key) ? String(key) : undefined;
  return undefined;
}
