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
import { CallFrame } from './call-frame.js';
import { Dispatcher } from './dispatcher.js';
import { addLibraries, installLibrary, type Library } from './library.js';
import { GLOBALS, type LuaApi, REGISTRY, Status } from './lua-api.js';
import { LuaErrors } from './lua-errors.js';
import { Marshal } from './marshal.js';
import { MemoryImage } from './memory-image.js';
import { Suspendable } from './suspendable.js';
import { MemoryFull, TextMemory } from './text-memory.js';
import { Fatal, instantiate, LONGJMP, type WasmInstance } from './wasm-instance.js';

/** Branch is a Lua thread that the host drives, anchored in the registry while it lives. */
interface Branch {
  readonly thread: number;
  readonly anchor: number;
}

/** What {@link VmImage.host} holds. */
interface HostMemory {
  /** Call and branch in turn. */
  readonly waiting: readonly number[];
  readonly branches: readonly (readonly [id: number, thread: number, anchor: number])[];
  readonly nextBranch: number;
  readonly nextCall: number;
}

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
  /** Branches by the id of the call that they wait for. */
  readonly #waiting = new Map<number, number>();
  readonly #branches = new Map<number, Branch>();
  #nextBranch = 0;
  #job: (L: number) => number = () => 0;
  #refusedGrowths = 0;
  #image: MemoryImage | undefined;

  /** @param boot That of another VM with the same preludes and functions. */
  constructor(options: VmOptions, boot?: Boot) {
    this.#wasm = instantiate(options.memoryLimitBytes);
    this.#api = this.#wasm.api;
    if (boot !== undefined) this.#adopt(boot.size, boot.pages);
    this.#text = new TextMemory(this.#wasm, boot?.host.areas);
    this.#marshal = new Marshal(this.#api, this.#text);
    this.#errors = new LuaErrors(this.#api, this.#text, this.#marshal);
    this.#frame = new CallFrame(this.#api, this.#text, this.#marshal, this.#errors);
    this.#textMode = boot?.host.textMode ?? this.#text.constant('t');
    // From here on the slots of the function table are given out; memory refers to them, so the order is fixed.
    this.#dispatcher = new Dispatcher({
      wasm: this.#wasm,
      text: this.#text,
      marshal: this.#marshal,
      errors: this.#errors,
      frame: this.#frame,
      functions: options.functions,
    });
    this.#jobSlot = this.#wasm.addFunction('ii', (L) => this.#job(L as number));
    const librarySlots = addLibraries(this.#wasm);
    const suspendable = new Suspendable({ wasm: this.#wasm, text: this.#text });
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
          librarySlots,
          suspendable,
          preludes: options.preludes,
          load: (chunk) => this.#load(this.#L, chunk),
        }),
      );
    this.#marshal.adoptArrayMark(library.arrayMark);
    this.#errors.adopt(library.errorMetatable, library.errorText);
    this.#dispatcher.adopt(library);
    suspendable.adopt(library.suspendable);
    this.#branchThreads = BigInt(library.branches);
    this.#atEnd = BigInt(library.atEnd);
    this.#collect = BigInt(library.collect);
    this.#randomSeed = BigInt(library.randomSeed);
    this.boot = boot ?? this.#photographBoot(library);
  }

  get memoryBytes(): number {
    return this.#api.memory.buffer.byteLength;
  }

  start(chunk: Chunk, args: readonly HostValue[]): Step {
    return this.#begin(args, (thread) => this.#load(thread, chunk));
  }

  finish(): Step {
    return this.#begin([], (thread) => {
      this.#api.lua_rawgeti(thread, REGISTRY, this.#atEnd);
      return undefined;
    });
  }

  resume(call: number, outcome: Outcome): Step {
    const id = this.#waiting.get(call);
    const branch = id === undefined ? undefined : this.#branches.get(id);
    if (id === undefined || branch === undefined) {
      throw new SpellError('INTERNAL', `no branch waits for call ${call}`);
    }
    this.#waiting.delete(call);
    this.#dispatcher.delivery = outcome;
    return this.#run(id, branch, 0);
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
      host: {
        waiting: [...this.#waiting].flat(),
        branches: [...this.#branches].map(([id, { thread, anchor }]) => [id, thread, anchor]),
        nextBranch: this.#nextBranch,
        nextCall: this.#frame.nextCall,
      },
    };
  }

  /** Becomes the VM that was photographed. */
  restore({ size, pages, host }: VmImage): void {
    this.#image = new MemoryImage(this.boot.pages);
    this.#adopt(size, pages);
    this.#image.advance(this.#wasm.u8);
    const kept = toPlain(host) as unknown as HostMemory;
    for (let i = 0; i < kept.waiting.length; i += 2) {
      this.#waiting.set(kept.waiting[i] as number, kept.waiting[i + 1] as number);
    }
    for (const [id, thread, anchor] of kept.branches) this.#branches.set(id, { thread, anchor });
    this.#nextBranch = kept.nextBranch;
    this.#frame.nextCall = kept.nextCall;
  }

  #adopt(size: number, pages: readonly ImagePage[]): void {
    this.#wasm.growTo(size);
    for (const { page, bytes } of pages) this.#wasm.u8.set(bytes, page * IMAGE_PAGE_BYTES);
  }

  dispose(): void {
    // The instance and its memory go when nothing refers to them; there is nothing to close.
    this.#branches.clear();
    this.#waiting.clear();
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
    const id = this.#nextBranch;
    this.#nextBranch += 1;
    const created = this.#protect((L): Branch | SpellError => {
      const thread = this.#newBranchThread(L);
      const failure = pushFunction(thread);
      if (failure !== undefined) return failure;
      this.#marshal.makeRoom(thread, args.length);
      for (const value of args) this.#marshal.push(thread, value);
      return { thread, anchor: this.#api.luaL_ref(L, REGISTRY) };
    });
    if (created instanceof SpellError) return { state: 'failed', branch: id, error: created };
    this.#branches.set(id, created);
    return this.#run(id, created, args.length);
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

  #run(id: number, branch: Branch, args: number): Step {
    const api = this.#api;
    const { thread } = branch;
    this.#collectWhenFull();
    const status = api.lua_resume(thread, this.#L, args, this.#text.sizeSlot);
    const count = this.#wasm.u32[this.#text.sizeSlot >> 2] as number;
    if (status === Status.YIELD) {
      const call = api.lua_tonumberx(thread, -1, 0);
      api.lua_settop(thread, -count - 1);
      this.#waiting.set(call, id);
      return { state: 'waiting', branch: id, call };
    }
    this.#branches.delete(id);
    return this.#protect((L): Step => {
      api.luaL_unref(L, REGISTRY, branch.anchor);
      if (status !== Status.OK) {
        return { state: 'failed', branch: id, error: this.#readError(L, thread, status) };
      }
      const first = api.lua_gettop(thread) - count + 1;
      const values = Array.from({ length: count }, (_, i) => this.#readReturned(thread, first + i));
      return { state: 'returned', branch: id, values };
    });
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
   */
  #collectWhenFull(): void {
    if (this.#wasm.refusedGrowths === this.#refusedGrowths) return;
    this.#refusedGrowths = this.#wasm.refusedGrowths;
    this.#protect((L) => {
      this.#api.lua_rawgeti(L, REGISTRY, this.#collect);
      this.#api.lua_pcallk(L, 0, 0, 0, 0, 0);
    });
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
    if (failure instanceof MemoryFull || status === Status.MEMORY) {
      throw new SpellError('LIMIT_MEMORY', 'not enough memory', {
        hint: 'Raise memory_limit_bytes in [runtime.lua], or --memory.',
      });
    }
    throw failure ?? new SpellError('INTERNAL', `the Lua engine failed with status ${status}`);
  }
}
