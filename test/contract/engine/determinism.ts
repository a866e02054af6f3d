/** The same chunk with the same answers runs the same way, in any VM and in any process. */
import { execFileSync } from 'node:child_process';
import { expect, inject, test } from 'vitest';
import type { Engine } from '../../../runtime/engine/engine.js';
import { Driver } from './driver.js';

/** Reads everything that depends on addresses, seeds and the collector. */
export const OBSERVER = `
  local out = {}
  local function add(v) out[#out + 1] = tostring(v) end
  local keys = {}
  for i = 1, 200 do keys['key' .. i] = i keys[{}] = i keys[i * 1.5] = i end
  for k, v in pairs(keys) do add(v) end
  for k in pairs(_G) do add(k) end
  add({}) add(function() end) add(coroutine.create(function() end)) add(string.format('%p', {}))
  add(math.random(1 << 40)) add(math.random())
  add(collectgarbage('count'))
  if later then
    later(('long '):rep(5000))
    pcall(fail, 'A', 'b')
    echo({ a = { 1, 2, 3 } })
  end
  add(collectgarbage('count')) add({})
  local hash = 0
  for i = 1, #out do for j = 1, #out[i] do hash = (hash * 31 + out[i]:byte(j)) & 0xffffffffffff end end
  return hash, #out`;

export function determinismContract(engine: Engine): void {
  test('two VMs observe the same', () => {
    const first = new Driver(engine).values(OBSERVER);
    expect(new Driver(engine).values(OBSERVER)).toEqual(first);
    expect(first[1]).toBeGreaterThan(600);
  });

  test('a VM observes the same whatever other VMs did before it', () => {
    const first = new Driver(engine).values(OBSERVER);
    const other = new Driver(engine);
    other.run("for i = 1, 1000 do later(('x'):rep(i)) end return math.random()");
    expect(new Driver(engine).values(OBSERVER)).toEqual(first);
  });

  test('the sequence of math.random follows the start that the host gives', () => {
    const sequence = (first: bigint, second: bigint) => {
      const driver = new Driver(engine);
      driver.vm.seed(first, second);
      return driver.values('return math.random(1 << 50), math.random(), math.random(6)');
    };
    expect(sequence(1n, 2n)).toEqual(sequence(1n, 2n));
    expect(sequence(1n, 2n)).not.toEqual(sequence(1n, 3n));
    expect(sequence(-(2n ** 63n), 2n ** 63n - 1n)).toHaveLength(3);
  });

  test('two processes observe the same', () => {
    expect(inject('buildError')).toBe('');
    const program = `
      const { createWasmoonEngine } = await import(process.argv[1]);
      const vm = createWasmoonEngine().createVm({ memoryLimitBytes: 64 << 20, functions: [], preludes: [] });
      const step = vm.start({ source: Buffer.from(process.argv[2]), name: '@script.lua' }, []);
      process.stdout.write(JSON.stringify(step.values));`;
    const module = new URL(
      '../../../dist/runtime/engine/wasmoon/wasmoon-engine.js',
      import.meta.url,
    );
    const observe = () =>
      execFileSync(
        process.execPath,
        ['--input-type=module', '-e', program, module.href, OBSERVER],
        {
          encoding: 'utf8',
        },
      );
    const first = observe();
    expect(JSON.parse(first)).toHaveLength(2);
    expect(observe()).toBe(first);
  });
}
