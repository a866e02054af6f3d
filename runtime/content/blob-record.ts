/**
 * The blob record: what is stored about one content, under its hash. The bytes are chunks under the id of a body, which
 * is new for every write, so that removing one content never touches what another writer has just stored.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import type { Value } from '../base/value.js';
import { FAMILY, key, numberComponent } from '../storage/key-space.js';
import type { Key } from '../storage/storage.js';

/** Bytes of content in every chunk but the last. */
export const CHUNK_BYTES = 1024 * 1024;

const HASH_BYTES = 32;

export interface ChunkInfo {
  /** Content address of the chunk's plain bytes. */
  readonly hash: string;
  /** Bytes as stored. */
  readonly storedSize: number;
  readonly compressed: boolean;
}

export interface BlobRecord {
  readonly body: string;
  /** Bytes of the plain content. */
  readonly size: number;
  readonly references: number;
  readonly chunks: readonly ChunkInfo[];
}

/** BlobInfo is what others may know of a stored content. Sizes are in bytes. */
export interface BlobInfo {
  readonly hash: string;
  readonly size: number;
  readonly storedSize: number;
  readonly compressed: boolean;
  readonly references: number;
}

export function blobKey(hash: string): Key {
  return key(FAMILY.blob, hash);
}

export function chunkKey(body: string, index: number): Key {
  return key(FAMILY.chunk, body, numberComponent(index));
}

/** Keys of the first `count` chunks of a body. */
export function chunkKeys(body: string, count: number): Key[] {
  return Array.from({ length: count }, (_, index) => chunkKey(body, index));
}

/** Bytes of plain content in one chunk. */
export function chunkSize(record: BlobRecord, index: number): number {
  return Math.min(CHUNK_BYTES, record.size - index * CHUNK_BYTES);
}

export function blobInfo(hash: string, record: BlobRecord): BlobInfo {
  return {
    hash,
    size: record.size,
    storedSize: record.chunks.reduce((sum, chunk) => sum + chunk.storedSize, 0),
    compressed: record.chunks.some((chunk) => chunk.compressed),
    references: record.references,
  };
}

/** Hashes and forms of the chunks are kept as bytes, since a large content has many. */
export function encodeBlob(record: BlobRecord): Uint8Array {
  return encodeRecord({
    body: record.body,
    size: record.size,
    references: record.references,
    hashes: Buffer.from(record.chunks.map((chunk) => chunk.hash).join(''), 'hex'),
    stored: record.chunks.map((chunk) => chunk.storedSize),
    forms: Uint8Array.from(record.chunks, (chunk) => (chunk.compressed ? 1 : 0)),
  });
}

/** @throws SpellError `ARTIFACT_CORRUPT` for bytes that are not a blob record. */
export function decodeBlob(hash: string, bytes: Uint8Array): BlobRecord {
  try {
    return blobOf(decodeRecord(bytes));
  } catch (cause) {
    throw corruptError(hash, 'its record is damaged', cause);
  }
}

/** The error of a content that can't be given back as it was stored. */
export function corruptError(hash: string, reason: string, cause?: unknown): SpellError {
  return new SpellError('ARTIFACT_CORRUPT', `the content ${hash} can't be read: ${reason}`, {
    hint: 'Delete the artifacts that hold it and store them again.',
    details: { hash },
    cause,
  });
}

function blobOf(value: Value): BlobRecord {
  if (!(value instanceof Map)) throw new Error('not a map');
  const [body, size, references] = [value.get('body'), value.get('size'), value.get('references')];
  const [hashes, stored, forms] = [value.get('hashes'), value.get('stored'), value.get('forms')];
  if (typeof body !== 'string' || !isCount(size) || !isCount(references)) {
    throw new Error('a field is missing');
  }
  const count = Math.ceil(size / CHUNK_BYTES);
  if (
    !(hashes instanceof Uint8Array && hashes.length === count * HASH_BYTES) ||
    !(forms instanceof Uint8Array && forms.length === count) ||
    !(Array.isArray(stored) && stored.length === count && stored.every(isCount))
  ) {
    throw new Error('the list of chunks does not fit the size');
  }
  const hex = Buffer.from(hashes).toString('hex');
  const chunks = stored.map((storedSize: number, index) => ({
    hash: hex.slice(index * HASH_BYTES * 2, (index + 1) * HASH_BYTES * 2),
    storedSize,
    compressed: forms[index] === 1,
  }));
  return { body, size, references, chunks };
}

function isCount(value: Value): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
