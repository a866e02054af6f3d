/** Marshal turns Lua values into {@link Value}s and back, exactly (the table in `base/value.ts`). */
import { SpellError } from '../../base/errors.js';
import {
  Float,
  floatValue,
  type HostObject,
  type HostValue,
  type Value,
  type ValueKey,
} from '../../base/value.js';
import { type LuaApi, REGISTRY, Type } from './lua-api.js';
import type { TextMemory } from './text-memory.js';

/** Tables nested deeper than this are refused in both directions. */
export const MAX_DEPTH = 200;

/** Paths in messages stop growing here: the innermost fields tell enough. */
const MAX_PATH_LENGTH = 80;

/** What a table and any other value count as, in bytes, besides the bytes of strings. */
const TABLE_BYTES = 128;
const VALUE_BYTES = 16;

const TYPE_NAMES = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function'];

/** ArrayMark is the metatable that marks empty arrays: its address, and its place in the registry. */
export interface ArrayMark {
  readonly pointer: number;
  readonly ref: number;
}

export class Marshal {
  /** Addresses of the tables that are being read, outermost first, to find cycles. */
  readonly #open: number[] = [];
  #arrayMark = { pointer: 0, ref: 0n };
  #spent = 0;

  /**
   * @param readLimit The most bytes that one call may read. A table that is reached in two ways is read twice, so what
   * is small in Lua can be without end here.
   */
  constructor(
    private readonly api: LuaApi,
    private readonly text: TextMemory,
    private readonly readLimit: number,
  ) {}

  /** What was read since {@link begin}, in bytes. */
  get spent(): number {
    return this.#spent;
  }

  /** Starts to count what is read. @param held Bytes that count already. */
  begin(held = 0): void {
    this.#spent = held;
  }

  adoptArrayMark({ pointer, ref }: ArrayMark): void {
    this.#arrayMark = { pointer, ref: BigInt(ref) };
  }

  /** Leaves the stack as it was, also when it throws. */
  read(L: number, index: number): Value {
    const type = this.api.lua_type(L, index);
    if (type === Type.STRING) return this.#readString(L, index);
    if (type === Type.NUMBER) return this.#readNumber(L, index);
    const top = this.api.lua_gettop(L);
    this.#open.length = 0;
    try {
      return this.#read(L, index);
    } catch (thrown) {
      if (thrown instanceof SpellError) this.api.lua_settop(L, top);
      throw thrown;
    }
  }

  /** A copy of the bytes of a string. */
  readBytes(L: number, index: number): Uint8Array {
    const bytes = this.text.bytes(L, index);
    this.#spend(bytes.length);
    return bytes;
  }

  /** @throws SpellError `VALUE_UNSUPPORTED` when Lua's stack has no room for so many values. */
  makeRoom(L: number, values: number): void {
    if (this.api.lua_checkstack(L, values + 4) !== 0) return;
    throw new SpellError('VALUE_UNSUPPORTED', `${values} values are too many for Lua's stack`, {
      hint: 'Hand them over in one table.',
    });
  }

  push(L: number, value: HostValue): void {
    this.#push(L, value, 0);
  }

