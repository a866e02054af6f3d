/**
 * The keys of sessions: the record under its id, and for every way to find it an index row in the order of its last
 * change. Record and rows are written in one transaction, so neither is ever without the other.
 */
import type { Value, ValueKey } from '../base/value.js';
import { FAMILY, key } from '../storage/key-space.js';
import type { Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { rowKey, rowValue } from './index-walk.js';
import type { SessionStatus } from './lifecycle.js';
import { encodeSession, type SessionRecord } from './session.js';
import { scalarText } from './value-match.js';

export function sessionKey(id: string): Key {
  return key(FAMILY.session, id);
}

/** What the rows of each index begin with. */
export const sessionIndex = {
  updated: (): Key => key(FAMILY.sessionTime),
  status: (status: SessionStatus): Key => key(FAMILY.sessionStatus, status),
  tag: (tag: string): Key => key(FAMILY.sessionTag, tag),
  parent: (id: string): Key => key(FAMILY.sessionParent, id),
  name: (name: string): Key => key(FAMILY.sessionName, name),
  /** `undefined` for values that no index holds: tables, and what equals nothing. */
  metadata: (name: ValueKey, value: Value): Key | undefined => {
    const [nameText, valueText] = [scalarText(name), scalarText(value)];
    if (nameText === undefined || valueText === undefined) return undefined;
    return key(FAMILY.sessionMetadata, nameText, valueText);
  },
};

/** Writes a record with its rows in place of what was there before. Returns the record's stored bytes. */
export function writeSession(
  transaction: Transaction,
  before: SessionRecord | undefined,
  after: SessionRecord,
): Uint8Array {
  const oldRows = before === undefined ? new Set<Key>() : rowsOf(before);
  const rows = rowsOf(after);
  const id = rowValue(after.id);
  for (const row of oldRows) if (!rows.has(row)) transaction.remove(row);
  for (const row of rows) if (!oldRows.has(row)) transaction.put(row, id);
  const bytes = encodeSession(after);
  transaction.put(sessionKey(after.id), bytes);
  return bytes;
}

/** Removes a record with its rows. */
export function removeSession(transaction: Transaction, record: SessionRecord): void {
  for (const row of rowsOf(record)) transaction.remove(row);
  transaction.remove(sessionKey(record.id));
}

function rowsOf(record: SessionRecord): Set<Key> {
  const indexes = [sessionIndex.updated(), sessionIndex.status(record.status)];
  for (const tag of record.tags) indexes.push(sessionIndex.tag(tag));
  if (record.parentSessionId !== null) indexes.push(sessionIndex.parent(record.parentSessionId));
  if (record.name !== null) indexes.push(sessionIndex.name(record.name));
  for (const [name, value] of record.metadata) {
    const index = sessionIndex.metadata(name, value);
    if (index !== undefined) indexes.push(index);
  }
  return new Set(indexes.map((index) => rowKey(index, record.updatedAt, record.id)));
}
