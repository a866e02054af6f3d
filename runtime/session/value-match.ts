/**
 * Equality of metadata values, as filters and indexes need it: numbers compare as Lua compares them (`1 == 1.0`), bytes
 * by content, tables by what they hold.
 */
import { Float, isMap, type Value, type ValueKey, type ValueMap } from '../base/value.js';

/** True when every key of `filter` is in `metadata` with an equal value. */
export function metadataMatches(metadata: ValueMap, filter: ValueMap): boolean {
  for (const [key, wanted] of filter) {
    if (!valueEquals(valueAt(metadata, key), wanted)) return false;
  }
  return true;
}

/**
 * A scalar as text in which equal values, and no others, have equal text. `undefined` for tables, which no index holds,
 * and for nil and NaN, which equal nothing.
 */
export function scalarText(value: Value): string | undefined {
  switch (typeof value) {
    case 'boolean':
      return `b:${value}`;
    case 'string':
      return `s:${value}`;
    case 'bigint':
      return `n:${value}`;
    case 'number':
      return numberText(value);
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Float) return numberText(value.value);
      return value instanceof Uint8Array ? `x:${Buffer.from(value).toString('hex')}` : undefined;
    default:
      return undefined;
  }
}

/** The value under a key that equals `key`; bytes as keys are compared by content, which `Map.get` does not do. */
export function valueAt(map: ValueMap, key: ValueKey): Value {
  if (typeof key !== 'object') return map.get(key);
  const text = scalarText(key);
  for (const [candidate, value] of map) {
    if (scalarText(candidate) === text) return value;
  }
  return undefined;
}

/** True when two values hold the same data. */
export function valueEquals(left: Value, right: Value): boolean {
  const text = scalarText(left);
  if (text !== undefined) return text === scalarText(right);
  if (Array.isArray(left)) return Array.isArray(right) && arrayEquals(left, right);
  if (left === undefined || right === undefined) return false;
  return isMap(left) && isMap(right) && mapEquals(left, right);
}

// -0 and 0 are equal in Lua, and an integral float beyond 2^53 equals the integer of the same value.
function numberText(value: number): string | undefined {
  if (Number.isNaN(value)) return undefined;
  return Number.isInteger(value) ? `n:${BigInt(value)}` : `n:${value}`;
}

function arrayEquals(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((item, at) => valueEquals(item, right[at]));
}

function mapEquals(left: ValueMap, right: ValueMap): boolean {
  return left.size === right.size && metadataMatches(left, right);
}
