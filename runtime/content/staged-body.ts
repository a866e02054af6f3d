/**
 * Staged bodies: chunks of contents that are too large for one batch, written ahead of the record that will refer to
 * them. A marker tells how many there are; it goes away with the commit that makes the record, or with the chunks.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { FAMILY, key, lastText } from '../storage/key-space.js';
import type { Backend, Key, Write } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import { chunkKey, chunkKeys } from './blob-record.js';

/** StagedMarker is the state of a body that is being written or waits for its record. */
export interface StagedMarker {
  readonly chunks: number;
  /** Bytes of the chunks as stored. */
  readonly bytes: number;
  /** Time of the last chunk, in milliseconds. */
  readonly at: number;
}

export function stagedKey(body: string): Key {
  return key(FAMILY.staged, body);
}

export function decodeMarker(bytes: Uint8Array): StagedMarker {
  const record = decodeRecord(bytes);
  const chunks = record instanceof Map ? record.get('chunks') : undefined;
  const bytesStored = record instanceof Map ? record.get('bytes') : undefined;
  const at = record instanceof Map ? record.get('at') : undefined;
  if (typeof chunks !== 'number' || typeof bytesStored !== 'number' || typeof at !== 'number') {
    throw new SpellError('STORAGE_CORRUPT', 'the marker of a staged content is damaged', {
      hint: 'The data was damaged outside of llmspell; restore it from a copy.',
    });
  }
  return { chunks, bytes: bytesStored, at };
}

/** StagedWriter appends chunks to one body, each with its marker in one batch. */
export class StagedWriter {
  #chunks = 0;
  #bytes = 0;
  #marker: Uint8Array | undefined;

  constructor(
    private readonly backend: Backend,
    private readonly body: string,
  ) {}

  /** @throws SpellError `STORAGE_BUSY` when the body was collected as garbage meanwhile. */
  async append(chunk: Uint8Array, now: number): Promise<void> {
    this.#bytes += chunk.length;
    const marker = encodeRecord({ chunks: this.#chunks + 1, bytes: this.#bytes, at: now });
    const applied = await this.backend.commit({
      preconditions: [{ key: stagedKey(this.body), value: this.#marker }],
      writes: [
        { key: stagedKey(this.body), value: marker },
        { key: chunkKey(this.body, this.#chunks), value: chunk },
      ],
    });
    if (!applied) throw collectedError();
    this.#marker = marker;
    this.#chunks += 1;
  }
}

/** Takes a staged body into a record: true when it was still there. */
export async function claimStaged(transaction: Transaction, body: string): Promise<boolean> {
  const marker = await transaction.get(stagedKey(body));
  if (marker === undefined) return false;
  transaction.remove(stagedKey(body));
  return true;
}

/** Removes a staged body with its chunks; nothing happens when there is none. */
export async function dropStaged(transaction: Transaction, body: string): Promise<void> {
  const bytes = await transaction.get(stagedKey(body));
  if (bytes === undefined) return;
  const removals = removeStaged(stagedKey(body), decodeMarker(bytes));
  for (const removal of removals) transaction.remove(removal.key);
}

/** The writes that remove a staged body, given its marker. */
export function removeStaged(markerKey: Key, marker: StagedMarker): Write[] {
  const body = lastText(markerKey);
  return [markerKey, ...chunkKeys(body, marker.chunks)].map((each) => ({
    key: each,
    value: undefined,
  }));
}

/** {@link dropStaged} in a transaction of its own. */
export function discardStaged(backend: Backend, body: string): Promise<void> {
  return transact(backend, (transaction) => dropStaged(transaction, body));
}

/** The error of a content whose chunks were collected between their writing and their use. */
export function collectedError(): SpellError {
  return new SpellError(
    'STORAGE_BUSY',
    'a content was collected as garbage before it was completely stored',
    {
      hint: 'Store it again, and collect garbage of a higher age while contents are being stored.',
    },
  );
}
