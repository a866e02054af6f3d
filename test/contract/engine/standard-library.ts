/** The replaced functions of the standard library answer what the originals answer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../runtime/base/value.js';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver } from './driver.js';

const PATTERN_PIECES = [
  ...['a', 'b', '.', '%a', '%d', '%s', '[ab]', '[^a]', '()', '(a)', '(.)', '(b*)', '%f[a]', '%bab'],
  ...['*', '+', '-', '?', '^', '$', '%1', '(', ')', '[', '%', 'x-', '(%w+)', ' '],
];

/** The same replacement, once as text (done by C) and once as a function (done so that it may wait). */
const GSUB_BOTH = `
  local text, pattern, limit = ...
  local function in_c() return text:gsub(pattern, '<%1>', limit) end
  local function in_lua() return text:gsub(pattern, function(c) return '<' .. c .. '>' end, limit) end
  local function result(ok, a, b) return ok and a or a:gsub('^script.lua:%d+: ', ''), b end
  local c, c_count = result(pcall(in_c))
  local l, l_count = result(pcall(in_lua))
  return c, l, c_count, l_count`;

export function standardLibraryContract(engine: Engine): void {
  describe('string.gsub', () => {
    test('with a function replaces what it replaces with a text, for any pattern', () => {
      const driver = new Driver(engine);
      const pattern = fc.array(fc.constantFrom(...PATTERN_PIECES), { maxLength: 5 });
      const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '1', 'x'), maxLength: 12 });
      const limit = fc.option(fc.integer({ min: -1, max: 4 }), { nil: undefined });
      fc.assert(
        fc.property(text, pattern, limit, (subject, pieces, most) => {
          const [c, lua, count, luaCount] = driver.values(
            GSUB_BOTH,
            subject,
            pieces.join(''),
            most,
          );
          // The text asks for one capture only, a function gets them all.
          if (lua === 'unfinished capture') return;
          expect(lua).toBe(c);
          expect(luaCount).toBe(count);
        }),
        { numRuns: 3000 },
      );
    });

    test.each<[string, string, string, Value[]]>([
      ['abc', '', "function() return '-' end", ['-a-b-c-', 4]],
      [
        'hello world',
        'o*',
        "function(s) return '<' .. s .. '>' end",
        ['<>h<>e<>l<>l<o> <>w<o>r<>l<>d<>', 10],
      ],
      ['aaa', '^a', "function() return 'b' end", ['baa', 1]],
      ['abc', '%w', 'function() end', ['abc', 3]],
      ['abc', '%w', 'function() return false end', ['abc', 3]],
      ['abc', 'b', 'function() return 12 end', ['a12c', 1]],
      ['abc', '(a)(b)', 'function(x, y) return y .. x end', ['bac', 1]],
      ['abc', '()', 'function(at) return at end', ['1a2b3c4', 4]],
      [
        'a.b',
        '.',
        "setmetatable({ a = 'A' }, { __index = function(_, k) return k .. k end })",
        ['A..bb', 3],
      ],
    ])('of %j by %j with %s', (text, pattern, replace, expected) => {
      const driver = new Driver(engine);
      expect(
        driver.values(
          `return string.gsub(..., ${replace})`
            .replace('...', 'TEXT, PATTERN')
            .replace('TEXT', JSON.stringify(text))
            .replace('PATTERN', JSON.stringify(pattern)),
        ),
      ).toEqual(expected);
    });
  });

  describe('table.sort', () => {
    const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 200 });

    test('with a comparator sorts any numbers', () => {
      const driver = new Driver(engine);
      fc.assert(
        fc.property(numbers, (list) => {
          const script = 'local t = ... table.sort(t, function(a, b) return a > b end) return t';
          const sorted = driver.value(script, list) as number[];
          expect([...(sorted ?? [])]).toEqual([...list].sort((a, b) => b - a));
        }),
      );
    });

    test('without a comparator sorts numbers and texts', () => {
      const driver = new Driver(engine);
      fc.assert(
        fc.property(numbers, (list) => {
          const sorted = driver.value('local t = ... table.sort(t) return t', list);
          expect(sorted).toEqual([...list].sort((a, b) => a - b));
        }),
        { numRuns: 30 },
      );
      expect(driver.value("local t = { 'b', 'a', 'C' } table.sort(t) return t")).toEqual([
        'C',
        'a',
        'b',
      ]);
    });

    test('with a comparator keeps equal items in their order', () => {
      const driver = new Driver(engine);
      const script = `local t = {}
        for i = 1, 500 do t[i] = { key = i * 7 % 10, at = i } end
        table.sort(t, function(a, b) return a.key < b.key end)
        for i = 2, #t do
          if t[i - 1].key == t[i].key and t[i - 1].at > t[i].at then return false end
        end
        return true`;
      expect(driver.value(script)).toBe(true);
    });

    test.each([
      ['always true', 'true'],
      ['random', 'math.random() < 0.5'],
      ['<=', 'a <= b'],
      ['nil', 'nil'],
    ])('ends with a comparator that makes no sense (%s), and loses nothing', (_, answer) => {
      const driver = new Driver(engine);
      const script = `local t = {} for i = 1, 1000 do t[i] = i * 31 % 1009 end
        local sum = 0
        table.sort(t, function(a, b) return ${answer} end)
        for _, v in ipairs(t) do sum = sum + v end
        local expected = 0
        for i = 1, 1000 do expected = expected + i * 31 % 1009 end
        return #t, sum == expected`;
      expect(driver.values(script)).toEqual([1000, true]);
    });

    test('sorts a list in place through its metamethods', () => {
      const driver = new Driver(engine);
      const script = `local store = { 3, 1, 2 }
        local t = setmetatable({}, {
          __index = store, __newindex = store, __len = function() return #store end,
        })
        table.sort(t)
        return table.concat(store, ','), rawlen(t)`;
      expect(driver.values(script)).toEqual(['1,2,3', 0]);
    });

    test('an error in the comparator reaches the caller with its line', () => {
      const driver = new Driver(engine);
      const script = "table.sort({ 1, 2 }, function()\n error('stop')\nend)";
      expect(driver.error(script)).toMatchObject({ message: 'stop', line: 2 });
    });
  });

  /** Calls on a plain table (done by C) and on one with metamethods must agree. */
  test.each([
    ["table.concat(t, ',')"],
    ["table.concat(t, ',', 2, 3)"],
    ["table.concat(t, ',', 3, 2)"],
    ['table.concat(t, 1)'],
    ['select("#", table.unpack(t))'],
    ['select("#", table.unpack(t, 2, 6))'],
    ['select("#", table.unpack(t, 5, 4))'],
    ['table.unpack(t, math.maxinteger - 1, math.maxinteger)'],
    ['table.remove(t) .. #t'],
    ['table.remove(t, 1) .. table.concat(t)'],
    ['tostring(table.remove(t, 5)) .. #t'],
    ['select("#", table.remove(t, 4))'],
    ["table.insert(t, 'z') or table.concat(t)"],
    ["table.insert(t, 1, 'z') or table.concat(t)"],
    ["table.insert(t, 5, 'z') or table.concat(t)"],
    ['table.concat(table.move(t, 2, 4, 1))'],
    ['table.concat(table.move(t, 1, 3, 2))'],
    ['table.concat(table.move(t, 1, 2, 3, {}), "", 3, 4)'],
    ["table.concat(t, ',', 1, 9)"],
    ['table.insert(t, 0, 1)'],
    ['table.insert(t, 6, 1)'],
    ['table.insert(t)'],
    ['table.insert(t, 1, 2, 3)'],
    ['table.remove(t, 6)'],
    ['table.remove(t, -1)'],
    ["table.remove(t, 'x')"],
    ['table.unpack(t, 1, 1e7)'],
    ["table.move(t, 1, 2, 'x')"],
    ["string.format('%s', #t)"],
    ['#t'],
  ])('%s is the same for tables with and without metamethods', (expression) => {
    const driver = new Driver(engine);
    const script = `local function run(t) return ${expression} end
      local plain = { 'a', 'b', 'c', 'd' }
      local store = { 'a', 'b', 'c', 'd' }
      local proxy = setmetatable({}, {
        __index = store, __newindex = store, __len = function() return #store end,
      })
      local ok, value = pcall(run, plain)
      local ok2, value2 = pcall(run, proxy)
      return ok == ok2, tostring(value), tostring(value2)`;
    const [same, plain, proxy] = driver.values(script);
    expect(proxy).toBe(plain);
    expect(same).toBe(true);
  });

  test('remove on an empty list is the same with and without metamethods', () => {
    const driver = new Driver(engine);
    const script = `local function run(t) return table.remove(t), table.remove(t, 0), table.remove(t, #t), #t end
      local p, q, r, n = run({})
      local p2, q2, r2, n2 = run(setmetatable({}, {}))
      return p == p2, q == q2, r == r2, n == n2`;
    expect(driver.values(script)).toEqual([true, true, true, true]);
  });

  test('tostring follows __tostring and __name, and shows null', () => {
    const driver = new Driver(engine);
    const script = `local null = ...
      return tostring(setmetatable({}, { __tostring = function() return 'me' end })),
        tostring(setmetatable({}, { __name = 'Thing' })):match('^Thing: '),
        tostring({}):match('^table: '), tostring(null), tostring(nil), tostring(1.0), tostring(-0.0),
        tostring(setmetatable({}, { __tostring = function() return 12 end })),
        string.format('%s|%s', null, setmetatable({}, { __tostring = function() return 'f' end }))`;
    expect(driver.values(script, null)).toEqual([
      ...['me', 'Thing: ', 'table: ', 'null', 'nil', '1.0', '-0.0', '12', 'null|f'],
    ]);
  });

  test('string.format asks only %s for a text', () => {
    const driver = new Driver(engine);
    const script = `local asked = 0
      local t = setmetatable({}, { __tostring = function() asked = asked + 1 return 'T' end })
      return string.format('%p', t):sub(1, 2), string.format('%%%5.1s%-3s|', t, t), asked`;
    expect(driver.values(script)).toEqual(['0x', '%    TT  |', 2]);
  });

  test('load takes text, pieces, names and environments', () => {
    const driver = new Driver(engine);
    const script = `local env = { x = 5 }
      local f = load('return x', 'chunk', 't', env)
      local nothing, message = load('x = = 1', '=name')
      local _, from_pieces = load(function() return nil end)
      local not_text, why = load(function() return {} end)
      return f(), load('return ...')(7), nothing, message, from_pieces, not_text, why,
        select('#', load('return 1', 'n', 't', nil)), pcall(load('return print', 'n', 't', nil))`;
    expect(driver.values(script)).toEqual([
      ...[5, 7, undefined, "name:1: unexpected symbol near '='", undefined, undefined],
      ...['reader function must return a string', 1, false],
      expect.stringContaining("attempt to index a nil value (upvalue '_ENV')"),
    ]);
  });

  test('debug.traceback counts levels as the original', () => {
    const driver = new Driver(engine);
    const script = `local function inner() return debug.traceback('m', 1), debug.traceback('m', 2), debug.traceback('m') end
      local one, two, default = inner()
      local co = coroutine.create(function()
        local here = 1
        coroutine.yield()
      end)
      coroutine.resume(co)
      return one == default, one:find('inner', 1, true) ~= nil, two:find('inner', 1, true) ~= nil,
        debug.traceback({ 1 })[1], debug.traceback(co):find('script.lua:5', 1, true) ~= nil, type(debug.traceback(nil))`;
    expect(driver.values(script)).toEqual([true, true, false, 1, true, 'string']);
  });

  test('debug.getinfo tells source and line only', () => {
    const driver = new Driver(engine);
    const script = `local function here() return debug.getinfo(1), debug.getinfo(2) end
      local inner, outer = here()
      local names = {}
      for name in pairs(inner) do names[#names + 1] = name end
      table.sort(names)
      return inner.currentline, outer.currentline, inner.short_src, debug.getinfo(here).linedefined,
        debug.getinfo(99), debug.getinfo(-1), table.concat(names, ' ')`;
    expect(driver.values(script)).toEqual([
      ...[1, 2, 'script.lua', 1, undefined, undefined],
      'currentline lastlinedefined linedefined short_src source what',
    ]);
  });
}
