/**
 * Value is what crosses the border between Lua and the host, and what records keep: exact, and plain data only.
 *
 * | Lua | Value |
 * | --- | --- |
 * | nil | `undefined` |
 * | `JSON.null` | `null` |
 * | boolean | `boolean` |
 * | integer | `number` when safe, else `bigint` |
 * | float | `number`, or {@link Float} when the number alone would read as an integer (`1.0`) |
 * | string | `string` when it is UTF-8, else `Uint8Array` |
 * | table `1..n` | `Value[]`; the empty array is the table that `JSON.array` marks |
 * | any other table | `Map` in the order of `pairs` |
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | Float
  | string
  | Uint8Array
  | readonly Value[]
  | ValueMap;

/** Keys are what Lua allows as keys: no nil, no NaN. A key of bytes that are not UTF-8 is kept as bytes. */
export type ValueKey = string | number | bigint | boolean | Float | Uint8Array;

export type ValueMap = ReadonlyMap<ValueKey, Value>;

/** HostValue is what the host may hand to Lua: a {@link Value}, or plain objects in place of maps. */
export type HostValue = Value | readonly HostValue[] | HostObject;

export interface HostObject {
  readonly [key: string]: HostValue;
}

/** Float is a Lua float whose number is a safe integer, so that `1.0` comes back as `1.0` and not as `1`. */
export class Float {
  constructor(readonly value: number) {}
}

/** A Lua float as a {@link Value}. */
export function floatValue(value: number): number | Float {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value;
}

export function isMap(value: HostValue): value is ValueMap {
  return value instanceof Map;
}

/** True for plain objects: neither array, map, bytes nor {@link Float}. */
export function isHostObject(value: HostValue): value is HostObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Uint8Array) &&
    !(value instanceof Float)
  );
}

/** PlainValue is a {@link Value} in the shapes that JavaScript programs expect. */
export type PlainValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PlainValue[]
  | { [key: string]: PlainValue };

/**
 * A value as plain JavaScript: maps become objects, {@link Float} a number. The inverse of {@link fromPlain} for
 * everything that JavaScript can say; the difference between `1` and `1.0` is lost, keys become strings.
 */
export function toPlain(value: HostValue): PlainValue {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(toPlain);
  const object: { [key: string]: PlainValue } = {};
  const entries = value instanceof Map ? value.entries() : Object.entries(value as HostObject);
  for (const [key, item] of entries) {
    // defineProperty, because an assignment to `__proto__` would change the object's prototype.
    Object.defineProperty(object, keyText(key as ValueKey), {
      value: toPlain(item as HostValue),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}

/** Plain JavaScript as a {@link Value}: objects become maps, fields that are `undefined` are left out. */
export function fromPlain(plain: unknown): Value {
  switch (typeof plain) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
      return plain;
    case 'object':
      break;
    default:
      throw new TypeError(`a ${typeof plain} is not data: expected plain values`);
  }
  if (plain === null || plain instanceof Uint8Array || plain instanceof Float) return plain;
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (plain instanceof Date) return plain.toISOString();
  const entries = plain instanceof Map ? plain.entries() : Object.entries(plain);
  const map = new Map<ValueKey, Value>();
  for (const [key, item] of entries) {
    if (item !== undefined) map.set(key, fromPlain(item));
  }
  return map;
}

/** A key as text, for JSON objects and messages. */
export function keyText(key: ValueKey): string {
  if (key instanceof Float) return `${key.value}.0`;
  if (key instanceof Uint8Array) return Buffer.from(key).toString('latin1');
  return String(key);
}
