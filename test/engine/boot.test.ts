/** What the preludes make of a new VM is made once and serves the VMs after it, also in other processes. */
import { describe, expect, test } from 'vitest';
import type { Step, Vm, VmOptions } from '../../runtime/engine/engine.js';
import type { BootCache } from '../../runtime/engine/wasmoon/boot.js';
import { createWasmoonEngine } from '../../runtime/engine/wasmoon/wasmoon-engine.js';
import { MIB } from '../contract/engine/driver.js';

const SCRIPT = `
local seen = {}
for _, word in ipairs{ 'b', 'c', 'a' } do seen[#seen + 1] = word end
table.sort(seen)
for key in pairs(_G) do seen[#seen + 1] = key end
return table.concat(seen, ' '), tostring(print), string.format('%q', 1 / 3), pcall(error, 'e')
`;

function options(names: readonly string[] = ['host.one']): VmOptions {
  const functions = names.map((path) => ({ path, waits: false, call: () => 1 }));
  return { memoryLimitBytes: 64 * MIB, functions, preludes: [] };
}

function run(vm: Vm): Step {
  return vm.start({ source: Buffer.from(SCRIPT), name: '@script.lua' }, []);
}

class MemoryCache implements BootCache {
  kept: Uint8Array | undefined;
  writes = 0;
  read = () => this.kept;
  write = (bytes: Uint8Array) => {
    this.kept = bytes;
    this.writes += 1;
  };
}

describe('a VM made from what another one booted', () => {
  test('has the same memory, byte for byte', () => {
    const engine = createWasmoonEngine();
    const same = options();
    engine.createVm(same);
    expect(engine.createVm(same).snapshot?.().pages).toEqual([]);
  });

  test('runs a script exactly as the first one does', () => {
    const engine = createWasmoonEngine();
    const same = options();
    const [first, second] = [engine.createVm(same), engine.createVm(same)];
    expect(run(second)).toEqual(run(first));
    expect(second.snapshot?.()).toEqual(first.snapshot?.());
  });

  test('has its own functions when the preludes are the same and the functions are others', () => {
    const engine = createWasmoonEngine();
    const preludes = options().preludes;
    engine.createVm({ ...options(['host.one']), preludes });
    const vm = engine.createVm({ ...options(['_G.other']), preludes });
    const source = Buffer.from('return other()');
    expect(vm.start({ source, name: '@script.lua' }, [])).toMatchObject({ values: [1] });
  });
});

describe('what a cache keeps of a boot', () => {
  test('makes the same VM in another process', () => {
    const cache = new MemoryCache();
    const [first, second] = [createWasmoonEngine(cache), createWasmoonEngine(cache)];
    const [a, b] = [first.createVm(options()), second.createVm(options())];
    expect(run(b)).toEqual(run(a));
    expect(b.snapshot?.()).toEqual(a.snapshot?.());
    expect(cache.writes).toBe(1);
  });

  test('is made again when it belongs to other functions', () => {
    const cache = new MemoryCache();
    createWasmoonEngine(cache).createVm(options(['host.one']));
    const vm = createWasmoonEngine(cache).createVm(options(['_G.other']));
    const source = Buffer.from('return other()');
    expect(vm.start({ source, name: '@script.lua' }, [])).toMatchObject({ values: [1] });
    expect(cache.writes).toBe(2);
  });

  test.each([
    ['is empty', () => new Uint8Array()],
    ['is cut', (kept: Uint8Array) => kept.slice(0, kept.length - 1)],
    ['is cut inside its header', (kept: Uint8Array) => kept.slice(0, 100)],
    ['has a block that was never written', (kept: Uint8Array) => kept.fill(0, 100_000, 100_512)],
    ['is something else', () => Buffer.from('not a boot at all')],
  ])('is not used when it %s', (_, damage) => {
    const cache = new MemoryCache();
    const intact = createWasmoonEngine(cache).createVm(options());
    cache.kept = damage(cache.kept as Uint8Array);
    const vm = createWasmoonEngine(cache).createVm(options());
    expect(run(vm)).toEqual(run(intact));
    expect(cache.writes).toBe(2);
  });
});
