/** Lua sees what is allowed, and nothing of the host. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../runtime/engine/engine.js';
import { ALLOWED_NAMES } from '../../../runtime/engine/sandbox.js';
import { chunk, Driver } from './driver.js';

const HOST_FUNCTIONS = ['bytes', 'echo', 'fail', 'fail_later', 'later', 'note'];

export function sandboxContract(engine: Engine): void {
  test('the global names are exactly the allowed ones', () => {
    const driver = new Driver(engine);
    const names = driver.value('local t = {} for k in pairs(_G) do t[#t + 1] = k end return t');
    const { _G: functions, ...libraries } = ALLOWED_NAMES;
    // load is written in Lua, and _G is the table itself.
    const allowed = [
      ...(functions ?? []),
      ...Object.keys(libraries),
      'load',
      '_G',
      ...HOST_FUNCTIONS,
    ];
    expect([...(names as string[])].sort()).toEqual(allowed.sort());
  });

  test.each(Object.keys(ALLOWED_NAMES).filter((name) => name !== '_G'))(
    'the library %s has exactly the allowed names',
    (library) => {
      const driver = new Driver(engine);
      const script = `local t = {} for k in pairs(${library}) do t[#t + 1] = k end return t`;
      const names = driver.value(script) as string[];
      expect([...names].sort()).toEqual([...(ALLOWED_NAMES[library] ?? [])].sort());
    },
  );

  test.each([
    ...['dofile', 'loadfile', 'require', 'package', 'print', 'io', 'os', 'loadstring', 'newproxy'],
    ...[
      'string.dump',
      'debug.sethook',
      'debug.getregistry',
      'debug.getupvalue',
      'debug.setmetatable',
    ],
    ...[
      'debug.getlocal',
      'debug.upvaluejoin',
      'debug.debug',
      'math.pow',
      'table.getn',
      'engine',
      'host',
    ],
  ])('there is no %s', (name) => {
    expect(new Driver(engine).value(`return ${name}`)).toBeUndefined();
  });

  describe('bytecode', () => {
    // The first bytes of every compiled chunk.
    const compiled = '\\27Lua\\x54\\0\\x19\\x93\\r\\n\\x1a\\n';

    test.each([
      ["load('BYTES')"],
      ["load('BYTES', 'n', 'b')"],
      ["load('BYTES', 'n', 'bt')"],
      ["load(function() local s = PIECE PIECE = nil return s end, 'n', 'bt')"],
    ])('is refused by %s', (call) => {
      const driver = new Driver(engine);
      const script = `PIECE = '${compiled}' return ${call.replaceAll('BYTES', compiled)}`;
      const [fn, message] = driver.values(script);
      expect(fn).toBeUndefined();
      expect(message).toMatch(/attempt to load a (binary|text) chunk/);
    });

    test('is refused from the host, too', () => {
      const driver = new Driver(engine);
      const bytes = Uint8Array.of(27, 0x4c, 0x75, 0x61, 0x54, 0);
      expect(driver.vm.check({ source: bytes, name: '@x' })?.code).toBe('LUA_SYNTAX');
      expect(driver.vm.start({ source: bytes, name: '@x' }, [])).toMatchObject({
        state: 'failed',
        error: { code: 'LUA_SYNTAX' },
      });
    });
  });

  test('the metatable of strings is closed', () => {
    const driver = new Driver(engine);
    expect(driver.values("return getmetatable(''), pcall(setmetatable, '', {})")).toEqual([
      false,
      false,
      expect.any(String),
    ]);
    expect(driver.value("string.twice = function(s) return s .. s end return ('a'):twice()")).toBe(
      'aa',
    );
  });

  test('finalizers are refused, and added later they have no effect', () => {
    const driver = new Driver(engine);
    const script = `local ran = false
      local ok = pcall(setmetatable, {}, { __gc = function() ran = true end })
      local mt = {}
      do local t = setmetatable({}, mt) end
      mt.__gc = function() ran = true end
      collectgarbage() collectgarbage()
      return ok, ran`;
    expect(driver.values(script)).toEqual([false, false]);
  });

  test('the mark of empty arrays is closed', () => {
    const driver = new Driver(engine);
    expect(
      driver.values('local t = ... return getmetatable(t), (pcall(setmetatable, t, {}))', []),
    ).toEqual(['array', false]);
  });

  test('no value that Lua can reach is an object of the host', () => {
    const driver = new Driver(engine, {
      preludes: [chunk('local engine = ... HIDDEN = engine', '=p')],
    });
    const script = `HIDDEN = nil
      local seen, kinds = {}, {}
      local function walk(v)
        kinds[type(v)] = true
        if type(v) ~= 'table' or seen[v] then return end
        seen[v] = true
        for k, item in next, v do walk(k) walk(item) end
        walk(getmetatable(v))
      end
      walk(_G)
      walk({ echo({ 1, 'a', {} }) })
      walk(select(2, pcall(fail, 'A', 'b')))
      local list = {}
      for kind in pairs(kinds) do list[#list + 1] = kind end
      table.sort(list)
      return table.concat(list, ' ')`;
    expect(driver.value(script)).not.toMatch(/userdata|thread/);
  });

  test('names of JavaScript lead nowhere', () => {
    const driver = new Driver(engine);
    const script = `local e = select(2, pcall(fail, 'A', 'b'))
      return echo({}).constructor, echo({}).__proto__, e.constructor, e.stack, e.cause, ('').constructor`;
    expect(driver.values(script)).toEqual(new Array(6).fill(undefined));
  });

  test('a script that breaks its globals breaks nothing else', () => {
    const driver = new Driver(engine);
    const script = `local G, pcall, keep = _G, pcall, { echo = echo, later = later, sort = table.sort, co = coroutine, tostring = tostring }
      local names = {}
      for k in next, G do names[#names + 1] = k end
      for _, lib in next, { string, table, coroutine, math, debug } do for k in next, lib do lib[k] = nil end end
      for i = 1, #names do G[names[i]] = nil end
      local t = { 2, 1 }
      keep.sort(t, function(a, b) return keep.later(a < b) end)
      local ok = pcall(keep.sort, { {}, {} })
      return t, keep.co.wrap, keep.tostring(1), ok, keep.later('end')`;
    expect(driver.values(script)).toEqual([[1, 2], undefined, '1', false, 'end']);
    driver.vm.setGlobal('x', 1);
    expect(driver.value('return x')).toBe(1);
  });

  test('a host function cannot be used as another one', () => {
    const driver = new Driver(engine);
    const script = `local mt = setmetatable({}, { __index = echo, __call = later, __len = echo })
      return mt(1) == nil, #mt ~= nil, mt.key ~= nil`;
    expect(() => driver.run(script)).not.toThrow();
  });
}
