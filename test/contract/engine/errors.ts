/** Errors keep what they know on their way over the border, and name the line of the script. */
import { describe, expect, test } from 'vitest';
import { SpellError } from '../../../runtime/base/errors.js';
import type { Engine } from '../../../runtime/engine/engine.js';
import { chunk, Driver, MIB } from './driver.js';

export function errorsContract(engine: Engine): void {
  describe('that end a script', () => {
    test('a string has file, line and the stack of calls', () => {
      const error = new Driver(engine).error(`local function inner()
          error('broken')
        end
        local function outer() inner() end
        outer()`);
      expect(error).toBeInstanceOf(SpellError);
      expect(error).toMatchObject({
        code: 'LUA_ERROR',
        message: 'broken',
        file: 'script.lua',
        line: 2,
      });
      expect(error.traceback?.split('\n')).toEqual([
        "[C]: in function 'error'",
        expect.stringMatching(/^script\.lua:2: in .*inner/),
        expect.stringMatching(/^script\.lua:4: in .*outer/),
        'script.lua:5: in main chunk',
      ]);
    });

    test('an error of the virtual machine names the variable', () => {
      const error = new Driver(engine).error('local t = {}\nt.a.b = 1');
      expect(error).toMatchObject({
        code: 'LUA_ERROR',
        message: "attempt to index a nil value (field 'a')",
        line: 2,
      });
    });

    test('a table keeps its code, message, hint and other simple fields', () => {
      const error = new Driver(engine).error(
        `error({ code = 'MINE', message = 'no luck', hint = 'Try again.', attempt = 3, done = false,
          list = {} })`,
      );
      expect(error).toMatchObject({
        code: 'MINE',
        message: 'no luck',
        hint: 'Try again.',
        file: 'script.lua',
        line: 1,
        details: { attempt: 3, done: false },
      });
      expect(error.details).not.toHaveProperty('list');
    });

    test('a field called __proto__ is a detail like any other', () => {
      const error = new Driver(engine).error("error({ message = 'm', ['__proto__'] = 'p' })");
      expect(Object.getOwnPropertyNames(error.details)).toEqual(['__proto__']);
    });

    test.each([
      ['nil', 'nil', 'nil'],
      ['a number', '42', '42'],
      ['a boolean', 'true', 'true'],
      [
        'an object with __tostring',
        "setmetatable({}, { __tostring = function() return 'me' end })",
        'me',
      ],
    ])('%s reads as tostring shows it', (_, value, message) => {
      expect(new Driver(engine).error(`error(${value})`)).toMatchObject({
        code: 'LUA_ERROR',
        message,
      });
    });

    test('an object whose __tostring fails does not hide the failure', () => {
      const driver = new Driver(engine);
      const error = driver.error(
        "error(setmetatable({}, { __tostring = function() error('twice') end }))",
      );
      expect(error).toMatchObject({ code: 'LUA_ERROR', line: 1 });
    });

    test('a syntax error has its line and code', () => {
      expect(new Driver(engine).error('local a = 1\nlocal = 2')).toMatchObject({
        code: 'LUA_SYNTAX',
        message: "<name> expected near '='",
        file: 'script.lua',
        line: 2,
      });
    });

    test('check finds syntax errors and runs nothing', () => {
      const driver = new Driver(engine);
      expect(driver.vm.check(chunk("note('ran')"))).toBeUndefined();
      expect(driver.vm.check(chunk('x = = 1', '@other.lua'))).toMatchObject({
        code: 'LUA_SYNTAX',
        file: 'other.lua',
        line: 1,
      });
      expect(driver.notes).toEqual([]);
      expect(driver.value('return 1')).toBe(1);
    });

    test('a chunk name with = is shown as it is', () => {
      const driver = new Driver(engine);
      const step = driver.start("error('x')", '=stdin');
      expect(step).toMatchObject({ state: 'failed', error: { file: 'stdin', line: 1 } });
    });

    test('the position is that of the script when a standard function fails in the end', () => {
      const driver = new Driver(engine);
      expect(driver.error('local x\n\ntable.sort({ {}, {} })')).toMatchObject({
        message: 'attempt to compare two table values',
        file: 'script.lua',
        line: 3,
      });
    });

    test('the stack of a coroutine that fails reaches to where it failed', () => {
      const error = new Driver(engine).error(
        "local co = coroutine.wrap(function()\n error('inside')\nend)\nco()",
      );
      expect(error.message).toBe('script.lua:2: inside');
      expect(error.line).toBe(4);
    });
  });

  describe('of the host', () => {
    test.each(['fail', 'fail_later'])('are tables with all their fields (%s)', (fail) => {
      const driver = new Driver(engine);
      const script = `local ok, err = pcall(function()
          ${fail}('NO_LUCK', 'it is broken')
        end)
        return ok, type(err), err.code, err.message, err.hint, err.attempt, err.file, err.line`;
      expect(driver.values(script)).toEqual([
        false,
        'table',
        'NO_LUCK',
        'it is broken',
        'Try again.',
        3,
        'script.lua',
        2,
      ]);
    });

    test.each(['fail', 'fail_later'])('are readable as text (%s)', (fail) => {
      const driver = new Driver(engine);
      const script = `local ok, err = pcall(${fail}, 'NO_LUCK', 'it is broken')
        local function call() ${fail}('NO_LUCK', 'again') end
        local _, placed = pcall(call)
        return tostring(placed), 'failed: ' .. placed, placed .. '', tostring(err)`;
      expect(driver.values(script)).toEqual([
        'script.lua:2: again',
        'failed: script.lua:2: again',
        'script.lua:2: again',
        expect.stringContaining('it is broken'),
      ]);
    });

    test('end the script with the same code, line and stack', () => {
      const error = new Driver(engine).error(
        "local function deep()\n fail_later('NO_LUCK', 'it is broken')\nend\ndeep()",
      );
      expect(error).toMatchObject({
        code: 'NO_LUCK',
        message: 'it is broken',
        hint: 'Try again.',
        details: { attempt: 3 },
        file: 'script.lua',
        line: 2,
      });
      expect(error.traceback).toContain('script.lua:4: in main chunk');
    });

    test('can be raised again and keep where they came from', () => {
      const error = new Driver(engine).error(
        "local ok, err = pcall(function()\n fail('NO_LUCK', 'first')\nend)\nerror(err)",
      );
      expect(error).toMatchObject({ code: 'NO_LUCK', message: 'first', line: 2 });
    });

    test('that nobody foresaw are INTERNAL', () => {
      const driver = new Driver(engine, {
        functions: [
          {
            path: 'bug',
            waits: false,
            call: () => {
              throw new TypeError('x is undefined');
            },
          },
        ],
      });
      expect(driver.value('return select(2, pcall(bug)).code')).toBe('INTERNAL');
    });
  });

  describe('in protected calls', () => {
    test('nested pcalls each catch their own', () => {
      const driver = new Driver(engine);
      const script = `return pcall(function()
          local ok, inner = pcall(function() error({ code = 'IN' }) end)
          assert(not ok and inner.code == 'IN')
          local ok2, later_one = pcall(function() fail_later('LATE', 'm') end)
          assert(not ok2 and later_one.code == 'LATE')
          error('out', 0)
        end)`;
      expect(driver.values(script)).toEqual([false, 'out']);
    });

    test('error(nil) is nil and false is false', () => {
      const driver = new Driver(engine);
      expect(driver.values('return pcall(error)')).toEqual([false, undefined]);
      expect(driver.values('return pcall(error, false)')).toEqual([false, false]);
    });

    test('levels name the right line', () => {
      const driver = new Driver(engine);
      const script = `local function check() error('bad', 2) end
        local _, message = pcall(function()
          check()
        end)
        return message`;
      expect(driver.value(script)).toBe('script.lua:3: bad');
    });

    test('a message handler gets the error and sees where it happened', () => {
      const driver = new Driver(engine);
      const script = `local function broken()
          error('oops')
        end
        return xpcall(broken, function(message)
          return message .. '|' .. debug.traceback('', 1)
        end)`;
      const [ok, text] = driver.values(script);
      expect(ok).toBe(false);
      expect(text).toMatch(/^script\.lua:2: oops\|/);
      expect(text).toMatch(/script\.lua:2: in function <script\.lua:1>/);
      expect(text).not.toMatch(/llmspell|raw_/);
    });

    test('debug.traceback can be the message handler', () => {
      const driver = new Driver(engine);
      const [ok, text] = driver.values("return xpcall(function() error('x') end, debug.traceback)");
      expect(ok).toBe(false);
      expect(text).toMatch(
        /^script\.lua:1: x\nstack traceback:\n[\s\S]*script\.lua:1: in function/,
      );
    });

    test('a message handler that fails ends in an error, not in a loop', () => {
      const driver = new Driver(engine);
      const script = "return xpcall(error, function() error('again') end, 'first')";
      expect(driver.values(script)[0]).toBe(false);
      expect(driver.value('return 1')).toBe(1);
    });

    test('a stack overflow can be caught', () => {
      const driver = new Driver(engine, { memoryLimitBytes: 256 * MIB });
      const script = `local function f() return 1 + f() end
        local ok, message = pcall(f)
        return ok, message:match('stack overflow')`;
      expect(driver.values(script)).toEqual([false, 'stack overflow']);
    });
  });

  test.each([
    ['table.insert(nil, 1)', "bad argument #1 to 'insert' (table expected, got nil)"],
    ['table.insert(object, 1, 2, 3)', "wrong number of arguments to 'insert'"],
    ["table.insert(object, 'x', 2)", "bad argument #2 to 'insert' (number expected, got string)"],
    ['table.insert(object, 9, 2)', "bad argument #2 to 'insert' (position out of bounds)"],
    ['table.remove(object, {})', "bad argument #2 to 'remove' (number expected, got table)"],
    ['table.remove(object, 7)', "bad argument #2 to 'remove' (position out of bounds)"],
    ['table.concat({ {} })', "invalid value (table) at index 1 in table for 'concat'"],
    ['table.concat(object, {})', "bad argument #2 to 'concat' (string expected, got table)"],
    ["table.concat(object, ',', 1, 2)", "invalid value (table) at index 1 in table for 'concat'"],
    ['table.unpack(object, 1, 1e8)', 'too many results to unpack'],
    ['table.unpack(object, math.mininteger, math.maxinteger)', 'too many results to unpack'],
    ['table.sort({ {}, {} })', 'attempt to compare two table values'],
    ['table.sort({ 1, 2 }, 5)', "bad argument #2 to 'sort' (function expected, got number)"],
    ['table.move(object, 1, 2)', "bad argument #4 to 'move' (number expected, got no value)"],
    ['string.rep()', "bad argument #1 to 'rep' (string expected, got no value)"],
    ["('x'):gsub('[', echo)", "malformed pattern (missing ']')"],
    ["('x'):gsub('%', function() end)", "malformed pattern (ends with '%')"],
    ["string.gsub('x', 'x', function() return {} end)", 'invalid replacement value (a table)'],
    [
      "string.gsub('x', {}, function() end)",
      "bad argument #2 to 'gsub' (string expected, got table)",
    ],
    ["string.format('%d', object)", "bad argument #2 to 'format' (number expected, got table)"],
    ["string.format('%d', 'x')", "bad argument #2 to 'format' (number expected, got string)"],
    ["string.format('%y', object)", "invalid conversion '%y' to 'format'"],
    ["string.format('%s %s', object)", "bad argument #3 to 'format' (no value)"],
    [
      'tostring(setmetatable({}, { __tostring = function() return {} end }))',
      "'__tostring' must return a string",
    ],
    ['coroutine.close(1)', "bad argument #1 to 'close' (thread expected, got number)"],
    ['coroutine.resume(1)', "bad argument #1 to 'resume' (coroutine expected, got number)"],
    ['coroutine.wrap(1)', "bad argument #1 to 'wrap' (function expected, got number)"],
    ['coroutine.create()', "bad argument #1 to 'create' (function expected, got no value)"],
    ['coroutine.yield()', 'attempt to yield from outside a coroutine'],
    ['load(nil)', "bad argument #1 to 'load' (function expected, got nil)"],
    ['setmetatable({}, { __gc = true })', '__gc metamethods are not supported'],
    ['setmetatable(1, {})', "bad argument #1 to 'setmetatable' (table expected, got number)"],
    ['ipairs(nil)', "bad argument #1 to 'ipairs' (table expected, got nil)"],
    ['next(nil)', "bad argument #1 to 'next' (table expected, got nil)"],
    ['math.floor({})', "bad argument #1 to 'floor' (number expected, got table)"],
    ["'a' + 1", "attempt to add a 'string' with a 'number'"],
    ["'1' + object", "attempt to add a 'string' with a 'table'"],
    ['utf8.codepoint("\\xff")', 'invalid UTF-8 code'],
    ['debug.getinfo({})', "bad argument #1 to 'getinfo' (function or level expected)"],
  ])('%s names the line of the script', (expression, problem) => {
    const script = `local object = setmetatable({ {} }, {})\n\nlocal result = ${expression}`;
    const error = new Driver(engine).error(script);
    expect(error).toMatchObject({ file: 'script.lua', line: 3 });
    expect(error.message).toContain(problem);
  });
}
