/**
 * KeptRun is a run as its record tells of it, with what is noted of its journal and its checkpoints. Telling of it
 * costs the same however long it went on: neither is read.
 */

import { IMAGE_PAGE_BYTES } from './engine/engine.js';
import type { UsageTotals } from './host/usage.js';
import { type JournalNote, readNotes } from './journal/journal-notes.js';
import { readHead } from './journal/journal-reader.js';
import { type OpenQuestion, toOpenQuestion } from './open-question.js';
import { type Approvals, isAnswerEvent } from './run/approvals.js';
import { readCheckpointList } from './run/checkpoint.js';
import type { KeeperParts } from './run/journal-keeper.js';
import type { RunRecord } from './run/run-record.js';
import { isFinished, type RunPhase } from './run/run-status.js';

export interface KeptRun {
  readonly id: string;
  readonly script: { readonly path: string; readonly hash: string };
  readonly args: readonly string[];
  /** Who started it; `null` when nobody was named. */
  readonly actor: string | null;
  readonly status: RunPhase;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  /** Ids of the sessions that it created, so far. */
  readonly sessions: readonly string[];
  readonly parent: { readonly run: string; readonly seq: number } | null;
  /** Number of the last entry of its journal, what it shares with its parent included. */
  readonly entries: number;
  /** Oldest first. */
  readonly checkpoints: readonly KeptCheckpoint[];
  readonly usage: KeptUsage;
  /**
   * What wakes it, for a run that sleeps: whichever comes first. Without any of it, somebody has to resume it. Also
   * what a run asks that does not sleep.
   */
  readonly waitsFor: readonly KeptWait[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface KeptCheckpoint {
  /** Its entry in the journal. */
  readonly seq: number;
  readonly label: string | null;
  readonly at: Date;
  /** Memory that it holds, before pages are shared and compressed. */
  readonly bytes: number;
}

/** KeptWait is one of the things that wake a run. */
export type KeptWait =
  | { readonly type: 'time'; readonly at: Date }
  | { readonly type: 'event'; readonly session: string; readonly name: string }
  | ({ readonly type: 'approval' } & Omit<OpenQuestion, 'run'>);

export interface KeptUsage extends UsageTotals {
  /** Host calls that the run had made when it ended. */
  readonly calls: number;
  /** Paid calls that were sent again since a crash had hidden their answer. */
  readonly possiblyBilledTwice: number;
}

/** What is read to tell of a run. */
export type RunParts = KeeperParts & { readonly approvals: Approvals };

export async function toKeptRun(parts: RunParts, record: RunRecord): Promise<KeptRun> {
  const { backend, runs } = parts;
  const head = await readHead(backend, record.id);
  const checkpoints = await readCheckpointList(backend, record.id);
  const notes = await readNotes(backend, record.id);
  return {
    id: record.id,
    script: { path: record.script, hash: record.scriptHash },
    args: record.args,
    actor: record.actor,
    status: await runs.phaseOf(record),
    startedAt: new Date(record.startedAt),
    endedAt: record.endedAt === null ? null : new Date(record.endedAt),
    sessions: createdSessions(record, notes),
    parent:
      record.parentRun === null ? null : { run: record.parentRun, seq: record.parentSeq ?? 0 },
    entries: head?.seq ?? record.parentSeq ?? 0,
    checkpoints: checkpoints.map(({ seq, label, at, pages }) => ({
      seq,
      label,
      at: new Date(at),
      bytes: pages * IMAGE_PAGE_BYTES,
    })),
    usage: {
      ...record.usage,
      calls: record.calls,
      possiblyBilledTwice: notes.filter(({ isBilledTwice }) => isBilledTwice).length,
    },
    waitsFor: await waitsOf(parts, record),
    error:
      record.errorCode === null
        ? null
        : { code: record.errorCode, message: record.errorMessage ?? '' },
  };
}

/** What a run that did not end has created is noted in its journal; what a fork shares, in its record. */
function createdSessions(
  { status, sessions, ids }: RunRecord,
  notes: readonly JournalNote[],
): readonly string[] {
  if (isFinished(status)) return sessions;
  const created = notes.flatMap(({ session }) =>
    session === null ? [] : (ids.get(session) ?? session),
  );
  return [...new Set([...sessions, ...created])];
}

async function waitsOf(
  { sleepers, approvals }: RunParts,
  { id, status }: RunRecord,
): Promise<KeptWait[]> {
  if (isFinished(status)) return [];
  const waits: KeptWait[] = [];
  const { at = null, events = [] } = (await sleepers.get(id)) ?? {};
  if (at !== null) waits.push({ type: 'time', at: new Date(at) });
  for (const event of events)
    if (!isAnswerEvent(event, id)) waits.push({ type: 'event', ...event });
  for (const question of await approvals.open(id)) {
    const { run: _, ...asked } = toOpenQuestion(question);
    waits.push({ type: 'approval', ...asked });
  }
  return waits;
}
