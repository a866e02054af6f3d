/** Collect removes what nothing refers to: chunks of contents never completed, and contents without references. */
import type { Clock } from '../base/clock.js';
import { FAMILY, keyAfter, prefixRange } from '../storage/key-space.js';
import type { Backend, Entry } from '../storage/storage.js';
import { transact } from '../storage/transaction.js';
import { type BlobRecord, blobInfo, blobKey, chunkKeys, decodeBlob } from './blob-record.js';
import { decodeMarker, removeStaged } from './staged-body.js';
import { storedHashes } from './verify.js';

/** Markers that are read at once. */
const PAGE_LENGTH = 100;

export interface CollectOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  /** Incomplete contents are removed when their last chunk is older than this many milliseconds. */
  readonly olderThanMs: number;
}

export interface CollectSummary {
  readonly incomplete: number;
  readonly unreferenced: number;
  /** Bytes that the removed contents took. */
  readonly bytes: number;
}

export async function collectGarbage(options: CollectOptions): Promise<CollectSummary> {
  const staged = await collectStaged(options);
  const blobs = await collectUnreferenced(options.backend);
  return {
    incomplete: staged.count,
    unreferenced: blobs.count,
    bytes: staged.bytes + blobs.bytes,
  };
}

interface Collected {
  readonly count: number;
  readonly bytes: number;
}

async function collectStaged({ backend, clock, olderThanMs }: CollectOptions): Promise<Collected> {
  const until = clock.now() - olderThanMs;
  let [count, bytes] = [0, 0];
  for await (const entry of stagedEntries(backend)) {
    const marker = decodeMarker(entry.value);
    if (marker.at >= until) continue;
    const writes = removeStaged(entry.key, marker);
    // Only as it was seen: its writer may have gone on, or a record may have taken it.
    if (!(await backend.commit({ preconditions: [entry], writes }))) continue;
    count += 1;
    bytes += marker.bytes;
  }
  return { count, bytes };
}

async function* stagedEntries(backend: Backend): AsyncGenerator<Entry> {
  const { start, end } = prefixRange(FAMILY.staged);
  for (let next = start; ; ) {
    const page = await backend.range({ start: next, end, limit: PAGE_LENGTH });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_LENGTH) return;
    next = keyAfter(last.key);
  }
}

async function collectUnreferenced(backend: Backend): Promise<Collected> {
  let [count, bytes] = [0, 0];
  for await (const hash of storedHashes(backend)) {
    const removed = await transact(backend, async (transaction) => {
      const value = await transaction.get(blobKey(hash));
      const record = value === undefined ? undefined : readable(hash, value);
      if (record === undefined || record.references > 0) return undefined;
      transaction.remove(blobKey(hash));
      for (const key of chunkKeys(record.body, record.chunks.length)) transaction.remove(key);
      return blobInfo(hash, record).storedSize;
    });
    if (removed === undefined) continue;
    count += 1;
    bytes += removed;
  }
  return { count, bytes };
}

/** A damaged record is left to `verify`, which names it. */
function readable(hash: string, value: Uint8Array): BlobRecord | undefined {
  try {
    return decodeBlob(hash, value);
  } catch {
    return undefined;
  }
}
