import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FAMILY,
  key,
  keyAfter,
  lastText,
  numberComponent,
  prefixRange,
  textComponent,
  timeComponent,
  timeRange,
} from '../../runtime/storage/key-space.js';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ maxLength: 400 }),
  fc.constantFrom('', '/', '%', '~', '%2F', '\ud800', '\udc00', '\ufffd', '%uD800', 'a/b'),
  fc
    .array(fc.constantFrom('\ud800', '\udc00', 'a', '%', '/'), { maxLength: 5 })
    .map((parts) => parts.join('')),
);

describe('keys', () => {
  test('are printable ASCII and tell different components apart', () => {
    const parts = fc.array(text, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const [leftKey, rightKey] = [
          key(FAMILY.sessionTag, ...left),
          key(FAMILY.sessionTag, ...right),
        ];
        expect(leftKey).toMatch(/^[\x21-\x7e]{1,1024}$/);
        expect(leftKey === rightKey).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
      { numRuns: 3000 },
    );
  });

  test('keep readable text readable', () => {
    expect(key(FAMILY.artifactTag, 'report-2024_v1.2')).toBe('a-tag/report-2024_v1.2');
    expect(key(FAMILY.artifactName, 'a b/ä')).toBe('a-name/a%20b%2F%C3%A4');
  });

  test('give back the text of their last component', () => {
    fc.assert(
      fc.property(text, (last) => {
        const made = key(FAMILY.artifactName, last);
        if (!made.includes('~')) expect(lastText(made)).toBe(last);
      }),
      { numRuns: 2000 },
    );
  });

  test('stay short for long text, and different for text that differs only at the end', () => {
    const long = 'ä'.repeat(5000);
    const left = textComponent(`${long}1`).text;
    expect(left.length).toBeLessThanOrEqual(180);
    expect(left).not.toBe(textComponent(`${long}2`).text);
    expect(left).toBe(textComponent(`${long}1`).text);
    expect(left).toMatch(/^(%C3%A4|%C3)+~[0-9a-f]{32}$/);
  });
});

describe('components of numbers and times', () => {
  test('order as the numbers do', () => {
    const number = fc.oneof(fc.maxSafeNat(), fc.nat(100_000));
    fc.assert(
      fc.property(number, number, (left, right) => {
        const [a, b] = [numberComponent(left).text, numberComponent(right).text];
        expect(a < b).toBe(left < right);
        expect(a.length).toBe(b.length);
      }),
    );
  });

  test('take any number as a time, so that any may bound a range', () => {
    const last = timeComponent(Number.MAX_SAFE_INTEGER).text;
    expect(timeComponent(-5).text).toBe(timeComponent(0).text);
    expect(timeComponent(Number.NaN).text).toBe(timeComponent(0).text);
    expect(timeComponent(1.9).text).toBe(timeComponent(1).text);
    expect(timeComponent(1e300).text).toBe(last);
    expect(timeComponent(Number.POSITIVE_INFINITY).text).toBe(last);
  });

  test('refuse what is no whole number from 0', () => {
    for (const bad of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(() => numberComponent(bad)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
  });
});

describe('ranges', () => {
  const within = (range: { start: string; end: string }, made: string) =>
    made >= range.start && made < range.end;

  test('of a prefix have what continues it and nothing else', () => {
    fc.assert(
      fc.property(text, text, text, (first, second, other) => {
        const range = prefixRange(key(FAMILY.sessionTag, first));
        expect(within(range, key(FAMILY.sessionTag, first, second))).toBe(true);
        expect(within(range, key(FAMILY.sessionTag, first))).toBe(false);
        expect(within(range, key(FAMILY.sessionTag, other, second))).toBe(other === first);
      }),
      { numRuns: 2000 },
    );
  });

  test('of a time include its start and exclude its end', () => {
    const prefix = key(FAMILY.artifactTag, 'x');
    const at = (ms: number) => key(FAMILY.artifactTag, 'x', timeComponent(ms), 'id');
    const range = timeRange(prefix, 1000, 2000);
    expect([999, 1000, 1999, 2000].map((ms) => within(range, at(ms)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(timeRange(prefix)).toEqual(prefixRange(prefix));
    expect(within(timeRange(prefix, 1000), at(1e15))).toBe(true);
    expect(within(timeRange(prefix, undefined, 1000), at(0))).toBe(true);
  });

  test('go on after the last key of a page', () => {
    const made = key(FAMILY.blob, 'a');
    expect(keyAfter(made) > made).toBe(true);
    expect(keyAfter(made) <= key(FAMILY.blob, 'a', '')).toBe(true);
    expect(keyAfter(made) <= key(FAMILY.blob, 'a-')).toBe(true);
  });
});
