/**
 * Import takes an exported run in: the whole file is read and checked first, then everything becomes part of the
 * storage in one transaction, or nothing does.
 */
import { type ArtifactRecord, decodeArtifact } from '../artifact/artifact.js';
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import type { PreparedContent } from '../content/content-store.js';
import { PageStore, type StoredPage } from '../content/page-store.js';
import { IMAGE_PAGE_BYTES } from '../engine/engine.js';
import { decodeEntry, EMPTY_HEAD, type Hash, type JournalHead } from '../journal/journal-entry.js';
import { encodeNote, type JournalNote, noteKey, noteOf } from '../journal/journal-notes.js';
import { encodeHead, entryKey, headKey } from '../journal/journal-writer.js';
import {
  type Belonging,
  contentOf,
  copyBelonging,
  decodeBelonging,
  ownerOf,
} from '../session/belongings.js';
import { decodeSession, type SessionRecord } from '../session/session.js';
import { type Transaction, transact } from '../storage/transaction.js';
import {
  type Checkpoint,
  checkpointKey,
  decodeCheckpoint,
  encodeCheckpoint,
  putCheckpointList,
} from './checkpoint.js';
import { referencesOf } from './content-references.js';
import type { TransferParts } from './export-run.js';
import { corruptFile, type Frame, type ListName, readRunFile } from './run-file.js';
import { decodeRun, type RunRecord } from './run-record.js';
import { isFinished } from './run-status.js';

export interface ImportOptions {
  /** Gives the run, its sessions and its artifacts new ids, so that the same file can be imported again. */
  readonly newId?: boolean | undefined;
}

/** What a file holds, checked. */
interface RunFile {
  readonly record: RunRecord;
  readonly contents: ReadonlyMap<string, PreparedContent>;
  readonly entries: readonly Uint8Array[];
  /** Contents that the entries refer to, one for each reference. */
  readonly references: readonly string[];
  /** What lists say of the entries, by their numbers. */
  readonly notes: ReadonlyMap<number, JournalNote>;
  readonly head: JournalHead;
  readonly checkpoints: readonly Checkpoint[];
  readonly pages: readonly StoredPage[];
  readonly sessions: readonly SessionRecord[];
  readonly artifacts: readonly ArtifactRecord[];
  readonly belongings: readonly Belonging[];
}

/**
 * @returns The record of the imported run.
 * @throws SpellError `RUN_FILE_CORRUPT`, `STORAGE_NEWER`, `RUN_EXISTS`, `SESSION_EXISTS`, `LIMIT_SESSIONS`
 */
