/** Coroutines behave as the reference manual says, although host calls pass through them. */
import { expect, test } from 'vitest';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver } from './driver.js';

/** Each program returns what standard Lua 5.4 returns. */
const PROGRAMS: readonly (readonly [claim: string, program: string, result: unknown[]])[] = [
  [
    'values pass both ways',
    `local co = coroutine.create(function(a, b)
      local c = coroutine.yield(a + b)
      local d, e = coroutine.yield(c * 2)
      return d + e, 'done'
    end)
    local _, one = coroutine.resume(co, 1, 2)
    local _, two = coroutine.resume(co, 10)
    return one, two, select(2, coroutine.resume(co, 3, 4))`,
    [3, 20, 7, 'done'],
  ],
  [
    'status tells the four states',
    `local outer, log = nil, {}
    outer = coroutine.create(function()
      local inner = coroutine.create(function() log[1] = coroutine.status(outer) end)
      log[2] = coroutine.status(inner)
      coroutine.resume(inner)
      log[3] = coroutine.status(outer)
      log[4] = coroutine.status(inner)
    end)
    coroutine.resume(outer)
    return table.unpack(log)`,
    ['normal', 'suspended', 'running', 'dead'],
  ],
  [
    'the main chunk is the main thread',
    'return select(2, coroutine.running()), coroutine.isyieldable()',
    [true, false],
  ],
  [
    'inside a coroutine it is not',
    'return coroutine.wrap(function() return select(2, coroutine.running()), coroutine.isyieldable() end)()',
    [false, true],
  ],
  [
    'running is the same object as create made',
    `local co
    co = coroutine.create(function() return (coroutine.running()) == co end)
    return coroutine.resume(co)`,
    [true, true],
  ],
  [
    'a dead coroutine cannot be resumed',
    'local co = coroutine.create(function() end) coroutine.resume(co) return coroutine.resume(co)',
    [false, 'cannot resume dead coroutine'],
  ],
  [
    'a coroutine cannot resume itself',
    `local co
    co = coroutine.create(function() return coroutine.resume(co) end)
    return coroutine.resume(co)`,
    [true, false, 'cannot resume non-suspended coroutine'],
  ],
  [
    'wrap puts the position of the caller in front of a message',
    `local f = coroutine.wrap(function() error('bad', 0) end)
    local ok, message = pcall(function() f() end)
    return ok, message`,
    [false, 'script.lua:2: bad'],
  ],
  [
    'wrap leaves error values alone',
    "local f = coroutine.wrap(function() error({ code = 'X' }) end) local _, e = pcall(f) return e.code",
    ['X'],
  ],
  [
    'wrap of a dead coroutine fails',
    'local f = coroutine.wrap(function() end) f() local _, m = pcall(function() f() end) return m',
    ['script.lua:1: cannot resume dead coroutine'],
  ],
  [
    'wrap closes variables after an error',
    `local log = {}
    local f = coroutine.wrap(function()
      local x <close> = setmetatable({}, { __close = function(_, e) log[1] = e end })
      error('e', 0)
    end)
    pcall(f)
    return log[1]`,
    ['e'],
  ],
  [
    'an error while closing replaces the first one',
    `local f = coroutine.wrap(function()
      local x <close> = setmetatable({}, { __close = function() error('second', 0) end })
      error('first', 0)
    end)
    local _, message = pcall(f)
    return message:match('%a+$')`,
    ['second'],
  ],
  [
    'close runs __close and ends the coroutine',
    `local closed
    local co = coroutine.create(function()
      local x <close> = setmetatable({}, { __close = function() closed = true end })
      coroutine.yield()
    end)
    coroutine.resume(co)
    return coroutine.close(co), closed, coroutine.status(co), coroutine.close(co)`,
    [true, true, 'dead', true],
  ],
  [
    'close answers the error of a coroutine that failed',
    "local co = coroutine.create(error) coroutine.resume(co, 'why') return coroutine.close(co)",
    [false, 'why'],
  ],
  [
    'a running coroutine cannot be closed',
    'local ok, m = pcall(function() coroutine.close(coroutine.running()) end) return ok, m',
    [false, 'script.lua:1: cannot close a running coroutine'],
  ],
  [
    'yield crosses pcall and metamethods',
    `local mt = { __index = function(_, k) return coroutine.yield(k) end }
    local f = coroutine.wrap(function()
      local ok, v = pcall(function() return setmetatable({}, mt).key end)
      return v
    end)
    return f(), f('answer')`,
    ['key', 'answer'],
  ],
  [
    'yield crosses the standard functions that call back',
    `local f = coroutine.wrap(function()
      local s = ('ab'):gsub('.', function(c) return coroutine.yield(c) end)
      local t = { 2, 1 }
      table.sort(t, function(a, b) return coroutine.yield(a < b) end)
      return s .. t[1] .. t[2]
    end)
    return f(), f('x'), type(f('y')), f(true)`,
    ['a', 'b', 'boolean', 'xy12'],
  ],
  [
    'yield from a message handler fails as in C',
    `return coroutine.wrap(function()
      local ok, m = xpcall(error, function() return coroutine.yield('out') end, 'e')
      return ok, type(m)
    end)()`,
    [false, 'string'],
  ],
  [
    'generators are iterators',
    `local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
    local sum = 0
    for i in range(100) do sum = sum + i end
    return sum`,
    [5050],
  ],
  [
    'nil, false and no values pass',
    `local f = coroutine.wrap(function(...) local a = select('#', ...) local n = select('#', coroutine.yield(nil, false)) return a, n end)
    local x, y = f()
    return x, y, f(nil, nil)`,
    [undefined, false, 0, 2],
  ],
  [
    'a finished coroutine returns nothing but true',
    'return coroutine.resume(coroutine.create(function() end))',
    [true],
  ],
];

export function coroutinesContract(engine: Engine): void {
  test.each(PROGRAMS)('%s', (_, program, result) => {
    expect(new Driver(engine).values(program)).toEqual(result);
  });

  test.each(PROGRAMS.filter(([claim]) => !claim.includes('main') && !claim.includes('itself')))(
    '%s, with calls that wait between the steps',
    (_, program, result) => {
      const driver = new Driver(engine);
      const waiting = program
        .replaceAll('coroutine.yield(', 'later_yield(')
        .replaceAll('local co = coroutine.create(', 'local co = later(0) and coroutine.create(');
      const source = `local function later_yield(...) later(1) return coroutine.yield(...) end ${waiting}`;
      expect(driver.values(source)).toEqual(result);
    },
  );

  test('the main chunk cannot yield, and says so', () => {
    const driver = new Driver(engine);
    expect(driver.error('coroutine.yield(1)')).toMatchObject({
      message: 'attempt to yield from outside a coroutine',
      line: 1,
    });
    expect(driver.values('return pcall(coroutine.yield)')[0]).toBe(false);
  });

  test('no coroutine can be made to look like the host', () => {
    const driver = new Driver(engine);
    const script = `local seen = {}
      local co = coroutine.create(function() later('secret') coroutine.yield('mine') end)
      while coroutine.status(co) ~= 'dead' do
        for _, v in ipairs({ select(2, coroutine.resume(co)) }) do seen[#seen + 1] = type(v) .. tostring(v) end
      end
      return table.concat(seen, ' ')`;
    expect(driver.value(script)).toBe('stringmine');
  });
}
