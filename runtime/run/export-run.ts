/**
 * Export writes a run as one portable file: its record, script, journal and sessions with their messages and artifacts,
 * and all contents that these refer to. A fork's file holds the history that it shares, so it needs no other run.
 */
import type { ArtifactRecord } from '../artifact/artifact.js';
import { encodeArtifact } from '../artifact/artifact.js';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import type { ContentStore } from '../content/content-store.js';
import { PageStore } from '../content/page-store.js';
import { IMAGE_PAGE_BYTES } from '../engine/engine.js';
import { EMPTY_HEAD, encodeEntry, type Hash, type JournalEntry } from '../journal/journal-entry.js';
import type { JournalEvent } from '../journal/journal-event.js';
import { entryKey } from '../journal/journal-writer.js';
import { type Belonging, belongingsOf, contentOf, encodeBelonging } from '../session/belongings.js';
import { encodeSession, type SessionRecord } from '../session/session.js';
import type { SessionStore } from '../session/session-store.js';
import type { Backend } from '../storage/storage.js';
import { type Checkpoint, encodeCheckpoint } from './checkpoint.js';
import { readCheckpoints } from './checkpoint-reader.js';
import { referencesOf } from './content-references.js';
import { readHistory } from './history.js';
import { currentOwner, runLocked } from './ownership.js';
import { type Frame, inLists } from './run-file.js';
import { encodeRun, type RunRecord } from './run-record.js';
import type { RunStore } from './run-store.js';
import { recordsAt } from './session-copies.js';

export interface TransferParts {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly runs: RunStore;
  readonly sessions: SessionStore;
  readonly artifacts: ArtifactStore;
  readonly nextId: () => string;
}

export interface ExportOptions {
  /** Takes the checkpoints along, so that the run goes on elsewhere as fast as here; the file grows by their pages. */
  readonly checkpoints?: boolean | undefined;
}

/** @throws SpellError `RUN_LOCKED` while a process executes the run, `JOURNAL_CORRUPT`, `ARTIFACT_CORRUPT` */
export async function* exportRun(
  parts: TransferParts,
  record: RunRecord,
  options: ExportOptions = {},
): AsyncGenerator<Frame> {
  const { backend } = parts;
  const owner = await currentOwner(backend, record.id);
  if (owner !== undefined) throw runLocked(record.id, owner);
  const hash = await loadHash();
  const { entries } = await readHistory({ ...parts, hash }, record);
  const sessions = await sessionsOf(parts, record, entries);
  const artifacts = await artifactsOf(parts, sessions);
  const belongings: Belonging[] = [];
  for (const { id } of sessions) {
    for await (const belonging of belongingsOf(backend, id)) belongings.push(belonging);
  }
  yield { t: 'run', record: encodeRun(standingAlone(record)) };
  const contents = new Set([
    record.scriptHash,
    ...entries.flatMap(({ event }) => referencesOf(event)),
    ...artifacts.map(({ contentHash }) => contentHash),
    ...belongings.flatMap((belonging) => contentOf(belonging) ?? []),
  ]);
  for (const content of contents) yield* contentFrames(parts.contents, content);
  const isOwn = record.parentRun === null;
  yield* inLists('entries', isOwn ? stored(backend, record.id, entries) : chained(entries, hash));
  if (options.checkpoints === true) yield* checkpointFrames(parts, record, hash);
  yield* inLists('sessions', sessions.map(encodeSession));
  yield* inLists('artifacts', artifacts.map(encodeArtifact));
  yield* inLists('belongings', belongings.map(encodeBelonging));
}

/** The record of a run that has its whole history itself. */
function standingAlone(record: RunRecord): RunRecord {
  return { ...record, parentRun: null, parentSeq: null, override: null };
}

/** The sessions that the run created, as they are now. */
async function sessionsOf(
  { sessions }: TransferParts,
  record: RunRecord,
  entries: readonly JournalEntry[],
): Promise<SessionRecord[]> {
  const written = recordsAt(entries, Number.POSITIVE_INFINITY).sessions.map(({ id }) => id);
  const ids = new Set([...record.sessions, ...record.ids.values(), ...written]);
  const found = await Promise.all([...ids].map((id) => sessions.get(id)));
  return found.filter(
    (session) => session !== undefined && session.run === record.id,
  ) as SessionRecord[];
}

async function artifactsOf(
  { artifacts }: TransferParts,
  sessions: readonly SessionRecord[],
): Promise<ArtifactRecord[]> {
  const lists: ArtifactRecord[] = [];
  for (const { id } of sessions) lists.push(...(await artifacts.list(id)).items);
  return lists;
}

async function* contentFrames(contents: ContentStore, hash: string): AsyncGenerator<Frame> {
  // A content that is missing fails here, before it is announced.
  const info = await contents.info(hash);
  if (info === undefined) {
    await contents.read(hash);
    return;
  }
  yield { t: 'content', hash, size: info.size };
  for await (const bytes of contents.stream(hash)) yield { t: 'piece', bytes };
}

/** The journal's own bytes, with the hashes that they always had. */
async function* stored(
  backend: Backend,
  run: string,
  entries: readonly JournalEntry[],
): AsyncGenerator<Uint8Array> {
  for (const { seq } of entries) {
    const bytes = await backend.get(entryKey(run, seq));
    if (bytes !== undefined) yield bytes;
  }
}

/** A fork's history as one chain; numbers that it does not share with its original tell that something ended there. */
function* chained(entries: readonly JournalEntry[], hash: Hash): Generator<Uint8Array> {
  let head = EMPTY_HEAD;
  for (const { seq, at, event } of entries) {
    while (head.seq + 1 < seq) {
      const gap = encodeEntry(head, at, LEFT_BEHIND, hash);
      yield gap.bytes;
      head = gap.head;
    }
    const entry = encodeEntry(head, at, event, hash);
    yield entry.bytes;
    head = entry.head;
  }
}

const LEFT_BEHIND: JournalEvent = { type: 'end', status: 'interrupted', error: undefined };

async function* checkpointFrames(
  { backend }: TransferParts,
  record: RunRecord,
  hash: Hash,
): AsyncGenerator<Frame> {
  const hex = (bytes: Uint8Array) => Buffer.from(hash(bytes)).toString('hex');
  const pages = new PageStore(backend, hex, IMAGE_PAGE_BYTES);
  const all = await readCheckpoints(backend, record.id);
  const damaged = await damagedPages(pages, new Set(all.flatMap(pagesOf)));
  // What a damaged checkpoint tells, the journal tells as well.
  const checkpoints = all.filter(
    (checkpoint) => !pagesOf(checkpoint).some((page) => damaged.has(page)),
  );
  yield* inLists('checkpoints', checkpoints.map(encodeCheckpoint));
  const hashes = new Set(checkpoints.flatMap(pagesOf));
  async function* bytesOf() {
    for (const page of hashes) yield await pages.read(page);
  }
  yield* inLists('pages', bytesOf());
}

function pagesOf(checkpoint: Checkpoint): string[] {
  return [...checkpoint.pages.values()];
}

async function damagedPages(pages: PageStore, hashes: Iterable<string>): Promise<Set<string>> {
  const damaged = new Set<string>();
  for (const page of hashes) {
    try {
      await pages.read(page);
    } catch (thrown) {
      if (!(thrown instanceof SpellError) || thrown.code !== 'JOURNAL_CORRUPT') throw thrown;
      damaged.add(page);
    }
  }
  return damaged;
}
