/**
 * LuaErrors carries errors over the border. Into Lua they go as tables `{code, message, hint, file, line, ...}` with a
 * metatable that makes `tostring` one readable line; out of Lua, strings and tables become {@link SpellError}s with
 * file, line and traceback.
 */
import { SpellError } from '../../base/errors.js';
import { toPlain } from '../../base/value.js';
import { type LuaApi, REGISTRY, Status, Type } from './lua-api.js';
import type { Marshal } from './marshal.js';
import type { TextMemory } from './text-memory.js';

/** The chunk name of preludes; their lines mean nothing to a script's author. */
export const PRELUDE_NAME = '[llmspell]';

const MAX_WHERE_LEVELS = 12;
const POSITION = /^(.+?):(\d+): /s;

export class LuaErrors {
  #metatable = 0n;

  constructor(
    private readonly api: LuaApi,
    private readonly text: TextMemory,
    private readonly marshal: Marshal,
  ) {}

  /** Takes the table on top of the stack as the metatable of error tables. */
  adoptMetatable(L: number): void {
    this.#metatable = BigInt(this.api.luaL_ref(L, REGISTRY));
  }

  /** Pushes an error as a table that knows where in the script it was raised. */
  push(L: number, error: SpellError): void {
    const where = this.where(L);
    this.marshal.push(L, {
      ...error.details,
      code: error.code,
      message: error.message,
      hint: error.hint,
      key: error.key,
      file: error.file ?? where?.file,
      line: error.line ?? where?.line,
    });
    if (this.#metatable === 0n) return;
    this.api.lua_rawgeti(L, REGISTRY, this.#metatable);
    this.api.lua_setmetatable(L, -2);
  }

  /** Reads the error on top of `L`, with the traceback of the thread `of`. Runs inside a protected call. */
  read(L: number, of: number, status: number): SpellError {
    const traceback = this.#traceback(L, of);
    const error = this.#readValue(L, -1, status);
    return new SpellError(error.code, error.message, {
      hint: error.hint,
      file: error.file,
      line: error.line,
      key: error.key,
      details: error.details,
      traceback,
    });
  }

  #readValue(L: number, index: number, status: number): SpellError {
    const { api } = this;
    if (status === Status.MEMORY) {
      return new SpellError('LIMIT_MEMORY', 'not enough memory', {
        hint: 'Raise memory_limit_bytes in [runtime.lua], or --memory, or let the script keep less.',
      });
    }
    if (api.lua_type(L, index) === Type.TABLE)
      return this.#readTable(L, api.lua_absindex(L, index));
    const code = status === Status.SYNTAX ? 'LUA_SYNTAX' : 'LUA_ERROR';
    const message = this.#toText(L, index);
    // Buffers of the string library report a full memory as an ordinary error.
    if (message === 'not enough memory') return this.#readValue(L, index, Status.MEMORY);
    const position = POSITION.exec(message);
    if (position === null) return new SpellError(code, message);
    return new SpellError(code, message.slice(position[0].length), {
      file: position[1],
      line: Number(position[2]),
    });
  }

  #readTable(L: number, index: number): SpellError {
    const code = this.#field(L, index, 'code');
    const message = this.#field(L, index, 'message');
    const line = this.#field(L, index, 'line');
    return new SpellError(
      typeof code === 'string' ? code : 'LUA_ERROR',
      typeof message === 'string' ? message : this.#toText(L, index),
      {
        hint: asText(this.#field(L, index, 'hint')),
        key: asText(this.#field(L, index, 'key')),
        file: asText(this.#field(L, index, 'file')),
        line: typeof line === 'number' ? line : undefined,
      },
    );
  }

  #field(L: number, index: number, name: string): unknown {
    this.text.pushText(L, name);
    this.api.lua_rawget(L, index);
    const type = this.api.lua_type(L, -1);
    const simple = type === Type.STRING || type === Type.NUMBER;
    const value = simple ? toPlain(this.marshal.read(L, -1)) : undefined;
    this.api.lua_settop(L, -2);
    return value;
  }

  #toText(L: number, index: number): string {
    this.api.luaL_tolstring(L, index, 0);
    const text = this.text.text(L, -1);
    this.api.lua_settop(L, -2);
    return text;
  }

  #traceback(L: number, of: number): string | undefined {
    this.api.luaL_traceback(L, of, 0, 0);
    const text = this.text.text(L, -1);
    this.api.lua_settop(L, -2);
    const lines = text.split('\n').slice(1);
    const own = lines.filter((line) => !line.includes(PRELUDE_NAME) && !line.includes('[C]: in ?'));
    return own.length === 0 ? undefined : own.map((line) => line.trim()).join('\n');
  }

  /** The innermost position in the script itself. */
  where(L: number): { file: string; line: number } | undefined {
    for (let level = 1; level <= MAX_WHERE_LEVELS; level += 1) {
      this.api.luaL_where(L, level);
      const position = POSITION.exec(this.text.text(L, -1));
      this.api.lua_settop(L, -2);
      if (position !== null && position[1] !== PRELUDE_NAME) {
        return { file: position[1] as string, line: Number(position[2]) };
      }
    }
    return undefined;
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
