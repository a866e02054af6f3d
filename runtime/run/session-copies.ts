/**
 * The sessions of a run as they were at an entry of its journal, copied for a fork: each store call's entry holds the
 * records that it wrote, so folding them up to the entry gives the records of that moment.
 */
import { type ArtifactRecord, decodeArtifact } from '../artifact/artifact.js';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import type { ContentStore } from '../content/content-store.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import { decodeSession, type SessionRecord } from '../session/session.js';
import type { SessionStore } from '../session/session-store.js';
import { FAMILY, key } from '../storage/key-space.js';
import type { Transaction } from '../storage/transaction.js';

/** PastRecords is what a run had written, and not removed, by some entry. */
export interface PastRecords {
  readonly sessions: readonly SessionRecord[];
  readonly artifacts: readonly ArtifactRecord[];
}

/** @param ids The run's own id for each id of what it was itself forked from: those records are its copies by now. */
export function recordsAt(
  entries: readonly JournalEntry[],
  seq: number,
  ids: ReadonlyMap<string, string> = new Map(),
): PastRecords {
  const ownKeys = keysOfCopies(ids);
  const records = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (entry.seq > seq || entry.event.type !== 'call') continue;
    for (const { key: written, value } of entry.event.writes) {
      const own = ownKeys.get(written) ?? written;
      if (value === null) records.delete(own);
      else records.set(own, value);
    }
  }
  const own = <T extends string | null>(id: T) => (ids.get(id ?? '') as T | undefined) ?? id;
  const of = (family: string) =>
    [...records].filter(([name]) => name.startsWith(`${family}/`)).map(([, value]) => value);
  return {
    sessions: of(FAMILY.session)
      .map(decodeSession)
      .map((it) => ({ ...it, id: own(it.id), parentSessionId: own(it.parentSessionId) })),
    artifacts: of(FAMILY.artifact)
      .map(decodeArtifact)
      .map((it) => ({ ...it, id: own(it.id), sessionId: own(it.sessionId) })),
  };
}

function keysOfCopies(ids: ReadonlyMap<string, string>): Map<string, string> {
  const families = [FAMILY.session, FAMILY.artifact];
  return new Map(
    families.flatMap((family) =>
      [...ids].map(([id, copy]): [string, string] => [key(family, id), key(family, copy)]),
    ),
  );
}

export interface Copies {
  /** The copy's id for each id of an original. */
  readonly ids: ReadonlyMap<string, string>;
  /** Artifacts whose content was deleted since, by name. */
  readonly lost: readonly string[];
}

export interface CopyStores {
  readonly sessions: SessionStore;
  readonly artifacts: ArtifactStore;
  readonly contents: ContentStore;
  readonly nextId: () => string;
}

/** Copies records into a transaction, as those of `run`. */
export async function copyRecords(
  transaction: Transaction,
  past: PastRecords,
  run: string,
  { sessions, artifacts, contents, nextId }: CopyStores,
): Promise<Copies> {
  const ids = new Map(past.sessions.map(({ id }) => [id, nextId()]));
  const lost: string[] = [];
  const kept: ArtifactRecord[] = [];
  for (const artifact of past.artifacts) {
    if (!ids.has(artifact.sessionId)) continue;
    if (await contents.retain(transaction, artifact.contentHash)) kept.push(artifact);
    else lost.push(artifact.name);
  }
  for (const session of past.sessions) {
    const own = kept.filter(({ sessionId }) => sessionId === session.id);
    await sessions.adopt(transaction, {
      ...session,
      id: ids.get(session.id) as string,
      parentSessionId: ids.get(session.parentSessionId ?? '') ?? session.parentSessionId,
      forkedFrom: session.id,
      run,
      artifactCount: own.length,
    });
  }
  for (const artifact of kept) {
    const id = nextId();
    ids.set(artifact.id, id);
    const sessionId = ids.get(artifact.sessionId) as string;
    await artifacts.adopt(transaction, { ...artifact, id, sessionId, run });
  }
  return { ids, lost };
}
