/// <reference path="./webassembly.d.ts" />
/**
 * LuaApi is the part of Lua's C interface that the module exports and this host uses. Pointers and sizes are byte
 * offsets in the linear memory; `lua_Integer` crosses as bigint.
 */
export interface LuaApi {
  readonly memory: WebAssembly.Memory;
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
  setThrew(threw: number, value: number): void;
  malloc(size: number): number;
  free(pointer: number): void;

  luaL_newstate(): number;
  luaL_requiref(L: number, name: number, open: number, global: number): void;
  luaL_loadbufferx(L: number, text: number, size: number, name: number, mode: number): number;
  luaL_traceback(L: number, of: number, message: number, level: number): void;
  luaL_where(L: number, level: number): void;
  luaL_ref(L: number, table: number): number;
  luaL_unref(L: number, table: number, ref: number): void;

  lua_atpanic(L: number, handler: number): number;
  lua_absindex(L: number, index: number): number;
  lua_callk(L: number, args: number, results: number, context: number, continuation: number): void;
  lua_checkstack(L: number, extra: number): number;
  lua_createtable(L: number, items: number, fields: number): void;
  lua_error(L: number): number;
  lua_getmetatable(L: number, index: number): number;
  lua_gettop(L: number): number;
  lua_isinteger(L: number, index: number): number;
  lua_isyieldable(L: number): number;
  lua_newthread(L: number): number;
  lua_next(L: number, index: number): number;
  lua_pcallk(
    L: number,
    args: number,
    results: number,
    handler: number,
    context: number,
    continuation: number,
  ): number;
  lua_pushboolean(L: number, value: number): void;
  lua_pushcclosure(L: number, slot: number, upvalues: number): void;
  lua_pushinteger(L: number, value: bigint): void;
  lua_pushlightuserdata(L: number, pointer: number): void;
  lua_pushlstring(L: number, text: number, size: number): number;
  lua_pushnil(L: number): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushthread(L: number): number;
  lua_pushvalue(L: number, index: number): void;
  lua_rawget(L: number, index: number): number;
  lua_rawgeti(L: number, index: number, key: bigint): number;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, key: bigint): void;
  lua_resume(L: number, from: number, args: number, results: number): number;
  lua_rotate(L: number, index: number, by: number): void;
  lua_setmetatable(L: number, index: number): number;
  lua_settop(L: number, index: number): void;
  lua_tocfunction(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tointegerx(L: number, index: number, ok: number): bigint;
  lua_tolstring(L: number, index: number, size: number): number;
  lua_tonumberx(L: number, index: number, ok: number): number;
  lua_topointer(L: number, index: number): number;
  lua_tothread(L: number, index: number): number;
  lua_touserdata(L: number, index: number): number;
  lua_type(L: number, index: number): number;
  lua_xmove(from: number, to: number, count: number): void;
  lua_yieldk(L: number, results: number, context: number, continuation: number): number;

  luaopen_base: unknown;
  luaopen_coroutine: unknown;
  luaopen_debug: unknown;
  luaopen_math: unknown;
  luaopen_string: unknown;
  luaopen_table: unknown;
  luaopen_utf8: unknown;
}

/** Status codes of `lua_pcallk` and `lua_resume`. */
export const Status = { OK: 0, YIELD: 1, RUNTIME: 2, SYNTAX: 3, MEMORY: 4, HANDLER: 5 } as const;

/** Type codes of `lua_type`. */
export const Type = {
  NONE: -1,
  NIL: 0,
  BOOLEAN: 1,
  LIGHT_USERDATA: 2,
  NUMBER: 3,
  STRING: 4,
  TABLE: 5,
  FUNCTION: 6,
  USERDATA: 7,
  THREAD: 8,
} as const;

export const REGISTRY = -1001000;

/** The pseudo-index of a C closure's first upvalue. */
export const UPVALUE_1 = REGISTRY - 1;

/** Registry slot of the table of globals. */
export const GLOBALS = 2n;

/** The address that marks a yield as one to the host; no Lua code can make a light userdata. */
export const AWAIT_TOKEN = 1;
