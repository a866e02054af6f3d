import { describe, expect, it } from 'vitest';
import { keyLocator } from '../../config/key-location.js';

const TEXT = `# [not.a.table]
top = """
[also.not]
no = 1 "quoted\\"""""
'lit''' = 1
[ a . "b c" ]  # comment with = and [
x = 'it''s' # ignored
y.z = { p = 1, q.r = [ 1, { s = "}" } ], "t\\u0041" = 2 }
list = [
  "one", # comma, in a comment
  ['#', "]"],
]
date = 1979-05-27 07:32:00
[[rows]]
n = 1
[[rows]]
n = 2
[rows.sub]
m = 3
last = '''
x = 1'''
`
  .replace("'lit''' = 1", "'l.t' = 1")
  .replace("x = 'it''s'", "x = 'its'");

describe('keyLocator', () => {
  const locate = keyLocator(TEXT);
  it.each([
    [['top'], 2, 1],
    [['l.t'], 5, 1],
    [['a'], 6, 3],
    [['a', 'b c'], 6, 3],
    [['a', 'b c', 'x'], 7, 1],
    [['a', 'b c', 'y', 'z', 'p'], 8, 9],
    [['a', 'b c', 'y', 'z', 'q', 'r'], 8, 16],
    [['a', 'b c', 'y', 'z', 'q', 'r', 1, 's'], 8, 29],
    [['a', 'b c', 'y', 'z', 'tA'], 8, 42],
    [['a', 'b c', 'list', 1, 1], 11, 9],
    [['a', 'b c', 'date'], 13, 1],
    [['rows', 0, 'n'], 15, 1],
    [['rows', 1, 'n'], 17, 1],
    [['rows', 1, 'sub', 'm'], 19, 1],
    [['rows', 1, 'sub', 'last'], 20, 1],
  ])('finds %j', (path, line, column) => {
    expect(locate(path)).toEqual({ line, column });
  });

  it('gives the nearest table for what is not in the text', () => {
    expect(locate(['a', 'b c', 'none', 'deeper'])).toEqual({ line: 6, column: 3 });
    expect(locate(['x'])).toBeUndefined();
    expect(locate(['not'])).toBeUndefined();
  });

  it('is not confused by Windows line ends and a byte order mark', () => {
    expect(keyLocator('\ufeff[a]\r\nb = 1\r\nc = 2\r\n')(['a', 'c'])).toEqual({
      line: 3,
      column: 1,
    });
  });
});
