import type { Engine, VmOptions } from '../engine.js';
import { enginePreludes } from '../prelude.js';
import { type Boot, type BootCache, readBoot, writeBoot } from './boot.js';
import { WasmoonVm } from './vm.js';
import { moduleBytes } from './wasm-instance.js';

/**
 * The default engine: Lua 5.4 compiled to WebAssembly, with a linear memory of its own for every VM.
 *
 * @param cache Keeps what the preludes make of a new VM from process to process, which saves most of the time that the
 * first VM takes.
 */
export function createWasmoonEngine(cache?: BootCache): Engine {
  const boots = new WeakMap<VmOptions['preludes'], { signature: string; boot: Boot }>();
  const createVm = (options: VmOptions): WasmoonVm => {
    const signature = signatureOf(options);
    const known = boots.get(options.preludes);
    if (known?.signature === signature) return new WasmoonVm(options, known.boot);
    const kept = cache === undefined ? undefined : readBoot(cache, signature);
    const vm = new WasmoonVm(options, kept);
    if (kept === undefined && cache !== undefined) writeBoot(cache, signature, vm.boot);
    boots.set(options.preludes, { signature, boot: vm.boot });
    return vm;
  };
  return {
    name: 'wasmoon',
    capabilities: { snapshot: true, memoryLimit: true, int64: true },
    createVm,
    restoreVm: (options, image) => {
      const vm = createVm(options);
      vm.restore(image);
      return vm;
    },
    code: () => [moduleBytes(), ...enginePreludes().map(({ source }) => source)],
  };
}

/** What a VM's memory refers to by number. */
function signatureOf({ functions, preludes }: VmOptions): string {
  const names = functions.map(({ path, aliases = [] }) => [path, ...aliases].join(' '));
  return [preludes.length, ...names].join('\n');
}
