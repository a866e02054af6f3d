import { describe, expect, test } from 'vitest';
import { Float, type Value, type ValueMap } from '../../runtime/base/value.js';
import {
  metadataMatches,
  scalarText,
  valueAt,
  valueEquals,
} from '../../runtime/session/value-match.js';

const EQUAL: [string, Value, Value][] = [
  ['an integer and its float', 1, new Float(1)],
  ['both zeros', 0, -0],
  ['a big integer and the float of its value', 2n ** 60n, 2 ** 60],
  ['equal bytes', new Uint8Array([255, 0]), new Uint8Array([255, 0])],
  ['JSON.null', null, null],
  ['equal lists', [1, 'a', [true]], [new Float(1), 'a', [true]]],
  [
    'tables in another order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
  ],
];

const DIFFERENT: [string, Value, Value][] = [
  ['a number and its text', 1, '1'],
  ['a boolean and its text', true, 'true'],
  ['JSON.null and nil', null, undefined],
  ['nil and nil', undefined, undefined],
  ['NaN and NaN', NaN, NaN],
  ['text and bytes', 'a', new Uint8Array([97])],
  ['a fraction and an integer', 1.5, 1],
  ['a longer list', [1, 2], [1]],
  ['a table with another key', new Map([['a', 1]]), new Map([['b', 1]])],
  [
    'a larger table',
    new Map([['a', 1]]),
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
  ],
  ['a list and a table', [], new Map()],
];

describe('values in metadata', () => {
  test.each(EQUAL)('%s are equal', (_, left, right) => {
    expect(valueEquals(left, right)).toBe(true);
    expect(valueEquals(right, left)).toBe(true);
  });

  test.each(DIFFERENT)('%s are different', (_, left, right) => {
    expect(valueEquals(left, right)).toBe(false);
    expect(valueEquals(right, left)).toBe(false);
  });

  test('tables have no text for an index', () => {
    expect(scalarText([])).toBeUndefined();
    expect(scalarText(new Map())).toBeUndefined();
    expect(scalarText(NaN)).toBeUndefined();
  });

  test('a filter asks for the keys that it names and no others', () => {
    const metadata: ValueMap = new Map<string, Value>([
      ['a', 1],
      ['b', 'x'],
    ]);
    expect(metadataMatches(metadata, new Map([['a', 1]]))).toBe(true);
    expect(metadataMatches(metadata, new Map())).toBe(true);
    expect(
      metadataMatches(
        metadata,
        new Map<string, Value>([
          ['a', 1],
          ['c', 1],
        ]),
      ),
    ).toBe(false);
  });

  test('keys of bytes are found by content', () => {
    const metadata: ValueMap = new Map([[new Uint8Array([255]), 'x']]);
    expect(valueAt(metadata, new Uint8Array([255]))).toBe('x');
    expect(valueAt(metadata, new Uint8Array([254]))).toBeUndefined();
  });
});
