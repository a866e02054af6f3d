/** Notes what a call writes to sessions and artifacts: a fork needs their states as they were at each entry. */
import type { RecordWrite } from '../journal/journal-event.js';
import { FAMILY } from '../storage/key-space.js';
import type { Transaction } from '../storage/transaction.js';

/** Records whose past states a fork needs. */
const RECORDS = [`${FAMILY.session}/`, `${FAMILY.artifact}/`];

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
  };
}
