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
import { readJournal } from '../journal/journal-reader.js';
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
export async function readHistory(
  source: HistorySource,
  record: RunRecord,
  to = Number.POSITIVE_INFINITY,
): Promise<History> {
  const inherited = await readInherited(source, record);
  const entries = inherited.entries.filter(({ seq }) => seq <= to);
  let { head } = inherited;
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

/** Where the first entry of a run's own goes: behind the fork, for a fork. */
export async function forkHead(source: HistorySource, record: RunRecord): Promise<JournalHead> {
  return (await readInherited(source, record)).head;
}

async function readInherited(source: HistorySource, record: RunRecord): Promise<History> {
  const { parentRun, parentSeq } = record;
  if (parentRun === null || parentSeq === null) return { entries: [], head: EMPTY_HEAD };
  const parent = await source.runs.get(parentRun);
  if (parent === undefined) throw runNotFound(parentRun);
  const { entries } = await readHistory(source, parent, parentSeq);
  const head = entries.find(({ seq }) => seq === parentSeq);
  if (head === undefined) {
    throw new SpellError('JOURNAL_CORRUPT', `run ${parentRun} has no entry ${parentSeq} any more`);
  }
  // What was in flight when the fork was made is nothing to the fork, and neither is how the original ended.
  const shared = entries.filter(({ seq, event }) => seq <= parentSeq && event.type !== 'end');
  const answered = new Set(shared.map(({ event }) => (event.type === 'call' ? siteOf(event) : '')));
  return {
    entries: shared.filter(({ event }) => event.type !== 'intent' || answered.has(siteOf(event))),
    head: { seq: head.seq, hash: head.hash },
  };
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
