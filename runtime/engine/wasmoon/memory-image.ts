/**
 * MemoryImage is a copy of a VM's linear memory, against which later states of it are compared page by page. While a
 * script waits for the host it has yielded: no native frame is live, and the memory is the whole program.
 */
import { IMAGE_PAGE_BYTES, type ImagePage } from '../engine.js';

export class MemoryImage {
  #copy: Buffer;

  /** @param pages The state that the first comparison starts from, later ones win; all others are empty. */
  constructor(pages: readonly ImagePage[]) {
    const last = pages.reduce((most, { page }) => Math.max(most, page), -1);
    this.#copy = Buffer.alloc((last + 1) * IMAGE_PAGE_BYTES);
    for (const { page, bytes } of pages) this.#copy.set(bytes, page * IMAGE_PAGE_BYTES);
  }

  /** The pages that differ from the copy; the copy then is what `memory` is now. */
  advance(memory: Uint8Array): ImagePage[] {
    const now = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
    const end = Math.max(usedBytes(memory), this.#copy.length);
    const changed: ImagePage[] = [];
    const next = this.#copy.length < end ? Buffer.alloc(end) : this.#copy;
    if (next !== this.#copy) this.#copy.copy(next);
    for (let start = 0; start < end; start += IMAGE_PAGE_BYTES) {
      const stop = start + IMAGE_PAGE_BYTES;
      if (now.compare(next, start, stop, start, stop) === 0) continue;
      const bytes = new Uint8Array(memory.subarray(start, stop));
      changed.push({ page: start / IMAGE_PAGE_BYTES, bytes });
      next.set(bytes, start);
    }
    this.#copy = next;
    return changed;
  }
}

const EMPTY = Buffer.alloc(64 * IMAGE_PAGE_BYTES);

/** The bytes up to the last page that is not empty. Most of a memory is empty: that is passed over in large steps. */
function usedBytes(memory: Uint8Array): number {
  const bytes = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
  let end = bytes.length;
  for (const step of [EMPTY.length, IMAGE_PAGE_BYTES]) {
    while (end >= step && bytes.compare(EMPTY, 0, step, end - step, end) === 0) end -= step;
  }
  return end;
}
