/**
 * Engine is the port to a Lua virtual machine. An engine makes VMs; a VM runs chunks as branches (coroutines that the
 * host drives). Lua reaches the world only through the host functions that the VM was made with, and no JavaScript
 * object or promise ever enters it: a function that can't answer at once returns {@link Waiting}, the branch stops
 * there, and `resume` goes on with the outcome.
 */
import type { SpellError } from '../base/errors.js';
import type { HostValue, Value } from '../base/value.js';

/** EngineCapabilities tells what an engine can do that others can't. */
export interface EngineCapabilities {
  /** A VM's whole state can be photographed while its branches wait. */
  readonly snapshot: boolean;
  /** {@link VmOptions.memoryLimitBytes} is enforced. */
  readonly memoryLimit: boolean;
  /** Integers have 64 bits. */
  readonly int64: boolean;
}

export interface Engine {
  readonly name: 'wasmoon' | 'fengari';
  readonly capabilities: EngineCapabilities;
  createVm(options: VmOptions): Vm;
  /** Wakes a VM that was photographed, possibly in another process. Engines with the capability `snapshot` have it. */
  restoreVm?(options: VmOptions, image: VmImage): Vm;
  /** What decides how Lua behaves besides the options: a snapshot fits only where all of it is the same. */
  code(): readonly Uint8Array[];
}

/** Bytes of a page in an image. */
export const IMAGE_PAGE_BYTES = 4096;

export interface ImagePage {
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** VmImage is a photograph of a VM whose branches all wait. */
export interface VmImage {
  /** Bytes of memory that the VM had. */
  readonly size: number;
  /** Pages that differ from those of a new VM; in a delta, from those of the image before. */
  readonly pages: readonly ImagePage[];
  /** What the engine remembers outside of Lua's memory: plain data. */
  readonly host: HostValue;
}

export interface VmOptions {
  /** The most memory that Lua may use, in bytes. */
  readonly memoryLimitBytes: number;
  /** Everything that Lua can ask of the host. The order is part of the engine build: a snapshot depends on it. */
  readonly functions: readonly HostFunction[];
  /** Lua text that is run once, after the engine's own, with the private functions as its first argument. */
  readonly preludes: readonly Chunk[];
  /** Told the path of each branch that has ended: no call comes from it any more. */
  readonly branchEnded?: (path: string) => void;
}

/** HostFunction is one entry of the list of host calls. */
export interface HostFunction {
  /**
   * Where Lua finds it: `Session.create`, or `host.<name>` for a private one that only preludes see. Also the name in
   * messages such as `bad argument #2 to 'Artifact.store'`.
   */
  readonly path: string;
  /** Other places where Lua finds the same function. */
  readonly aliases?: readonly string[];
  /** True when the call may return {@link Waiting}: it is refused where Lua can't be suspended. */
  readonly waits: boolean;
  /** True when no other branch may run while the call waits: the host delivers its outcome before any other. */
  readonly keepsTurn?: boolean;
  /** Answers a call. What it throws is raised in Lua as an error table. It must not call into the VM. */
  readonly call: (args: HostArguments) => HostResult | Waiting;
}

/** HostArguments is one call's view of the Lua stack, valid until the host function returns. Indexes are from 1. */
export interface HostArguments {
  /** Number of arguments that the caller wrote, trailing nils included. */
  readonly count: number;
  /** The path of the function that was called. */
  readonly path: string;
  /** The path of the branch that calls: `0`, or `0.2` for the second one that it has started. */
  readonly branch: string;
  type(index: number): LuaType;
  /** The argument as a number; only when `type` says so. int64 outside the safe range are rounded. */
  number(index: number): number;
  boolean(index: number): boolean;
  /** A copy of a string's bytes; only when `type` says so. */
  bytes(index: number): Uint8Array;
  /**
   * The argument as a {@link Value}.
   *
   * @throws SpellError `VALUE_UNSUPPORTED` for functions, threads, userdata, cycles, and nesting over 200 levels,
   * naming the field.
   */
  value(index: number): Value;
  /** Where in the script the function was called, such as `report.lua:12`. */
  where(): string | undefined;
  /** The id that `wait` would give to the call. */
  readonly nextCall: number;
  /** Marks the call as waiting; the id is what {@link Vm.resume} takes. */
  wait(): Waiting;
}

export type LuaType =
  | 'no value'
  | 'nil'
  | 'boolean'
  | 'number'
  | 'string'
  | 'table'
  | 'function'
  | 'userdata'
  | 'thread';

export type HostResult = HostValue | Results;

/** Results is several return values, where a plain array would be one table. */
export class Results {
  readonly values: readonly HostValue[];

