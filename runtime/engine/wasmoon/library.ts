/** Fills a new Lua state: the standard libraries, the host functions, and the preludes that put both in order. */
import type { Chunk, HostFunction } from '../engine.js';
import { enginePreludes } from '../prelude.js';
import { ALLOWED_NAMES } from '../sandbox.js';
import { AWAIT_TOKEN, GLOBALS, REGISTRY, Status } from './lua-api.js';
import type { LuaErrors } from './lua-errors.js';
import type { Marshal } from './marshal.js';
import { installSuspendable } from './suspendable.js';
import type { TextMemory } from './text-memory.js';
import type { WasmInstance } from './wasm-instance.js';

export interface LibraryParts {
  readonly wasm: WasmInstance;
  readonly text: TextMemory;
  readonly marshal: Marshal;
  readonly errors: LuaErrors;
  readonly L: number;
  readonly functions: readonly HostFunction[];
  /** Slot of the C function behind every host function. */
  readonly dispatchSlot: number;
  readonly preludes: readonly Chunk[];
  /** Compiles a chunk onto the stack. */
  readonly load: (chunk: Chunk) => Error | undefined;
}

/** Registry references of what the VM itself calls. */
export interface Library {
  /** The weak set of threads that the host drives as branches. */
  readonly branches: bigint;
  /** The weak set of coroutines in which nothing can wait. */
  readonly pinned: bigint;
  /** What the preludes want to run when a script has ended. */
  readonly atEnd: bigint;
  /** The real `collectgarbage`. */
  readonly collect: bigint;
  /** The real `math.randomseed`. */
  readonly randomSeed: bigint;
}

/** The order is part of the engine build. */
const LIBRARIES = ['base', 'coroutine', 'table', 'string', 'math', 'utf8', 'debug'] as const;

export function installLibrary(parts: LibraryParts): Library {
  const { wasm, text, marshal, L } = parts;
  const { api } = wasm;
  for (const name of LIBRARIES) {
    const slot = wasm.addExport(api[`luaopen_${name}`]);
    api.luaL_requiref(L, text.constant(name === 'base' ? '_G' : name), slot, 1);
    api.lua_settop(L, -2);
  }
  marshal.push(L, { allowed: ALLOWED_NAMES as Record<string, string[]>, null: null });
  const engine = api.lua_gettop(L);
  const setField = (name: string, push: () => void) => {
    text.pushText(L, name);
    push();
    api.lua_rawset(L, engine);
  };
  setField('await', () => api.lua_pushlightuserdata(L, AWAIT_TOKEN));
  setField('globals', () => api.lua_rawgeti(L, REGISTRY, GLOBALS));
  setField('functions', () => pushFunctions(parts));
  for (const chunk of enginePreludes()) runPrelude(parts, chunk, engine);
  installSuspendable(parts, L, engine);
  for (const chunk of parts.preludes) runPrelude(parts, chunk, engine);
  const pushField = (name: string) => {
    text.pushText(L, name);
    api.lua_rawget(L, engine);
  };
  const reference = (name: string): bigint => {
    pushField(name);
    return BigInt(api.luaL_ref(L, REGISTRY));
  };
  pushField('array_mark');
  marshal.adoptArrayMark(L);
  pushField('error_mark');
  parts.errors.adoptMetatable(L);
  pushField('tostring');
  parts.errors.adoptToString(L);
  return {
    branches: reference('branches'),
    pinned: reference('pinned'),
    atEnd: reference('at_end'),
    collect: reference('collect'),
    randomSeed: reference('random_seed'),
  };
}

/** Pushes a table from path to C closure; each closure carries the number of its host function. */
function pushFunctions({ wasm, text, L, functions, dispatchSlot }: LibraryParts): void {
  const { api } = wasm;
  api.lua_createtable(L, 0, functions.length);
  functions.forEach((fn, number) => {
    api.lua_pushnumber(L, number);
    api.lua_pushcclosure(L, dispatchSlot, 1);
    // All names mean the same function, also to a script that compares them.
    for (const path of [fn.path, ...(fn.aliases ?? [])]) {
      text.pushText(L, path);
      api.lua_pushvalue(L, -2);
      api.lua_rawset(L, -4);
    }
    api.lua_settop(L, -2);
  });
}

function runPrelude({ wasm, errors, L, load }: LibraryParts, chunk: Chunk, engine: number): void {
  const failure = load(chunk);
  if (failure !== undefined) throw failure;
  wasm.api.lua_pushvalue(L, engine);
  const status = wasm.api.lua_pcallk(L, 1, 0, 0, 0, 0);
  if (status !== Status.OK) throw errors.read(L, L, status);
}
