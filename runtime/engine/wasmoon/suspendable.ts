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

const firstHasMetatable: CallsBack = (stack, L) => hasMetatable(stack, L, 1);

/** The functions, with the test on their arguments. The order is part of the engine build. */
const SUSPENDABLE: readonly (readonly [path: string, callsBack: CallsBack])[] = [
  ['_G.ipairs', (stack, L) => firstHasMetatable(stack, L) || isNil(stack, L)],
  ['_G.tostring', (stack, L) => firstHasMetatable(stack, L) || isNull(stack, L)],
  ['_G.setmetatable', secondHasFinalizer],
  ['string.format', someHasMetatable],
  ['string.gsub', thirdIsCallable],
  ['table.concat', firstHasMetatable],
  ['table.insert', firstHasMetatable],
  ['table.move', (stack, L) => hasMetatable(stack, L, 1) || hasMetatable(stack, L, 5)],
  ['table.remove', firstHasMetatable],
  ['table.sort', sortCallsBack],
  ['table.unpack', firstHasMetatable],
];

/** Replaces the functions by shims. `engine` is the stack index of the table that the preludes filled. */
export function installSuspendable(stack: Stack, L: number, engine: number): void {
  const { wasm, text } = stack;
  const { api } = wasm;
  const inC: ((L: number) => number)[] = [];
  const inLua: bigint[] = [];
  const finishSlot = wasm.addFunction('iiii', (state) => api.lua_gettop(state as number));
  const shimSlot = wasm.addFunction('ii', (state) => {
    const caller = state as number;
    const number = api.lua_tonumberx(caller, UPVALUE_1, 0);
    const [, callsBack] = SUSPENDABLE[number] as (typeof SUSPENDABLE)[number];
    if (!callsBack(stack, caller)) return (inC[number] as (L: number) => number)(caller);
    const count = api.lua_gettop(caller);
    api.lua_rawgeti(caller, REGISTRY, inLua[number] as bigint);
    api.lua_rotate(caller, 1, 1);
    api.lua_callk(caller, count, ALL_RESULTS, 0, finishSlot);
    return api.lua_gettop(caller);
  });
  const pushPath = (...keys: string[]) => {
    api.lua_pushvalue(L, engine);
    for (const key of keys) {
      text.pushText(L, key);
      api.lua_rawget(L, -2);
    }
  };
  SUSPENDABLE.forEach(([path], number) => {
    const [library, name] = path.split('.') as [string, string];
    pushPath('original', library, name);
    inC.push(api.__indirect_function_table.get(api.lua_tocfunction(L, -1)));
    pushPath('suspendable', path);
    inLua.push(BigInt(api.luaL_ref(L, REGISTRY)));
    pushPath('globals', library);
    text.pushText(L, name);
    api.lua_pushnumber(L, number);
    api.lua_pushcclosure(L, shimSlot, 1);
    api.lua_rawset(L, -3);
    api.lua_settop(L, engine);
  });
}

function hasMetatable({ wasm: { api } }: Stack, L: number, index: number): boolean {
  if (api.lua_type(L, index) !== Type.TABLE || api.lua_getmetatable(L, index) === 0) return false;
  api.lua_settop(L, -2);
  return true;
}

function isNil({ wasm: { api } }: Stack, L: number): boolean {
  return api.lua_type(L, 1) === Type.NIL;
}

function isNull({ wasm: { api } }: Stack, L: number): boolean {
  return api.lua_type(L, 1) === Type.LIGHT_USERDATA;
}

function secondHasFinalizer({ wasm: { api }, text }: Stack, L: number): boolean {
  if (api.lua_type(L, 2) !== Type.TABLE) return false;
  text.pushText(L, '__gc');
  const found = api.lua_rawget(L, 2) !== Type.NIL;
  api.lua_settop(L, -2);
  return found;
}

function someHasMetatable(stack: Stack, L: number): boolean {
  for (let index = stack.wasm.api.lua_gettop(L); index > 1; index -= 1) {
    if (hasMetatable(stack, L, index)) return true;
  }
  return false;
}

function thirdIsCallable(stack: Stack, L: number): boolean {
  return stack.wasm.api.lua_type(L, 3) === Type.FUNCTION || hasMetatable(stack, L, 3);
}

/** Without comparator, numbers and strings are compared by C alone. */
function sortCallsBack(stack: Stack, L: number): boolean {
  const { api } = stack.wasm;
  if (api.lua_type(L, 1) !== Type.TABLE) return false;
  const comparator = api.lua_type(L, 2);
  if (comparator !== Type.NIL && comparator !== Type.NONE) return comparator === Type.FUNCTION;
  const first = api.lua_rawgeti(L, 1, 1n);
  api.lua_settop(L, -2);
  return hasMetatable(stack, L, 1) || first === Type.TABLE;
}
