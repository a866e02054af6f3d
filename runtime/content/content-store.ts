/**
 * ContentStore keeps contents by their hash: every content once, compressed where it pays, as long as something refers
 * to it. Storing has two steps, so that a content of any size becomes part of one small transaction: `prepare` does the
 * work, `reference` commits it together with the record that needs it.
 */
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import type { IdSource } from '../base/ids.js';
import type { Backend } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import {
  type BlobInfo,
  type BlobRecord,
  blobInfo,
  blobKey,
  CHUNK_BYTES,
  chunkKey,
  chunkKeys,
  decodeBlob,
  encodeBlob,
} from './blob-record.js';
import { BodyWriter, tooLargeError, type WriteLimits } from './body-writer.js';
import { contentHash } from './content-address.js';
import { ContentCache } from './content-cache.js';
import { ContentReader } from './content-reader.js';
import { type Body, PreparedContent } from './prepared-content.js';
import { claimStaged, collectedError, discardStaged, dropStaged } from './staged-body.js';

export { type BlobInfo, CHUNK_BYTES } from './blob-record.js';
export type { WriteLimits } from './body-writer.js';
export type { PreparedContent } from './prepared-content.js';

const DEFAULT_CACHE_BYTES = 16 * 1024 * 1024;

export interface ContentStoreOptions {
  readonly backend: Backend;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Contents of more bytes are compressed when a sample says that it pays. */
  readonly compressionThreshold: number;
  /** The most bytes of recently read contents to keep in memory; 16 MB when absent. */
  readonly cacheBytes?: number | undefined;
}

export class ContentStore {
  readonly #backend: Backend;
  readonly #writer: BodyWriter;
  readonly #reader: ContentReader;
  readonly #cache: ContentCache;

