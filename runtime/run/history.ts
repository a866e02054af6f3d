/**
 * History is all that is recorded of a run, that of the runs it was forked from included: a fork shares what happened
 * before it by reference.
 */
import { SpellError } from '../base/errors.js';
import {
  EMPTY_HEAD,
  type Hash,
  type JournalEntry,
  type JournalHead,
} from '../journal/journal-entry.js';
import { readHeadAt, readJournal } from '../journal/journal-reader.js';
import type { Backend } from '../storage/storage.js';
import type { RunRecord } from './run-record.js';
import { type RunStore, runNotFound } from './run-store.js';

export interface History {
  /** In order; entries up to the fork are the original's. */
  readonly entries: readonly JournalEntry[];
  /** Where the run's own next entry goes. */
  readonly head: JournalHead;
}

export interface HistorySource {
  readonly backend: Backend;
  readonly runs: RunStore;
  readonly hash: Hash;
}

/**
 * @param to The last entry to read: what is damaged behind it does not matter then.
 * @throws SpellError `JOURNAL_CORRUPT`, `RUN_NOT_FOUND` when a run that it was forked from is gone.
 */
export function readHistory(
  source: HistorySource,
  record: RunRecord,
  to = Number.POSITIVE_INFINITY,
): Promise<History> {
  return readSpan(source, record, 0, to);
}

/** What a photograph of a run's VM says of its place in the journal. */
export interface PhotographedPlace {
  /** Calls behind this entry were not yet answered. */
  readonly after: number;
  /** Entries of calls that had left and were not answered. */
  readonly intents: readonly number[];
}

/**
 * What a run goes through again: what lies behind its photograph, and calls that were in flight on it. What lies before
 * is neither read nor checked, however long it is.
 */
export async function readUnanswered(
  source: HistorySource,
  record: RunRecord,
  place: PhotographedPlace | undefined,
  to = Number.POSITIVE_INFINITY,
): Promise<History> {
  if (place === undefined) return readHistory(source, record, to);
  const first = Math.min(place.after, ...place.intents.map((seq) => seq - 1));
  const { entries, head } = await readSpan(source, record, first, to);
  return { entries: unansweredOf(entries, place), head };
}

/** The part of a history that is not on a photograph. */
export function unansweredOf(
  entries: readonly JournalEntry[],
  { after, intents }: PhotographedPlace,
): JournalEntry[] {
  return entries.filter(({ seq }) => seq > after || intents.includes(seq));
}

/**
 * The entries up to the first one that can't be read.
 *
 * @returns With what is wrong there, if anything is.
 */
export async function readSoundHistory(
  source: HistorySource,
  record: RunRecord,
): Promise<{ readonly entries: readonly JournalEntry[]; readonly damage: SpellError | undefined }> {
  try {
    return { entries: (await readHistory(source, record)).entries, damage: undefined };
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'JOURNAL_CORRUPT') throw thrown;
    const { entries } = await readHistory(source, record, Number(thrown.details.seq) - 1);
    return { entries, damage: thrown };
  }
}

/** Where the first entry of a run's own goes: behind the fork, for a fork. */
export function forkHead(source: HistorySource, record: RunRecord): Promise<JournalHead> {
  return headAt(source, record, record.parentSeq ?? 0);
}

async function readSpan(
  source: HistorySource,
  record: RunRecord,
  after: number,
  to: number,
): Promise<History> {
  const inherited = await readInherited(source, record, after);
  const entries = inherited.filter(({ seq }) => seq <= to);
  let head = await headAt(source, record, Math.max(after, record.parentSeq ?? 0));
  if (head.seq >= to) head = entries.at(-1) ?? EMPTY_HEAD;
  else {
    for await (const entry of readJournal(source.backend, record.id, source.hash, head)) {
      entries.push(entry);
      head = entry;
      if (head.seq >= to) break;
    }
  }
  return { entries: entries.map((entry) => withOverride(record, entry)), head };
}

/** The place behind an entry, which may be one that the run shares with what it was forked from. */
async function headAt(source: HistorySource, record: RunRecord, seq: number): Promise<JournalHead> {
  if (seq === 0) return EMPTY_HEAD;
  if (record.parentRun !== null && seq <= (record.parentSeq ?? 0)) {
    return headAt(source, await parentOf(source, record.parentRun), seq);
  }
  return readHeadAt(source.backend, record.id, seq);
}

async function parentOf({ runs }: HistorySource, id: string): Promise<RunRecord> {
  const parent = await runs.get(id);
  if (parent === undefined) throw runNotFound(id);
  return parent;
}

async function readInherited(
  source: HistorySource,
  { parentRun, parentSeq }: RunRecord,
  after: number,
): Promise<JournalEntry[]> {
  if (parentRun === null || parentSeq === null || after >= parentSeq) return [];
  const { entries } = await readSpan(source, await parentOf(source, parentRun), after, parentSeq);
  // What was in flight when the fork was made is nothing to the fork, and neither is how the original ended.
  const shared = entries.filter(({ seq, event }) => seq <= parentSeq && event.type !== 'end');
  const answered = new Set(shared.map(({ event }) => (event.type === 'call' ? siteOf(event) : '')));
  return shared.filter(({ event }) => event.type !== 'intent' || answered.has(siteOf(event)));
}

function siteOf({ branch, ordinal }: { branch: string; ordinal: number }): string {
  return `${branch}#${ordinal}`;
}

/** A fork may have been made to see what follows from another answer. */
function withOverride({ override }: RunRecord, entry: JournalEntry): JournalEntry {
  if (override === null || override.seq !== entry.seq || entry.event.type !== 'call') return entry;
  const outcome = { ok: true, value: { inline: override.value } } as const;
  return { ...entry, event: { ...entry.event, outcome } };
}
