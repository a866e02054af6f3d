/**
 * Portable values are values as JSON that reads back exactly. What JSON can say stands there as it is; what it can't is
 * an object with the key `$llmspell`:
 *
 * | value | becomes |
 * | --- | --- |
 * | bytes | `{"$llmspell": "bytes", "base64": "..."}` |
 * | text with half a surrogate pair | `{"$llmspell": "utf16", "base64": "..."}` |
 * | NaN, infinities | `{"$llmspell": "float", "value": "NaN"}` |
 * | nil in a list | `{"$llmspell": "nil"}` |
 * | tables with other keys than texts, or with `$llmspell` | `{"$llmspell": "table", "entries": [[key, value]]}` |
 */
import { Float, isMap, type Value, type ValueKey, type ValueMap } from './value.js';

const MARK = '$llmspell';

export function toPortable(value: Value): Value {
  if (value === undefined) return marked('nil', []);
  if (typeof value === 'number') return Number.isFinite(value) ? value : floatMark(value);
  if (typeof value === 'string') return isWellFormed(value) ? value : textMark(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Float) return Number.isFinite(value.value) ? value : floatMark(value.value);
  if (value instanceof Uint8Array) {
    return marked('bytes', [['base64', Buffer.from(value).toString('base64')]]);
  }
  // Array.from instead of map: holes are nil.
  if (Array.isArray(value)) return Array.from(value as readonly Value[], toPortable);
  const entries = [...(value as ValueMap)];
  if (!entries.every(([key]) => isPlainKey(key))) {
    const pairs = entries.map(([key, item]) => [toPortable(key), toPortable(item)]);
    return marked('table', [['entries', pairs]]);
  }
  return new Map(entries.map(([key, item]) => [key, toPortable(item)]));
}

/** The value that {@link toPortable} took; a mark that it never made stays the table that it is. */
export function fromPortable(value: Value): Value {
  if (Array.isArray(value)) return value.map(fromPortable);
  if (!isMap(value)) return value;
  const made = value.has(MARK) ? fromMark(value) : undefined;
  if (made !== undefined) return made.value;
  return new Map([...value].map(([key, item]) => [key, fromPortable(item)]));
}

function fromMark(mark: ValueMap): { value: Value } | undefined {
  const [base64, number, entries] = [mark.get('base64'), mark.get('value'), mark.get('entries')];
  switch (mark.get(MARK)) {
    case 'nil':
      return { value: undefined };
    case 'bytes':
      return typeof base64 === 'string' ? { value: bytesOf(base64) } : undefined;
    case 'utf16':
      if (typeof base64 !== 'string') return undefined;
      return { value: Buffer.from(base64, 'base64').toString('utf16le') };
    case 'float':
      return typeof number === 'string' ? { value: Number(number) } : undefined;
    case 'table':
      return Array.isArray(entries) ? { value: tableOf(entries) } : undefined;
    default:
      return undefined;
  }
}

function tableOf(entries: readonly Value[]): ValueMap {
  const pairs = entries.filter((entry) => Array.isArray(entry) && entry.length === 2);
  return new Map(
    (pairs as [Value, Value][]).map(([key, item]) => [
      fromPortable(key) as ValueKey,
      fromPortable(item),
    ]),
  );
}

function marked(kind: string, fields: readonly (readonly [string, Value])[]): ValueMap {
  return new Map<string, Value>([[MARK, kind], ...fields]);
}

function floatMark(value: number): ValueMap {
  return marked('float', [['value', String(value)]]);
}

function textMark(text: string): ValueMap {
  return marked('utf16', [['base64', Buffer.from(text, 'utf16le').toString('base64')]]);
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function isPlainKey(key: ValueKey): boolean {
  return typeof key === 'string' && key !== MARK && isWellFormed(key);
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
