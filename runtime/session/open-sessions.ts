/**
 * The count of open sessions, which `max_sessions` limits. It is a key of its own, changed in the transaction that
 * opens or closes a session, so that concurrent ones can't pass the limit together.
 */
import { SpellError } from '../base/errors.js';
import { FAMILY, key } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { countsAsOpen, type SessionRecord } from './session.js';

const OPEN_SESSIONS: Key = key(FAMILY.sessionCount, 'open');

/**
 * Counts the change from one record to the other; `undefined` stands for "no record".
 *
 * @throws SpellError `LIMIT_SESSIONS` when the change opens a session and `limit` of them are open.
 */
export async function countChange(
  transaction: Transaction,
  before: SessionRecord | undefined,
  after: SessionRecord | undefined,
  limit: number,
): Promise<void> {
  const wasOpen = before !== undefined && countsAsOpen(before);
  const isOpen = after !== undefined && countsAsOpen(after);
  if (wasOpen === isOpen) return;
  const count = numberOf(await transaction.get(OPEN_SESSIONS));
  if (isOpen && count >= limit) throw tooManySessions(limit);
  transaction.put(OPEN_SESSIONS, new TextEncoder().encode(String(count + (isOpen ? 1 : -1))));
}

export async function countOpen(backend: Backend): Promise<number> {
  return numberOf(await backend.get(OPEN_SESSIONS));
}

function numberOf(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
}

function tooManySessions(limit: number): SpellError {
  return new SpellError('LIMIT_SESSIONS', `there are ${limit} open sessions already`, {
    hint: 'Complete or delete sessions that are done, or raise runtime.sessions.max_sessions.',
    key: 'runtime.sessions.max_sessions',
    details: { limit },
  });
}
