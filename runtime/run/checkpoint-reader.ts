/** Reads the checkpoints of a run and the photograph of one. */
import type { PageStore } from '../content/page-store.js';
import type { ImagePage, VmImage } from '../engine/engine.js';
import { FAMILY, key, keyAfter, prefixRange } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.js';

const PAGE = 50;

/** All checkpoints of a run, oldest first. */
export async function readCheckpoints(backend: Backend, run: string): Promise<Checkpoint[]> {
  const range = prefixRange(key(FAMILY.checkpoint, run));
  const checkpoints: Checkpoint[] = [];
  for (let { start } = range; ; ) {
    const entries = await backend.range({ ...range, start, limit: PAGE });
    checkpoints.push(...entries.map((entry) => decodeCheckpoint(entry.value)));
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE) return checkpoints;
    start = keyAfter(last.key);
  }
}

/** The photograph of a checkpoint. @throws SpellError `JOURNAL_CORRUPT` when a page is missing or damaged. */
export async function readImage(pages: PageStore, checkpoint: Checkpoint): Promise<VmImage> {
  const read: ImagePage[] = [];
  for (const [page, hash] of checkpoint.pages) read.push({ page, bytes: await pages.read(hash) });
  return { size: checkpoint.size, pages: read, host: checkpoint.host };
}
