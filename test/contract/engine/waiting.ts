/** A host call may wait wherever Lua code runs, and the code around it cannot tell. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../runtime/engine/engine.js';
import { callOf, Driver } from './driver.js';

/** Programs that return true when the calls in them could wait, by the place where they wait. */
export const PLACES: readonly (readonly [place: string, program: string])[] = [
  ['the main chunk', "return later('x') == 'x'"],
  ['a tail call', "local function f() return later('x') end return f() == 'x'"],
  ['an argument of another wait', 'return later(later(1) + later(2)) == 3'],
  ['pcall', "local ok, v = pcall(later, 'x') return ok and v == 'x'"],
  [
    'pcall that fails later',
    "local ok, e = pcall(fail_later, 'C', 'm') return not ok and e.code == 'C'",
  ],
  ['nested pcall', "return select(3, pcall(pcall, later, 'x')) == 'x'"],
  ['xpcall', "return select(2, xpcall(later, error, 'x')) == 'x'"],
  [
    'a message handler',
    `local ok, v = xpcall(function() error('e', 0) end, function(m) return later(m) .. later('!') end)
    return not ok and v == 'e!'`,
  ],
  [
    'a message handler of a call that waited',
    `local ok, v = xpcall(function() later(1) error({ n = later(2) }) end, function(e) return later(e.n) end)
    return not ok and v == 2`,
  ],
  [
    'a message handler inside a coroutine',
    `local co = coroutine.wrap(function()
      local ok, v = xpcall(error, function(m) return later(m) end, 'e')
      coroutine.yield(v)
      return 'end'
    end)
    return co() == 'e' and co() == 'end'`,
  ],
  ['coroutine.wrap', "return coroutine.wrap(function(a) return later(a) end)('x') == 'x'"],
  [
    'coroutine.resume',
    `local co = coroutine.create(function(a) local b = later(a) local c = coroutine.yield(b) return later(c) end)
    local _, one = coroutine.resume(co, 1)
    local _, two = coroutine.resume(co, 2)
    return one == 1 and two == 2 and coroutine.status(co) == 'dead'`,
  ],
  [
    'coroutines in coroutines',
    `local function nest(depth)
      if depth == 0 then return later('deep') end
      return coroutine.wrap(nest)(depth - 1)
    end
    return nest(50) == 'deep'`,
  ],
  [
    'pcall in a coroutine in pcall',
    `local ok, v = pcall(function()
      return coroutine.wrap(function()
        local ok, e = pcall(fail_later, 'C', 'm')
        return e.code
      end)()
    end)
    return ok and v == 'C'`,
  ],
  [
    'an error in a coroutine',
    "return select(2, coroutine.resume(coroutine.create(fail_later), 'C', 'm')).code == 'C'",
  ],
  [
    '__index',
    "return setmetatable({}, { __index = function(_, k) return later(k) end }).name == 'name'",
  ],
  [
    '__newindex',
    `local log = {}
    local t = setmetatable({}, { __newindex = function(_, k, v) log[k] = later(v) end })
    t.a = 1
    return log.a == 1`,
  ],
  [
    '__call',
    "return setmetatable({}, { __call = function(_, a) return later(a) end })('x') == 'x'",
  ],
  ...[
    'add',
    'sub',
    'mul',
    'div',
    'mod',
    'pow',
    'idiv',
    'band',
    'bor',
    'bxor',
    'shl',
    'shr',
    'concat',
  ].map((event): [string, string] => {
    const operator = {
      add: '+',
      sub: '-',
      mul: '*',
      div: '/',
      mod: '%',
      pow: '^',
      idiv: '//',
      band: '&',
      bor: '|',
      bxor: '~',
      shl: '<<',
      shr: '>>',
      concat: '..',
    }[event];
    return [
      `__${event}`,
      `local t = setmetatable({}, { __${event} = function(a, b) return later('x') end })
        return t ${operator} 1 == 'x' and 1 ${operator} t == 'x' and '1' ${operator} t == 'x'`,
    ];
  }),
  ['__unm', "return -setmetatable({}, { __unm = function() return later('x') end }) == 'x'"],
  ['__bnot', "return ~setmetatable({}, { __bnot = function() return later('x') end }) == 'x'"],
  ['__len', 'return #setmetatable({}, { __len = function() return later(7) end }) == 7'],
  [
    'comparisons',
    `local mt = {}
    mt.__eq = function() return later(true) end
    mt.__lt = function(a, b) return later(a.n) < b.n end
    mt.__le = function(a, b) return later(a.n) <= b.n end
    local a, b = setmetatable({ n = 1 }, mt), setmetatable({ n = 2 }, mt)
    return a == b and a < b and a <= b and not (a > b) and not (a >= b)`,
  ],
  [
    '__close',
    `local log = {}
    do
      local x <close> = setmetatable({}, { __close = function() log[#log + 1] = later('closed') end })
      log[#log + 1] = later('open')
    end
    return table.concat(log, ' ') == 'open closed'`,
  ],
  [
    '__close after an error',
    `local log
    local ok, e = pcall(function()
      local x <close> = setmetatable({}, { __close = function(_, e) log = later(e) end })
      error('e', 0)
    end)
    return not ok and e == 'e' and log == 'e'`,
  ],
  [
    'an iterator',
    `local sum = 0
    for i in function(_, i) i = later((i or 0) + 1) if i < 5 then return i end end do sum = sum + i end
    return sum == 10`,
  ],
  [
    '__pairs',
    `local t = setmetatable({}, { __pairs = function(t) later(1) return function(_, k) return later(not k and 'k' or nil), 'v' end, t end })
    local seen = {}
    for k, v in pairs(t) do seen[#seen + 1] = k .. v end
    return table.concat(seen) == 'kv'`,
  ],
  [
    'ipairs with __index',
    `local seen = {}
    for i, v in ipairs(setmetatable({}, { __index = function(_, i) return later(i <= 3 and i * 2 or nil) end })) do seen[i] = v end
    return table.concat(seen, ',') == '2,4,6'`,
  ],
  [
    'the body of a gmatch loop',
    "local s = '' for w in ('a b'):gmatch('%a') do s = s .. later(w) end return s == 'ab'",
  ],
  [
    'the comparator of table.sort',
    `local t = {} for i = 1, 100 do t[i] = i * 37 % 101 end
    table.sort(t, function(a, b) return later(a < b) end)
    for i = 2, #t do if t[i - 1] > t[i] then return false end end
    return true`,
  ],
  [
    '__lt under table.sort',
    `local mt = { __lt = function(a, b) return later(a.n) < b.n end }
    local t = {} for i = 1, 20 do t[i] = setmetatable({ n = i * 7 % 23 }, mt) end
    table.sort(t)
    for i = 2, #t do if t[i - 1].n > t[i].n then return false end end
    return true`,
  ],
  [
    'string.gsub with a function',
    "return (('a-b'):gsub('%a', function(c) return later(c:upper()) end)) == 'A-B'",
  ],
  [
    'string.gsub with an __index',
    "return (('a-b'):gsub('%a', setmetatable({}, { __index = function(_, c) return later(c .. c) end }))) == 'aa-bb'",
  ],
  [
    'tostring',
    "return tostring(setmetatable({}, { __tostring = function() return later('text') end })) == 'text'",
  ],
  [
    'string.format',
    "return string.format('<%5s|%d>', setmetatable({}, { __tostring = function() return later('t') end }), 5) == '<    t|5>'",
  ],
  [
    'a load reader',
    "local parts = { 'return ', '6 * 7' } local i = 0 local f = load(function() i = i + 1 return later(parts[i]) end) return f() == 42",
  ],
  ['loaded code', "return load('return later(...)')('x') == 'x'"],
  [
    'table.concat',
    "return table.concat(setmetatable({}, { __index = function(_, i) return later('v' .. i) end, __len = function() return later(3) end }), ',') == 'v1,v2,v3'",
  ],
  [
    'table.unpack',
    'local a, b = table.unpack(setmetatable({}, { __index = function(_, i) return later(i * 10) end }), 1, 2) return a == 10 and b == 20',
  ],
  [
    'table.insert and table.remove',
    `local store = { 'a', 'c' }
    local t = setmetatable({}, {
      __len = function() return later(#store) end,
      __index = function(_, i) return later(store[i]) end,
      __newindex = function(_, i, v) store[i] = later(v) end,
    })
    table.insert(t, 'd')
    table.insert(t, 2, 'b')
    local all = table.concat(store)
    return all == 'abcd' and table.remove(t, 1) == 'a' and table.remove(t) == 'd' and table.concat(store) == 'bc'`,
  ],
  [
    'table.move',
    `local store = {}
    local to = setmetatable({}, { __newindex = function(_, i, v) store[i] = later(v) end })
    table.move({ 1, 2, 3 }, 1, 3, 1, to)
    return table.concat(store) == '123'`,
  ],
  [
    'a method call on a string',
    "function string.shout(s) return later(s:upper()) end return ('a'):shout() == 'A'",
  ],
  [
    'goto and varargs',
    "local function f(...) local n = 0 ::top:: n = n + later(select('#', ...)) if n < 6 then goto top end return n end return f(1, 2, 3) == 6",
  ],
  [
    'dofile-like chains',
    "return pcall(load, 'x') and select(2, pcall(load('return later(1)'))) == 1",
  ],
];