  constructor(...values: HostValue[]) {
    this.values = values;
  }
}

/** Waiting is a host call whose outcome comes later. */
export class Waiting {
  constructor(readonly call: number) {}
}

/**
 * Abandon is thrown by a host function to end the run: it passes through Lua without being caught there, and leaves the
 * VM unusable.
 */
export class Abandon extends Error {
  constructor(readonly reason: SpellError) {
    super(reason.message);
  }
}

/** Chunk is Lua source text with the name that messages show: `@script.lua` for files, `=text` as it is. */
export interface Chunk {
  readonly source: Uint8Array;
  readonly name: string;
}

/** Outcome is how a waiting call ended. */
export type Outcome =
  | { readonly ok: true; readonly value: HostResult }
  | { readonly ok: false; readonly error: SpellError };

/**
 * Step is where a branch of the host got to: it waits, returned values, or failed. While it waits for branches that the
 * script has started, there is no call of its own. Returned values that are not data, such as functions, read as nil.
 */
export type Step =
  | { readonly state: 'waiting'; readonly branch: number; readonly call: number | undefined }
  | { readonly state: 'returned'; readonly branch: number; readonly values: readonly Value[] }
  | { readonly state: 'failed'; readonly branch: number; readonly error: SpellError };

/**
 * Vm is one Lua state with its own memory. A slice (`start` or `resume`) runs until the branch, and those that the
 * script started in it, wait or end; one that was broken off from outside (see `interrupt.ts`) leaves the VM unusable:
 * dispose of it.
 */
export interface Vm {
  /** Compiles a chunk and runs it as a new branch. A syntax error is a failed step with code `LUA_SYNTAX`. */
  start(chunk: Chunk, args: readonly HostValue[]): Step;
  /** Delivers the outcome of a waiting call. The step tells of the branch of the host that it belongs to. */
  resume(call: number, outcome: Outcome): Step;
  /** Runs what the preludes left for the end of a script (`engine.at_end`); branches that wait are given up. */
  finish(): Step;
  /** Compiles without running. */
  check(chunk: Chunk): SpellError | undefined;
  setGlobal(name: string, value: HostValue): void;
  /** Starts the sequence of `math.random`; a new VM always starts the same one. */
  seed(first: bigint, second: bigint): void;
  /** It was told outcomes for which no branch waits yet: a photograph would not show them. */
  readonly holdsOutcomes: boolean;
  /** Bytes of memory that the VM holds. */
  readonly memoryBytes: number;
  /**
   * Photographs the VM while all its branches wait: the pages that changed since the last photograph, or since the VM
   * was new. Engines with the capability `snapshot` have it.
   */
  snapshot?(): VmImage;
  dispose(): void;
}

/** Soon is a value that is there, or on its way. */
export type Soon<T> = T | Promise<T>;

/** RunVm is a {@link Vm} as a run drives it: one that lives on a thread of its own answers later. */
export interface RunVm {
  start(chunk: Chunk, args: readonly HostValue[]): Soon<Step>;
  resume(call: number, outcome: Outcome): Soon<Step>;
  finish(): Soon<Step>;
  setGlobal(name: string, value: HostValue): Soon<void>;
  seed(first: bigint, second: bigint): Soon<void>;
  readonly holdsOutcomes: boolean;
  snapshot?(): Soon<VmImage>;
  /** Breaks a slice off, which rejects with the reason. A VM on this thread has none: see `interrupt.ts`. */
  stop?(reason: SpellError): void;
  dispose(): void;
}

/** VmSource makes the VMs of runs, new ones or from an image. */
export type VmSource = (options: VmOptions, image: VmImage | undefined) => Soon<RunVm>;

/** VMs on the thread of the host: calls cost least, and a busy loop keeps the host from its work. */
export function onThisThread(engine: Engine): VmSource {
  return (options, image) => {
    if (image === undefined) return engine.createVm(options);
    if (engine.restoreVm === undefined) throw new Error(`${engine.name} restores no images`);
    return engine.restoreVm(options, image);
  };
}
