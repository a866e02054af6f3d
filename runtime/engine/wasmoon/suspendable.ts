/**
 * Suspendable functions are standard functions in two versions: C's, and a Lua one (from the preludes) that a host
 * call can suspend. A C shim looks at the arguments and picks: C's whenever it cannot call back into Lua, so that
 * plain calls keep their speed and their error messages.
 */
import { REGISTRY, Type, UPVALUE_1 } from './lua-api.js';
import type { TextMemory } from './text-memory.js';
import type { WasmInstance } from './wasm-instance.js';

interface Stack {
  readonly wasm: WasmInstance;
  readonly text: TextMemory;
}

/** True when the call may end in Lua code, which may wait. */
type CallsBack = (stack: Stack, L: number) => boolean;

/** `lua_callk` with this many results returns all of them. */
const ALL_RESULTS = -1;

/** Metamethods of strings that try the other operand's. */
const ARITHMETIC = ['__add', '__sub', '__mul', '__mod', '__pow', '__div', '__idiv'];

const secondHasMetatable: CallsBack = (stack, L) => hasMetatable(stack, L, 2);

/**
 * The functions, with the test on their arguments. Arguments of wrong types are C's business too: its messages are
 * the ones that Lua programmers know. The order is part of the engine build.
 */
const SUSPENDABLE: readonly (readonly [path: string, callsBack: CallsBack])[] = [
  ['_G.ipairs', (stack, L) => hasMetatable(stack, L, 1) || isType(stack, L, 1, Type.NIL)],
  ['_G.tostring', (stack, L) => hasMetatable(stack, L, 1) || isNull(stack, L, 1)],
  ['_G.setmetatable', secondHasFinalizer],
  ['string.format', (stack, L) => isType(stack, L, 1, Type.STRING) && someNeedsText(stack, L)],
  ['string.gsub', gsubCallsBack],
  ...ARITHMETIC.map((event) => [`arithmetic.${event}`, secondHasMetatable] as const),
  [
    'table.concat',
    (stack, L) =>
      hasMetatable(stack, L, 1) &&
      (isAbsent(stack, L, 2) || isText(stack, L, 2)) &&
      isIndexOrAbsent(stack, L, 3) &&
      isIndexOrAbsent(stack, L, 4),
  ],
  ['table.insert', insertCallsBack],
  ['table.move', moveCallsBack],
  ['table.remove', (stack, L) => hasMetatable(stack, L, 1) && isIndexOrAbsent(stack, L, 2)],
  ['table.sort', sortCallsBack],
  [
    'table.unpack',
    (stack, L) =>
      hasMetatable(stack, L, 1) && isIndexOrAbsent(stack, L, 2) && isIndexOrAbsent(stack, L, 3),
  ],
];

/** Where the two versions of each function are: slots of the function table, references of the registry. */
export interface Versions {
  readonly inC: readonly number[];
  readonly inLua: readonly number[];
}

export class Suspendable {
  readonly #stack: Stack;
  readonly #shimSlot: number;
  #inC: readonly ((L: number) => number)[] = [];
  #inLua: readonly bigint[] = [];

  constructor(stack: Stack) {
    const { wasm } = stack;
    const { api } = wasm;
    this.#stack = stack;
    const finishSlot = wasm.addFunction('iiii', (state) => api.lua_gettop(state as number));
    this.#shimSlot = wasm.addFunction('ii', (state) => {
      const caller = state as number;
      const number = api.lua_tonumberx(caller, UPVALUE_1, 0);
      const [, callsBack] = SUSPENDABLE[number] as (typeof SUSPENDABLE)[number];
      if (!callsBack(stack, caller)) return (this.#inC[number] as (L: number) => number)(caller);
      const count = api.lua_gettop(caller);
      api.lua_rawgeti(caller, REGISTRY, this.#inLua[number] as bigint);
      api.lua_rotate(caller, 1, 1);
      api.lua_callk(caller, count, ALL_RESULTS, 0, finishSlot);
      return api.lua_gettop(caller);
    });
  }