export async function importRun(
  parts: TransferParts,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<RunRecord> {
  const contents = new Map<string, PreparedContent>();
  try {
    const hash = await loadHash();
    const file = checked(await readFrames(parts, source, contents), hash);
    return await transact(parts.backend, (tx) => adopt(parts, tx, file, options));
  } catch (thrown) {
    for (const content of contents.values()) await parts.contents.discard(content);
    throw thrown;
  }
}

interface Frames {
  record: Uint8Array | undefined;
  readonly contents: ReadonlyMap<string, PreparedContent>;
  readonly lists: Readonly<Record<ListName, Uint8Array[]>>;
}

/** @param contents Gets what was prepared, so that the caller can discard it. */
async function readFrames(
  { contents: store }: TransferParts,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  contents: Map<string, PreparedContent>,
): Promise<Frames> {
  const lists = { entries: [], checkpoints: [], pages: [] };
  const records = { sessions: [], artifacts: [], belongings: [] };
  const found: Frames = { record: undefined, contents, lists: { ...lists, ...records } };
  const frames = readRunFile(source);
  for await (const frame of { [Symbol.asyncIterator]: () => frames }) {
    if (frame.t === 'run') found.record = frame.record;
    else if (frame.t === 'content') {
      const content = await store.prepare(await pieces(frames, frame.size));
      contents.set(content.hash, content);
      if (content.hash !== frame.hash) throw corruptFile('a content is not what it was');
    } else if (frame.t === 'piece') throw corruptFile('a content has no beginning');
    else found.lists[frame.t].push(...frame.items);
  }
  return found;
}

/** Contents of more bytes are handed over piece by piece. */
const WHOLE_BYTES = 1024 * 1024;

async function pieces(
  frames: AsyncGenerator<Frame>,
  size: number,
): Promise<Uint8Array | AsyncIterable<Uint8Array>> {
  async function* taken() {
    for (let left = size; left > 0; ) {
      const { value, done } = await frames.next();
      if (done === true || value.t !== 'piece' || value.bytes.length > left) {
        throw corruptFile('a content is not complete');
      }
      left -= value.bytes.length;
      yield value.bytes;
    }
  }
  if (size > WHOLE_BYTES) return taken();
  const all: Uint8Array[] = [];
  for await (const piece of taken()) all.push(piece);
  return Buffer.concat(all);
}

function checked({ record: bytes, contents, lists }: Frames, hash: Hash): RunFile {
  if (bytes === undefined) throw corruptFile('the record of the run is missing');
  const record = inFile(() => decodeRun(bytes));
  const references: string[] = [];
  const notes = new Map<number, JournalNote>();
  let head = EMPTY_HEAD;
  for (const entry of lists.entries) {
    const decoded = inFile(() => decodeEntry(record.id, head, entry, hash));
    references.push(...referencesOf(decoded.event));
    const note = noteOf(decoded.event);
    if (note !== undefined) notes.set(decoded.seq, note);
    head = decoded;
  }
  if (head.seq === 0) throw corruptFile('its journal is empty');
  const pages = lists.pages.map((page) => ({
    hash: Buffer.from(hash(page)).toString('hex'),
    bytes: page,
  }));
  const pageHashes = new Set(pages.map((page) => page.hash));
  const checkpoints = lists.checkpoints.map((checkpoint) => {
    const made = inFile(() => decodeCheckpoint(checkpoint));
    for (const page of made.pages.values()) requireIn(pageHashes, page, 'a page of a checkpoint');
    return made;
  });
  const sessions = lists.sessions.map((session) => inFile(() => decodeSession(session)));
  const sessionIds = new Set(sessions.map(({ id }) => id));
  const artifacts = lists.artifacts.map((artifact) => inFile(() => decodeArtifact(artifact)));
  for (const { sessionId } of artifacts) requireIn(sessionIds, sessionId, 'a session');
  const belongings = lists.belongings.map((bytes) => {
    const belonging = inFile(() => decodeBelonging(bytes));
    if (belonging === undefined) throw corruptFile('a record of a session cannot be read');
    return belonging;
  });
  const owners = new Set(sessions.map(({ id }) => ownerOf(id)));
  for (const { owner } of belongings) requireIn(owners, owner, 'a session');
  const needed = [
    record.scriptHash,
    ...references,
    ...artifacts.map((one) => one.contentHash),
    ...belongings.flatMap((belonging) => inFile(() => contentOf(belonging)) ?? []),
  ];
  for (const content of needed) requireIn(contents, content, 'a content');
  const { entries } = lists;
  const own = { sessions, artifacts, belongings };
  return { record, contents, entries, references, notes, head, checkpoints, pages, ...own };
}

function requireIn(known: { has(name: string): boolean }, name: string, what: string): void {
  if (!known.has(name)) throw corruptFile(`${what} is missing`);
}

/** Damage that was found in a record of the file. */
function inFile<T>(decode: () => T): T {
  try {
    return decode();
  } catch (thrown) {
    const code = thrown instanceof SpellError ? thrown.code : undefined;
    if (code !== 'STORAGE_CORRUPT' && code !== 'JOURNAL_CORRUPT') throw thrown;
    throw corruptFile((thrown as SpellError).message, thrown);
  }
}

async function adopt(
  parts: TransferParts,
  tx: Transaction,
  file: RunFile,
  { newId = false }: ImportOptions,
): Promise<RunRecord> {
  const { backend, contents, runs, nextId } = parts;
  const id = newId ? nextId() : file.record.id;
  const isThere = (await runs.read(tx, id)) ?? (await tx.get(headKey(id)));
  if (isThere !== undefined) throw runExists(id);
  const ids = new Map(newId ? file.sessions.map((session) => [session.id, nextId()]) : []);
  for (const reference of [file.record.scriptHash, ...file.references]) {
    await contents.reference(tx, file.contents.get(reference) as PreparedContent);
  }
  let seq = 0;
  for (const entry of file.entries) {
    seq += 1;
    tx.put(entryKey(id, seq), entry);
  }
  tx.put(headKey(id), encodeHead(file.head));
  for (const checkpoint of file.checkpoints) {
    tx.put(checkpointKey(id, checkpoint.seq), encodeCheckpoint(checkpoint));
  }
  putCheckpointList(tx, id, file.checkpoints);
  for (const [at, note] of file.notes) tx.put(noteKey(id, at), encodeNote(note));
  // Their hashes were made of these bytes, so the store needs none.
  const pages = new PageStore(backend, () => '', IMAGE_PAGE_BYTES);
  await pages.put(tx, id, file.pages);
  await adoptSessions(parts, tx, file, { run: id, ids });
  const record = importedRecord(file.record, id, ids);
  await runs.write(tx, record);
  return record;
}

/** A session that is here already stays as it is when it is this run's. */
async function adoptSessions(
  { sessions, artifacts, contents, nextId }: TransferParts,
  tx: Transaction,
  file: RunFile,
  { run, ids }: { readonly run: string; readonly ids: Map<string, string> },
): Promise<void> {
  for (const session of file.sessions) {
    const id = ids.get(session.id) ?? session.id;
    if ((await sessions.read(tx, id))?.run === run) continue;
    const own = file.artifacts.filter(({ sessionId }) => sessionId === session.id);
    const copy = ids.has(session.id);
    await sessions.adopt(tx, {
      ...session,
      id,
      run,
      parentSessionId: ids.get(session.parentSessionId ?? '') ?? session.parentSessionId,
      forkedFrom: copy ? session.id : session.forkedFrom,
      artifactCount: own.length,
    });
    for (const artifact of own) {
      const artifactId = copy ? nextId() : artifact.id;
      if (copy) ids.set(artifact.id, artifactId);
      if ((await artifacts.get(undefined, artifactId)) !== undefined)
        throw artifactExists(artifactId);
      await contents.reference(tx, file.contents.get(artifact.contentHash) as PreparedContent);
      const by = artifact.run === file.record.id ? run : artifact.run;
      await artifacts.adopt(tx, { ...artifact, id: artifactId, sessionId: id, run: by });
    }
    for (const belonging of file.belongings.filter(({ owner }) => owner === ownerOf(session.id))) {
      await copyBelonging(tx, belonging, id, {
        retain: async (hash) => {
          await contents.reference(tx, file.contents.get(hash) as PreparedContent);
          return true;
        },
        artifactId: (shown) => ids.get(shown) ?? shown,
      });
    }
  }
}

/** The record as this storage keeps it: nobody executes the run here, and its script may hold the ids of originals. */
function importedRecord(
  record: RunRecord,
  id: string,
  ids: ReadonlyMap<string, string>,
): RunRecord {
  const own = (name: string) => ids.get(name) ?? name;
  const isCopy = id !== record.id;
  const isOpen = !isFinished(record.status) && record.status !== 'limit';
  return {
    ...record,
    id,
    status: isOpen ? 'interrupted' : record.status,
    sessions: record.sessions.map(own),
    currentSession: record.currentSession === null ? null : own(record.currentSession),
    generation: isCopy ? record.generation + 1 : record.generation,
    ids: isCopy
      ? new Map([
          ...ids,
          ...[...record.ids].map(([name, copy]): [string, string] => [name, own(copy)]),
        ])
      : record.ids,
  };
}

function runExists(id: string): SpellError {
  return new SpellError('RUN_EXISTS', `run ${id} is here already`, {
    hint: 'llmspell import --new-id imports it as another run.',
    details: { run: id },
  });
}

function artifactExists(id: string): SpellError {
  return new SpellError('RUN_EXISTS', `artifact ${id} of this run is here already`, {
    hint: 'llmspell import --new-id imports the run with ids of its own.',
    details: { artifact: id },
  });
}
