/// <reference path="./webassembly.d.ts" />
/**
 * WasmInstance is wasmoon's `glue.wasm` with our own imports: one compiled module per process, one instance (and so
 * one linear memory) per VM. The imports close every way out: files, environment and processes answer with errors, the
 * clock stands still, and memory grows only up to a cap.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LuaApi } from './lua-api.js';

/** What the module throws through us instead of C's longjmp. Host code must never swallow it. */
export const LONGJMP = Number.POSITIVE_INFINITY;

/** Fatal ends the VM: C code called abort() or exit(), which Lua itself never does. */
export class Fatal extends Error {}

/** What Node's `toString` and `write` call in the end; on short strings the way there costs as much as the work. */
export interface QuickBuffer extends Buffer {
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number, length: number): number;
}

export interface WasmInstance {
  readonly api: LuaApi;
  /** Views of the current memory; they are replaced when it grows, so read them anew after every call into Lua. */
  u8: Uint8Array;
  u32: Uint32Array;
  buffer: QuickBuffer;
  /** How often the cap (or the machine) refused more memory. */
  refusedGrowths: number;
  /** Makes the memory as large as it was in an image. */
  growTo(bytes: number): void;
  /** Answers the slot of a JavaScript function in the function table: C can call it once it is linked. */
  addFunction(signature: Signature, fn: HostFunction): number;
  /** Makes the functions that were added callable from C. */
  link(): void;
  /** Makes an exported C function usable as a function pointer. */
  addExport(fn: unknown): number;
}

/** `ii` is int(int), `iiii` is int(int, int, int). */
export type Signature = 'ii' | 'iiii';

type HostFunction = (...args: number[]) => number;

const PAGE_BYTES = 65536;
// Error numbers of WASI and of Linux: what a C program sees when there is no such file or descriptor.
const BADF = 8;
const ENOENT = -44;
const ENOTTY = -59;
const EBADF = -8;

let compiled: WebAssembly.Module | undefined;

/** The compiled module. It holds no state, so all VMs of the process share it, with its optimised code. */
function luaModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(moduleBytes());
  return compiled;
}

/**
 * The module with a smaller memory to begin with: a script rarely needs the 16 MB that it asks for, and what is empty
 * has to be made, searched for photographs, and given back with the rest.
 */
export function moduleBytes(): Uint8Array {
  const bytes = readFileSync(moduleFile());
  const at = bytes.indexOf(MEMORY_SECTION);
  if (at === -1) throw new Error('wasmoon has another memory than the one of version 1.16');
  SMALL_MEMORY_SECTION.copy(bytes, at);
  return bytes;
}

const MODULE_FILE = 'wasmoon/dist/glue.wasm';

/** Looks where Node would look first: its way there takes as long as reading the file does. */
function moduleFile(): string {
  const { resolve } = createRequire(import.meta.url);
  const folder = resolve.paths(MODULE_FILE)?.find((path) => existsSync(join(path, MODULE_FILE)));
  return folder === undefined ? resolve(MODULE_FILE) : join(folder, MODULE_FILE);
}

/** One memory of 256 to 32768 pages, and one of 32 to 32768; numbers have 7 bits per byte. */
const MEMORY_SECTION = Buffer.from([5, 7, 1, 1, 0x80, 2, 0x80, 0x80, 2]);
const SMALL_MEMORY_SECTION = Buffer.from([5, 7, 1, 1, 0x80 | 32, 0, 0x80, 0x80, 2]);

/** Makes an instance whose memory grows to at most `maxBytes`. */
export function instantiate(maxBytes: number): WasmInstance {
  let api: LuaApi;
  const instance = { refusedGrowths: 0 } as WasmInstance & { api: LuaApi };
  const refreshViews = () => {
    instance.u8 = new Uint8Array(api.memory.buffer);
    instance.u32 = new Uint32Array(api.memory.buffer);
    instance.buffer = Buffer.from(api.memory.buffer) as Buffer as QuickBuffer;
  };
  const refuse = () => {
    instance.refusedGrowths += 1;
    return 0;
  };
  const grow = (requested: number): number => {
    const wanted = requested >>> 0;
    const current = api.memory.buffer.byteLength;
    if (wanted > maxBytes) return refuse();
    const target = Math.min(maxBytes, Math.max(wanted, Math.ceil(current * 1.25)));
    try {
      api.memory.grow(Math.ceil((target - current) / PAGE_BYTES));
    } catch {
      return refuse();
    }
    refreshViews();
    return 1;
  };
  const imports = closedImports(grow, (slot, a, b) => {
    const stack = api.stackSave();
    try {
      api.__indirect_function_table.get(slot)(a, b);
    } catch (thrown) {
      api.stackRestore(stack);
      if (thrown !== LONGJMP) throw thrown;
      api.setThrew(1, 0);
    }
  });
  api = new WebAssembly.Instance(luaModule(), imports).exports as unknown as LuaApi;
  refreshViews();
  api.emscripten_stack_init();
  api.__wasm_call_ctors();
  const table = api.__indirect_function_table;
  const added: Added[] = [];
  instance.api = api;
  instance.growTo = (bytes) => {
    const missing = bytes - api.memory.buffer.byteLength;
    if (missing > 0) api.memory.grow(missing / PAGE_BYTES);
    refreshViews();
  };
  instance.addFunction = (signature, fn) => {
    const slot = table.grow(1);
    added.push({ slot, signature, fn });
    return slot;
  };
  instance.link = () => {
    const functions = asWasmFunctions(added);
    added.forEach(({ slot }, i) => {
      table.set(slot, functions[i]);
    });
  };
  instance.addExport = (fn) => {
    const slot = table.grow(1);
    table.set(slot, fn);
    return slot;
  };
  return instance;
}