  /** Replaces the functions by shims. `engine` is the stack index of the table that the preludes filled. */
  install(L: number, engine: number): Versions {
    const stack = this.#stack;
    const { api } = stack.wasm;
    const inC: number[] = [];
    const inLua: number[] = [];
    const pushPath = (...keys: string[]) => {
      api.lua_pushvalue(L, engine);
      for (const key of keys) {
        stack.text.pushText(L, key);
        api.lua_rawget(L, -2);
      }
    };
    SUSPENDABLE.forEach(([path], number) => {
      const [library, name] = path.split('.') as [string, string];
      pushPath('original', library, name);
      inC.push(api.lua_tocfunction(L, -1));
      pushPath('suspendable', path);
      inLua.push(api.luaL_ref(L, REGISTRY));
      api.lua_pushnumber(L, number);
      api.lua_pushcclosure(L, this.#shimSlot, 1);
      const shim = api.lua_gettop(L);
      // The original library gets it as well: there Lua looks for the names of functions in its messages.
      for (const owner of ['original', 'globals']) {
        pushPath(owner, library);
        if (!isType(stack, L, -1, Type.TABLE)) continue;
        stack.text.pushText(L, name);
        api.lua_pushvalue(L, shim);
        api.lua_rawset(L, -3);
      }
      api.lua_settop(L, engine);
    });
    const versions = { inC, inLua };
    this.adopt(versions);
    return versions;
  }

  adopt({ inC, inLua }: Versions): void {
    const table = this.#stack.wasm.api.__indirect_function_table;
    this.#inC = inC.map((slot) => table.get(slot) as (L: number) => number);
    this.#inLua = inLua.map(BigInt);
  }
}

function secondHasFinalizer(stack: Stack, L: number): boolean {
  if (!isType(stack, L, 2, Type.TABLE)) return false;
  const { api } = stack.wasm;
  stack.text.pushText(L, '__gc');
  const found = api.lua_rawget(L, 2) !== Type.NIL;
  api.lua_settop(L, -2);
  return found;
}

function someNeedsText(stack: Stack, L: number): boolean {
  for (let index = stack.wasm.api.lua_gettop(L); index > 1; index -= 1) {
    if (hasMetatable(stack, L, index) || isNull(stack, L, index)) return true;
  }
  return false;
}

function gsubCallsBack(stack: Stack, L: number): boolean {
  const calls = isType(stack, L, 3, Type.FUNCTION) || hasMetatable(stack, L, 3);
  return calls && isText(stack, L, 1) && isText(stack, L, 2) && isIndexOrAbsent(stack, L, 4);
}

function insertCallsBack(stack: Stack, L: number): boolean {
  if (!hasMetatable(stack, L, 1)) return false;
  const count = stack.wasm.api.lua_gettop(L);
  return count === 2 || (count === 3 && isIndex(stack, L, 2));
}

function moveCallsBack(stack: Stack, L: number): boolean {
  if (!hasMetatable(stack, L, 1) && !hasMetatable(stack, L, 5)) return false;
  const areTables =
    isType(stack, L, 1, Type.TABLE) && (isAbsent(stack, L, 5) || isType(stack, L, 5, Type.TABLE));
  return areTables && [2, 3, 4].every((index) => isIndex(stack, L, index));
}

/** Without comparator, numbers and strings are compared by C alone. */
function sortCallsBack(stack: Stack, L: number): boolean {
  const { api } = stack.wasm;
  if (!isType(stack, L, 1, Type.TABLE)) return false;
  if (!isAbsent(stack, L, 2)) return isType(stack, L, 2, Type.FUNCTION);
  const first = api.lua_rawgeti(L, 1, 1n);
  api.lua_settop(L, -2);
  return hasMetatable(stack, L, 1) || first === Type.TABLE;
}

function hasMetatable({ wasm: { api } }: Stack, L: number, index: number): boolean {
  if (api.lua_type(L, index) !== Type.TABLE || api.lua_getmetatable(L, index) === 0) return false;
  api.lua_settop(L, -2);
  return true;
}

function isType({ wasm: { api } }: Stack, L: number, index: number, type: number): boolean {
  return api.lua_type(L, index) === type;
}

function isAbsent(stack: Stack, L: number, index: number): boolean {
  return isType(stack, L, index, Type.NIL) || isType(stack, L, index, Type.NONE);
}

function isNull(stack: Stack, L: number, index: number): boolean {
  return isType(stack, L, index, Type.LIGHT_USERDATA);
}

function isText(stack: Stack, L: number, index: number): boolean {
  return isType(stack, L, index, Type.STRING) || isType(stack, L, index, Type.NUMBER);
}

function isIndex({ wasm: { api } }: Stack, L: number, index: number): boolean {
  return api.lua_isinteger(L, index) !== 0;
}

function isIndexOrAbsent(stack: Stack, L: number, index: number): boolean {
  return isAbsent(stack, L, index) || isIndex(stack, L, index);
}
