/**
 * JournalEntry is one event in its place: numbered, timed, and chained to the entry before by a hash, so that nothing
 * can be changed, left out or put in without showing. The bytes are 32 of hash, then the body; the hash is BLAKE3 over
 * the hash before and the body. The body is a list: version, number, time, fields of the event. That of version 1,
 * which is still read, is a map `{v, seq, at, event}`.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { type PlainValue, toPlain } from '../base/value.js';
import { eventOf, fieldsOf } from './event-fields.js';
import type { JournalEvent } from './journal-event.js';

export interface JournalEntry {
  /** 1, 2, … */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly event: JournalEvent;
  readonly hash: Uint8Array;
}

/** JournalHead is where the next entry goes. */
export interface JournalHead {
  /** Number of the last entry; 0 before the first. */
  readonly seq: number;
  readonly hash: Uint8Array;
}

export type Hash = (bytes: Uint8Array) => Uint8Array;

/** Version of the body; a journal with a newer one is refused. */
const VERSION = 2;
const HASH_BYTES = 32;

export const EMPTY_HEAD: JournalHead = { seq: 0, hash: new Uint8Array(HASH_BYTES) };

/** The stored bytes of the entry behind `head`, and the head after it. */
export function encodeEntry(
  head: JournalHead,
  at: number,
  event: JournalEvent,
  hash: Hash,
): { bytes: Uint8Array; head: JournalHead } {
  const seq = head.seq + 1;
  const bytes = encodeRecord([VERSION, seq, at, fieldsOf(event)], HASH_BYTES);
  // The hash before stands in front while the entry is hashed; then its own takes that place.
  bytes.set(head.hash);
  const link = hash(bytes);
  bytes.set(link);
  return { bytes, head: { seq, hash: link } };
}

/**
 * Reads the entry behind `head`.
 *
 * @throws SpellError `JOURNAL_CORRUPT` when it is not the one that was written there, `STORAGE_NEWER` when a later
 * version of llmspell wrote it.
 */
export function decodeEntry(
  run: string,
  head: JournalHead,
  bytes: Uint8Array,
  hash: Hash,
): JournalEntry {
  const seq = head.seq + 1;
  const [link, body] = [bytes.subarray(0, HASH_BYTES), bytes.subarray(HASH_BYTES)];
  if (!Buffer.from(hash(Buffer.concat([head.hash, body]))).equals(link)) {
    throw journalCorrupt(run, seq, 'it does not fit to the entry before');
  }
  const read = readBody(body);
  if (read === undefined) throw journalCorrupt(run, seq, 'it is no entry');
  if (read.v > VERSION) throw newerJournal(run, read.v);
  if (read.seq !== seq) throw journalCorrupt(run, seq, `it calls itself entry ${read.seq}`);
  const { at, event } = read;
  if (event === undefined) throw journalCorrupt(run, seq, 'it is no entry');
  return { seq, at, event, hash: new Uint8Array(link) };
}

interface Body {
  readonly v: number;
  readonly seq: number;
  readonly at: number;
  /** `undefined` when it is none that this version knows. */
  readonly event: JournalEvent | undefined;
}

/** `undefined` when bytes are none: a right hash does not make an entry, whoever writes one can reckon it. */
function readBody(bytes: Uint8Array): Body | undefined {
  const record = toPlain(decodeRecord(bytes));
  if (typeof record !== 'object' || record === null) return undefined;
  const { v, seq, at, event } = Array.isArray(record) ? bodyOf(record) : (record as Partial<Body>);
  // What a later version writes behind its number is anything.
  if (typeof v === 'number' && v > VERSION) return { v, seq: 0, at: 0, event: undefined };
  if (typeof v !== 'number' || typeof seq !== 'number' || typeof at !== 'number') return undefined;
  const isEvent = typeof event === 'object' && event !== null;
  return { v, seq, at, event: isEvent ? (event as JournalEvent) : undefined };
}

function bodyOf([v, seq, at, fields]: readonly PlainValue[]): Record<keyof Body, unknown> {
  const isKnown = v === VERSION && Array.isArray(fields);
  return { v, seq, at, event: isKnown ? eventOf(fields) : undefined };
}

/** What an entry tells, taken at its word; `undefined` when it can't be read. */
export function claimOf(
  bytes: Uint8Array,
): { readonly at: number; readonly event: JournalEvent } | undefined {
  try {
    const { at, event } = readBody(bytes.subarray(HASH_BYTES)) ?? {};
    return at === undefined || event === undefined ? undefined : { at, event };
  } catch {
    return undefined;
  }
}

/** The hash that the entry behind builds on. */
export function linkOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.subarray(0, HASH_BYTES));
}

export function journalCorrupt(run: string, seq: number, problem: string): SpellError {
  return new SpellError(
    'JOURNAL_CORRUPT',
    `entry ${seq} of the journal of run ${run}: ${problem}`,
    {
      hint:
        seq > 1
          ? `Entries before it are sound: llmspell fork ${run} --at ${seq - 1} goes on from there.`
          : 'Nothing of the run can be read back: start its script again.',
      details: { run, seq, problem },
    },
  );
}

function newerJournal(run: string, version: number): SpellError {
  const message = `run ${run} was written by a newer llmspell (journal version ${version})`;
  return new SpellError('STORAGE_NEWER', message, { hint: 'Update llmspell to read it.' });
}
