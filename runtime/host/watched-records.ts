/**
 * Notes what a call writes to sessions, with what belongs to them, and to artifacts: a fork needs their states as they
 * were at each entry.
 */
import type { RecordWrite } from '../journal/journal-event.js';
import { FAMILY, SESSION_FAMILIES } from '../storage/key-space.js';
import type { Transaction } from '../storage/transaction.js';

/** Records whose past states a fork needs. */
const RECORDS = [FAMILY.session, FAMILY.artifact, FAMILY.signal, ...SESSION_FAMILIES].map(
  (family) => `${family}/`,
);

/** A transaction that notes the records written through it. */
export function watchRecords(transaction: Transaction, writes: RecordWrite[]): Transaction {
  const note = (key: string, value: Uint8Array | null) => {
    if (RECORDS.some((prefix) => key.startsWith(prefix))) writes.push({ key, value });
  };
  return {
    get: (key) => transaction.get(key),
    range: (range) => transaction.range(range),
    put: (key, value) => {
      note(key, value);
      transaction.put(key, value);
    },
    remove: (key) => {
      note(key, null);
      transaction.remove(key);
    },
    assume: (key, value) => transaction.assume(key, value),
    isRetry: transaction.isRetry,
  };
}
