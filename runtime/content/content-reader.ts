/** ContentReader gives back contents, and nothing that differs from what was stored. */
import type { Backend } from '../storage/storage.js';
import {
  type BlobRecord,
  blobKey,
  CHUNK_BYTES,
  chunkKey,
  chunkSize,
  corruptError,
  decodeBlob,
} from './blob-record.js';
import { decompress } from './compression.js';
import { contentHash, contentHasher } from './content-address.js';

export class ContentReader {
  constructor(private readonly backend: Backend) {}

  async record(hash: string): Promise<BlobRecord | undefined> {
    const bytes = await this.backend.get(blobKey(hash));
    return bytes === undefined ? undefined : decodeBlob(hash, bytes);
  }

  /** @throws SpellError `ARTIFACT_CORRUPT` when the content is missing or is not what was stored. */
  async existing(hash: string): Promise<BlobRecord> {
    const record = await this.record(hash);
    if (record === undefined) throw corruptError(hash, 'it is not stored');
    return record;
  }

  /** The whole content of a record. */
  async read(hash: string, record: BlobRecord): Promise<Uint8Array> {
    if (record.chunks.length === 1) {
      // The address of the only chunk is the address of the content.
      checkHash(hash, record.chunks[0]?.hash);
      return (await this.chunk(hash, record, 0)).bytes;
    }
    const content = new Uint8Array(record.size);
    let current = record;
    for (const index of record.chunks.keys()) {
      const chunk = await this.chunk(hash, current, index);
      current = chunk.record;
      content.set(chunk.bytes, index * CHUNK_BYTES);
    }
    checkHash(hash, await contentHash(content));
    return content;
  }

  /** The content in chunks; each is compared with its own hash, and all with the content's before the last is given. */
  async *stream(hash: string): AsyncGenerator<Uint8Array> {
    let record = await this.existing(hash);
    const hasher = await contentHasher();
    let isDone = record.chunks.length === 0;
    try {
      if (isDone) checkHash(hash, hasher.digest());
      for (const index of record.chunks.keys()) {
        const chunk = await this.chunk(hash, record, index);
        record = chunk.record;
        hasher.update(chunk.bytes);
        isDone = index === record.chunks.length - 1;
        if (isDone) checkHash(hash, hasher.digest());
        yield chunk.bytes;
      }
    } finally {
      if (!isDone) hasher.dispose();
    }
  }

  /** A chunk and the record that it was found through: meanwhile the content may have been stored anew. */
  async chunk(
    hash: string,
    record: BlobRecord,
    index: number,
  ): Promise<{ bytes: Uint8Array; record: BlobRecord }> {
    const stored = await this.backend.get(chunkKey(record.body, index));
    if (stored !== undefined) {
      return { bytes: await this.#plain(hash, record, index, stored), record };
    }
    const now = await this.existing(hash);
    if (now.body === record.body) throw corruptError(hash, `its chunk ${index} is missing`);
    return this.chunk(hash, now, index);
  }

  async #plain(
    hash: string,
    record: BlobRecord,
    index: number,
    stored: Uint8Array,
  ): Promise<Uint8Array> {
    const info = record.chunks[index];
    const damaged = (cause?: unknown) => corruptError(hash, `its chunk ${index} is damaged`, cause);
    if (info === undefined || stored.length !== info.storedSize) throw damaged();
    let plain = stored;
    if (info.compressed) {
      try {
        plain = await decompress(stored, chunkSize(record, index));
      } catch (error) {
        throw damaged(error);
      }
    }
    const isWhole = plain.length === chunkSize(record, index);
    if (!isWhole || (await contentHash(plain)) !== info.hash) throw damaged();
    return plain;
  }
}

function checkHash(hash: string, actual: string | undefined): void {
  if (actual !== hash) throw corruptError(hash, `its bytes have the hash ${actual}`);
}
