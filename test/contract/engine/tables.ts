/** Tables cross as sequences or maps, without ever touching a prototype or running a metamethod. */
import { expect, test } from 'vitest';
import type { HostValue, Value, ValueKey } from '../../../runtime/base/value.js';
import { Float } from '../../../runtime/base/value.js';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver } from './driver.js';

const DEEPEST = 200;

export function tablesContract(engine: Engine): void {
  test('a sequence is an array in whatever order it was filled', () => {
    const driver = new Driver(engine);
    expect(driver.value('return { 1, 2, 3 }')).toEqual([1, 2, 3]);
    expect(driver.value('local t = {} for i = 50, 1, -1 do t[i] = i end return t')).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    expect(driver.value("local t = {} t[2] = 'b' t[1.0] = 'a' return t")).toEqual(['a', 'b']);
  });

  test('a table with a hole is a map', () => {
    const driver = new Driver(engine);
    expect(driver.value('return { 1, nil, 3 }')).toEqual(map([1, 1], [3, 3]));
    expect(driver.value('return { [0] = "zero", "one" }')).toEqual(map([0, 'zero'], [1, 'one']));
  });

  test('keys of every kind stay apart', () => {
    const driver = new Driver(engine);
    const table = driver.value("return { [1] = 'i', ['1'] = 's', [true] = 'b', [1.5] = 'f' }");
    expect(table).toEqual(map([1, 'i'], ['1', 's'], [true, 'b'], [1.5, 'f']));
    const script = "local t = ... return t[1], t['1'], t[true], t[1.5]";
    expect(driver.values(script, table as Value)).toEqual(['i', 's', 'b', 'f']);
  });

  test('keys beyond the safe integers are exact', () => {
    const driver = new Driver(engine);
    const table = driver.value('return { [math.maxinteger] = 1, [2^60 + 0.0] = 2, [2^80] = 3 }');
    expect(table).toEqual(map([2n ** 63n - 1n, 1], [2n ** 60n, 2], [2 ** 80, 3]));
    expect(driver.value('return (...)[math.maxinteger]', table as Value)).toBe(1);
  });

  test('an empty table is a map, and an empty array keeps its mark', () => {
    const driver = new Driver(engine);
    expect(driver.value('return {}')).toEqual(new Map());
    expect(driver.value('return echo(...)', [])).toEqual([]);
    expect(driver.value('return echo(...)', new Map())).toEqual(new Map());
    expect(driver.value('local t = ... t[1] = 5 return t', [])).toEqual([5]);
    expect(driver.value('local t = ... t.x = 5 return t', [])).toEqual(map(['x', 5]));
  });

  test('names of object members are ordinary keys', () => {
    const driver = new Driver(engine);
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__index'];
    const table = new Map(names.map((name, i) => [name, { n: i }]));
    const back = driver.value('return echo(...)', table as unknown as Value) as Map<string, Value>;
    expect([...back.keys()].sort()).toEqual([...names].sort());
    expect(({} as Record<string, unknown>).n).toBeUndefined();
    const own = JSON.parse('{"__proto__": 1}') as HostValue;
    const object = new Driver(engine, {
      functions: [{ path: 'object', waits: false, call: () => own }],
    });
    expect(object.value("return object()['__proto__']")).toBe(1);
  });

  test('metatables are ignored, their metamethods never run', () => {
    const driver = new Driver(engine);
    const script = `local function boom() error('must not run') end
      return echo(setmetatable({ x = 1 }, {
        __index = boom, __newindex = boom, __pairs = boom, __len = boom, __tostring = boom,
      }))`;
    expect(driver.value(script)).toEqual(map(['x', 1]));
  });

  test('a table may appear twice, as long as it does not contain itself', () => {
    const driver = new Driver(engine);
    expect(driver.value('local t = { 1 } return echo({ t, t })')).toEqual([[1], [1]]);
  });

  test.each([
    ['directly', 'local t = {} t.me = t', '.me'],
    ['through others', 'local t = {} t.a = { { b = t } }', '.a[1].b'],
  ])('a table that contains itself %s is refused', (_, make, path) => {
    const driver = new Driver(engine);
    const [code, message] = driver.values(
      `${make} local ok, err = pcall(echo, t) return err.code, err.message`,
    );
    expect(code).toBe('VALUE_UNSUPPORTED');
    expect(message).toBe(`a table that contains itself cannot leave Lua (at ${path})`);
  });

  test('a table as a key is refused', () => {
    const driver = new Driver(engine);
    expect(driver.value('return select(2, pcall(echo, { [{}] = 1 })).message')).toBe(
      'table as a table key cannot leave Lua',
    );
  });

  test(`${DEEPEST} levels are carried, ${DEEPEST + 1} are refused, both ways`, () => {
    const driver = new Driver(engine);
    const nest = `local function nest(depth)
        local t = {}
        for i = 2, depth do t = { t } end
        return t
      end `;
    expect(driver.value(`${nest} return #echo(nest(${DEEPEST}))`)).toBe(1);
    expect(driver.value(`${nest} return select(2, pcall(echo, nest(${DEEPEST + 1}))).code`)).toBe(
      'VALUE_UNSUPPORTED',
    );
    expect(driver.value('return #...', nested(DEEPEST))).toBe(1);
    expect(() => driver.value('return #...', nested(DEEPEST + 1))).toThrow(
      expect.objectContaining({ code: 'VALUE_UNSUPPORTED' }),
    );
  });

  test('a million levels are refused like any other depth, in arguments and in results', () => {
    const deep = nested(1_000_000);
    const driver = new Driver(engine, {
      memoryLimitBytes: 256 * 1024 * 1024,
      functions: [{ path: 'deep', waits: false, call: () => deep }],
    });
    const script = `local t = {} for i = 1, 1000000 do t = { t } end
      local ok, err = pcall(echo, t)
      local ok2, err2 = pcall(deep)
      return err.code, err2.code, echo('still here')`;
    expect(driver.values(script)).toEqual(['VALUE_UNSUPPORTED', 'VALUE_UNSUPPORTED', 'still here']);
  });

  test('a wide table crosses whole', () => {
    const driver = new Driver(engine);
    const script = `local t = {} for i = 1, 50000 do t['k' .. i] = { i } end return later(t)`;
    const table = driver.value(script) as Map<string, Value>;
    expect(table.size).toBe(50_000);
    expect(table.get('k777')).toEqual([777]);
  });

  test('whole floats and integers stay different inside tables', () => {
    const driver = new Driver(engine);
    expect(driver.value('return { 1, 1.0, a = 2.0 }')).toEqual(
      map([1, 1], [2, new Float(1)], ['a', new Float(2)]),
    );
  });
}

function map(...entries: [ValueKey, Value][]): Value {
  return new Map(entries);
}

function nested(depth: number): Value {
  let value: Value = [];
  for (let level = 1; level < depth; level += 1) value = [value];
  return value;
}
