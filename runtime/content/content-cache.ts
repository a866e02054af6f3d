/** ContentCache keeps the contents that were read last, up to a number of bytes. What goes in and out are copies. */
export class ContentCache {
  /** In the order of use, the oldest first. */
  readonly #contents = new Map<string, Uint8Array>();
  #bytes = 0;

  /** @param maxBytes The most bytes of all contents together; a content above a quarter of it is not kept. */
  constructor(private readonly maxBytes: number) {}

  get(hash: string): Uint8Array | undefined {
    const content = this.#contents.get(hash);
    if (content === undefined) return undefined;
    this.#contents.delete(hash);
    this.#contents.set(hash, content);
    return new Uint8Array(content);
  }

  set(hash: string, content: Uint8Array): void {
    if (content.length > this.maxBytes / 4 || this.#contents.has(hash)) return;
    this.#contents.set(hash, new Uint8Array(content));
    this.#bytes += content.length;
    for (const [oldest, { length }] of this.#contents) {
      if (this.#bytes <= this.maxBytes) return;
      this.#contents.delete(oldest);
      this.#bytes -= length;
    }
  }
}
