/** WasmoonVm is a {@link Vm} on the Lua C interface: one WebAssembly instance, driven slice by slice. */
import { SpellError } from '../../base/errors.js';
import { type HostValue, toPlain, type Value } from '../../base/value.js';
import {
  type Chunk,
  IMAGE_PAGE_BYTES,
  type ImagePage,
  type Outcome,
  type Step,
  type Vm,
  type VmImage,
  type VmOptions,
} from '../engine.js';
import type { Boot } from './boot.js';
import { branchFunctions } from './branch-functions.js';
import { type Branch, Branches, type BranchesState } from './branches.js';
import { CallFrame } from './call-frame.js';
import { Dispatcher } from './dispatcher.js';
import { addLibraries, installLibrary, type Library } from './library.js';
import { GLOBALS, type LuaApi, REGISTRY, Status, Type } from './lua-api.js';
import { LuaErrors } from './lua-errors.js';
import { Marshal } from './marshal.js';
import { MemoryImage } from './memory-image.js';
import { Suspendable } from './suspendable.js';
import { MemoryFull, TextMemory } from './text-memory.js';
import { Fatal, instantiate, LONGJMP, type WasmInstance } from './wasm-instance.js';

/** What {@link VmImage.host} holds. */
interface HostMemory {
  readonly branches: BranchesState;
  readonly nextCall: number;
}

/** What the host takes from a run at once, in memories of the run: an argument may be read more than once. */
const READ_LIMIT_FACTOR = 2;

/** A VM that keeps this part of the cap after a collection is full. */
const FULL = 0.8;
/** Turns that begin so before the run is ended, and the part of one that each other turn makes up for. */
const MAX_FULL_TURNS = 500;
const RECOVERY = 0.1;

export class WasmoonVm implements Vm {
  /** What another VM with the same preludes and functions can be made from. */
  readonly boot: Boot;
  readonly #wasm: WasmInstance;
  readonly #api: LuaApi;
  readonly #text: TextMemory;
  readonly #marshal: Marshal;
  readonly #errors: LuaErrors;
  readonly #frame: CallFrame;
  readonly #dispatcher: Dispatcher;
  readonly #L: number;
  readonly #textMode: number;
  readonly #jobSlot: number;
  readonly #branchThreads: bigint;
  readonly #atEnd: bigint;
  readonly #collect: bigint;
  readonly #randomSeed: bigint;
  readonly #branches = new Branches();
  readonly #branchEnded: (path: string) => void;
  /** Outcomes of calls for which no branch waits yet. */
  readonly #early = new Map<number, Outcome>();
  #job: (L: number) => number = () => 0;
  readonly #memoryLimit: number;
  /** How many turns have begun with a full memory of late. */
  #fullTurns = 0;
  #refusedGrowths = 0;
  #image: MemoryImage | undefined;

