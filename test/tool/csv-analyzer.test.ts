import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';

const PEOPLE = 'name,age,city\nAda,36,Bern\nBob,20,"Chur, GR"\nCleo,,Bern\n';

async function call(operation: string, options: object = {}, input = PEOPLE) {
  const result = await resultOf('csv-analyzer', { operation, input, options });
  return result as Record<string, unknown>;
}

async function output(operation: string, options: object, input = PEOPLE): Promise<unknown> {
  return (await call(operation, options, input)).output;
}

describe('csv-analyzer', () => {
  it('analyzes every column', async () => {
    const result = await resultOf('csv-analyzer', { content: PEOPLE });
    expect(result).toMatchObject({
      row_count: 3,
      column_count: 3,
      delimiter: ',',
      duplicate_rows: 0,
      columns: [
        { name: 'name', type: 'text', count: 3, unique: 3, min: 'Ada', max: 'Cleo', max_length: 4 },
        {
          name: 'age',
          type: 'integer',
          count: 2,
          empty: 1,
          min: 20,
          max: 36,
          mean: 28,
          median: 28,
        },
        { name: 'city', unique: 2, most_common: [{ value: 'Bern', count: 2 }, { count: 1 }] },
      ],
    });
    const kinds =
      'a;b;c;d;a\n1.5;true;2026-01-02;007;\n2;false;2026-01-03;12;\n2;false;2026-01-03;12;\n';
    const { columns, duplicate_rows } = await call('analyze', {}, kinds);
    expect(columns).toMatchObject([
      { name: 'a', type: 'float', sum: 5.5 },
      { type: 'boolean' },
      { type: 'date', max: '2026-01-03' },
      { type: 'text' },
      { name: 'a_2', type: 'empty' },
    ]);
    expect(duplicate_rows).toBe(1);
    expect(await call('analyze', {}, '')).toMatchObject({ row_count: 0, columns: [] });
  });

  it('reads quotation marks, line ends, gaps, and tables without a header', async () => {
    const input = '\ufeff"a ""x""","b\nc"\r\n1\r\n\r\n2,3,4\r\n';
    expect(await output('convert', { format: 'json' }, input)).toEqual([
      { 'a "x"': 1, 'b\nc': null, column_3: null },
      { 'a "x"': 2, 'b\nc': 3, column_3: 4 },
    ]);
    expect(await output('convert', { format: 'json', header: false }, 'a|1\nb|2')).toEqual([
      { column_1: 'a', column_2: 1 },
      { column_1: 'b', column_2: 2 },
    ]);
  });

  it('converts to every format', async () => {
    const input = 'a,b\n1,x|y\n007,true\n';
    const convert = (format: string, more = {}) => output('convert', { format, ...more }, input);
    expect(await convert('json')).toEqual([
      { a: 1, b: 'x|y' },
      { a: '007', b: true },
    ]);
    expect(await convert('json', { types: false })).toEqual([
      { a: '1', b: 'x|y' },
      { a: '007', b: 'true' },
    ]);
    expect(await convert('jsonl')).toBe('{"a":1,"b":"x|y"}\n{"a":"007","b":true}\n');
    expect(await convert('tsv')).toBe('a\tb\n1\tx|y\n007\ttrue\n');
    expect(await convert('csv')).toBe(input);
    expect(await convert('markdown')).toBe(
      '| a | b |\n| --- | --- |\n| 1 | x\\|y |\n| 007 | true |\n',
    );
  });

  it('filters by expressions', async () => {
    expect(await call('filter', { filter: 'age >= 20 and city == "Bern"' })).toEqual({
      output: 'name,age,city\nAda,36,Bern\n',
      row_count: 1,
      matched: 1,
      total_rows: 3,
    });
    const cities = { filter: 'contains(city, "GR") or age == ""', columns: ['city', 'name'] };
    expect(await output('filter', cities)).toBe('city,name\n"Chur, GR",Bob\nBern,Cleo\n');
    expect(await call('filter', { filter: 'true', limit: 1 })).toMatchObject({
      row_count: 1,
      matched: 3,
    });
  });

  it('adds, sorts, selects and renames columns', async () => {
    const options = {
      add: { next: 'age == "" ? 0 : age + 1', age: 'coalesce(age, 99)' },
      sort_by: 'age',
      descending: true,
      drop: ['city'],
      rename: { next: 'age next year' },
    };
    expect(await call('transform', options)).toEqual({
      output: 'name,age,age next year\nCleo,99,0\nAda,36,37\nBob,20,21\n',
      columns: ['name', 'age', 'age next year'],
      row_count: 3,
      total_rows: 3,
    });
    expect(await output('transform', { columns: ['age'], limit: 1 })).toBe('age\n36\n');
  });

  it('validates cells by short rules and by those of data-validator', async () => {
    const rules = {
      name: ['required', 'unique', 'length:1-3'],
      age: ['required', 'range:21-60', 'integer'],
      city: { type: 'enum', values: ['Bern'], message: 'is no city of ours' },
    };
    const { valid, errors, error_count, total_rows } = await call('validate', { rules });
    expect({ valid, error_count, total_rows }).toEqual({
      valid: false,
      error_count: 4,
      total_rows: 3,
    });
    expect(errors).toEqual([
      { row: 2, column: 'age', value: '20', error: 'value must be at least 21, is 20' },
      { row: 2, column: 'city', value: 'Chur, GR', error: 'is no city of ours' },
      { row: 3, column: 'name', value: 'Cleo', error: 'length must be at most 3, is 4' },
      { row: 3, column: 'age', value: '', error: 'is required' },
    ]);
    const more = { a: ['pattern:^[A-Z]+$', 'one_of:AB|CD'], b: ['number'], c: ['unique', 'email'] };
    const input = 'a,b,c\nAB,1.5,a@b.ch\nab,x,a@b.ch\n';
    const some = await call('validate', { rules: more, max_errors: 3 }, input);
    expect(some).toMatchObject({ error_count: 4, errors: [{ row: 2 }, { row: 2 }, { row: 2 }] });
  });

  it('takes samples that are the same every time', async () => {
    const input = `n\n${Array.from({ length: 100 }, (_, n) => n).join('\n')}\n`;
    const rows = async (options: object) =>
      String(await output('sample', options, input))
        .trim()
        .split('\n')
        .slice(1)
        .map(Number);
    expect(await rows({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await rows({ method: 'last', size: 2 })).toEqual([98, 99]);
    expect(await rows({ method: 'even', size: 4 })).toEqual([0, 25, 50, 75]);
    const random = await rows({ method: 'random', size: 20, seed: 7 });
    expect(new Set(random).size).toBe(20);
    expect(await rows({ method: 'random', size: 20, seed: 7 })).toEqual(random);
    expect(await rows({ method: 'random', size: 20, seed: 8 })).not.toEqual(random);
    expect(await rows({ size: 500 })).toHaveLength(100);
  });

  it.each<[string, object, string, RegExp, string?]>([
    ['analyze', {}, 'TOOL_FAILED', /^row 1: Quoted field unterminated/, 'a,"b\n1'],
    ['filter', { filter: 'agee > 1' }, 'TOOL_ARGUMENTS', /names no column: "agee"/],
    ['filter', { filter: 'age >' }, 'TOOL_ARGUMENTS', /^\/options\/filter is no expression/],
    [
      'filter',
      { filter: 'name * 2 > 1' },
      'TOOL_FAILED',
      /^row 1: .*a number is needed, got "Ada"/,
    ],
    ['transform', { sort_by: 'x' }, 'TOOL_ARGUMENTS', /^\/options\/sort_by names no column/],
    ['transform', { rename: { name: 'age' } }, 'TOOL_ARGUMENTS', /two columns one name/],
    ['validate', { rules: { ag: 'integer' } }, 'TOOL_ARGUMENTS', /names no column/],
    ['validate', { rules: { age: 'rnge:1-2' } }, 'TOOL_ARGUMENTS', /names no rule: "rnge"/],
    ['validate', { rules: { age: 'range:x' } }, 'TOOL_ARGUMENTS', /must be such as range:0-120/],
    [
      'filter',
      { filter: `${'1+'.repeat(900)}1 > 0` },
      'TOO_LARGE',
      /too long/,
      'a\n'.repeat(30_000).replaceAll('a', '1'),
    ],
  ])(
    'reports what is wrong with %s %.50j',
    async (operation, options, code, message, input = PEOPLE) => {
      const error = await errorOf('csv-analyzer', { operation, options, input });
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    },
  );

  it.each<[object, string]>([
    [{}, '/input'],
    [{ operation: 'convert', input: '' }, '/options'],
    [{ operation: 'convert', input: '', options: { format: 'xlsx' } }, '/options/format'],
    [{ operation: 'filter', input: '', options: {} }, '/options/filter'],
    [{ operation: 'validate', input: '', options: {} }, '/options/rules'],
    [{ operation: 'analyze', input: '', options: { delimiter: 'x' } }, '/options/delimiter'],
  ])('refuses %j', async (args, key) => {
    const refused = callBuiltin('csv-analyzer', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
