/** The C functions with which the preludes start branches of a script. */
import { SpellError } from '../../base/errors.js';
import type { Branches } from './branches.js';
import type { Dispatcher } from './dispatcher.js';
import { REGISTRY } from './lua-api.js';
import type { TextMemory } from './text-memory.js';
import type { WasmInstance } from './wasm-instance.js';

/** Deeper ones are a recursion that does not end. */
const MAX_DEPTH = 200;

/** Slots of the functions, by their names in Lua. */
export interface BranchFunctions {
  /** Raises an error where the caller, whose name it gets, can't wait. */
  readonly require_wait: number;
  /** The same, and where branches are nested too deep. */
  readonly require_branches: number;
  /** Makes a coroutine a branch, which runs once the running branch waits. */
  readonly start_branch: number;
  /** Answers the id and the path of the running branch. */
  readonly current_branch: number;
  /** Lets a branch run again that waits for no call; nothing happens when there is none with that id. */
  readonly wake_branch: number;
}

export function branchFunctions(
  { wasm, text }: { readonly wasm: WasmInstance; readonly text: TextMemory },
  branches: Branches,
  dispatcher: Dispatcher,
): BranchFunctions {
  const { api } = wasm;
  const add = (run: (L: number) => number) =>
    wasm.addFunction('ii', (state) => {
      const L = state as number;
      try {
        return run(L);
      } catch (thrown) {
        return dispatcher.raise(L, thrown);
      }
    });
  return {
    require_wait: add((L) => {
      dispatcher.requireWait(L, text.text(L, 1));
      return 0;
    }),
    require_branches: add((L) => {
      const path = text.text(L, 1);
      dispatcher.requireWait(L, path);
      if (branches.depth >= MAX_DEPTH) throw tooDeep(path);
      return 0;
    }),
    start_branch: add((L) => {
      const thread = api.lua_tothread(L, 1);
      api.lua_settop(L, 1);
      branches.start(thread, api.luaL_ref(L, REGISTRY));
      return 0;
    }),
    current_branch: add((L) => {
      api.lua_pushnumber(L, branches.id);
      text.pushText(L, branches.path);
      return 2;
    }),
    wake_branch: add((L) => {
      branches.wake(api.lua_tonumberx(L, 1, 0));
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
