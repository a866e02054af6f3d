/**
 * Dispatcher is the C functions behind every host function: it finds the one that was called, hands its answer to Lua,
 * or suspends the coroutine and goes on with it when the outcome is there.
 */
import { SpellError, toSpellError } from '../../base/errors.js';
import type { HostValue } from '../../base/value.js';
import {
  Abandon,
  type HostFunction,
  type HostResult,
  type Outcome,
  Results,
  Waiting,
} from '../engine.js';
import type { Branches } from './branches.js';
import type { CallFrame } from './call-frame.js';
import { AWAIT_TOKEN, type LuaApi, REGISTRY, Type, UPVALUE_1 } from './lua-api.js';
import type { LuaErrors } from './lua-errors.js';
import type { Marshal } from './marshal.js';
import { MemoryFull, type TextMemory } from './text-memory.js';
import { Fatal, LONGJMP, type WasmInstance } from './wasm-instance.js';

/** Tells that the error to raise lies on top of the stack. */
const RAISE = -1;

export interface DispatcherParts {
  readonly wasm: WasmInstance;
  readonly text: TextMemory;
  readonly marshal: Marshal;
  readonly errors: LuaErrors;
  readonly frame: CallFrame;
  readonly branches: Branches;
  readonly functions: readonly HostFunction[];
}

export class Dispatcher {
  /** Slot of the C function that every host function is a closure of. */
  readonly slot: number;
  /** What the coroutine that is resumed next waits for. */
  delivery: Outcome | undefined;
  /** True once a call waits that lets no other branch run before its outcome is there. */
  isHeld = false;
  readonly #api: LuaApi;
  readonly #text: TextMemory;
  readonly #marshal: Marshal;
  readonly #errors: LuaErrors;
  readonly #frame: CallFrame;
  readonly #branches: Branches;
  readonly #functions: readonly HostFunction[];
  readonly #continueSlot: number;
  #pinned = 0n;
  #collect = 0n;

  constructor({ wasm, text, marshal, errors, frame, branches, functions }: DispatcherParts) {
    this.#api = wasm.api;
    this.#text = text;
    this.#marshal = marshal;
    this.#errors = errors;
    this.#frame = frame;
    this.#branches = branches;
    this.#functions = functions;
    this.slot = wasm.addFunction('ii', (L) => this.#dispatch(L as number));
    this.#continueSlot = wasm.addFunction('iiii', (L) => this.#deliver(L as number));
  }

  /** Takes the registry references that only the library knows. */
  adopt({ pinned, collect }: { readonly pinned: number; readonly collect: number }): void {
    this.#pinned = BigInt(pinned);
    this.#collect = BigInt(collect);
  }

  /** The C function behind every host function: its upvalue is the number of the call. */
  #dispatch(L: number): number {
    const fn = this.#functions[this.#api.lua_tonumberx(L, UPVALUE_1, 0)] as HostFunction;
    const results = this.#call(L, fn);
    // Outside of every `try`: to catch C's longjmp and throw it again takes as long as the jump itself.
    if (typeof results !== 'number') return this.#suspend(L, results.call);
    return results === RAISE ? this.#api.lua_error(L) : results;
  }

  /** How many results lie on the stack, or {@link RAISE}, or what Lua has to wait for. */
  #call(L: number, fn: HostFunction): number | Waiting {
    try {
      if (fn.waits) this.requireWait(L, fn.path);
      this.#frame.enter(L, fn.path);
      const answer = fn.call(this.#frame);
      if (!(answer instanceof Waiting)) return this.#pushResult(L, answer);
      this.isHeld = fn.keepsTurn === true;
      return answer;
    } catch (thrown) {
      return this.#pushThrown(L, thrown);
    }
  }

  /** Raises `thrown` in Lua. */
  raise(L: number, thrown: unknown): number {
    this.#pushThrown(L, thrown);
    return this.#api.lua_error(L);
  }

  /** @throws SpellError `AWAIT_FORBIDDEN` where `path` can't suspend its caller. */
  requireWait(L: number, path: string): void {
    if (this.#canWait(L)) return;
    throw new SpellError('AWAIT_FORBIDDEN', `'${path}' cannot wait for its answer here`, {
      hint: 'It was called inside a callback of a C function that Lua cannot suspend; call it before or after.',
    });
  }

  /** Neither a C function is between here and the coroutine's start, nor between there and the branch's. */
  #canWait(L: number): boolean {
    const api = this.#api;
    if (api.lua_isyieldable(L) === 0) return false;
    // Only coroutines are marked.
    if (L === this.#branches.thread) return true;
    api.lua_rawgeti(L, REGISTRY, this.#pinned);
    api.lua_pushthread(L);
    const isPinned = api.lua_rawget(L, -2) !== Type.NIL;
    api.lua_settop(L, -3);
    return !isPinned;
  }

  #suspend(L: number, call: number): number {
    this.#api.lua_settop(L, 0);
    this.#api.lua_pushlightuserdata(L, AWAIT_TOKEN);
    this.#api.lua_pushnumber(L, call);
    return this.#api.lua_yieldk(L, 2, 0, this.#continueSlot);
  }

  /** Runs when the coroutine that waited is resumed: puts the outcome on its stack, under Lua's protection. */
  #deliver(L: number): number {
    const outcome = this.delivery;
    this.delivery = undefined;
    let results: number;
    try {
      if (outcome === undefined) throw new SpellError('INTERNAL', 'a call went on without outcome');
      if (!outcome.ok) throw outcome.error;
      results = this.#pushResult(L, outcome.value);
    } catch (thrown) {
      results = this.#pushThrown(L, thrown);
    }
    return results === RAISE ? this.#api.lua_error(L) : results;
  }

  #pushResult(L: number, result: HostResult): number {
    if (typeof result !== 'object' && typeof result !== 'string') {
      this.#marshal.push(L, result);
      return 1;
    }
    if (!(result instanceof Results)) {
      this.#pushWithRoom(L, result);
      return 1;
    }
    this.#marshal.makeRoom(L, result.values.length);
    for (const value of result.values) this.#pushWithRoom(L, value);
    return result.values.length;
  }

  /** After running out, the allocator answers 0 until Lua has collected, so a full memory gets a second try. */
  #pushWithRoom(L: number, value: HostValue): void {
    const top = this.#api.lua_gettop(L);
    try {
      this.#marshal.push(L, value);
    } catch (thrown) {
      if (!(thrown instanceof MemoryFull)) throw thrown;
      this.#api.lua_settop(L, top);
      this.#api.lua_rawgeti(L, REGISTRY, this.#collect);
      this.#api.lua_pcallk(L, 0, 0, 0, 0, 0);
      this.#api.lua_settop(L, top);
      this.#marshal.push(L, value);
    }
  }

  #pushThrown(L: number, thrown: unknown): typeof RAISE {
    if (thrown === LONGJMP || thrown instanceof Fatal || thrown instanceof Abandon) throw thrown;
    if (thrown instanceof MemoryFull) this.#text.pushText(L, 'not enough memory');
    else this.#errors.push(L, toSpellError(thrown));
    return RAISE;
  }
}
