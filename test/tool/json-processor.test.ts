import { describe, expect, it } from 'vitest';
import { Float, fromPlain, type HostValue, type Value } from '../../runtime/base/value.js';
import { jsonProcessor } from '../../runtime/tool/builtin/json-processor.js';
import { callBuiltin } from './call-builtin.js';

const call = (args: object) => callBuiltin('json-processor', args);

async function result(args: object): Promise<HostValue> {
  const envelope = await call(args);
  if (!envelope.success) throw new Error(envelope.error.message);
  return envelope.result;
}

describe('json-processor', () => {
  it('is pure and names its operation in the envelope', async () => {
    expect(jsonProcessor.effect).toBe('pure');
    expect(await call({ operation: 'stringify', input: 1 })).toEqual({
      success: true,
      result: '1',
      operation: 'stringify',
      duration_ms: expect.any(Number),
    });
  });

  it('parses text and bytes exactly', async () => {
    expect(await result({ operation: 'parse', input: '{"a":[1,1.0,null]}' })).toEqual(
      new Map<string, Value>([['a', [1, new Float(1), null]]]),
    );
    expect(await result({ operation: 'parse', input: Buffer.from('"é"') })).toBe('é');
  });

  it('stringifies any value', async () => {
    expect(await result({ operation: 'stringify', input: {} })).toBe('{}');
    expect(await result({ operation: 'stringify', input: [] })).toBe('[]');
    expect(await result({ operation: 'stringify', input: null })).toBe('null');
    expect(await result({ operation: 'stringify', input: { b: 1, a: [true] } })).toBe(
      '{"b":1,"a":[true]}',
    );
    const args = { operation: 'stringify', input: { b: 1, a: 2 }, pretty: true, sort_keys: true };
    expect(await result(args)).toBe('{\n  "a": 2,\n  "b": 1\n}');
  });

  it('merges objects key by key, later ones winning', async () => {
    const input = [
      { a: 1, deep: { x: 1, list: [1, 2] }, gone: { y: 1 } },
      { b: 2, deep: { y: 2, list: [3] }, gone: null },
      { a: 3 },
    ];
    expect(await result({ operation: 'merge', input })).toEqual(
      fromPlain({ a: 3, deep: { x: 1, list: [3], y: 2 }, gone: null, b: 2 }),
    );
    expect(await result({ operation: 'merge', input: [{ a: 1 }, 5] })).toBe(5);
  });

  it('validates against a schema', async () => {
    const schema = { type: 'object', properties: { n: { minimum: 1 } }, required: ['m'] };
    expect(await result({ operation: 'validate', input: { m: 1, n: 2 }, schema })).toEqual({
      valid: true,
      errors: [],
    });
    expect(await result({ operation: 'validate', input: { n: 0 }, schema })).toEqual({
      valid: false,
      errors: [
        { path: '/m', message: 'is required' },
        { path: '/n', message: 'must be >= 1' },
      ],
    });
  });

  it('reports text that is no JSON in the envelope, with its place', async () => {
    expect(await call({ operation: 'parse', input: '[1,\n}' })).toMatchObject({
      success: false,
      operation: 'parse',
      error: { code: 'JSON_SYNTAX', details: { line: 2, column: 1 } },
    });
  });

  it('reports a value that JSON can not hold in the envelope', async () => {
    expect(await call({ operation: 'stringify', input: { a: Number.NaN } })).toMatchObject({
      success: false,
      error: { code: 'VALUE_UNSUPPORTED', message: expect.stringContaining('/a') },
    });
  });

  it('reports a schema that is none in the envelope', async () => {
    const schema = { type: 'nonsense' };
    expect(await call({ operation: 'validate', input: 1, schema })).toMatchObject({
      success: false,
      error: { code: 'TOOL_ARGUMENTS', message: expect.stringContaining('/schema') },
    });
    const remote = { $ref: 'https://example.com/schema' };
    expect(await call({ operation: 'validate', input: 1, schema: remote })).toMatchObject({
      error: { code: 'TOOL_ARGUMENTS' },
    });
  });

  it.each<[object, string]>([
    [{ operation: 'stringify' }, '/input'],
    [{ input: 1 }, '/operation'],
    [{ operation: 'transform', input: 1 }, '/operation'],
    [{ operation: 'query', input: 1 }, '/query'],
    [{ operation: 'stream', input: [1] }, '/input'],
    [{ operation: 'parse', input: { a: 1 } }, '/input'],
    [{ operation: 'merge', input: { a: 1 } }, '/input'],
    [{ operation: 'merge', input: [] }, '/input'],
    [{ operation: 'validate', input: 1 }, '/schema'],
    [{ operation: 'stringify', input: 1, pretty: 'yes' }, '/pretty'],
    [{ operation: 'stringify', input: 1, indent: 2 }, '/indent'],
  ])('refuses %j', async (args, key) => {
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});

describe('queries of json-processor', () => {
  const query = (text: string, input: unknown, more: object = {}) =>
    result({ operation: 'query', input, query: text, ...more });

  it('gives one value as it is, several as a list, none as null', async () => {
    const input = {
      users: [
        { name: 'Ada', age: 36 },
        { name: 'Bob', age: 20 },
      ],
    };
    expect(await query('.users[0].name', input)).toBe('Ada');
    expect(await query('.users[].name', input)).toEqual(['Ada', 'Bob']);
    expect(await query('.users[] | select(.age > 30) | .name', input)).toBe('Ada');
    expect(await query('.users[] | select(.age > 30) | .name', input, { all: true })).toEqual([
      'Ada',
    ]);
    expect(await query('empty', input)).toBeNull();
    expect(await query('empty', input, { all: true })).toEqual([]);
    expect(await query('map_values(length)', input)).toEqual(new Map([['users', 2]]));
  });

  it('leaves numbers as exact as they are', async () => {
    expect(await query('.[]', [9007199254740993n, 1.5, new Float(2)])).toEqual([
      9007199254740993n,
      1.5,
      new Float(2),
    ]);
  });

  it('reads texts of many documents', async () => {
    const input = '{"n": 1}\n{"n": 2}\n\n{"n": 3} 4';
    expect(await result({ operation: 'stream', input, query: 'objects | .n' })).toEqual([1, 2, 3]);
    expect(await result({ operation: 'stream', input: '1 [2]\n"x"' })).toEqual([1, [2], 'x']);
    expect(await result({ operation: 'stream', input: '' })).toEqual([]);
  });

  it.each([
    ['.[', 1, 'TOOL_ARGUMENTS', /^\/query is no query of jq: syntax error/],
    ['nonsense', 1, 'TOOL_ARGUMENTS', /nonsense\/0 is not defined/],
    ['.a', [1], 'TOOL_FAILED', /^the query failed: Cannot index array with string/],
    ['error("why")', 1, 'TOOL_FAILED', /^the query failed: why$/],
    ['"a" * 1e9', 1, 'TOO_LARGE', /does not fit into memory/],
    ['input_filename | import "x" as $x; .', 1, 'TOOL_ARGUMENTS', /no query/],
  ])('says what is wrong with %s', async (text, input, code, message) => {
    expect(await call({ operation: 'query', query: text, input })).toMatchObject({
      success: false,
      error: { code, message: expect.stringMatching(message) },
    });
  });

  it('says where a text of many documents is no JSON', async () => {
    expect(await call({ operation: 'stream', input: '{"a": 1}\n{"a": ' })).toMatchObject({
      error: { code: 'JSON_SYNTAX', message: expect.stringContaining('line 2') },
    });
  });

  it.each(['last(range(infinite))', 'def f: f; f', 'range(infinite)'])(
    'ends the thread of %s when the time is up',
    async (text) => {
      const args = { operation: 'query', query: text, input: 1 };
      expect(await callBuiltin('json-processor', args, { timeoutMs: 300 })).toMatchObject({
        success: false,
        error: { code: 'TOOL_TIMEOUT', details: { timeout_ms: 300 } },
      });
    },
  );

  it('shows queries nothing of this process', async () => {
    const environment = (await query('env', 1)) as ReadonlyMap<string, string>;
    expect(environment.get('HOME')).toBe('/home/web_user');
    expect([...environment.values()].join(' ')).not.toContain(process.cwd());
  });

  it('executes the patterns of schemas in a time that grows with the text only', async () => {
    const validate = (pattern: string, input: string) =>
      result({ operation: 'validate', input, schema: { pattern, minLength: 1 } });
    expect(await validate('^(a+)+$', 'a'.repeat(10_000))).toMatchObject({ valid: true });
    expect(await validate('^(a+)+$', `${'a'.repeat(10_000)}!`)).toMatchObject({ valid: false });
    const schema = {
      properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } },
      patternProperties: { '^x': { type: 'integer' } },
    };
    const input = { a: 'a', b: 'a', x1: 'no' };
    expect(await result({ operation: 'validate', input, schema })).toMatchObject({
      errors: [{ path: '/b' }, { path: '/x1' }],
    });
    expect(
      await call({ operation: 'validate', input: 'a', schema: { pattern: '(?=a)' } }),
    ).toMatchObject({
      error: { code: 'TOOL_ARGUMENTS', message: expect.stringMatching(/^\/schema: the pattern/) },
    });
  });
});
