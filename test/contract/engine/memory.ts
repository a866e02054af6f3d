/** The memory limit is a clean error of Lua, and the VM goes on. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver, MIB } from './driver.js';

const HOGS: readonly (readonly [name: string, code: string])[] = [
  ['a string of 2 GB', "local s = string.rep('x', 2 ^ 31 - 100)"],
  ['a string that doubles', "local s = 'x' while true do s = s .. s end"],
  ['a growing table', 'local t = {} for i = 1, math.huge do t[i] = i end'],
  ['many small tables', 'local t = {} for i = 1, math.huge do t[i] = { i } end'],
  ['many strings', "local t = {} for i = 1, math.huge do t[i] = 'string ' .. i end"],
  [
    'deep recursion',
    'local function f(n) local a, b, c = n, n, n return 1 + f(n + 1) + a end f(1)',
  ],
  [
    'coroutines that are kept',
    'local t = {} for i = 1, math.huge do t[i] = coroutine.create(function() end) end',
  ],
  ['a buffer', "local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(1000) end table.concat(t)"],
  [
    'a big result of the host',
    "local s = ('x'):rep(1 << 20) local t = {} while true do t[#t + 1] = echo(s .. #t) end",
  ],
  [
    'a big table for a host function',
    'local t = {} for i = 1, math.huge do t[#t + 1] = echo({ i, i, i }) end',
  ],
];

export function memoryContract(engine: Engine): void {
  if (!engine.capabilities.memoryLimit) return;

  describe.each(HOGS)('%s', (_, code) => {
    test('ends in an error, and the VM can be used afterwards', () => {
      const driver = new Driver(engine, { memoryLimitBytes: 32 * MIB });
      const error = driver.error(code);
      expect(['LIMIT_MEMORY', 'LUA_ERROR']).toContain(error.code);
      expect(error.message).toMatch(/not enough memory|stack overflow|too large/);
      expect(driver.value("return later(('x'):rep(1000):len())")).toBe(1000);
      expect(driver.vm.memoryBytes).toBeLessThanOrEqual(32 * MIB);
    });

    test('can be caught, and the script goes on', () => {
      const driver = new Driver(engine, { memoryLimitBytes: 32 * MIB });
      const script = `local ok, err = pcall(function() ${code} end)
        collectgarbage()
        local big = ('y'):rep(5 << 20)
        return ok, later(#big), #echo({ 1, 2, 3 })`;
      expect(driver.values(script)).toEqual([false, 5 * MIB, 3]);
    });
  });

  test('a VM takes little memory at first, and a small limit holds', () => {
    const driver = new Driver(engine, { memoryLimitBytes: 4 * MIB });
    expect(driver.vm.memoryBytes).toBeLessThanOrEqual(3 * MIB);
    const hog = "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end";
    expect(driver.error(hog).code).toBe('LIMIT_MEMORY');
    expect(driver.vm.memoryBytes).toBeLessThanOrEqual(4 * MIB);
    expect(driver.value('return later(7)')).toBe(7);
  });

  test('the same VM runs out of memory many times', () => {
    const driver = new Driver(engine, { memoryLimitBytes: 32 * MIB });
    for (let round = 0; round < 6; round += 1) {
      expect(
        driver.error("local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end").code,
      ).toBe('LIMIT_MEMORY');
      expect(driver.value('return later(7)')).toBe(7);
    }
  });

  test('a result that does not fit is an error at the call', () => {
    const large = new Uint8Array(40 * MIB);
    const driver = new Driver(engine, {
      memoryLimitBytes: 32 * MIB,
      functions: [{ path: 'large', waits: false, call: () => large }],
    });
    const [ok, message] = driver.values('return pcall(large)');
    expect([ok, String(message)]).toEqual([false, 'not enough memory']);
    expect(driver.error('large()').code).toBe('LIMIT_MEMORY');
    expect(driver.value('return 1')).toBe(1);
  });

  test('an argument, a global or a chunk that does not fit is an error, and the VM goes on', () => {
    const driver = new Driver(engine, { memoryLimitBytes: 32 * MIB });
    const large = new Uint8Array(40 * MIB).fill(0x20);
    const outOfMemory = expect.objectContaining({ code: 'LIMIT_MEMORY' });
    expect(() => driver.vm.start({ source: Buffer.from('return'), name: '=x' }, [large])).toThrow(
      outOfMemory,
    );
    expect(() => driver.vm.setGlobal('large', large)).toThrow(outOfMemory);
    expect(() => driver.vm.start({ source: large, name: '=x' }, [])).toThrow(outOfMemory);
    expect(driver.value('return later(1)')).toBe(1);
  });

  test('what is garbage makes room', () => {
    const driver = new Driver(engine, { memoryLimitBytes: 32 * MIB });
    const script = "for i = 1, 200 do local s = ('xxxxxxxx'):rep(1 << 17) .. i end return true";
    expect(driver.value(script)).toBe(true);
  });

  test('a VM takes no more from the machine than it needs', () => {
    const driver = new Driver(engine, { memoryLimitBytes: 1024 * MIB });
    driver.value('return 1');
    expect(driver.vm.memoryBytes).toBeLessThanOrEqual(32 * MIB);
  });
}