function closedImports(
  grow: (bytes: number) => number,
  invoke: (slot: number, a: number, b: number) => void,
): WebAssembly.Imports {
  const answer = (code: number) => () => code;
  const die = (what: string) => () => {
    throw new Fatal(`the Lua engine called ${what}`);
  };
  return {
    env: {
      abort: die('abort'),
      exit: die('exit'),
      invoke_vii: invoke,
      _emscripten_throw_longjmp: () => {
        throw LONGJMP;
      },
      emscripten_resize_heap: grow,
      // A clock that stands still: hash seeds, `pairs` order and sort pivots repeat in every process.
      emscripten_date_now: answer(0),
      _emscripten_get_now_is_monotonic: answer(1),
      _mktime_js: () => 0n,
      _localtime_js: answer(0),
      _gmtime_js: answer(0),
      _tzset_js: answer(0),
      strftime: answer(0),
      system: answer(0),
      __syscall_openat: answer(ENOENT),
      __syscall_fcntl64: answer(ENOENT),
      __syscall_ioctl: answer(ENOTTY),
      __syscall_dup3: answer(EBADF),
      __syscall_unlinkat: answer(ENOENT),
      __syscall_rmdir: answer(ENOENT),
      __syscall_renameat: answer(ENOENT),
      __syscall_readlinkat: answer(ENOENT),
    },
    wasi_snapshot_preview1: {
      fd_write: answer(BADF),
      fd_read: answer(BADF),
      fd_close: answer(BADF),
      fd_seek: answer(BADF),
      environ_sizes_get: answer(BADF),
      environ_get: answer(BADF),
    },
  };
}

interface Added {
  readonly slot: number;
  readonly signature: Signature;
  readonly fn: HostFunction;
}

const wrappers = new Map<string, WebAssembly.Module>();

/** A function table takes only WebAssembly functions, so a small module imports all others and exports them again. */
function asWasmFunctions(added: readonly Added[]): readonly unknown[] {
  const signatures = added.map(({ signature }) => signature);
  const key = signatures.join();
  const wrapper = wrappers.get(key) ?? new WebAssembly.Module(wrapperBytes(signatures));
  wrappers.set(key, wrapper);
  const named: Record<string, HostFunction> = {};
  added.forEach(({ fn }, i) => {
    named[nameOf(i)] = fn;
  });
  const { exports } = new WebAssembly.Instance(wrapper, { '': named });
  return added.map((_, i) => exports[nameOf(i)]);
}

/** The shortest name: one character. */
function nameOf(number: number): string {
  return String.fromCharCode(number);
}

const I32 = 0x7f;
const TYPES: Readonly<Record<Signature, number>> = { ii: 0, iiii: 1 };
const TYPE_SECTION = [2, 0x60, 1, I32, 1, I32, 0x60, 3, I32, I32, I32, 1, I32];

/** A module whose imports are its exports. */
function wrapperBytes(signatures: readonly Signature[]): Uint8Array {
  const imports = [signatures.length];
  const exports = [signatures.length];
  signatures.forEach((signature, i) => {
    imports.push(0, 1, i, 0, TYPES[signature]);
    exports.push(1, i, 0, i);
  });
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const sections = [section(1, TYPE_SECTION), section(2, imports), section(7, exports)];
  return new Uint8Array(header.concat(...sections));
}

function section(id: number, content: number[]): number[] {
  return [id, ...varint(content.length), ...content];
}

/** Numbers have 7 bits per byte. */
function varint(number: number): number[] {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...varint(number >> 7)];
}
