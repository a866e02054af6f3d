/** Fills a new Lua state: the standard libraries, the host functions, and the preludes that put both in order. */
import type { Chunk, HostFunction } from '../engine.js';
import { enginePreludes } from '../prelude.js';
import { ALLOWED_NAMES } from '../sandbox.js';
import type { BranchFunctions } from './branch-functions.js';
import { AWAIT_TOKEN, GLOBALS, REGISTRY, Status } from './lua-api.js';
import type { LuaErrors } from './lua-errors.js';
import type { ArrayMark, Marshal } from './marshal.js';
import type { Suspendable, Versions } from './suspendable.js';
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
  /** Slots of the functions that open the standard libraries, from {@link addLibraries}. */
  readonly librarySlots: readonly number[];
  readonly suspendable: Suspendable;
  readonly branchFunctions: BranchFunctions;
  readonly preludes: readonly Chunk[];
  /** Compiles a chunk onto the stack. */
  readonly load: (chunk: Chunk) => Error | undefined;
}

/** Library is where the host finds what it needs of a filled state: references of the registry, but for two fields. */
export interface Library {
  /** The weak set of threads that the host drives as branches. */
  readonly branches: number;
  /** The weak set of coroutines in which nothing can wait. */
  readonly pinned: number;
  /** What the preludes want to run when a script has ended. */
  readonly atEnd: number;
  /** The real `collectgarbage`. */
  readonly collect: number;
  /** The real `math.randomseed`. */
  readonly randomSeed: number;
  /** The metatable of error tables. */
  readonly errorMetatable: number;
  /** The function that makes text of error values. */
  readonly errorText: number;
  readonly errorTrace: number;
  readonly arrayMark: ArrayMark;
  readonly suspendable: Versions;
}

/** The order is part of the engine build. */
const LIBRARIES = ['base', 'coroutine', 'table', 'string', 'math', 'utf8', 'debug'] as const;

/** Makes the functions that open the standard libraries callable from C. */
export function addLibraries(wasm: WasmInstance): readonly number[] {
  return LIBRARIES.map((name) => wasm.addExport(wasm.api[`luaopen_${name}`]));
}

export function installLibrary(parts: LibraryParts): Library {
  const { wasm, text, marshal, L } = parts;
  const { api } = wasm;
  LIBRARIES.forEach((name, i) => {
    const slot = parts.librarySlots[i] as number;
    api.luaL_requiref(L, text.constant(name === 'base' ? '_G' : name), slot, 1);
    api.lua_settop(L, -2);
  });
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
  for (const [name, slot] of Object.entries(parts.branchFunctions)) {
    setField(name, () => api.lua_pushcclosure(L, slot, 0));
  }
  for (const chunk of enginePreludes()) runPrelude(parts, chunk, engine);
  const suspendable = parts.suspendable.install(L, engine);
  for (const chunk of parts.preludes) runPrelude(parts, chunk, engine);
  const pushField = (name: string) => {
    text.pushText(L, name);
    api.lua_rawget(L, engine);
  };
  const reference = (name: string): number => {
    pushField(name);
    return api.luaL_ref(L, REGISTRY);
  };
  pushField('array_mark');
  const arrayMark = { pointer: api.lua_topointer(L, -1), ref: api.luaL_ref(L, REGISTRY) };
  return {
    arrayMark,
    suspendable,
    errorMetatable: reference('error_mark'),
    errorText: reference('tostring'),
    errorTrace: reference('trace_of'),
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
