/**
 * KnownPages remembers how pages are stored that many runs share, such as those of the preludes: what is stored like
 * that needs no reading to be known as sound.
 */
export class KnownPages {
  /** By hash, the one that was of use last at the end. */
  readonly #stored = new Map<string, Uint8Array>();

  isSound(hash: string, stored: Uint8Array): boolean {
    const known = this.#stored.get(hash);
    if (known === undefined || !Buffer.from(stored).equals(known)) return false;
    this.#remember(hash, known);
    return true;
  }

  add(hash: string, stored: Uint8Array): void {
    // A copy: storage may hand out a view of what it keeps.
    this.#remember(hash, new Uint8Array(stored));
  }

  #remember(hash: string, stored: Uint8Array): void {
    this.#stored.delete(hash);
    this.#stored.set(hash, stored);
    const [oldest] = this.#stored.keys();
    if (this.#stored.size > MOST && oldest !== undefined) this.#stored.delete(oldest);
  }
}

/** Pages of 4 KB, compressed: about two megabytes of them. */
const MOST = 1000;
