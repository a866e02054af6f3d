/** The C functions with which the preludes start branches of a script. */
import { SpellError } from '../../base/errors.js';
import type { Branches } from './branches.js';
import type { Dispatcher } from './dispatcher.js';
import { REGISTRY } from './lua-api.js';
import type { TextMemory } from './text-memory.js';
import type { WasmInstance } from './wasm-instance.js';

/** Deeper ones are a recursion that does not end. */
const MAX_DEPTH = 200;

export interface BranchFunctions {
  /** Slot of the function that raises an error where no branches can be started; its argument is the caller's name. */
  readonly require: number;
  /** Slot of the function that makes a coroutine a branch, which runs once the running branch waits. */
  readonly start: number;
}

export function branchFunctions(
  { wasm, text }: { readonly wasm: WasmInstance; readonly text: TextMemory },
  branches: Branches,
  dispatcher: Dispatcher,
): BranchFunctions {
  const { api } = wasm;
  return {
    require: wasm.addFunction('ii', (state) => {
      const L = state as number;
      try {
        const path = text.text(L, 1);
        dispatcher.requireWait(L, path);
        if (branches.depth >= MAX_DEPTH) throw tooDeep(path);
        return 0;
      } catch (thrown) {
        return dispatcher.raise(L, thrown);
      }
    }),
    start: wasm.addFunction('ii', (state) => {
      const L = state as number;
      const thread = api.lua_tothread(L, 1);
      api.lua_settop(L, 1);
      branches.start(thread, api.luaL_ref(L, REGISTRY));
      return 0;
    }),
  };
}

function tooDeep(path: string): SpellError {
  return new SpellError(
    'LUA_ERROR',
    `stack overflow ('${path}' inside '${path}', ${MAX_DEPTH} levels deep)`,
  );
}
