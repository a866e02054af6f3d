import { expect, it } from 'vitest';
import { parseDuration, parseSize } from '../../config/quantity.js';

it.each([
  ['10240', 10240],
  ['256mb', 268435456],
  ['256 MiB', 268435456],
  ['1.5k', 1536],
  ['.5gb', 536870912],
  ['0', 0],
])('the size %s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it.each([
  ['30', 30_000],
  ['30s', 30_000],
  ['500ms', 500],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
])('the duration %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', 'x', '-1', '1 apple', '1e3', 'mb', '99999999999999999gb', '1 constructor'])(
  '%j is no quantity',
  (text) => {
    expect(parseSize(text)).toBeUndefined();
    expect(parseDuration(text)).toBeUndefined();
  },
);
