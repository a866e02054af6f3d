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

/** Lines of tracebacks that show how the engine works, not what the script did. */
const INTERNAL_FRAMES = [PRELUDE_NAME, '[C]: in ?', "[C]: in upvalue 'raw_"];

const MAX_WHERE_LEVELS = 12;
/** Fields of error tables that have a place of their own in {@link SpellError}. */
const KNOWN_FIELDS = new Set(['code', 'message', 'hint', 'key', 'file', 'line']);
const POSITION = /^(.+?):(\d+): /s;

/** Positions that are remembered: a loop makes its calls from the same lines. */
const KNOWN_PLACES = 200;

/** Place is a line of a script. */
interface Place {
  readonly file: string;
  readonly line: number;
  /** Both, such as `report.lua:12`. */
  readonly text: string;
}

export class LuaErrors {
  #metatable = 0n;
  #tostring = 0n;
  #trace = 0n;
  /** By what Lua says in front of a message; `undefined` for what is no line of the script. */
  readonly #places = new Map<string, Place | undefined>();

  constructor(
    private readonly api: LuaApi,
    private readonly text: TextMemory,
    private readonly marshal: Marshal,
  ) {}

  /**
   * @param metatable The registry's reference to the metatable of error tables.
   * @param tostring That to the function that makes text of error values.
   * @param trace That to the function that makes the traceback of a coroutine and its error.
   */
  adopt(metatable: number, tostring: number, trace: number): void {
    this.#metatable = BigInt(metatable);
    this.#tostring = BigInt(tostring);
    this.#trace = BigInt(trace);
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
      // In Lua these say where the script was; what the error itself is about is `path`.
      file: where?.file,
      line: where?.line,
      path: error.file,
    });
    if (this.#metatable === 0n) return;
    this.api.lua_rawgeti(L, REGISTRY, this.#metatable);
    this.api.lua_setmetatable(L, -2);
  }

  /** Reads the error on top of `L`, with the traceback of the thread `of`. Runs inside a protected call. */
  read(L: number, of: number, status: number): SpellError {
    this.marshal.begin();
    const traceback = this.#traceback(L, of);
    const error = this.#readValue(L, -1, status);
    const isPlaced = error.file !== undefined && error.file !== PRELUDE_NAME;
    const place = isPlaced ? error : firstPlace(traceback);
    return new SpellError(error.code, error.message, {
      hint: error.hint,
      file: place?.file,
      line: place?.line,
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
    const text = message.slice(position[0].length);
    // More than a memory of 32 bits can hold, whatever the limit is.
    const isTooLarge = text === 'resulting string too large';
    return new SpellError(isTooLarge ? 'LIMIT_MEMORY' : code, text, {
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
        details: this.#otherFields(L, index),
      },
    );
  }

  /** What else a program may want to know: fields of simple types under names. */
  #otherFields(L: number, index: number): Record<string, string | number | boolean> {
    const { api } = this;
    const fields: Record<string, string | number | boolean> = {};
    if (api.lua_checkstack(L, 4) === 0) return fields;
    api.lua_pushnil(L);
    while (api.lua_next(L, index) !== 0) {
      const name = api.lua_type(L, -2) === Type.STRING ? this.text.text(L, -2) : undefined;
      const value = isSimple(api.lua_type(L, -1)) ? toPlain(this.marshal.read(L, -1)) : undefined;
      api.lua_settop(L, -2);
      if (name === undefined || KNOWN_FIELDS.has(name) || !isDetail(value)) continue;
      Object.defineProperty(fields, name, { value, enumerable: true });
    }
    return fields;
  }

  #field(L: number, index: number, name: string): unknown {
    this.text.pushText(L, name);
    this.api.lua_rawget(L, index);
    const type = this.api.lua_type(L, -1);
    const value = isSimple(type) ? toPlain(this.marshal.read(L, -1)) : undefined;
    this.api.lua_settop(L, -2);
    return value;
  }

  /** What `tostring` says; an error in a `__tostring` must not hide the one that is being read. */
  #toText(L: number, index: number): string {
    const { api } = this;
    const value = api.lua_absindex(L, index);
    const isText = api.lua_type(L, value) === Type.STRING;
    if (isText || this.#tostring === 0n) return this.text.text(L, value);
    api.lua_rawgeti(L, REGISTRY, this.#tostring);
    api.lua_pushvalue(L, value);
    const failed = api.lua_pcallk(L, 1, 1, 0, 0, 0) !== Status.OK;
    const text = failed ? '(an error object whose __tostring fails)' : this.text.text(L, -1);
    api.lua_settop(L, -2);
    return text;
  }

  #traceback(L: number, of: number): string | undefined {
    const text = this.#branchTraceback(L, of) ?? this.#ownTraceback(L, of);
    const lines = text.split('\n').slice(1);
    const own = lines.filter((line) => !INTERNAL_FRAMES.some((frame) => line.includes(frame)));
    return own.length === 0 ? undefined : own.map((line) => line.trim()).join('\n');
  }

  /** The way from the branch where the error on top of `L` comes from; `undefined` where Lua can't tell any more. */
  #branchTraceback(L: number, of: number): string | undefined {
    const { api } = this;
    if (this.#trace === 0n || L === of) return undefined;
    const error = api.lua_gettop(L);
    api.lua_rawgeti(L, REGISTRY, this.#trace);
    api.lua_pushthread(of);
    api.lua_xmove(of, L, 1);
    api.lua_pushvalue(L, error);
    const failed = api.lua_pcallk(L, 2, 1, 0, 0, 0) !== Status.OK;
    const text = failed ? undefined : this.text.text(L, -1);
    api.lua_settop(L, -2);
    return text;
  }

  #ownTraceback(L: number, of: number): string {
    this.api.luaL_traceback(L, of, 0, 0);
    const text = this.text.text(L, -1);
    this.api.lua_settop(L, -2);
    return text;
  }

  /** The innermost position in the script itself. */
  where(L: number): Place | undefined {
    for (let level = 1; level <= MAX_WHERE_LEVELS; level += 1) {
      this.api.luaL_where(L, level);
      const place = this.#placeOf(this.text.text(L, -1));
      this.api.lua_settop(L, -2);
      if (place !== undefined) return place;
    }
    return undefined;
  }

  #placeOf(position: string): Place | undefined {
    const known = this.#places.get(position);
    if (known !== undefined || this.#places.has(position)) return known;
    const [, file, line] = POSITION.exec(position) ?? [];
    const isOwn = file !== undefined && file !== PRELUDE_NAME;
    const place = isOwn ? { file, line: Number(line), text: `${file}:${line}` } : undefined;
    if (this.#places.size === KNOWN_PLACES) this.#places.clear();
    this.#places.set(position, place);
    return place;
  }
}

/** The innermost position in a traceback. */
function firstPlace(traceback: string | undefined): { file: string; line: number } | undefined {
  const place = /^(.+?):(\d+): in /m.exec(traceback ?? '');
  return place === null ? undefined : { file: place[1] as string, line: Number(place[2]) };
}

function isSimple(type: number): boolean {
  return type === Type.STRING || type === Type.NUMBER || type === Type.BOOLEAN;
}

function isDetail(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
