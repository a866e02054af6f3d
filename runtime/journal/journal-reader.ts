/** Reads a run's journal from the beginning, checking the chain entry by entry. */
import { readableRecord } from '../base/encoding.js';
import { isMap } from '../base/value.js';
import type { ContentStore } from '../content/content-store.js';
import { FAMILY, key, keyAfter, prefixRange } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import {
  decodeEntry,
  EMPTY_HEAD,
  type Hash,
  type JournalEntry,
  type JournalHead,
  journalCorrupt,
  linkOf,
} from './journal-entry.js';
import type { Payload } from './journal-event.js';
import { entryKey, headKey } from './journal-writer.js';

const PAGE = 200;

/** Where the journal of a run ends; `undefined` when nothing tells it, as in a fork that has written nothing yet. */
export async function readHead(backend: Backend, run: string): Promise<JournalHead | undefined> {
  const bytes = await backend.get(headKey(run));
  return bytes === undefined ? undefined : headOf(bytes);
}

/** `undefined` for bytes that are no head. */
function headOf(bytes: Uint8Array): JournalHead | undefined {
  const record = readableRecord(bytes);
  if (!isMap(record)) return undefined;
  const [seq, hash] = [record.get('seq'), record.get('hash')];
  const isPlace = typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0;
  return isPlace && hash instanceof Uint8Array ? { seq, hash } : undefined;
}

/** The place behind an entry. @throws SpellError `JOURNAL_CORRUPT` when there is no such entry. */
export async function readHeadAt(backend: Backend, run: string, seq: number): Promise<JournalHead> {
  const bytes = await backend.get(entryKey(run, seq));
  if (bytes === undefined) throw journalCorrupt(run, seq, 'it is missing');
  return { seq, hash: linkOf(bytes) };
}

/**
 * The entries of a run in order.
 *
 * @param from Where to begin: behind the fork, for a fork.
 *
 * @throws SpellError `JOURNAL_CORRUPT` at the first entry that is missing or is not what was written; `STORAGE_NEWER`.
 */
export async function* readJournal(
  backend: Backend,
  run: string,
  hash: Hash,
  from: JournalHead = EMPTY_HEAD,
): AsyncGenerator<JournalEntry> {
  const range = prefixRange(key(FAMILY.journal, run));
  let end = await readHead(backend, run);
  if (end === undefined) {
    const [first] = await backend.range({ ...range, limit: 1 });
    if (first === undefined && from.seq > 0) return;
    // It may have begun to write a moment ago.
    end = await readHead(backend, run);
  }
  let start = entryKey(run, from.seq + 1);
  let head: JournalHead = from;
  while (end === undefined || head.seq < end.seq) {
    const page = await backend.range({ start, end: range.end, limit: PAGE });
    if (page.length === 0) {
      const problem = end === undefined ? 'nothing tells where the journal ends' : 'it is missing';
      throw journalCorrupt(run, head.seq + 1, problem);
    }
    for (const { key: entryKey, value } of page) {
      const entry = decodeEntry(run, head, value, hash);
      yield entry;
      head = entry;
      start = keyAfter(entryKey);
      if (head.seq === end?.seq) break;
    }
  }
  if (!Buffer.from(head.hash).equals(end.hash)) {
    throw journalCorrupt(run, head.seq, 'its hash is not the one that the journal ends with');
  }
}

/** The bytes of a payload, wherever they are. @throws SpellError `ARTIFACT_CORRUPT` */
export async function readPayload(contents: ContentStore, payload: Payload): Promise<Uint8Array> {
  return 'inline' in payload ? payload.inline : contents.read(payload.ref);
}
