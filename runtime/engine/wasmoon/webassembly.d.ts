/** The part of the WebAssembly API that this folder uses; Node's types leave it to the browser's. */
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Table {
    // biome-ignore lint/suspicious/noExplicitAny: a slot holds a C function of any signature.
    get(slot: number): any;
    set(slot: number, fn: unknown): void;
    grow(slots: number): number;
  }
}
