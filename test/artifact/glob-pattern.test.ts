import { describe, expect, test } from 'vitest';
import { GlobPattern } from '../../runtime/artifact/glob-pattern.js';

const MATCHES: [string, string][] = [
  ['*.csv', 'data.csv'],
  ['*.csv', '.csv'],
  ['*', ''],
  ['**', 'anything'],
  ['', ''],
  ['report', 'report'],
  ['r?port', 'report'],
  ['?', 'ü'],
  ['?', '😀'],
  ['a*b*c', 'a-b-b-c'],
  ['*a', 'aaa'],
  ['file[0-9].txt', 'file7.txt'],
  ['[abc]x', 'bx'],
  ['[!abc]x', 'dx'],
  ['[]]', ']'],
  ['[!]]', 'a'],
  ['[a-]', '-'],
  ['[-a]', '-'],
  ['[*]', '*'],
  ['[?]x', '?x'],
  ['[à-ü]', 'é'],
  ['[', '['],
  ['a[b', 'a[b'],
  ['[]', '[]'],
  ['[!]', '[!]'],
  ['a.b', 'a.b'],
  ['a\\b', 'a\\b'],
  ['(a|b)+$', '(a|b)+$'],
];

const MISSES: [string, string][] = [
  ['*.csv', 'data.CSV'],
  ['*.csv', 'data.csv.gz'],
  ['', 'a'],
  ['?', ''],
  ['?', 'ab'],
  ['report', 'reports'],
  ['file[0-9].txt', 'filex.txt'],
  ['[!abc]x', 'ax'],
  ['[!a]', ''],
  ['[z-a]', 'm'],
  ['a.b', 'axb'],
  ['a*b*c', 'a-c-b'],
];

describe('a glob pattern', () => {
  test.each(MATCHES)('%j matches %j', (pattern, name) => {
    expect(new GlobPattern(pattern).matches(name)).toBe(true);
  });

  test.each(MISSES)('%j does not match %j', (pattern, name) => {
    expect(new GlobPattern(pattern).matches(name)).toBe(false);
  });

  test('of many stars gives up on a long name in bounded steps', () => {
    const pattern = new GlobPattern(`${'a*'.repeat(2000)}b`);
    expect(pattern.matches('a'.repeat(10_000))).toBe(false);
  });

  test('without wildcards is the one name that it matches', () => {
    expect(new GlobPattern('a.csv').literal).toBe('a.csv');
    expect(new GlobPattern('a[b').literal).toBe('a[b');
    for (const pattern of ['*', 'a?', '[ab]']) {
      expect(new GlobPattern(pattern).literal).toBeUndefined();
    }
  });
});
