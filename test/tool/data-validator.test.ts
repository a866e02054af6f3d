import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

async function problems(input: unknown, rules: unknown, more: object = {}): Promise<unknown> {
  const result = await resultOf('data-validator', { input, rules, ...more });
  const { valid, errors } = result as {
    valid: boolean;
    errors: { field: string; message: string }[];
  };
  expect(valid).toBe(errors.length === 0);
  return errors.map(({ field, message }) => `${field} ${message}`.trim());
}

describe('data-validator', () => {
  it.each<[object, readonly unknown[], readonly unknown[]]>([
    [{ type: 'required' }, ['x', 0, false], ['', null]],
    [{ type: 'type', expected: 'integer' }, [1, null], [1.5, '1', true]],
    [{ type: 'type', expected: 'array' }, [[], {}], ['a', { a: 1 }]],
    [{ type: 'type', expected: 'object' }, [{ a: 1 }, {}], [[1], 1]],
    [{ type: 'length', min: 2, max: 3 }, ['äö', [1, 2], 5], ['a', 'abcd', [1]]],
    [{ type: 'range', min: -1, max: 1 }, [0, -1, 'x'], [2, -1.5]],
    [{ type: 'pattern', regex: '^[a-z]+$' }, ['abc', 5], ['ABC', '']],
    [{ type: 'enum', values: [1, 'a', { b: 2 }] }, [1, 'a', { b: 2 }], [2, 'b', {}]],
    [{ type: 'email' }, ['ada+x@mail.example.com'], ['a@b', 'a..b@c.de', '@c.de', 'a@-c.de', 5]],
    [{ type: 'url' }, ['https://example.com', 'mailto:a@b.c'], ['example.com', 1]],
    [{ type: 'date' }, ['2028-02-29', '2026-11-21T15:04:05Z'], ['2026-02-29', '21.11.2026', 5]],
    [{ type: 'date', format: '%d.%m.%Y' }, ['29.02.2028'], ['29.02.2027', '2028-02-29']],
    [{ type: 'custom', name: 'phone' }, ['+41 44 123 45 67'], ['12', 'call me']],
    [{ type: 'custom', name: 'uuid' }, ['01a1fe8f-1a01-7000-8000-064f11a35c1b'], ['01a1fe8f']],
    [{ type: 'custom', name: 'credit_card' }, ['4111 1111 1111 1111'], ['4111 1111 1111 1112']],
    [{ type: 'custom', name: 'ipv4' }, ['10.0.0.1'], ['10.0.0.256', '::1']],
    [{ type: 'custom', name: 'ipv6' }, ['::1'], ['10.0.0.1']],
    [
      { type: 'array', min_items: 1, max_items: 2, unique: true },
      [[1], [1, '1']],
      [{}, [1, 1], [1, 2, 3], 'a'],
    ],
  ])('%j', async (rule, good, bad) => {
    for (const value of good)
      expect(await problems(value, [rule]), JSON.stringify(value)).toEqual([]);
    for (const value of bad)
      expect(await problems(value, [rule]), JSON.stringify(value)).not.toEqual([]);
  });

  it('names the field, the rule and what is wrong', async () => {
    const input = { name: '', age: 200, tags: ['a', 5], more: { mail: 'x' } };
    const rules = {
      name: ['required'],
      age: [{ type: 'range', max: 120, message: 'nobody is so old' }],
      tags: [{ type: 'array', item_rules: { rules: [{ type: 'type', expected: 'string' }] } }],
      more: { mail: ['email'], phone: ['required'] },
    };
    expect(await resultOf('data-validator', { data: input, rules })).toEqual({
      valid: false,
      errors: [
        { field: '/name', rule: 'required', message: 'is required' },
        { field: '/age', rule: 'range', message: 'nobody is so old' },
        { field: '/tags/1', rule: 'type', message: 'must be of type string, is integer' },
        { field: '/more/mail', rule: 'email', message: 'is no e-mail address' },
        { field: '/more/phone', rule: 'required', message: 'is required' },
      ],
    });
    expect(await problems(input, rules, { fail_fast: true })).toEqual(['/name is required']);
    expect(await problems(input, rules, { max_errors: 2 })).toHaveLength(2);
    expect(await problems(5, rules)).toEqual(['must be an object']);
  });

  it('checks objects by their properties', async () => {
    const rule = {
      type: 'object',
      properties: { a: ['email'], 'b/c': { rules: ['url'] } },
      required: ['a', 'd'],
      additional_properties: false,
    };
    expect(await problems({ 'b/c': 'x', e: 1 }, [rule])).toEqual([
      '/a is required',
      '/d is required',
      '/e is not known',
      '/b~1c is no URL',
    ]);
    expect(await problems([1], [rule])).toEqual(['must be an object']);
  });

  it('is kept busy by no pattern', async () => {
    const rules = [{ type: 'pattern', regex: '^(a+)+$' }];
    expect(await problems(`${'a'.repeat(50_000)}!`, rules)).toEqual(['does not match ^(a+)+$']);
    const input = Array.from({ length: 40 }, () => 'a'.repeat(90_000));
    const items = [{ type: 'array', item_rules: [{ type: 'pattern', regex: 'a{40}b' }] }];
    expect(await errorOf('data-validator', { input, rules: items })).toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it.each<[unknown, RegExp]>([
    [[{ type: 'patern' }], /^\/rules\/0\/type names no rule: "patern"/],
    [[{ type: 'pattern', regex: '(' }], /^\/rules\/0\/regex the pattern "\(" can't be used/],
    [[{ type: 'pattern' }], /^\/rules\/0\/regex must be a pattern/],
    [[{ type: 'type', expected: 'text' }], /^\/rules\/0\/expected must be one of string/],
    [[{ type: 'range', min: 'a' }], /^\/rules\/0\/min must be a number/],
    [[{ type: 'enum' }], /^\/rules\/0\/values must be a list/],
    [[{ type: 'date', format: '%Q' }], /^\/rules\/0\/format has %Q/],
    [[{ type: 'custom', name: 'iban' }], /^\/rules\/0\/name must be one of phone/],
    [{ a: [{ type: 'array', item_rules: [5] }] }, /^\/rules\/a\/0\/item_rules\/0 must be a rule/],
    [{ a: 5 }, /^\/rules\/a must be a list of rules/],
  ])('says what is wrong with the rules %j', async (rules, message) => {
    expect(await errorOf('data-validator', { input: 1, rules })).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      message: expect.stringMatching(message),
    });
  });

  it.each<[object, string]>([
    [{ input: 1 }, '/rules'],
    [{ input: 1, rules: 'email' }, '/rules'],
    [{ input: 1, rules: [], max_errors: 0 }, '/max_errors'],
  ])('refuses %j', async (args, key) => {
    const refused = callBuiltin('data-validator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
