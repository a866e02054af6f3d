/** Numbers and other simple values are exact; any nesting of data comes back as it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Float, floatValue, type Value } from '../../../runtime/base/value.js';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver } from './driver.js';

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

export function valuesContract(engine: Engine): void {
  test.each<[string, Value]>([
    ['1', 1],
    ['0', 0],
    ['-7', -7],
    ['1.0', new Float(1)],
    ['0.0', new Float(0)],
    ['-0.0', -0],
    ['0.1', 0.1],
    ['1e300', 1e300],
    ['2^53', 2 ** 53],
    ['1 << 53', 2n ** 53n],
    ['(1 << 53) - 1', Number.MAX_SAFE_INTEGER],
    ['(1 << 53) + 1', 2n ** 53n + 1n],
    ['-(1 << 53) - 1', -(2n ** 53n) - 1n],
    ['math.maxinteger', MAX_INT64],
    ['math.mininteger', MIN_INT64],
    ['1/0', Number.POSITIVE_INFINITY],
    ['-1/0', Number.NEGATIVE_INFINITY],
    ['true', true],
    ['false', false],
    ['nil', undefined],
  ])('%s crosses exactly, both ways', (expression, value) => {
    const driver = new Driver(engine);
    expect(driver.value(`return ${expression}`)).toStrictEqual(value);
    const script = `local a, b = ..., ${expression}
      return rawequal(a, b) and math.type(a) == math.type(b) and tostring(a) == tostring(b)`;
    expect(driver.value(script, value)).toBe(true);
    expect(driver.value(`return echo(${expression})`)).toStrictEqual(value);
    expect(driver.value(`return later(${expression})`)).toStrictEqual(value);
  });

  test('NaN stays NaN', () => {
    const driver = new Driver(engine);
    expect(driver.value('return 0/0')).toBeNaN();
    expect(driver.value('local n = ... return n ~= n', Number.NaN)).toBe(true);
  });

  test('an integer of JavaScript that 64 bits cannot hold is refused', () => {
    const driver = new Driver(engine, {
      functions: [{ path: 'too_large', waits: false, call: () => 2n ** 63n }],
    });
    expect(driver.value('return select(2, pcall(too_large)).code')).toBe('VALUE_UNSUPPORTED');
  });

  test('null is a value of its own, neither nil nor false', () => {
    const driver = new Driver(engine);
    const script = 'local n = ... return n == nil, n == false, not n, echo(n)';
    expect(driver.values(script, null)).toEqual([false, false, false, null]);
  });

  test('trailing nils count as arguments and as results', () => {
    const driver = new Driver(engine);
    expect(driver.values('return select("#", echo(1, nil, nil)), select("#", later(nil))')).toEqual(
      [3, 1],
    );
    expect(driver.values('return nil, nil')).toEqual([undefined, undefined]);
    expect(driver.values('return')).toEqual([]);
  });

  test('hundreds of arguments and results cross in order', () => {
    const driver = new Driver(engine);
    const numbers = Array.from({ length: 5000 }, (_, i) => i);
    expect(driver.values('return later(echo(...))', ...numbers)).toEqual(numbers);
  });

  test('more arguments than the stack of Lua holds are refused', () => {
    const driver = new Driver(engine);
    const many = new Array(1_100_000).fill(1);
    expect(() => driver.vm.start({ source: Buffer.from('return'), name: '=x' }, many)).toThrow(
      expect.objectContaining({ code: 'VALUE_UNSUPPORTED' }),
    );
    expect(driver.value('return 1')).toBe(1);
  });

  test.each([
    ['function', 'function() end'],
    ['function', 'echo'],
    ['thread', 'coroutine.create(function() end)'],
  ])('a %s is refused as an argument, naming the field', (kind, expression) => {
    const driver = new Driver(engine);
    const script = `local ok, err = pcall(echo, { list = { 1, { field = ${expression} } } })
      return ok, err.code, err.message`;
    expect(driver.values(script)).toEqual([
      false,
      'VALUE_UNSUPPORTED',
      `${kind} cannot leave Lua (at .list[2].field)`,
    ]);
  });

  test('what is not data reads as nil when a script returns it', () => {
    const driver = new Driver(engine);
    expect(driver.values('return 1, print, { f = function() end }, 2')).toEqual([
      1,
      undefined,
      undefined,
      2,
    ]);
  });

  test('any nested value comes back as it was', () => {
    const driver = new Driver(engine);
    fc.assert(
      fc.property(value(), (data) => {
        expect(driver.value('return echo(...)', data)).toStrictEqual(data);
        expect(driver.value('return later(...)', data)).toStrictEqual(data);
      }),
      { numRuns: 300 },
    );
  });
}

/** Values in the form in which the engine gives them: sequences as arrays, all other tables as maps. */
function value(): fc.Arbitrary<Value> {
  const number = fc.oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map(floatValue),
    fc.bigInt({ min: MIN_INT64, max: MAX_INT64 }).filter((n) => !Number.isSafeInteger(Number(n))),
  );
  const text = fc.string({ unit: 'binary', maxLength: 40 });
  const simple = fc.oneof(number, text, fc.boolean(), fc.constant(null), invalidBytes());
  const { tree } = fc.letrec<{ tree: Value }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      simple,
      fc.array(tie('tree'), { maxLength: 6 }),
      fc
        .array(fc.tuple(key(), tie('tree')), { maxLength: 6 })
        .map((entries) => new Map(entries))
        .filter(isNoSequence),
    ),
  }));
  return tree;
}

function key() {
  return fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'code'),
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true }).filter((n) => !Number.isInteger(n)),
  );
}

function invalidBytes(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.of(0xff, ...bytes));
}

/** Lua has no empty map: a map with the keys 1..n is a sequence there. */
function isNoSequence(map: Map<unknown, unknown>): boolean {
  return (
    map.size === 0 || !Array.from({ length: map.size }, (_, i) => map.has(i + 1)).every(Boolean)
  );
}
