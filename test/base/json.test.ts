import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../runtime/base/canonical-json.js';
import { SpellError } from '../../runtime/base/errors.js';
import { parseJson, stringifyJson } from '../../runtime/base/json.js';
import { Float, floatValue, type HostValue, type Value } from '../../runtime/base/value.js';

/** Every value that JSON can say: what is written must come back as the same value. */
const jsonValue = fc.letrec<{ value: Value; leaf: Value }>((tie) => ({
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(normalInteger),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(floatValue),
    fc.string({ unit: 'binary' }),
  ),
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 6 }),
    fc
      .array(fc.tuple(fc.string({ unit: 'binary' }), tie('value')), { maxLength: 6 })
      .map((entries) => new Map(entries)),
  ),
})).value;

function normalInteger(integer: bigint): number | bigint {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function errorOf(action: () => unknown): SpellError {
  try {
    action();
  } catch (error) {
    if (error instanceof SpellError) return error;
    throw error;
  }
  throw new Error('no error was raised');
}

describe('a value written and read again', () => {
  it('is the same value', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        expect(parseJson(stringifyJson(value))).toStrictEqual(value);
      }),
    );
  });

  it('is the same value when it is written over several lines or as bytes', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const text = stringifyJson(value, { indent: 2 });
        expect(parseJson(Buffer.from(text))).toStrictEqual(value);
      }),
    );
  });

  it('reads the same to JavaScript', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: true }), (plain) => {
        fc.pre(!/\p{Surrogate}/u.test(JSON.stringify(plain)));
        const text = stringifyJson(parseJson(JSON.stringify(plain)));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(plain)));
      }),
    );
  });
});

describe('parseJson', () => {
  it.each<[string, Value]>([
    ['1', 1],
    ['-0', 0],
    ['1.0', new Float(1)],
    ['1e2', new Float(100)],
    ['-0.0', -0],
    ['0.5', 0.5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['9223372036854775808', 2 ** 63],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    [' \n\t[ ] ', []],
    ['{}', new Map()],
    ['\ufeffnull', null],
    ['"\\ud83d\\ude00 \\u0000\\n\\/"', '\u{1f600} \0\n/'],
    ['{"__proto__":{"a":1}}', new Map([['__proto__', new Map([['a', 1]])]])],
  ])('reads %s exactly', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value);
  });

  it('keeps the order of the document, and of a repeated key the last value', () => {
    const map = parseJson('{"z":1,"2":2,"a":3,"z":4}') as Map<string, Value>;
    expect([...map]).toEqual([
      ['z', 4],
      ['2', 2],
      ['a', 3],
    ]);
  });

  it.each([
    ['', 1, 1, 'a value expected, got the end of the text'],
    ['{"a":1,}', 1, 8, "a key in double quotes expected, got '}'"],
    ['[1,\n 2,\n x]', 3, 2, "a value expected, got 'x'"],
    ['[1 2]', 1, 4, "',' or ']' expected, got '2'"],
    ['{"a" 1}', 1, 6, "':' after the key expected, got '1'"],
    ['{"a":1 "b":2}', 1, 8, "',' or '}' expected"],
    ['"abc', 1, 5, "'\"' expected, got the end of the text"],
    ['"a\nb"', 1, 3, 'got the control character U+000a'],
    ['"\\x"', 1, 3, 'after the backslash expected'],
    ['"\\u12g4"', 1, 3, 'four hex digits'],
    ['"\\ud800"', 1, 1, 'half of a surrogate pair'],
    ['01', 1, 2, 'the end of the number expected'],
    ['1.', 1, 2, 'the end of the number expected'],
    ['-', 1, 1, 'a value expected'],
    ['1e999', 1, 1, 'got a larger one'],
    ['NaN', 1, 1, "a value expected, got 'N'"],
    ['nul', 1, 1, 'a value expected'],
    ['1 2', 1, 3, "the end of the text expected, got '2'"],
  ])('refuses %j and names the place', (text, line, column, message) => {
    const error = errorOf(() => parseJson(text));
    expect(error).toMatchObject({ code: 'JSON_SYNTAX', line, column });
    expect(error.message).toContain(message);
    expect(error.message).toContain(`line ${line}, column ${column}`);
  });

  it('refuses bytes that are not UTF-8 and names the first one', () => {
    const bytes = Buffer.concat([Buffer.from('{\n"\ufffd": "é'), Buffer.from([0xff, 0x22, 0x7d])]);
    expect(errorOf(() => parseJson(bytes))).toMatchObject({
      code: 'JSON_SYNTAX',
      line: 2,
      column: 8,
    });
  });

  it('reads 200 levels and refuses more', () => {
    const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(stringifyJson(parseJson(nest(200)))).toBe(nest(200));
    expect(errorOf(() => parseJson(nest(201)))).toMatchObject({ code: 'JSON_SYNTAX', column: 201 });
    expect(errorOf(() => parseJson('['.repeat(1_000_000))).code).toBe('JSON_SYNTAX');
  });
});

