import { describe, expect, test } from 'vitest';
import { isEmptySpan, spanBetween, type TimeBound } from '../../runtime/session/time-bound.js';

const T = 1_795_248_000;

/** The span that one bound names, from what "after" and "before" make of it. */
function spanOf(bound: TimeBound) {
  return {
    from: spanBetween('created', bound, undefined).from,
    to: spanBetween('created', undefined, bound).to,
  };
}

describe('a time bound', () => {
  test.each<[string, TimeBound, number, number]>([
    ['a number of seconds', T, T * 1000, T * 1000 + 999],
    ['a fraction of a second, which counts as its second', T + 0.7, T * 1000, T * 1000 + 999],
    ['a Date', new Date(T * 1000 + 5), T * 1000 + 5, T * 1000 + 5],
    ['a day', '2026-11-21', Date.UTC(2026, 10, 21), Date.UTC(2026, 10, 22) - 1],
    [
      'a minute',
      '2026-11-21T08:30Z',
      Date.UTC(2026, 10, 21, 8, 30),
      Date.UTC(2026, 10, 21, 8, 31) - 1,
    ],
    [
      'a second',
      '2026-11-21T08:30:05Z',
      Date.UTC(2026, 10, 21, 8, 30, 5),
      Date.UTC(2026, 10, 21, 8, 30, 6) - 1,
    ],
    [
      'a second without a zone, which is UTC',
      '2026-11-21 08:30:05',
      Date.UTC(2026, 10, 21, 8, 30, 5),
      Date.UTC(2026, 10, 21, 8, 30, 6) - 1,
    ],
    [
      'a millisecond',
      '2026-11-21T08:30:05.250Z',
      Date.UTC(2026, 10, 21, 8, 30, 5, 250),
      Date.UTC(2026, 10, 21, 8, 30, 5, 250),
    ],
    [
      'another zone',
      '2026-11-21T09:30:05.250+01:00',
      Date.UTC(2026, 10, 21, 8, 30, 5, 250),
      Date.UTC(2026, 10, 21, 8, 30, 5, 250),
    ],
  ])('spans %s', (_, bound, from, to) => {
    expect(spanOf(bound)).toEqual({ from, to });
  });

  test.each([
    NaN,
    new Date(NaN),
    'yesterday',
    '',
    '2026-13-01',
    '2026-02-31',
    '2026-11-21T25:00Z',
    '21.11.2026',
  ])('refuses %s and names the option', (bound) => {
    expect(() => spanBetween('created', bound, undefined)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', key: 'created_after' }),
    );
    expect(() => spanBetween('updated', undefined, bound)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', key: 'updated_before' }),
    );
  });

  test('zero and what lies before the epoch bound nothing from below', () => {
    expect(spanBetween('created', 0, undefined)).toEqual(
      spanBetween('created', undefined, undefined),
    );
    expect(spanBetween('created', -5, undefined)).toEqual(
      spanBetween('created', undefined, undefined),
    );
    expect(spanBetween('created', -Infinity, Infinity)).toEqual(
      spanBetween('created', undefined, undefined),
    );
  });

  test('bounds that no time is between make an empty span', () => {
    expect(isEmptySpan(spanBetween('created', T + 1, T))).toBe(true);
    expect(isEmptySpan(spanBetween('created', undefined, -1))).toBe(true);
    expect(isEmptySpan(spanBetween('created', Infinity, undefined))).toBe(true);
    expect(isEmptySpan(spanBetween('created', T, T))).toBe(false);
  });
});