export function waitingContract(engine: Engine): void {
  describe('works in', () => {
    test.each(PLACES)('%s', (_, program) => {
      expect(new Driver(engine).value(program)).toBe(true);
    });

    test.each(PLACES)('%s, inside a coroutine inside pcall', (_, program) => {
      const wrapped = `local function program() ${program} end
        local ok, value = pcall(coroutine.wrap(function()
          coroutine.yield()
          return later(program())
        end))
        local co = coroutine.wrap(function() coroutine.yield('paused') return later(program()) end)
        assert(co() == 'paused')
        return ok and co()`;
      expect(new Driver(engine).value(wrapped)).toBe(true);
    });
  });

  test('a script waits for one call at a time, in order', () => {
    const driver = new Driver(engine);
    const first = driver.start("note(later('a')) note(later('b')) return 'end'");
    expect(first).toEqual({ state: 'waiting', branch: 0, call: expect.any(Number) });
    expect(driver.notes).toEqual([]);
    const second = driver.vm.resume(callOf(first), { ok: true, value: 'answer' });
    expect(driver.notes).toEqual(['answer']);
    expect(second).toMatchObject({ state: 'waiting' });
    expect(driver.finish(second)).toMatchObject({ state: 'returned', values: ['end'] });
  });

  test('a coroutine that waits seems to be running to the code around it', () => {
    const driver = new Driver(engine);
    const script = `local steps = {}
      local co = coroutine.create(function() later(1) steps[#steps + 1] = 'in' end)
      steps[#steps + 1] = coroutine.status(co)
      coroutine.resume(co)
      steps[#steps + 1] = coroutine.status(co)
      return table.concat(steps, ' ')`;
    expect(driver.value(script)).toBe('suspended in dead');
  });

  describe('is refused with AWAIT_FORBIDDEN, before the call is made, in', () => {
    test.each([
      ['__close of a coroutine that is closed from outside', 'later(1)'],
      ['a coroutine started there', 'coroutine.wrap(function() later(1) end)()'],
      [
        'a coroutine of a coroutine started there',
        'coroutine.wrap(function() coroutine.wrap(function() later(1) end)() end)()',
      ],
      [
        'a message handler started there',
        'local _, e = xpcall(error, function() later(1) end) error(e, 0)',
      ],
    ])('%s', (_, body) => {
      const driver = new Driver(engine);
      const script = `local co = coroutine.create(function()
          local x <close> = setmetatable({}, { __close = function() ${body} end })
          coroutine.yield()
        end)
        coroutine.resume(co)
        local ok, err = coroutine.close(co)
        return ok, type(err) == 'table' and err.code or err, later('goes on')`;
      const [ok, code, after] = driver.values(script);
      expect(ok).toBe(false);
      if (!body.includes('xpcall')) expect(code).toBe('AWAIT_FORBIDDEN');
      expect(after).toBe('goes on');
      expect(driver.outcomes.size).toBe(0);
    });
  });

  test('a call that was refused once can wait elsewhere afterwards', () => {
    const driver = new Driver(engine);
    const script = `local co
      local closing = coroutine.create(function()
        local x <close> = setmetatable({}, {
          __close = function()
            co = coroutine.create(function() coroutine.yield(1) return later(2) end)
            coroutine.resume(co)
          end,
        })
        coroutine.yield()
      end)
      coroutine.resume(closing)
      coroutine.close(closing)
      return select(2, coroutine.resume(co))`;
    expect(driver.value(script)).toBe(2);
  });
}
