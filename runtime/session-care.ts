/**
 * What crosses sessions and artifacts: making sessions with the clean-up that the configuration asks for, deleting
 * them with all that belongs to them.
 */
import type { Clock } from './base/clock.js';
import type { Stores } from './services.js';
import { expiredSessions, suspendIdle } from './session/idle-sessions.js';
import { isFinal } from './session/lifecycle.js';
import type { SessionRecord } from './session/session.js';
import type { SessionOptions } from './session/session-options.js';
import type { Transaction } from './storage/transaction.js';

/** Commit makes a change of records; a run's calls bring one that belongs to their journal entry. */
export type Commit = <T>(change: (transaction: Transaction) => Promise<T>) => Promise<T>;

/**
 * Makes a session. Before that, sessions that were idle for too long are suspended, so that they do not count for
 * `max_sessions`, and finished ones that were kept for `retention_days` are deleted.
 *
 * @param inUse Ids of sessions that are in use although they did not change.
 * @throws SpellError what `SessionStore.create` throws.
 */
export async function createSession(
  stores: Stores,
  options: SessionOptions,
  commit: Commit,
  inUse: ReadonlySet<string>,
): Promise<SessionRecord> {
  await suspendIdle(stores.sessions, inUse);
  for (const id of await expiredSessions(stores.sessions)) {
    if (!inUse.has(id)) await deleteSession(stores, id, commit);
  }
  return commit((tx) => stores.sessions.create(tx, options));
}

/**
 * Deletes a session with its artifacts; with `recursive` its descendants too, children first.
 *
 * @returns Whether there was one.
 */
export async function deleteSession(
  stores: Stores,
  id: string,
  commit: Commit,
  options: { readonly recursive?: boolean | undefined } = {},
): Promise<boolean> {
  const { sessions, artifacts } = stores;
  if ((await sessions.get(id)) === undefined) return false;
  if (options.recursive === true) {
    for (const child of await sessions.children(id)) {
      await deleteSession(stores, child.id, commit, options);
    }
  }
  await artifacts.removeAllOf(id);
  return commit((tx) => sessions.remove(tx, id));
}

export interface CleanUpOptions {
  /** Seconds without a change. */
  readonly olderThanSeconds: number;
  /** Only sessions in these states; completed and failed ones when absent. */
  readonly statuses?: readonly string[] | undefined;
  /** Only tells which sessions would go. */
  readonly dryRun: boolean;
}

/**
 * Deletes sessions that nobody has changed for some time.
 *
 * @param inUse Ids of sessions that stay in any case.
 * @returns The ids of the sessions that were deleted, or would be.
 */
export async function cleanUpSessions(
  stores: Stores,
  clock: Clock,
  options: CleanUpOptions,
  commit: Commit,
  inUse: ReadonlySet<string>,
): Promise<string[]> {
  const before = new Date(clock.now() - options.olderThanSeconds * 1000);
  const { items } = await stores.sessions.list({ updatedBefore: before });
  const ids = items
    .filter(({ status }) => options.statuses?.includes(status) ?? isFinal(status))
    .map(({ id }) => id)
    .filter((id) => !inUse.has(id));
  if (!options.dryRun) for (const id of ids) await deleteSession(stores, id, commit);
  return ids;
}
