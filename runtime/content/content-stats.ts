/** What contents take, and what is saved by storing each once, and compressed. */
import { FAMILY, lastText } from '../storage/key-space.js';
import { entriesOf } from '../storage/scan.js';
import type { Backend } from '../storage/storage.js';
import { blobInfo, decodeBlob } from './blob-record.js';

/** ContentStats counts contents of artifacts, scripts and long answers. */
export interface ContentStats {
  /** Different contents. */
  readonly count: number;
  /** Bytes of everything that refers to a content, as if each had its own. */
  readonly referencedBytes: number;
  /** Bytes of the contents, each once. */
  readonly bytes: number;
  /** Bytes that they take, compressed where that pays. */
  readonly storedBytes: number;
  /** How many times smaller they are since equal contents are stored once; 1 when nothing is shared. */
  readonly dedupRatio: number;
  /** How many times smaller compression makes them; 1 when nothing is compressed. */
  readonly compressionRatio: number;
}

/** Reads the record of every content; a damaged one counts without its bytes. */
export async function countContents(backend: Backend): Promise<ContentStats> {
  let [count, referencedBytes, bytes, storedBytes] = [0, 0, 0, 0];
  for await (const entry of entriesOf(backend, FAMILY.blob)) {
    count += 1;
    const info = soundInfo(lastText(entry.key), entry.value);
    if (info === undefined) continue;
    referencedBytes += info.size * info.references;
    bytes += info.size;
    storedBytes += info.storedSize;
  }
  const ratio = (large: number, small: number) => (small === 0 ? 1 : large / small);
  return {
    count,
    referencedBytes,
    bytes,
    storedBytes,
    dedupRatio: ratio(referencedBytes, bytes),
    compressionRatio: ratio(bytes, storedBytes),
  };
}

function soundInfo(hash: string, record: Uint8Array) {
  try {
    return blobInfo(hash, decodeBlob(hash, record));
  } catch {
    return undefined;
  }
}
