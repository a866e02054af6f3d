/**
 * PageStore keeps pages of memory images by their hash: each once, compressed, however many runs and images have it. A
 * row for each run that uses a page says when nobody does any more.
 */
import { SpellError } from '../base/errors.js';
import { FAMILY, key, prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { KnownPages } from './known-pages.js';

export interface StoredPage {
  /** BLAKE3 of the bytes, in hex. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** Quick rather than tight: a page is compressed while a script waits for its answer. */
const QUICK = { level: 1, windowBits: 12, memLevel: 5 };
const NOTHING = new Uint8Array();

export class PageStore {
  constructor(
    private readonly backend: Backend,
    private readonly hash: (bytes: Uint8Array) => string,
    private readonly pageBytes: number,
    private readonly known = new KnownPages(),
  ) {}

  /** Keeps pages for a run. One that is there and damaged is written anew, for all that use it. */
  async put(transaction: Transaction, run: string, pages: readonly StoredPage[]): Promise<void> {
    const { deflateRawSync } = await import('node:zlib');
    for (const { hash, bytes } of pages) {
      const stored = await transaction.get(pageKey(hash));
      if (stored === undefined || !(await this.#holds(hash, stored, bytes))) {
        transaction.put(pageKey(hash), deflateRawSync(bytes, QUICK));
      }
      transaction.put(useKey(hash, run), NOTHING);
    }
  }

  /**
   * Lets another run use pages that are kept already.
   *
   * @returns False when a page is not there any more; then nothing was shared.
   */
  async share(transaction: Transaction, run: string, hashes: Iterable<string>): Promise<boolean> {
    const shared = [...hashes];
    // Read, so that nobody forgets the pages meanwhile.
    for (const hash of shared) {
      if ((await transaction.get(pageKey(hash))) === undefined) return false;
    }
    for (const hash of shared) transaction.put(useKey(hash, run), NOTHING);
    return true;
  }

  /** @throws SpellError `JOURNAL_CORRUPT` when the page is missing or is not what was stored. */
  async read(hash: string): Promise<Uint8Array> {
    const stored = await this.backend.get(pageKey(hash));
    const bytes = stored === undefined ? undefined : await this.#inflate(stored);
    if (bytes !== undefined && this.hash(bytes) === hash) return bytes;
    const problem = stored === undefined ? 'is missing' : 'is damaged';
    throw new SpellError('JOURNAL_CORRUPT', `page ${hash} of a snapshot ${problem}`, {
      hint: 'The journal tells the same: replay the run without a checkpoint, or resume it.',
    });
  }

  /** Lets go of pages that a run does not use any more; the last run takes them along. */
  async forget(transaction: Transaction, run: string, hashes: Iterable<string>): Promise<void> {
    for (const hash of hashes) {
      transaction.remove(useKey(hash, run));
      const users = await transaction.range({
        ...prefixRange(key(FAMILY.pageUse, hash)),
        limit: 2,
      });
      if (users.some((user) => user.key !== useKey(hash, run))) continue;
      // A run that takes the page at the same moment reads it, so one of the two is made again.
      await transaction.get(pageKey(hash));
      transaction.remove(pageKey(hash));
    }
  }

  async #holds(hash: string, stored: Uint8Array, bytes: Uint8Array): Promise<boolean> {
    if (this.known.isSound(hash, stored)) return true;
    const found = await this.#inflate(stored);
    const isSound = found !== undefined && Buffer.from(found).equals(bytes);
    if (isSound) this.known.add(hash, stored);
    return isSound;
  }

  async #inflate(stored: Uint8Array): Promise<Uint8Array | undefined> {
    const { inflateRawSync } = await import('node:zlib');
    try {
      return inflateRawSync(stored, { maxOutputLength: this.pageBytes });
    } catch {
      return undefined;
    }
  }
}

function pageKey(hash: string): Key {
  return key(FAMILY.page, hash);
}

function useKey(hash: string, run: string): Key {
  return key(FAMILY.pageUse, hash, run);
}
