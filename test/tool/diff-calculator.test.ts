import { describe, expect, it } from 'vitest';
import { Float } from '../../runtime/base/value.js';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

const OLD = 'a\nb\nc\nd\n';
const NEW = 'a\nB\nc\ne\nd\n';
const compare = (args: object) => resultOf('diff-calculator', args);

describe('diff-calculator of texts', () => {
  it.each([
    ['unified', '--- old\n+++ new\n@@ -1,4 +1,5 @@\n a\n-b\n+B\n c\n+e\n d\n'],
    [
      'context',
      '*** old\n--- new\n***************\n*** 1,4 ****\n  a\n! b\n  c\n  d\n--- 1,5 ----\n  a\n! B\n  c\n+ e\n  d\n',
    ],
    ['inline', 'a\n[-b-]{+B+}\nc\n{+e\n+}d\n'],
    ['simple', '- b\n+ B\n+ e\n'],
  ])('writes the %s form', async (format, diff) => {
    expect(await compare({ old_text: OLD, new_text: NEW, format })).toEqual({
      diff,
      format,
      identical: false,
      stats: { additions: 2, deletions: 1, unchanged: 3 },
    });
  });

  it('shows as many lines around a change as are wanted', async () => {
    const args = { old: OLD, new: NEW, context_lines: 0 };
    expect(await compare(args)).toMatchObject({
      diff: '--- old\n+++ new\n@@ -2 +2 @@\n-b\n+B\n@@ -3,0 +4 @@\n+e\n',
    });
  });

  it('finds nothing in equal texts', async () => {
    expect(await compare({ type: 'text', old_text: OLD, new_text: OLD })).toEqual({
      diff: '',
      format: 'unified',
      identical: true,
      stats: { additions: 0, deletions: 0, unchanged: 4 },
    });
    expect(await compare({ old_text: '', new_text: '' })).toMatchObject({ identical: true });
    const blanks = { old_text: 'a  \nb\n', new_text: 'a\r\nb\n' };
    expect(await compare(blanks)).toMatchObject({ identical: false });
    expect(await compare({ ...blanks, ignore_whitespace: true })).toMatchObject({
      identical: true,
    });
  });

  it('says when texts differ in too much', async () => {
    const side = (seed: number) =>
      Array.from({ length: 200_000 }, (_, line) => `${(line * seed) % 200_003}`).join('\n');
    const args = { old_text: side(7), new_text: side(11) };
    expect(await errorOf('diff-calculator', args)).toMatchObject({
      code: 'TOO_LARGE',
      details: { time_limit_ms: 2000 },
    });
  });
});

describe('diff-calculator of values', () => {
  it('names what came, went and changed by its place', async () => {
    const old_json = { name: 'Ada', tags: ['x', 'y'], gone: 1, 'a/b': { c: [1] } };
    const new_json = { name: 'Bob', tags: ['x'], new: null, 'a/b': { c: [2] } };
    expect(await compare({ type: 'json', old_json, new_json })).toEqual({
      diff: '~ /name: "Ada" -> "Bob"\n- /tags/1: "y"\n- /gone: 1\n~ /a~1b/c/0: 1 -> 2\n+ /new: null\n',
      changes: [
        { op: 'replace', path: '/name', old: 'Ada', new: 'Bob' },
        { op: 'remove', path: '/tags/1', old: 'y' },
        { op: 'remove', path: '/gone', old: 1 },
        { op: 'replace', path: '/a~1b/c/0', old: 1, new: 2 },
        { op: 'add', path: '/new', new: null },
      ],
      identical: false,
      stats: { additions: 1, deletions: 2, changes: 2 },
    });
  });

  it('reads JSON, and knows what is the same', async () => {
    const same = { type: 'json', old_json: '{"a":1,"b":[]}', new_json: { b: {}, a: new Float(1) } };
    expect(await compare(same)).toMatchObject({ identical: true, changes: [] });
    expect(await compare({ type: 'json', old_json: '1', new_json: '[1]' })).toMatchObject({
      diff: '~ (all): 1 -> [1]\n',
    });
    const broken = { type: 'json', old_json: '{', new_json: '1' };
    expect(await errorOf('diff-calculator', broken)).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      message: expect.stringMatching(/^\/old_json is no JSON/),
    });
  });
});

it.each<[object, string]>([
  [{}, '/old_text'],
  [{ old_text: 'a' }, '/new_text'],
  [{ type: 'json', old_json: 1 }, '/new_json'],
  [{ type: 'xml', old_text: 'a', new_text: 'b' }, '/type'],
  [{ old_text: 'a', new_text: 'b', format: 'wide' }, '/format'],
  [{ old_text: 'a', new_text: 'b', context_lines: -1 }, '/context_lines'],
  [{ old_text: 'a'.repeat(2_000_001), new_text: 'b' }, '/old_text'],
])('diff-calculator refuses %.60j', async (args, key) => {
  const refused = callBuiltin('diff-calculator', args);
  await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
});
