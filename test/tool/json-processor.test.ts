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
    [{ operation: 'query', input: 1 }, '/operation'],
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
