/**
 * The sessions of a run as they were at an entry of its journal, copied for a fork: each store call's entry holds the
 * records that it wrote, so folding them up to the entry gives the records of that moment.
 */
import { type ArtifactRecord, decodeArtifact } from '../artifact/artifact.js';
import type { ArtifactStore } from '../artifact/artifact-store.js';
import type { ContentStore } from '../content/content-store.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import {
  type Belonging,
  belongingAt,
  copyBelonging,
  ownerOf,
  WITH_EVENTS,
} from '../session/belongings.js';
import { earlierBelongings } from '../session/earlier-belongings.js';
import { decodeSession, type SessionRecord } from '../session/session.js';
import type { SessionStore } from '../session/session-store.js';
import { FAMILY } from '../storage/key-space.js';
import type { Transaction } from '../storage/transaction.js';

/** PastRecords is what a run had written, and not removed, by some entry. */
export interface PastRecords {
  readonly sessions: readonly SessionRecord[];
  readonly artifacts: readonly ArtifactRecord[];
  /** What it had written of what belongs to these sessions. */
  readonly belongings: readonly Belonging[];
  /** The sessions that it had created: nothing of theirs is from before. */
  readonly created: ReadonlySet<string>;
  /** The keys that it had written or removed. */
  readonly touched: ReadonlySet<string>;
  /** The run's own id for each id of what it was itself forked from. */
  readonly ids: ReadonlyMap<string, string>;
}

/** @param ids The run's own id for each id of what it was itself forked from: those records are its copies by now. */
export function recordsAt(
  entries: readonly JournalEntry[],
  seq: number,
  ids: ReadonlyMap<string, string> = new Map(),
): PastRecords {
  const ownKeys = keysOfCopies(ids);
  const records = new Map<string, Uint8Array>();
  const touched = new Set<string>();
  const created: string[] = [];
  for (const entry of entries) {
    if (entry.seq > seq || entry.event.type !== 'call') continue;
    created.push(entry.event.state?.createdSession ?? '');
    for (const { key: written, value } of entry.event.writes) {
      const own = ownKeys(written);
      touched.add(own);
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
    // What the run sent and nobody had taken is waited for by the fork, too.
    belongings: [...records].flatMap(([at, value]) => belongingAt(at, value, WITH_EVENTS) ?? []),
    created: new Set(created.map(own)),
    touched,
    ids,
  };
}

/** The key of the run's own copy for each key that its history names. */
function keysOfCopies(ids: ReadonlyMap<string, string>): (key: string) => string {
  const owners = new Map([...ids].map(([id, copy]) => [ownerOf(id), ownerOf(copy)]));
  return (key) => {
    const [family, owner = '', ...rest] = key.split('/');
    return [family, owners.get(owner) ?? owner, ...rest].join('/');
  };
}

export interface Copies {
  /** The copy's id for each id of an original. */
  readonly ids: ReadonlyMap<string, string>;
  /** Artifacts, by name, and messages, by id, whose content was deleted since. */
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
  stores: CopyStores,
): Promise<Copies> {
  const { sessions, artifacts, contents, nextId } = stores;
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
  lost.push(...(await copyBelongings(transaction, past, ids, stores)));
  return { ids, lost };
}

async function copyBelongings(
  transaction: Transaction,
  past: PastRecords,
  ids: ReadonlyMap<string, string>,
  { sessions, contents }: CopyStores,
): Promise<string[]> {
  const lost: string[] = [];
  const artifactId = (id: string) => {
    const own = past.ids.get(id) ?? id;
    return ids.get(own) ?? own;
  };
  const retain = (hash: string) => contents.retain(transaction, hash);
  for (const session of past.sessions) {
    const written = past.belongings.filter(({ owner }) => owner === ownerOf(session.id));
    const moment = { session, written, touched: past.touched };
    const isOwn = past.created.has(session.id);
    const earlier = isOwn ? [] : await earlierBelongings(sessions.backend, moment);
    const id = ids.get(session.id) as string;
    for (const belonging of [...earlier, ...written]) {
      const message = await copyBelonging(transaction, belonging, id, { retain, artifactId });
      if (message !== undefined) lost.push(message);
    }
  }
  return lost;
}
