/** Reads the checkpoints of a run and the photograph of one. */
import { SpellError } from '../base/errors.js';
import type { PageStore } from '../content/page-store.js';
import type { ImagePage, VmImage } from '../engine/engine.js';
import { claimOf, journalCorrupt } from '../journal/journal-entry.js';
import { entryKey } from '../journal/journal-writer.js';
import { FAMILY, key, keyAfter, prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import { type Checkpoint, checkpointDigest, decodeCheckpoint, imageDigest } from './checkpoint.js';
import type { RunRecord } from './run-record.js';
import type { RunStore } from './run-store.js';

const PAGE = 50;

/** All checkpoints of a run that can be read, oldest first: what a damaged one tells, the journal tells as well. */
export async function readCheckpoints(backend: Backend, run: string): Promise<Checkpoint[]> {
  return (await scanCheckpoints(backend, run)).checkpoints;
}

export interface ScannedCheckpoints {
  /** Oldest first. */
  readonly checkpoints: Checkpoint[];
  /** Where those are that can't be read. */
  readonly unreadable: readonly Key[];
}

export async function scanCheckpoints(backend: Backend, run: string): Promise<ScannedCheckpoints> {
  const range = prefixRange(key(FAMILY.checkpoint, run));
  const checkpoints: Checkpoint[] = [];
  const unreadable: Key[] = [];
  for (let { start } = range; ; ) {
    const entries = await backend.range({ ...range, start, limit: PAGE });
    for (const entry of entries) {
      const checkpoint = readable(entry.value);
      if (checkpoint === undefined) unreadable.push(entry.key);
      else checkpoints.push(checkpoint);
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE) return { checkpoints, unreadable };
    start = keyAfter(last.key);
  }
}

function readable(bytes: Uint8Array): Checkpoint | undefined {
  try {
    return decodeCheckpoint(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'STORAGE_CORRUPT') throw thrown;
    return undefined;
  }
}

/** LineageCheckpoint is a checkpoint of a run, or of one that it was forked from. */
export interface LineageCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The script of the run that made it. */
  readonly scriptHash: string;
}

/** The checkpoints that a run made, and those of the part that it shares with what it was forked from, oldest first. */
export async function readLineage(
  source: { readonly backend: Backend; readonly runs: RunStore },
  { id, scriptHash, parentRun, parentSeq }: RunRecord,
): Promise<LineageCheckpoint[]> {
  const checkpoints = await readCheckpoints(source.backend, id);
  const own = checkpoints.map((checkpoint) => ({ checkpoint, scriptHash }));
  const parent = parentRun === null ? undefined : await source.runs.get(parentRun);
  if (parent === undefined || parentSeq === null) return own;
  // A fork has a copy of one of them.
  const copied = new Set(checkpoints.map(({ seq }) => seq));
  const shared = (await readLineage(source, parent)).filter(
    ({ checkpoint: { seq } }) => seq <= parentSeq && !copied.has(seq),
  );
  return [...shared, ...own].sort((a, b) => a.checkpoint.seq - b.checkpoint.seq);
}

/** ImageSource is where a photograph is read from, and the run whose journal tells of it. */
export interface ImageSource {
  readonly backend: Backend;
  readonly runs: RunStore;
  readonly pages: PageStore;
  readonly hash: (bytes: Uint8Array) => string;
}

/**
 * The photograph of a checkpoint of `record`.
 *
 * @throws SpellError `JOURNAL_CORRUPT` when a page is missing or damaged, and when it is not the photograph that the
 * journal tells of.
 */
export async function readOwnImage(
  source: ImageSource,
  record: RunRecord,
  checkpoint: Checkpoint,
): Promise<VmImage> {
  await requireTold(source, record, checkpoint);
  return readImage(source.pages, checkpoint);
}

/** @throws SpellError `JOURNAL_CORRUPT` when a checkpoint is not the one that the journal tells of. */
export async function requireTold(
  source: Omit<ImageSource, 'pages'>,
  record: RunRecord,
  checkpoint: Checkpoint,
): Promise<void> {
  const told = await toldDigest(source, record, checkpoint.seq);
  // Earlier versions said nothing of it, or only of the photograph.
  if (told === undefined || told === checkpointDigest(checkpoint, source.hash)) return;
  if (told === imageDigest(checkpoint, source.hash)) return;
  const problem = 'its checkpoint is not the one that was made there';
  throw journalCorrupt(record.id, checkpoint.seq, problem);
}

/** What the journal says of the checkpoint at an entry, which may be one of the run that it was forked from. */
async function toldDigest(
  source: Pick<ImageSource, 'backend' | 'runs'>,
  { id, parentRun, parentSeq }: RunRecord,
  seq: number,
): Promise<string | undefined> {
  if (parentRun !== null && seq <= (parentSeq ?? 0)) {
    const parent = await source.runs.get(parentRun);
    return parent && toldDigest(source, parent, seq);
  }
  const bytes = await source.backend.get(entryKey(id, seq));
  const event = bytes === undefined ? undefined : claimOf(bytes)?.event;
  if (event?.type === 'checkpoint') return event.image;
  throw journalCorrupt(id, seq, 'it tells of no checkpoint');
}

/** The photograph of a checkpoint. @throws SpellError `JOURNAL_CORRUPT` when a page is missing or damaged. */
export async function readImage(pages: PageStore, checkpoint: Checkpoint): Promise<VmImage> {
  const read: ImagePage[] = [];
  for (const [page, hash] of checkpoint.pages) read.push({ page, bytes: await pages.read(hash) });
  return { size: checkpoint.size, pages: read, host: checkpoint.host };
}
