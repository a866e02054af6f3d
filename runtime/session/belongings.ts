/**
 * Belongings are the records that a session has besides its own: its messages and conversations. Copies of a session
 * take them along under another id.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { isMap } from '../base/value.js';
import {
  FAMILY,
  type Family,
  keyAfter,
  prefixRange,
  SESSION_FAMILIES,
  textComponent,
} from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { decodeMessage, encodeMessage, type MessageRecord } from './message-node.js';

export interface Belonging {
  /** The session, as keys have it. */
  readonly owner: string;
  /** The key without its session: family and what follows the session. */
  readonly family: string;
  readonly rest: string;
  readonly value: Uint8Array;
}

export interface BelongingCopy {
  /** Counts the content of a message once more. @returns Whether it is there. */
  readonly retain: (hash: string) => Promise<boolean>;
  /** The id of a shown artifact in the copy. */
  readonly artifactId: (id: string) => string;
}

const PAGE = 200;

/** `undefined` for keys of records of other families. */
export function belongingAt(
  key: Key,
  value: Uint8Array,
  families: readonly string[] = SESSION_FAMILIES,
): Belonging | undefined {
  const [family = '', owner, ...rest] = key.split('/');
  if (owner === undefined || !families.includes(family)) return undefined;
  return { owner, family, rest: rest.map((component) => `/${component}`).join(''), value };
}

/** The session as the keys of its belongings have it. */
export function ownerOf(session: string): string {
  return textComponent(session).text;
}

/** The key of the record itself. */
export function keyOf({ family, owner, rest }: Belonging): Key {
  return `${family}/${owner}${rest}`;
}

/** Belongings, and the events that nobody has taken yet: copies of a session have none of them, but forks do. */
export const WITH_EVENTS: readonly Family[] = [...SESSION_FAMILIES, FAMILY.signal];

/** Everything that belongs to a session now. */
export async function* belongingsOf(
  backend: Backend,
  session: string,
  families = SESSION_FAMILIES,
): AsyncGenerator<Belonging> {
  for (const family of families) {
    const own = `${family}/${ownerOf(session)}`;
    const bytes = await backend.get(own);
    if (bytes !== undefined) yield belongingAt(own, bytes, families) as Belonging;
    const range = prefixRange(own);
    for (let { start } = range; ; ) {
      const entries = await backend.range({ ...range, start, limit: PAGE });
      for (const { key, value } of entries) yield belongingAt(key, value, families) as Belonging;
      const last = entries.at(-1);
      if (last === undefined || entries.length < PAGE) break;
      start = keyAfter(last.key);
    }
  }
}

/**
 * Writes a copy of a belonging for another session.
 *
 * @returns The id of the message when its content is gone: it is empty in the copy.
 */
export async function copyBelonging(
  transaction: Transaction,
  { family, rest, value }: Belonging,
  session: string,
  copy: BelongingCopy,
): Promise<string | undefined> {
  const place = `${family}/${ownerOf(session)}${rest}`;
  if (family !== FAMILY.message) {
    transaction.put(place, value);
    return undefined;
  }
  const { lost, record } = await copiedMessage(decodeMessage(value), copy);
  transaction.put(place, encodeMessage(record));
  return lost ? record.id : undefined;
}

async function copiedMessage(
  record: MessageRecord,
  { retain, artifactId }: BelongingCopy,
): Promise<{ record: MessageRecord; lost: boolean }> {
  const { hash, artifacts } = record.stored;
  const stored = { ...record.stored, artifacts: artifacts.map(artifactId) };
  if (hash === null || (await retain(hash))) return { record: { ...record, stored }, lost: false };
  const empty = { parts: [], hash: null, size: 0, artifacts: [] };
  return { record: { ...record, stored: empty }, lost: true };
}

/** The content that a belonging refers to. */
export function contentOf({ family, value }: Belonging): string | undefined {
  return family === FAMILY.message ? (decodeMessage(value).stored.hash ?? undefined) : undefined;
}

export function encodeBelonging({ owner, family, rest, value }: Belonging): Uint8Array {
  return encodeRecord({ owner, family, rest, value });
}

/** `undefined` for bytes that {@link encodeBelonging} did not make. @throws SpellError `STORAGE_CORRUPT` */
export function decodeBelonging(bytes: Uint8Array): Belonging | undefined {
  const fields = decodeRecord(bytes);
  if (!isMap(fields)) return undefined;
  const [owner, family, rest] = [fields.get('owner'), fields.get('family'), fields.get('rest')];
  const value = fields.get('value');
  if (typeof owner !== 'string' || typeof family !== 'string' || typeof rest !== 'string') {
    return undefined;
  }
  return value instanceof Uint8Array ? { owner, family, rest, value } : undefined;
}
