/**
 * The keys of artifacts: the record under its id, and for every way to find it an index row in the order of making.
 * Record and rows are written in one transaction, so neither is ever without the other.
 */
import { rowKey, rowValue } from '../session/index-walk.js';
import { FAMILY, key } from '../storage/key-space.js';
import type { Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { type ArtifactRecord, encodeArtifact } from './artifact.js';

export function artifactKey(id: string): Key {
  return key(FAMILY.artifact, id);
}

/** What the rows of each index begin with. */
export const artifactIndex = {
  time: (): Key => key(FAMILY.artifactTime),
  session: (sessionId: string): Key => key(FAMILY.artifactSession, sessionId),
  type: (sessionId: string, type: string): Key => key(FAMILY.artifactType, sessionId, type),
  tag: (sessionId: string, tag: string): Key => key(FAMILY.artifactTag, sessionId, tag),
  name: (sessionId: string, name: string): Key => key(FAMILY.artifactName, sessionId, name),
  hash: (sessionId: string, hash: string): Key => key(FAMILY.artifactHash, sessionId, hash),
};

/** Writes a new record with its rows. Returns the record's stored bytes. */
export function writeArtifact(transaction: Transaction, record: ArtifactRecord): Uint8Array {
  const id = rowValue(record.id);
  for (const row of rowsOf(record)) transaction.put(row, id);
  const bytes = encodeArtifact(record);
  transaction.put(artifactKey(record.id), bytes);
  return bytes;
}

/** Removes a record with its rows. */
export function removeArtifact(transaction: Transaction, record: ArtifactRecord): void {
  for (const row of rowsOf(record)) transaction.remove(row);
  transaction.remove(artifactKey(record.id));
}

/**
 * The next number for a name within a session. It is kept apart from the artifacts, so that the number of a deleted
 * one is not given again and a reference to it finds nothing.
 */
export async function nextSequence(
  transaction: Transaction,
  sessionId: string,
  name: string,
): Promise<number> {
  const counter = key(FAMILY.artifactSequence, sessionId, name);
  const last = await transaction.get(counter);
  const next = last === undefined ? 1 : Number(new TextDecoder().decode(last)) + 1;
  transaction.put(counter, new TextEncoder().encode(String(next)));
  return next;
}

/** Makes sure that the number of a record is not given again. */
export async function raiseSequence(
  transaction: Transaction,
  { sessionId, name, sequence }: ArtifactRecord,
): Promise<void> {
  const counter = key(FAMILY.artifactSequence, sessionId, name);
  const last = await transaction.get(counter);
  if (last !== undefined && Number(new TextDecoder().decode(last)) >= sequence) return;
  transaction.put(counter, new TextEncoder().encode(String(sequence)));
}

/** What the counters of {@link nextSequence} for one session begin with. */
export function sequenceCounters(sessionId: string): Key {
  return key(FAMILY.artifactSequence, sessionId);
}

function rowsOf(record: ArtifactRecord): Set<Key> {
  const { sessionId } = record;
  const indexes = [
    artifactIndex.time(),
    artifactIndex.session(sessionId),
    artifactIndex.type(sessionId, record.type),
    artifactIndex.name(sessionId, record.name),
    artifactIndex.hash(sessionId, record.contentHash),
    ...record.tags.map((tag) => artifactIndex.tag(sessionId, tag)),
  ];
  return new Set(indexes.map((index) => rowKey(index, record.createdAt, record.id)));
}
