/**
 * What time does to sessions: an active one that nobody uses is suspended, and a finished one may be deleted once it
 * was kept long enough. Both read the status index from its oldest row, so they cost what they find.
 */
import { transact } from '../storage/transaction.js';
import { walkIndexes } from './index-walk.js';
import { isFinal, SESSION_STATUSES } from './lifecycle.js';
import { sessionIndex } from './session-index.js';
import type { SessionStore } from './session-store.js';

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** Ids that {@link expiredSessions} returns at most, unless told. */
const EXPIRED_BATCH = 100;

/**
 * Suspends the active sessions that did not change for `timeoutSeconds`. They stop counting for `max_sessions`, lose
 * nothing, and `resume` brings them back.
 *
 * @param inUse Ids of sessions that are in use although they did not change, such as the current one of a run.
 * @returns The ids of the sessions that were suspended.
 */
export async function suspendIdle(
  store: SessionStore,
  inUse: ReadonlySet<string>,
): Promise<string[]> {
  const { timeoutSeconds } = store.limits;
  if (timeoutSeconds === 0) return [];
  const since = store.clock.now() - timeoutSeconds * SECOND_MS;
  const suspended: string[] = [];
  const walk = {
    indexes: [sessionIndex.status('active')],
    span: { from: 0, to: since },
    order: 'oldest first',
  } as const;
  for await (const { id } of walkIndexes(store.backend, walk)) {
    if (inUse.has(id)) continue;
    // One transaction for each, so that a session in the middle of a change delays only itself.
    const change = await transact(store.backend, (tx) => store.suspendIfIdle(tx, id, since));
    if (change) suspended.push(id);
  }
  return suspended;
}

/**
 * Ids of completed and failed sessions that were kept for `retentionDays`, oldest first in each state. The caller
 * deletes them, artifacts first.
 */
export async function expiredSessions(
  store: SessionStore,
  limit: number = EXPIRED_BATCH,
): Promise<string[]> {
  const { retentionDays } = store.limits;
  if (retentionDays === 0) return [];
  const span = { from: 0, to: store.clock.now() - retentionDays * DAY_MS };
  const expired: string[] = [];
  for (const status of SESSION_STATUSES.filter(isFinal)) {
    const indexes = [sessionIndex.status(status)];
    for await (const { id } of walkIndexes(store.backend, {
      indexes,
      span,
      order: 'oldest first',
    })) {
      if (expired.length >= limit) return expired;
      expired.push(id);
    }
  }
  return expired;
}