  constructor(options: ContentStoreOptions) {
    this.#backend = options.backend;
    this.#writer = new BodyWriter(options);
    this.#reader = new ContentReader(options.backend);
    this.#cache = new ContentCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  }

  /**
   * Hashes a content and writes ahead what does not fit into one batch, with memory for a few chunks. Bytes of more
   * than one chunk must not change until they are referenced or discarded. `signal` is looked at between chunks; a
   * source that may wait forever must listen to it itself.
   *
   * @throws SpellError `TOO_LARGE` as soon as `maxBytes` is passed, `ABORTED`; nothing is left behind then.
   */
  async prepare(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    limits: WriteLimits = {},
  ): Promise<PreparedContent> {
    if (!(content instanceof Uint8Array)) {
      const { hash, size, body } = await this.#writer.write(content, limits);
      return new PreparedContent(hash, size, undefined, body);
    }
    if (content.length > (limits.maxBytes ?? content.length)) {
      throw tooLargeError(limits.maxBytes as number);
    }
    // A small content is copied, so that the caller may do with it what it likes.
    const bytes = content.length <= CHUNK_BYTES ? new Uint8Array(content) : content;
    const hash = await contentHash(bytes);
    const isStored = (await this.#backend.get(blobKey(hash))) !== undefined;
    const body = isStored ? undefined : await this.#write(hash, bytes, limits);
    return new PreparedContent(hash, bytes.length, bytes, body);
  }

  /**
   * Counts one more reference to a prepared content and stores it when it is not there. Guarded by the transaction:
   * when the content comes or goes meanwhile, the change runs again.
   *
   * @throws SpellError `STORAGE_BUSY` when the prepared chunks were collected as garbage.
   */
  async reference(transaction: Transaction, prepared: PreparedContent): Promise<BlobInfo> {
    const stored = await this.#guarded(transaction, prepared.hash);
    if (stored !== undefined) {
      if (isStaged(prepared.body)) await dropStaged(transaction, prepared.body.id);
      return this.#put(transaction, prepared.hash, {
        ...stored,
        references: stored.references + 1,
      });
    }
    const { id, chunks, inline } = await this.#takeBody(transaction, prepared);
    if (inline !== undefined) transaction.put(chunkKey(id, 0), inline);
    return this.#put(transaction, prepared.hash, {
      body: id,
      size: prepared.size,
      references: 1,
      chunks,
    });
  }

  /** Counts one more reference to a stored content. @returns Whether it is stored. */
  async retain(transaction: Transaction, hash: string): Promise<boolean> {
    const stored = await this.#guarded(transaction, hash);
    if (stored === undefined) return false;
    this.#put(transaction, hash, { ...stored, references: stored.references + 1 });
    return true;
  }

  /**
   * Counts one reference less; the last one removes the content. A content that is not there has none. Where the record
   * of a content is damaged nobody can read it any more, so it goes: what refers to it must stay deletable.
   */
  async release(transaction: Transaction, hash: string): Promise<void> {
    const bytes = await transaction.get(blobKey(hash));
    const stored = bytes === undefined ? undefined : decodeSound(hash, bytes);
    if (stored === undefined) {
      if (bytes !== undefined) transaction.remove(blobKey(hash));
      return;
    }
    if (stored.references > 1) {
      this.#put(transaction, hash, { ...stored, references: stored.references - 1 });
      return;
    }
    transaction.remove(blobKey(hash));
    for (const chunk of chunkKeys(stored.body, stored.chunks.length)) transaction.remove(chunk);
  }

  /** Removes what was written ahead for a content that will not be referenced; after `reference` it does nothing. */
  async discard(prepared: PreparedContent): Promise<void> {
    if (isStaged(prepared.body)) await discardStaged(this.#backend, prepared.body.id);
  }

  /**
   * A whole content; the bytes are the caller's own.
   *
   * @throws SpellError `ARTIFACT_CORRUPT` when it is missing or is not what was stored.
   */
  async read(hash: string): Promise<Uint8Array> {
    const record = await this.#reader.existing(hash);
    const cached = this.#cache.get(hash);
    if (cached !== undefined) return cached;
    const content = await this.#reader.read(hash, record);
    this.#cache.set(hash, content);
    return content;
  }

  /**
   * A content in chunks of 1 MB, each verified before it is given.
   *
   * @throws SpellError `ARTIFACT_CORRUPT` while it is iterated.
   */
  stream(hash: string): AsyncIterable<Uint8Array> {
    return this.#reader.stream(hash);
  }

  /**
   * The chunk at `index`, counted from 0, verified by itself; `undefined` behind the last one.
   *
   * @throws SpellError `ARTIFACT_CORRUPT` as {@link read} does.
   */
  async readChunk(hash: string, index: number): Promise<Uint8Array | undefined> {
    const record = await this.#reader.existing(hash);
    if (index >= record.chunks.length) return undefined;
    return (await this.#reader.chunk(hash, record, index)).bytes;
  }

  /** What is known of a stored content; `undefined` when it is not stored. */
  async info(hash: string): Promise<BlobInfo | undefined> {
    const record = await this.#reader.record(hash);
    return record === undefined ? undefined : blobInfo(hash, record);
  }

  async #guarded(transaction: Transaction, hash: string): Promise<BlobRecord | undefined> {
    const bytes = await transaction.get(blobKey(hash));
    return bytes === undefined ? undefined : decodeBlob(hash, bytes);
  }

  #put(transaction: Transaction, hash: string, record: BlobRecord): BlobInfo {
    transaction.put(blobKey(hash), encodeBlob(record));
    return blobInfo(hash, record);
  }

  /** The body of a content that is not stored; made again when it is used up or was collected. */
  async #takeBody(transaction: Transaction, prepared: PreparedContent): Promise<Body> {
    const { body, bytes, hash } = prepared;
    if (body !== undefined && !isStaged(body)) return body;
    if (body !== undefined && (await claimStaged(transaction, body.id))) return body;
    if (bytes === undefined) throw collectedError();
    const made = await this.#write(hash, bytes, {});
    prepared.body = made;
    if (isStaged(made) && !(await claimStaged(transaction, made.id))) throw collectedError();
    return made;
  }

  async #write(hash: string, bytes: Uint8Array, limits: WriteLimits): Promise<Body> {
    const written = await this.#writer.write([bytes], limits);
    if (written.hash === hash) return written.body;
    if (isStaged(written.body)) await discardStaged(this.#backend, written.body.id);
    throw new SpellError('INTERNAL', 'a content was changed while it was being stored');
  }
}

/** The record, if it is sound. */
function decodeSound(hash: string, bytes: Uint8Array): BlobRecord | undefined {
  try {
    return decodeBlob(hash, bytes);
  } catch (thrown) {
    if (thrown instanceof SpellError && thrown.code === 'ARTIFACT_CORRUPT') return undefined;
    throw thrown;
  }
}

function isStaged(body: Body | undefined): body is Body {
  return body !== undefined && body.chunks.length > 1;
}
