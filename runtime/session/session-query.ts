/**
 * Finding sessions: by id, by the beginning of an id, and by everything that the indexes hold.
 */
import { SpellError } from '../base/errors.js';
import { didYouMean } from '../base/nearest-name.js';
import type { ValueMap } from '../base/value.js';
import { prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import { ambiguousId, entriesBeginning } from './id-prefix.js';
import { collectPage, type Page, walkIndexes } from './index-walk.js';
import { isSessionStatus, SESSION_STATUSES, type SessionStatus } from './lifecycle.js';
import { decodeSession, type SessionRecord } from './session.js';
import { sessionNotFound } from './session-errors.js';
import { sessionIndex, sessionKey } from './session-index.js';
import { isEmptySpan, spanBetween, type TimeBound, type TimeSpan } from './time-bound.js';
import { metadataMatches } from './value-match.js';

/** What a list of sessions is narrowed by; all of it must hold. */
export interface SessionFilter {
  readonly status?: string | undefined;
  /** A session must have all of them. */
  readonly tags?: readonly string[] | undefined;
  /** Keys at the top of the metadata with the values that they must have. */
  readonly metadata?: ValueMap | undefined;
  readonly parentSessionId?: string | undefined;
  readonly name?: string | undefined;
  readonly createdAfter?: TimeBound | undefined;
  readonly createdBefore?: TimeBound | undefined;
  readonly updatedAfter?: TimeBound | undefined;
  readonly updatedBefore?: TimeBound | undefined;
  /** All when absent. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** Times that a list is made again because a session changed, and so moved, while it was read. */
const MAX_REREADS = 3;

export async function readSession(
  backend: Backend,
  id: string,
): Promise<SessionRecord | undefined> {
  const bytes = await backend.get(sessionKey(id));
  return bytes === undefined ? undefined : decodeSession(bytes);
}

/** The sessions that the filter lets through, those that changed last first. */
export async function listSessions(
  backend: Backend,
  filter: SessionFilter,
): Promise<Page<SessionRecord>> {
  const plan = planOf(filter);
  for (let reread = 0; ; reread += 1) {
    const newest = await newestRow(backend);
    const rows = walkIndexes(backend, {
      indexes: plan.indexes,
      span: plan.updated,
      order: 'newest first',
      cursor: filter.cursor,
      expected: filter.limit,
    });
    const page = await collectPage(rows, filter.limit, async (id) => {
      const record = await readSession(backend, id);
      return record !== undefined && plan.matches(record) ? record : undefined;
    });
    // A session that changes moves to the front of its indexes; a reader on its way could miss it.
    if (reread >= MAX_REREADS || (await newestRow(backend)) === newest) return page;
  }
}

/**
 * The session with this id, or the only one whose id begins so.
 *
 * @throws SpellError `SESSION_NOT_FOUND`, `AMBIGUOUS_ID`
 */
export async function findSession(backend: Backend, idOrPrefix: string): Promise<SessionRecord> {
  const exact = await readSession(backend, idOrPrefix);
  if (exact !== undefined) return exact;
  if (idOrPrefix === '') throw sessionNotFound(idOrPrefix);
  const entries = await entriesBeginning(backend, sessionKey(idOrPrefix));
  const [only, ...others] = entries.map((entry) => decodeSession(entry.value));
  if (only === undefined) throw sessionNotFound(idOrPrefix);
  if (others.length === 0) return only;
  throw ambiguousId('session', idOrPrefix, [only.id, ...others.map((record) => record.id)]);
}

/** How many sessions the filter lets through; `limit` and `cursor` do not matter. */
export async function countSessions(backend: Backend, filter: SessionFilter): Promise<number> {
  const plan = planOf(filter);
  const walk = { indexes: plan.indexes, span: plan.updated, order: 'oldest first' } as const;
  let count = 0;
  for await (const row of walkIndexes(backend, walk)) {
    if (plan.isInRows) {
      count += 1;
      continue;
    }
    const record = await readSession(backend, row.id);
    if (record !== undefined && plan.matches(record)) count += 1;
  }
  return count;
}

interface Plan {
  readonly indexes: readonly Key[];
  readonly updated: TimeSpan;
  /** The rows say all that the filter asks, so that counting them is enough. */
  readonly isInRows: boolean;
  matches(record: SessionRecord): boolean;
}

function planOf(filter: SessionFilter): Plan {
  const { status, tags = [], metadata = new Map(), parentSessionId, name } = filter;
  const created = spanBetween('created', filter.createdAfter, filter.createdBefore);
  const updated = spanBetween('updated', filter.updatedAfter, filter.updatedBefore);
  const indexes: Key[] = [];
  if (status !== undefined) indexes.push(sessionIndex.status(checkStatus(status)));
  if (parentSessionId !== undefined) indexes.push(sessionIndex.parent(parentSessionId));
  if (name !== undefined) indexes.push(sessionIndex.name(name));
  for (const tag of new Set(tags)) indexes.push(sessionIndex.tag(tag));
  for (const [metadataKey, value] of metadata) {
    const index = sessionIndex.metadata(metadataKey, value);
    if (index !== undefined) indexes.push(index);
  }
  if (indexes.length === 0) indexes.push(sessionIndex.updated());
  return {
    indexes,
    updated: isEmptySpan(created) ? created : updated,
    isInRows:
      metadata.size === 0 &&
      filter.createdAfter === undefined &&
      filter.createdBefore === undefined,
    // Rows were read a moment ago and long texts are shortened in keys, so the record has the last word.
    matches: (record) =>
      (status === undefined || record.status === status) &&
      (parentSessionId === undefined || record.parentSessionId === parentSessionId) &&
      (name === undefined || record.name === name) &&
      tags.every((tag) => record.tags.includes(tag)) &&
      record.createdAt >= created.from &&
      record.createdAt <= created.to &&
      record.updatedAt >= updated.from &&
      record.updatedAt <= updated.to &&
      metadataMatches(record.metadata, metadata),
  };
}

function checkStatus(status: string): SessionStatus {
  if (isSessionStatus(status)) return status;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'status': ${JSON.stringify(status)}`, {
    hint:
      didYouMean(status, SESSION_STATUSES) ?? `A session is one of ${SESSION_STATUSES.join(', ')}.`,
    key: 'status',
  });
}

/** The place of the session that changed last. */
async function newestRow(backend: Backend): Promise<Key | undefined> {
  const range = prefixRange(sessionIndex.updated());
  return (await backend.range({ ...range, reverse: true, limit: 1 }))[0]?.key;
}