  /** @param boot That of another VM with the same preludes and functions. */
  constructor(options: VmOptions, boot?: Boot) {
    this.#branchEnded = options.branchEnded ?? (() => {});
    this.#memoryLimit = options.memoryLimitBytes;
    this.#wasm = instantiate(this.#memoryLimit);
    this.#api = this.#wasm.api;
    if (boot !== undefined) this.#adopt(boot.size, boot.pages);
    this.#text = new TextMemory(this.#wasm, boot?.host.areas);
    const readLimit = options.memoryLimitBytes * READ_LIMIT_FACTOR;
    this.#marshal = new Marshal(this.#api, this.#text, readLimit);
    this.#errors = new LuaErrors(this.#api, this.#text, this.#marshal);
    this.#frame = new CallFrame(this.#api, this.#marshal, this.#errors, this.#branches);
    this.#textMode = boot?.host.textMode ?? this.#text.constant('t');
    // From here on the slots of the function table are given out; memory refers to them, so the order is fixed.
    this.#dispatcher = new Dispatcher({
      wasm: this.#wasm,
      text: this.#text,
      marshal: this.#marshal,
      errors: this.#errors,
      frame: this.#frame,
      branches: this.#branches,
      functions: options.functions,
    });
    const starting = branchFunctions(
      { wasm: this.#wasm, text: this.#text },
      this.#branches,
      this.#dispatcher,
    );
    this.#jobSlot = this.#wasm.addFunction('ii', (L) => this.#job(L as number));
    const librarySlots = addLibraries(this.#wasm);
    const suspendable = new Suspendable({ wasm: this.#wasm, text: this.#text });
    this.#wasm.link();
    this.#L = boot?.host.L ?? this.#api.luaL_newstate();
    const library =
      boot?.host.library ??
      this.#protect(() =>
        installLibrary({
          wasm: this.#wasm,
          text: this.#text,
          marshal: this.#marshal,
          errors: this.#errors,
          L: this.#L,
          functions: options.functions,
          dispatchSlot: this.#dispatcher.slot,
          branchFunctions: starting,
          librarySlots,
          suspendable,
          preludes: options.preludes,
          load: (chunk) => this.#load(this.#L, chunk),
        }),
      );
    this.#marshal.adoptArrayMark(library.arrayMark);
    this.#errors.adopt(library.errorMetatable, library.errorText, library.errorTrace);
    this.#dispatcher.adopt(library);
    suspendable.adopt(library.suspendable);
    this.#branchThreads = BigInt(library.branches);
    this.#atEnd = BigInt(library.atEnd);
    this.#collect = BigInt(library.collect);
    this.#randomSeed = BigInt(library.randomSeed);
    this.boot = boot ?? this.#photographBoot(library);
  }

  get holdsOutcomes(): boolean {
    return this.#early.size > 0;
  }

  get memoryBytes(): number {
    return this.#api.memory.buffer.byteLength;
  }

  start(chunk: Chunk, args: readonly HostValue[]): Step {
    return this.#begin(args, (thread) => this.#load(thread, chunk));
  }

  finish(): Step {
    this.#branches.clear();
    this.#early.clear();
    return this.#begin([], (thread) => {
      this.#api.lua_rawgeti(thread, REGISTRY, this.#atEnd);
      return undefined;
    });
  }

  resume(call: number, outcome: Outcome): Step {
    if (!this.#branches.isOpen(call)) {
      throw new SpellError('INTERNAL', `no branch waits for call ${call}`);
    }
    const branch = this.#branches.answered(call);
    if (branch !== undefined) {
      this.#dispatcher.delivery = outcome;
      return this.#turn(branch, 0);
    }
    // A message handler has made the call: it is waited for once the failed function is unwound.
    this.#early.set(call, outcome);
    return { state: 'waiting', branch: 0, call: undefined };
  }

  check(chunk: Chunk): SpellError | undefined {
    return this.#protect((L) => this.#load(L, chunk));
  }

  setGlobal(name: string, value: HostValue): void {
    this.#protect((L) => {
      this.#api.lua_rawgeti(L, REGISTRY, GLOBALS);
      this.#text.pushText(L, name);
      this.#marshal.push(L, value);
      this.#api.lua_rawset(L, -3);
    });
  }

  seed(first: bigint, second: bigint): void {
    this.#protect((L) => {
      this.#api.lua_rawgeti(L, REGISTRY, this.#randomSeed);
      this.#api.lua_pushinteger(L, first);
      this.#api.lua_pushinteger(L, second);
      this.#api.lua_pcallk(L, 2, 0, 0, 0, 0);
    });
  }

  snapshot(): VmImage {
    this.#image ??= new MemoryImage(this.boot.pages);
    return {
      size: this.memoryBytes,
      pages: this.#image.advance(this.#wasm.u8),
      host: { branches: this.#branches.state, nextCall: this.#frame.nextCall },
    };
  }

  /** Becomes the VM that was photographed. */
  restore({ size, pages, host }: VmImage): void {
    this.#image = new MemoryImage([...this.boot.pages, ...pages]);
    this.#adopt(size, pages);
    const kept = toPlain(host) as unknown as HostMemory;
    this.#branches.restore(kept.branches);
    this.#frame.nextCall = kept.nextCall;
  }

  #adopt(size: number, pages: readonly ImagePage[]): void {
    this.#wasm.growTo(size);
    for (const { page, bytes } of pages) this.#wasm.u8.set(bytes, page * IMAGE_PAGE_BYTES);
  }

  dispose(): void {
    // The instance and its memory go when nothing refers to them; there is nothing to close.
    this.#branches.clear();
  }

  #photographBoot(library: Library): Boot {
    return {
      size: this.memoryBytes,
      pages: new MemoryImage([]).advance(this.#wasm.u8),
      host: { L: this.#L, textMode: this.#textMode, areas: this.#text.areas, library },
    };
  }

  /** Runs a new branch; `pushFunction` puts what it runs onto its stack, or tells why it can't. */
  #begin(
    args: readonly HostValue[],
    pushFunction: (thread: number) => SpellError | undefined,
  ): Step {
    const id = this.#branches.nextId;
    const created = this.#protect((L): Branch | SpellError => {
      const thread = this.#newBranchThread(L);
      const failure = pushFunction(thread);
      if (failure !== undefined) return failure;
      this.#marshal.makeRoom(thread, args.length);
      for (const value of args) this.#marshal.push(thread, value);
      return this.#branches.add(thread, this.#api.luaL_ref(L, REGISTRY));
    });
    if (created instanceof SpellError) return { state: 'failed', branch: id, error: created };
    return this.#turn(created, args.length);
  }

  /** Pushes a new thread, known to the preludes as one that no script can yield out of. */
  #newBranchThread(L: number): number {
    const api = this.#api;
    const thread = api.lua_newthread(L);
    api.lua_rawgeti(L, REGISTRY, this.#branchThreads);
    api.lua_pushvalue(L, -2);
    api.lua_pushboolean(L, 1);
    api.lua_rawset(L, -3);
    api.lua_settop(L, -2);
    return thread;
  }

  /** Runs a branch, and those that it makes ready, until all wait. Tells of the one that the host has started. */
  #turn(first: Branch, args: number): Step {
    const root = this.#branches.rootOf(first);
    this.#dispatcher.isHeld = false;
    let step = this.#run(first, args);
    while (step.state !== 'failed' && (step.state !== 'returned' || step.branch !== root.id)) {
      const next = this.#dispatcher.isHeld ? undefined : this.#branches.nextReady();
      if (next === undefined) return { state: 'waiting', branch: root.id, call: root.call };
      step = this.#run(next, 0);
    }
    return { ...step, branch: root.id };
  }

  #run(branch: Branch, args: number): Step {
    const api = this.#api;
    const { id, thread } = branch;
    this.#collectWhenFull();
    this.#branches.enter(branch);
    const status = api.lua_resume(thread, this.#L, args, this.#text.sizeSlot);
    const count = this.#wasm.u32[this.#text.sizeSlot >> 2] as number;
    if (status === Status.YIELD) {
      // A branch that waits for those that it has started names no call.
      const isCall = api.lua_type(thread, -1) === Type.NUMBER;
      const call = isCall ? api.lua_tonumberx(thread, -1, 0) : undefined;
      api.lua_settop(thread, -count - 1);
      const outcome = call === undefined ? undefined : this.#early.get(call);
      if (call !== undefined && outcome !== undefined) {
        this.#early.delete(call);
        this.#dispatcher.delivery = outcome;
        return this.#run(branch, 0);
      }
      if (call !== undefined) this.#branches.wait(branch, call);
      return { state: 'waiting', branch: id, call: branch.call };
    }
    this.#branches.end(branch);
    this.#branchEnded(branch.path);
    try {
      return this.#protect((L) => this.#endOf(L, branch, status, count));
    } catch (thrown) {
      // What the thread holds may be all that there is.
      if (!(thrown instanceof SpellError) || status === Status.OK) throw thrown;
      return { state: 'failed', branch: id, error: thrown };
    } finally {
      // Not before: until here it keeps the thread that is read from the collector.
      this.#protect((L) => api.luaL_unref(L, REGISTRY, branch.anchor));
    }
  }

  #endOf(L: number, { id, thread, parent }: Branch, status: number, count: number): Step {
    if (status !== Status.OK) {
      return { state: 'failed', branch: id, error: this.#readError(L, thread, status) };
    }
    // What a branch of the script brought is in Lua's hands.
    if (parent !== undefined) return { state: 'returned', branch: id, values: [] };
    this.#marshal.begin();
    const first = this.#api.lua_gettop(thread) - count + 1;
    const values = Array.from({ length: count }, (_, i) => this.#readReturned(thread, first + i));
    return { state: 'returned', branch: id, values };
  }

  /** A script may end with `return module`; what is not data is nothing to the host. */
  #readReturned(thread: number, index: number): Value {
    try {
      return this.#marshal.read(thread, index);
    } catch (thrown) {
      if (thrown instanceof SpellError) return undefined;
      throw thrown;
    }
  }

  /**
   * Lua's collector paces itself by what it holds, not by the cap, so once memory was refused it would let a script
   * run on at the edge. One full collection gives it back what is garbage.
   *
   * @throws SpellError `LIMIT_MEMORY` when that was next to nothing again and again: every few steps of the script take
   * such a collection then, and thousands of branches would take minutes to end.
   */
  #collectWhenFull(): void {
    if (this.#wasm.refusedGrowths === this.#refusedGrowths) {
      this.#fullTurns = Math.max(0, this.#fullTurns - RECOVERY);
      return;
    }
    this.#refusedGrowths = this.#wasm.refusedGrowths;
    const kept = this.#protect((L) => {
      this.#api.lua_rawgeti(L, REGISTRY, this.#collect);
      this.#api.lua_pcallk(L, 0, 0, 0, 0, 0);
      this.#api.lua_rawgeti(L, REGISTRY, this.#collect);
      this.#text.pushText(L, 'count');
      this.#api.lua_pcallk(L, 1, 1, 0, 0, 0);
      return this.#api.lua_tonumberx(L, -1, 0) * 1024;
    });
    this.#fullTurns = kept < FULL * this.#memoryLimit ? 0 : this.#fullTurns + 1;
    if (this.#fullTurns > MAX_FULL_TURNS) throw memoryFull();
  }

  #readError(L: number, thread: number, status: number): SpellError {
    // The value moves to `L`, whose stack is in order; the dead thread's stays as it was, for the traceback.
    this.#api.lua_pushvalue(thread, -1);
    this.#api.lua_xmove(thread, L, 1);
    return this.#errors.read(L, thread, status);
  }

  /** Compiles a chunk and leaves the function on top of `L`. Only text is ever loaded. */
  #load(L: number, chunk: Chunk): SpellError | undefined {
    const api = this.#api;
    const name = Buffer.from(`${chunk.name}\0`);
    const status = this.#text.withBytes(Buffer.concat([name, chunk.source]), (pointer) =>
      api.luaL_loadbufferx(L, pointer + name.length, chunk.source.length, pointer, this.#textMode),
    );
    if (status === Status.OK) return undefined;
    const error = this.#errors.read(L, L, status);
    api.lua_settop(L, -2);
    return error;
  }

  /** Runs `body` in a protected call: Lua's errors inside it, out of memory above all, become exceptions here. */
  #protect<T>(body: (L: number) => T): T {
    const api = this.#api;
    let result: { value: T } | undefined;
    let failure: unknown;
    this.#job = (L) => {
      try {
        result = { value: body(L) };
      } catch (thrown) {
        if (thrown === LONGJMP || thrown instanceof Fatal) throw thrown;
        failure = thrown;
      }
      return 0;
    };
    const top = api.lua_gettop(this.#L);
    api.lua_pushcclosure(this.#L, this.#jobSlot, 0);
    const status = api.lua_pcallk(this.#L, 0, 0, 0, 0, 0);
    api.lua_settop(this.#L, top);
    if (result !== undefined) return result.value;
    if (failure instanceof MemoryFull || status === Status.MEMORY) throw memoryFull();
    throw failure ?? new SpellError('INTERNAL', `the Lua engine failed with status ${status}`);
  }
}

function memoryFull(): SpellError {
  return new SpellError('LIMIT_MEMORY', 'not enough memory', {
    hint: 'Raise memory_limit_bytes in [runtime.lua], or --memory.',
  });
}
