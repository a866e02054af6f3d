/** A starting point is a photograph that a run goes on from in place of its first line, in its own names. */
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import { PageStore } from '../content/page-store.js';
import { IMAGE_PAGE_BYTES, type VmImage } from '../engine/engine.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { Backend } from '../storage/storage.js';
import type { Checkpoint } from './checkpoint.js';
import { type LineageCheckpoint, readLineage, readOwnImage } from './checkpoint-reader.js';
import { forkPoint } from './fork-point.js';
import { readSoundHistory } from './history.js';
import type { RunRecord } from './run-record.js';
import type { RunStore } from './run-store.js';

/** What is read to find one. */
export interface StartingPoints {
  readonly backend: Backend;
  readonly runs: RunStore;
  /** Digest of the code that this process runs scripts on. */
  readonly build: () => Promise<string>;
}

export interface StartingPoint {
  readonly checkpoint: Checkpoint;
  readonly image: VmImage;
}

/** A fork's photograph was taken of its original: what the host remembers of it is translated here. */
export function withOwnIds(
  { checkpoint, image }: StartingPoint,
  { ids }: RunRecord,
): StartingPoint {
  const { currentSession, branchSessions, sessions, steps } = checkpoint.state;
  const own = (id: string) => ids.get(id) ?? id;
  const state = {
    ...checkpoint.state,
    currentSession: currentSession === undefined ? undefined : own(currentSession),
    branchSessions: new Map(
      [...branchSessions].map(([branch, id]) => [branch, id === null ? null : own(id)]),
    ),
    sessions: sessions.map(own),
    steps: steps.map(({ session, label }) => ({ session: own(session), label })),
  };
  return { checkpoint: { ...checkpoint, state }, image };
}

/**
 * The photograph of a checkpoint that a run made, or shares with what it was forked from.
 *
 * @param at The checkpoint's label (the newest that has it), or its entry.
 * @throws SpellError `BAD_ARGUMENT` when there is no such checkpoint, `SNAPSHOT_UNUSABLE` when its photograph was not
 * kept, is damaged, or fits another program.
 */
export async function startingPoint(
  parts: StartingPoints,
  record: RunRecord,
  at: number | string,
): Promise<StartingPoint> {
  const found = await findCheckpoint(parts, record, at);
  const { checkpoint, scriptHash } = found;
  const name = nameOf(checkpoint);
  if (scriptHash !== record.scriptHash) {
    throw unusable(record, `${name} is of the script that the run was forked from`);
  }
  if (checkpoint.build !== (await parts.build())) {
    throw unusable(record, `${name} was made by another version of llmspell`);
  }
  const hash = await loadHash();
  const hex = (bytes: Uint8Array) => Buffer.from(hash(bytes)).toString('hex');
  try {
    const pages = new PageStore(parts.backend, hex, IMAGE_PAGE_BYTES);
    const image = await readOwnImage({ ...parts, pages, hash: hex }, record, checkpoint);
    return withOwnIds({ checkpoint, image }, record);
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'JOURNAL_CORRUPT') throw thrown;
    throw unusable(record, `${name} is damaged: ${thrown.message}`, thrown);
  }
}

async function findCheckpoint(
  parts: StartingPoints,
  record: RunRecord,
  at: number | string,
): Promise<LineageCheckpoint> {
  const kept = await readLineage(parts, record);
  const labelled = kept.findLast(({ checkpoint }) => checkpoint.label === at);
  if (labelled !== undefined) return labelled;
  // What the journal knows and nobody has a photograph of is worth another answer than what never was.
  const history = await readSoundHistory({ ...parts, hash: await loadHash() }, record);
  const seq = forkPoint(record.id, history.entries, at);
  const found = kept.find(({ checkpoint }) => checkpoint.seq === seq);
  if (found !== undefined) return found;
  const names = kept.map(({ checkpoint: { seq: known, label } }) =>
    label === null ? String(known) : `${known} ${JSON.stringify(label)}`,
  );
  const list = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
  const { event } = history.entries.find((entry) => entry.seq === seq) as JournalEntry;
  if (event.type === 'checkpoint' || (typeof at === 'string' && !/^\d+$/.test(at))) {
    throw unusable(record, `no snapshot is kept of entry ${seq}: ${list}`);
  }
  throw new SpellError(
    'BAD_ARGUMENT',
    `entry ${seq} of run ${record.id} is no checkpoint: ${list}`,
    {
      hint: 'Start from one that there is, or from the first line.',
      details: { run: record.id },
    },
  );
}

function nameOf({ label, seq }: Checkpoint): string {
  return `the snapshot ${label === null ? `at entry ${seq}` : JSON.stringify(label)}`;
}

function unusable({ id }: RunRecord, problem: string, cause?: unknown): SpellError {
  return new SpellError('SNAPSHOT_UNUSABLE', `run ${id}: ${problem}`, {
    hint: 'Replay the run from its first line: its journal has everything.',
    details: { run: id },
    cause,
  });
}