describe('stringifyJson', () => {
  const written: [HostValue, string][] = [
    [1, '1'],
    [new Float(1), '1.0'],
    [-0, '-0.0'],
    [new Float(-0), '-0.0'],
    [2 ** 53, '9007199254740992.0'],
    [1e21, '1e+21'],
    [5n, '5'],
    [undefined, 'null'],
    [[1, undefined, 2], '[1,null,2]'],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{}, '{}'],
    [new Map(), '{}'],
    [[], '[]'],
    [Buffer.from('é'), '"é"'],
    [new Map<number, Value>([[1.5, 'x']]), '{"1.5":"x"}'],
    [
      new Map<string | number, Value>([
        ['a', 1],
        [1, 2],
      ]),
      '{"a":1,"1":2}',
    ],
    [
      new Map([
        [1, 'a'],
        [3, 'c'],
      ]),
      '["a",null,"c"]',
    ],
    [new Map([[10, 'j']]), '[null,null,null,null,null,null,null,null,null,"j"]'],
    [new Map([[11, 'k']]), '{"11":"k"}'],
    [
      new Map([
        [0, 'z'],
        [1, 'a'],
      ]),
      '{"0":"z","1":"a"}',
    ],
    [Object.create(null) as HostValue, '{}'],
  ];
  it.each(written.map(([value, text]) => ({ value, text })))('writes $text', ({ value, text }) => {
    expect(stringifyJson(value)).toBe(text);
  });

  it('indents and sorts when asked', () => {
    const text = stringifyJson({ b: [1, {}], a: { c: [] } }, { indent: 2, sortKeys: true });
    expect(text).toBe('{\n  "a": {\n    "c": []\n  },\n  "b": [\n    1,\n    {}\n  ]\n}');
  });

  it.each<[string, HostValue, string]>([
    ['NaN', { a: [Number.NaN] }, '/a/0'],
    ['an infinity', [1, Number.NEGATIVE_INFINITY], '/1'],
    ['an infinity', new Float(Number.POSITIVE_INFINITY), ''],
    ['bytes that are not UTF-8', { 'a/b~': new Uint8Array([255]) }, '/a~1b~0'],
    ['half of a surrogate pair', ['\ud800'], '/0'],
    ['an integer beyond 64 bits', 2n ** 63n, ''],
    ['a function', { f: (() => 1) as unknown as HostValue }, '/f'],
    ['an object of the class Date', [new Date() as unknown as HostValue], '/0'],
    [
      'two keys that both read "1"',
      new Map<string | number, Value>([
        [1, 'a'],
        ['1', 'b'],
      ]),
      '',
    ],
    ['the key true', { m: new Map([[true, 1]]) }, '/m'],
    ['the key Infinity', new Map([[Number.POSITIVE_INFINITY, 1]]), ''],
  ])('refuses %s and names the place', (what, value, pointer) => {
    const error = errorOf(() => stringifyJson(value));
    expect(error).toMatchObject({ code: 'VALUE_UNSUPPORTED', key: pointer });
    expect(error.message).toContain(what);
    expect(error.message).toContain(pointer === '' ? 'at the top level' : pointer);
  });

  it('refuses cycles, and lets one value occur twice', () => {
    const cycle: Value[] = [];
    (cycle as unknown[]).push({ again: cycle });
    expect(errorOf(() => stringifyJson(cycle))).toMatchObject({
      code: 'VALUE_UNSUPPORTED',
      key: '/0/again',
    });
    const shared = { x: 1 };
    expect(stringifyJson([shared, shared])).toBe('[{"x":1},{"x":1}]');
  });

  it('refuses more than 200 levels', () => {
    let value: HostValue = 1;
    for (let level = 0; level < 201; level += 1) value = [value];
    expect(errorOf(() => stringifyJson(value)).code).toBe('VALUE_UNSUPPORTED');
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: { d: 1, c: 2 } })).toBe('{"a":{"c":2,"d":1},"b":1}');
    expect(
      canonicalJson(
        new Map([
          ['b', 1],
          ['a', 2],
        ]),
      ),
    ).toBe(canonicalJson({ a: 2, b: 1 }));
  });

  it('is JSON for what JSON can say', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        fc.pre(!stringifyJson(value).includes('"$'));
        expect(canonicalJson(value)).toBe(stringifyJson(value, { sortKeys: true }));
      }),
    );
  });

  it('tells apart what JSON would mix up', () => {
    const values: HostValue[] = [
      1,
      new Float(1),
      '1',
      0,
      -0,
      null,
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      new Uint8Array([255]),
      { $bytes: '/w==' },
      { $$bytes: '/w==' },
      { $float: 'NaN' },
      { $nil: true },
      [],
      {},
      new Map([[1, 'a']]),
      { 1: 'a' },
      ['a'],
      { $map: [[1, 'a']] },
      new Map([[true, 'a']]),
      { true: 'a' },
      new Map([[new Uint8Array([255]), 'a']]),
    ];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
  });

  it('gives equal values equal text', () => {
    expect(canonicalJson(5n)).toBe(canonicalJson(5));
    expect(canonicalJson(Buffer.from('é'))).toBe(canonicalJson('é'));
    expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
  });

  it('never overflows the stack', () => {
    let value: HostValue = 1;
    for (let level = 0; level < 100_000; level += 1) value = [value];
    expect(canonicalJson(value)).toHaveLength(200_001);
  });
});