  #read(L: number, index: number): Value {
    const { api } = this;
    const type = api.lua_type(L, index);
    switch (type) {
      case Type.STRING:
        return this.#readString(L, index);
      case Type.NUMBER:
        return this.#readNumber(L, index);
      case Type.BOOLEAN:
        return api.lua_toboolean(L, index) !== 0;
      case Type.TABLE:
        return this.#readTable(L, api.lua_absindex(L, index));
      case Type.NIL:
      case Type.NONE:
        return undefined;
      case Type.LIGHT_USERDATA:
        if (api.lua_touserdata(L, index) === 0) return null;
        throw unsupported('userdata');
      default:
        throw unsupported(TYPE_NAMES[type] ?? 'thread');
    }
  }

  #readString(L: number, index: number): string | Uint8Array {
    const text = this.text.textOrBytes(L, index);
    this.#spend(text.length);
    return text;
  }

  #spend(bytes: number): void {
    this.#spent += bytes;
    if (this.#spent <= this.readLimit) return;
    throw new SpellError('TOO_LARGE', 'this is more than the host takes from a run at once', {
      hint: 'Hand over less at a time; what calls hold that wait counts too.',
      details: { limit: this.readLimit },
    });
  }

  #readNumber(L: number, index: number): number | bigint | Float {
    const number = this.api.lua_tonumberx(L, index, 0);
    if (this.api.lua_isinteger(L, index) === 0) return floatValue(number);
    return Number.isSafeInteger(number) ? number : this.api.lua_tointegerx(L, index, 0);
  }

  #readTable(L: number, index: number): Value {
    const { api } = this;
    const address = api.lua_topointer(L, index);
    if (this.#open.includes(address)) {
      throw new SpellError('VALUE_UNSUPPORTED', 'a table that contains itself cannot leave Lua');
    }
    if (this.#open.length >= MAX_DEPTH || api.lua_checkstack(L, 4) === 0) {
      throw new SpellError(
        'VALUE_UNSUPPORTED',
        `a table is nested deeper than ${MAX_DEPTH} levels`,
      );
    }
    this.#spend(TABLE_BYTES);
    this.#open.push(address);
    const items: Value[] = [];
    let map: Map<ValueKey, Value> | undefined;
    api.lua_pushnil(L);
    while (api.lua_next(L, index) !== 0) {
      const key = this.#readKey(L);
      const value = this.#readField(L, key);
      api.lua_settop(L, -2);
      this.#spend(VALUE_BYTES);
      if (map === undefined && key === items.length + 1) {
        items.push(value);
      } else {
        map ??= new Map(items.map((item, position) => [position + 1, item]));
        map.set(key, value);
      }
    }
    this.#open.pop();
    if (map !== undefined) return asSequence(map) ?? map;
    return items.length > 0 || this.#isArrayMarked(L, index) ? items : new Map();
  }

  #readKey(L: number): ValueKey {
    const type = this.api.lua_type(L, -2);
    if (type === Type.STRING) return this.#readString(L, -2);
    if (type === Type.NUMBER) return this.#readNumber(L, -2);
    if (type === Type.BOOLEAN) return this.api.lua_toboolean(L, -2) !== 0;
    throw unsupported(`${TYPE_NAMES[type] ?? 'thread'} as a table key`);
  }

  #readField(L: number, key: ValueKey): Value {
    try {
      return this.#read(L, -1);
    } catch (thrown) {
      if (!(thrown instanceof SpellError)) throw thrown;
      throw locate(thrown, key);
    }
  }

  #isArrayMarked(L: number, index: number): boolean {
    if (this.api.lua_getmetatable(L, index) === 0) return false;
    const marked = this.api.lua_topointer(L, -1) === this.#arrayMark.pointer;
    this.api.lua_settop(L, -2);
    return marked;
  }

  #push(L: number, value: HostValue, depth: number): void {
    const { api } = this;
    switch (typeof value) {
      case 'string':
        this.text.pushText(L, value);
        break;
      case 'number':
        this.#pushNumber(L, value);
        break;
      case 'boolean':
        api.lua_pushboolean(L, value ? 1 : 0);
        break;
      case 'undefined':
        api.lua_pushnil(L);
        break;
      case 'bigint':
        this.#pushInt64(L, value);
        break;
      case 'object':
        if (value === null) api.lua_pushlightuserdata(L, 0);
        else if (value instanceof Uint8Array) this.text.pushBytes(L, value);
        else if (value instanceof Float) api.lua_pushnumber(L, value.value);
        else this.#pushTable(L, value as readonly HostValue[] | HostObject, depth + 1);
        break;
      default:
        throw unsupported(`a JavaScript ${typeof value}`);
    }
  }

  #pushNumber(L: number, value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.api.lua_pushinteger(L, BigInt(value));
    } else {
      this.api.lua_pushnumber(L, value);
    }
  }

  #pushInt64(L: number, value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) {
      throw new SpellError('VALUE_UNSUPPORTED', `${value} does not fit into a 64-bit integer`);
    }
    this.api.lua_pushinteger(L, value);
  }

  #pushTable(
    L: number,
    table: readonly HostValue[] | HostObject | Map<ValueKey, Value>,
    depth: number,
  ) {
    const { api } = this;
    if (depth > MAX_DEPTH || api.lua_checkstack(L, 6) === 0) {
      throw new SpellError(
        'VALUE_UNSUPPORTED',
        `a value is nested deeper than ${MAX_DEPTH} levels`,
      );
    }
    if (Array.isArray(table)) return this.#pushArray(L, table, depth);
    if (table instanceof Map) {
      api.lua_createtable(L, 0, table.size);
      for (const [key, item] of table) this.#pushField(L, key, item, depth);
      return;
    }
    const object = table as HostObject;
    const keys = Object.keys(object);
    api.lua_createtable(L, 0, keys.length);
    for (const key of keys) this.#pushField(L, key, object[key], depth);
  }

  #pushArray(L: number, items: readonly HostValue[], depth: number): void {
    const { api } = this;
    api.lua_createtable(L, items.length, 0);
    for (let i = 0; i < items.length; i += 1) {
      this.#push(L, items[i], depth);
      api.lua_rawseti(L, -2, BigInt(i + 1));
    }
    if (items.length === 0 && this.#arrayMark.pointer !== 0) {
      api.lua_rawgeti(L, REGISTRY, this.#arrayMark.ref);
      api.lua_setmetatable(L, -2);
    }
  }

  #pushField(L: number, key: ValueKey, value: HostValue, depth: number): void {
    if (value === undefined) return;
    if (typeof key === 'string') this.text.pushText(L, key);
    else this.#push(L, key, depth);
    this.#push(L, value, depth);
    this.api.lua_rawset(L, -3);
  }
}

/** A map whose keys are exactly 1..n is a sequence that was filled in another order. */
function asSequence(map: Map<ValueKey, Value>): Value[] | undefined {
  const items: Value[] = [];
  for (let i = 1; i <= map.size; i += 1) {
    if (!map.has(i)) return undefined;
    items.push(map.get(i));
  }
  return items;
}

function unsupported(what: string): SpellError {
  return new SpellError('VALUE_UNSUPPORTED', `${what} cannot leave Lua`, {
    hint: 'Only nil, booleans, numbers, strings and tables of these can be handed to the host.',
  });
}

/** Puts the key in front of the path in the message, so that the finished one names the field from the outside in. */
function locate(error: SpellError, key: ValueKey): SpellError {
  const path = error.key ?? '';
  if (path.length > MAX_PATH_LENGTH) return error;
  const step = typeof key === 'string' ? `.${key}` : `[${String(key)}]`;
  const message = path === '' ? error.message : error.message.slice(0, -` (at ${path})`.length);
  return new SpellError(error.code, `${message} (at ${step}${path})`, {
    hint: error.hint,
    key: `${step}${path}`,
  });
}
