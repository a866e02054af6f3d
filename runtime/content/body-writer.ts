/** BodyWriter turns a content into a body: in chunks, compressed where it pays, hashed, with bounded memory. */
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import type { IdSource } from '../base/ids.js';
import type { Backend } from '../storage/storage.js';
import { CHUNK_BYTES, type ChunkInfo } from './blob-record.js';
import { compress } from './compression.js';
import { type ContentHasher, contentHash, contentHasher } from './content-address.js';
import type { Body } from './prepared-content.js';
import { discardStaged, StagedWriter } from './staged-body.js';

export interface WriteLimits {
  /** The most bytes of content; unlimited when absent. */
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenContent {
  readonly hash: string;
  readonly size: number;
  readonly body: Body;
}

interface StoredChunk {
  readonly info: ChunkInfo;
  readonly bytes: Uint8Array;
}

export interface BodyWriterOptions {
  readonly backend: Backend;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Contents of more bytes are compressed. */
  readonly compressionThreshold: number;
}

export class BodyWriter {
  constructor(private readonly options: BodyWriterOptions) {}

  /**
   * Writes a content. One chunk stays in memory, to be committed with its record; more are staged at once, and removed
   * again when anything fails.
   *
   * @throws SpellError `TOO_LARGE`, `ABORTED`, and what the source or the backend throws.
   */
  async write(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    limits: WriteLimits,
  ): Promise<WrittenContent> {
    const id = this.options.ids.next();
    const hasher = await contentHasher();
    try {
      return await this.#write(id, hasher, inChunks(source, limits));
    } catch (error) {
      hasher.dispose();
      // What can't be removed now is left to the garbage collection; the first error is the one to report.
      await discardStaged(this.options.backend, id).catch(() => {});
      throw error;
    }
  }

  async #write(
    id: string,
    hasher: ContentHasher,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<WrittenContent> {
    const staged = new StagedWriter(this.options.backend, id);
    const infos: ChunkInfo[] = [];
    let first: Uint8Array | undefined;
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      hasher.update(chunk);
      const stored = await this.#stored(chunk, size);
      infos.push(stored.info);
      if (infos.length === 1) {
        // A copy, since the source may use its buffer again before the commit.
        first = new Uint8Array(stored.bytes);
        continue;
      }
      if (first !== undefined) await staged.append(first, this.options.clock.now());
      first = undefined;
      await staged.append(stored.bytes, this.options.clock.now());
    }
    return { hash: hasher.digest(), size, body: { id, chunks: infos, inline: first } };
  }

  async #stored(chunk: Uint8Array, sizeSoFar: number): Promise<StoredChunk> {
    const hash = await contentHash(chunk);
    const packed =
      sizeSoFar > this.options.compressionThreshold ? await compress(chunk) : undefined;
    const bytes = packed ?? chunk;
    return { info: { hash, storedSize: bytes.length, compressed: packed !== undefined }, bytes };
  }
}

/** The error of a content over its limit. */
export function tooLargeError(maxBytes: number): SpellError {
  return new SpellError('TOO_LARGE', `the content is larger than the limit of ${maxBytes} bytes`, {
    hint: 'Store less, or raise runtime.sessions.max_artifact_size.',
    key: 'runtime.sessions.max_artifact_size',
    details: { maxBytes },
  });
}

/** A source in pieces of exactly {@link CHUNK_BYTES}, the last one excepted, with at most one of them held. */
async function* inChunks(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { maxBytes = Number.POSITIVE_INFINITY, signal }: WriteLimits,
): AsyncGenerator<Uint8Array> {
  let held = new Uint8Array(0);
  let total = 0;
  throwIfAborted(signal);
  for await (const piece of source) {
    throwIfAborted(signal);
    total += piece.length;
    if (total > maxBytes) throw tooLargeError(maxBytes);
    let rest = piece;
    while (held.length + rest.length >= CHUNK_BYTES) {
      throwIfAborted(signal);
      const taken = CHUNK_BYTES - held.length;
      yield held.length === 0 ? rest.subarray(0, taken) : joined(held, rest.subarray(0, taken));
      held = new Uint8Array(0);
      rest = rest.subarray(taken);
    }
    if (rest.length > 0) held = joined(held, rest);
  }
  throwIfAborted(signal);
  if (held.length > 0) yield held;
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

/** @throws SpellError `ABORTED` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof SpellError) throw signal.reason;
  throw new SpellError('ABORTED', 'storing a content was cancelled', { cause: signal.reason });
}
