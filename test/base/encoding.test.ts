import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../runtime/base/encoding.js';
import { Float, type HostValue, type Value, type ValueKey } from '../../runtime/base/value.js';

const roundTrip = (value: HostValue) => decodeRecord(encodeRecord(value));

const key: fc.Arbitrary<ValueKey> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toString', ''),
  fc.integer(),
  fc.double({ noNaN: true }).map((number) => (number === 0 ? 0 : number)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.boolean(),
  fc.maxSafeInteger().map((number) => new Float(number)),
  fc.uint8Array({ maxLength: 20 }),
);

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Value>(undefined, null, true, false, -0, Number.NaN, '\ufeff', '\ud800x'),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.maxSafeInteger().map((number) => new Float(number)),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 10 })
      .map((units) => String.fromCharCode(...units)),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 20 }).map((entries) => new Map(entries)),
  ),
}));

describe('encoding', () => {
  test('every value comes back exactly', () => {
    fc.assert(
      fc.property(value, (original) => {
        expect(shapeOf(roundTrip(original))).toEqual(shapeOf(original));
      }),
      { numRuns: 3000 },
    );
  });

  test('damaged bytes give a value or STORAGE_CORRUPT, and nothing else', () => {
    const damage = fc.tuple(value, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean());
    fc.assert(
      fc.property(damage, ([original, at, change, cut]) => {
        const bytes = encodeRecord(original);
        const index = at % bytes.length;
        bytes[index] = (bytes[index] as number) ^ change;
        try {
          decodeRecord(cut ? bytes.subarray(0, index) : bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'STORAGE_CORRUPT' });
        }
        // What was read before must not change how later bytes are read.
        expect(shapeOf(roundTrip([64, 100, 'after']))).toEqual(shapeOf([64, 100, 'after']));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    ['trailing bytes', Uint8Array.of(1, 2)],
    ['an unknown extension', Uint8Array.of(0xd4, 99, 0)],
    ['a number that ends early', Uint8Array.of(0xcb, 1, 2)],
    ['a float of the wrong size', Uint8Array.of(0xd6, 1, 1, 2, 3, 4)],
    ['a huge array without items', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['a set, which no value is', Uint8Array.of(0xd4, 0x73, 0, 0x90)],
    ['a million nested arrays', new Uint8Array(1_000_000).fill(0x91)],
  ])('%s is STORAGE_CORRUPT', (_, bytes) => {
    expect(() => decodeRecord(bytes)).toThrow(expect.objectContaining({ code: 'STORAGE_CORRUPT' }));
  });

  test('plain objects come back as maps, without the fields that are undefined', () => {
    expect(roundTrip({ a: 1, b: undefined, c: { d: [null, undefined] } })).toEqual(
      new Map<string, unknown>([
        ['a', 1],
        ['c', new Map([['d', [null, undefined]]])],
      ]),
    );
  });

  test('a key named __proto__ is only a key', () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}');
    const map = roundTrip(hostile) as Map<string, unknown>;
    expect([...map.keys()]).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('the empty array and the empty map are different', () => {
    expect(roundTrip([])).toEqual([]);
    expect(roundTrip(new Map())).toEqual(new Map());
    expect(roundTrip({})).toEqual(new Map());
  });

  test('decoded bytes are plain copies of their own', () => {
    const encoded = encodeRecord([Uint8Array.of(1, 2, 3)]);
    const [bytes] = decodeRecord(encoded) as [Uint8Array];
    encoded.fill(0);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.constructor).toBe(Uint8Array);
    expect(Object.keys(encoded)).toHaveLength(encoded.length);
  });

  test('what is not data is refused', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const refused = [
      cycle,
      () => 1,
      Symbol('s'),
      new Date(),
      new Set([1]),
      2n ** 63n,
      -(2n ** 63n) - 1n,
    ];
    for (const bad of refused) {
      expect(() => encodeRecord(bad as HostValue)).toThrow(
        expect.objectContaining({ code: 'VALUE_UNSUPPORTED' }),
      );
    }
    expect(roundTrip(1)).toBe(1);
  });

  test('holes in an array are undefined', () => {
    const sparse: HostValue[] = [];
    sparse[2] = 1;
    expect(roundTrip(sparse)).toEqual([undefined, undefined, 1]);
  });
});

/** A value with everything that tells two of them apart spelled out, so that they can be compared deeply. */
function shapeOf(value: Value): unknown {
  if (typeof value === 'number') return Object.is(value, -0) ? 'number -0' : `number ${value}`;
  if (typeof value !== 'object' || value === null) return [typeof value, value];
  if (value instanceof Float) return `float ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(shapeOf);
  const map = value as ReadonlyMap<ValueKey, Value>;
  return { map: [...map].map(([k, v]) => [shapeOf(k), shapeOf(v)]) };
}
