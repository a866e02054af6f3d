/**
 * TextMemory moves strings between JavaScript and the linear memory, byte for byte. Short ones go through a fixed
 * scratch area, so that what the host allocates in the VM depends only on what the script did.
 */
import { isUtf8 } from 'node:buffer';
import type { WasmInstance } from './wasm-instance.js';

/** MemoryFull is the VM having no room for something that the host wants to hand over. */
export class MemoryFull extends Error {}

/** Strings of up to this many bytes are copied through the scratch area. */
const SCRATCH_BYTES = 8192;
/** Up to this length a loop over characters is quicker than a call into Node's encoder. */
const LOOP_LENGTH = 24;
/** From here on, looking for invalid bytes first is cheaper than decoding in vain. */
const LARGE_BYTES = 16384;
/** A power of two. */
const SHORT_SLOTS = 256;

/** Addresses of what a {@link TextMemory} holds in the linear memory. */
export interface TextAreas {
  readonly sizeSlot: number;
  readonly scratch: number;
}

export class TextMemory {
  /** Where C writes a size that it answers with; 8 bytes. */
  readonly sizeSlot: number;
  readonly #scratch: number;
  readonly #short = new ShortTexts();

  /** @param areas Those that the memory holds already; new ones are made otherwise. */
  constructor(
    private readonly wasm: WasmInstance,
    areas?: TextAreas,
  ) {
    this.sizeSlot = areas?.sizeSlot ?? wasm.api.malloc(8);
    this.#scratch = areas?.scratch ?? wasm.api.malloc(SCRATCH_BYTES);
  }

  get areas(): TextAreas {
    return { sizeSlot: this.sizeSlot, scratch: this.#scratch };
  }

  /** Copies a C string that lives as long as the VM; only for names known at creation. */
  constant(text: string): number {
    const bytes = Buffer.from(`${text}\0`);
    const pointer = this.wasm.api.malloc(bytes.length);
    this.wasm.u8.set(bytes, pointer);
    return pointer;
  }

  /** Pushes a string onto a Lua stack, as UTF-8. */
  pushText(L: number, text: string): void {
    const { wasm } = this;
    if (text.length <= LOOP_LENGTH && this.#writeAscii(text)) {
      wasm.api.lua_pushlstring(L, this.#scratch, text.length);
    } else if (text.length * 3 <= SCRATCH_BYTES) {
      const size = wasm.buffer.utf8Write(text, this.#scratch, SCRATCH_BYTES);
      wasm.api.lua_pushlstring(L, this.#scratch, size);
    } else {
      this.pushBytes(L, Buffer.from(text, 'utf8'));
    }
  }

  pushBytes(L: number, bytes: Uint8Array): void {
    this.withBytes(bytes, (pointer) => this.wasm.api.lua_pushlstring(L, pointer, bytes.length));
  }

  /**
   * Calls `use` with the address of a copy of `bytes`, which is gone afterwards, also when Lua jumps out of `use`.
   *
   * @throws MemoryFull when the VM has no room for the copy.
   */
  withBytes<T>(bytes: Uint8Array, use: (pointer: number) => T): T {
    const { wasm } = this;
    if (bytes.length <= SCRATCH_BYTES) {
      wasm.u8.set(bytes, this.#scratch);
      return use(this.#scratch);
    }
    const pointer = wasm.api.malloc(bytes.length);
    if (pointer === 0) throw new MemoryFull();
    try {
      wasm.u8.set(bytes, pointer);
      return use(pointer);
    } finally {
      wasm.api.free(pointer);
    }
  }

  /** A copy of the bytes of the string at a stack index, which must hold a string. */
  bytes(L: number, index: number): Uint8Array {
    const start = this.wasm.api.lua_tolstring(L, index, this.sizeSlot);
    return this.wasm.u8.slice(start, start + this.#size());
  }

  /** The string at a stack index as text, or as bytes when it is not UTF-8. */
  textOrBytes(L: number, index: number): string | Uint8Array {
    const { wasm } = this;
    const start = wasm.api.lua_tolstring(L, index, this.sizeSlot);
    const end = start + this.#size();
    if (end - start <= LOOP_LENGTH) {
      const text = this.#short.read(wasm.u8, start, end);
      if (text !== undefined) return text;
    } else if (end - start > LARGE_BYTES && !isUtf8(wasm.u8.subarray(start, end))) {
      return wasm.u8.slice(start, end);
    }
    // Decoding turns every invalid sequence into U+FFFD; without one the text is exact.
    const text = wasm.buffer.utf8Slice(start, end);
    if (!text.includes('\uFFFD') || isUtf8(wasm.u8.subarray(start, end))) return text;
    return wasm.u8.slice(start, end);
  }

  /** The string at a stack index for messages: what is not UTF-8 is shown as U+FFFD. */
  text(L: number, index: number): string {
    const { wasm } = this;
    const start = wasm.api.lua_tolstring(L, index, this.sizeSlot);
    if (start === 0) return '';
    const end = start + this.#size();
    const short = end - start <= LOOP_LENGTH ? this.#short.read(wasm.u8, start, end) : undefined;
    return short ?? wasm.buffer.utf8Slice(start, end);
  }

  #size(): number {
    return this.wasm.u32[this.sizeSlot >> 2] as number;
  }

  #writeAscii(text: string): boolean {
    const { u8 } = this.wasm;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      u8[this.#scratch + i] = code;
    }
    return true;
  }
}

/**
 * ShortTexts keeps recently read short strings, found by their bytes: field names come again and again, and making a
 * JavaScript string costs more than comparing one.
 */
class ShortTexts {
  readonly #slots: string[] = new Array(SHORT_SLOTS).fill('');

  /** The text of ASCII bytes; `undefined` for others. */
  read(u8: Uint8Array, start: number, end: number): string | undefined {
    let hash = 0;
    for (let i = start; i < end; i += 1) {
      const byte = u8[i] as number;
      if (byte > 127) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = hash & (SHORT_SLOTS - 1);
    const known = this.#slots[slot] as string;
    if (isText(known, u8, start, end)) return known;
    let text = '';
    for (let i = start; i < end; i += 1) text += String.fromCharCode(u8[i] as number);
    this.#slots[slot] = text;
    return text;
  }
}

function isText(text: string, u8: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) !== u8[start + i]) return false;
  }
  return true;
}
