import type { Engine } from '../engine.js';
import { enginePreludes } from '../prelude.js';
import { WasmoonVm } from './vm.js';
import { moduleBytes } from './wasm-instance.js';

/** The default engine: Lua 5.4 compiled to WebAssembly, with a linear memory of its own for every VM. */
export const wasmoonEngine: Engine = {
  name: 'wasmoon',
  capabilities: { snapshot: true, memoryLimit: true, int64: true },
  createVm: (options) => new WasmoonVm(options),
  restoreVm: (options, image) => {
    const vm = new WasmoonVm(options);
    vm.restore(image);
    return vm;
  },
  code: () => [moduleBytes(), ...enginePreludes().map(({ source }) => source)],
};
