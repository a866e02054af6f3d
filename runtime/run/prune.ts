/** Prune removes runs that ended long enough ago, those that others still need excepted. */
import type { Clock } from '../base/clock.js';
import { SpellError } from '../base/errors.js';
import { claimOf } from '../journal/journal-entry.js';
import { readHead } from '../journal/journal-reader.js';
import { entryKey } from '../journal/journal-writer.js';
import { currentOwner } from './ownership.js';
import type { RunRecord } from './run-record.js';
import { finishRemovals, type RemovalParts, removeRun } from './run-removal.js';
import { actualPhase, isFinished, type RunPhase } from './run-status.js';

export interface PruneOptions {
  /** Runs that ended before this time, in milliseconds since the epoch. */
  readonly before: number;
  /** Only runs in these states; completed and failed ones when absent. */
  readonly statuses?: readonly RunPhase[] | undefined;
  /** Only tells which runs would go. */
  readonly dryRun?: boolean | undefined;
  /** The most runs to remove; all when absent. */
  readonly limit?: number | undefined;
}

/** PruneReport is the ids of runs, by what became of them. */
export interface PruneReport {
  /** Removed, or with `dryRun` those that would be. */
  readonly removed: readonly string[];
  /** Old enough, and kept since a fork that stays shares their journal. */
  readonly shared: readonly string[];
}

export interface PruneParts extends RemovalParts {
  readonly clock: Clock;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The time that lies so many days back. @throws SpellError `BAD_ARGUMENT` */
export function daysAgo(clock: Clock, days: number): number {
  if (days >= 0) return clock.now() - days * DAY_MS;
  throw new SpellError('BAD_ARGUMENT', `${days} is no number of days`, {
    hint: 'Give a number from 0.',
  });
}

export async function pruneRuns(parts: PruneParts, options: PruneOptions): Promise<PruneReport> {
  const { items } = await parts.runs.listSound();
  const expired = new Set<string>();
  for (const record of items) if (await isExpired(parts, record, options)) expired.add(record.id);
  const { going, staying } = withoutShared(items, expired);
  const chosen = going.slice(0, options.limit);
  if (options.dryRun === true) return { removed: chosen, shared: staying };
  await finishRemovals(parts);
  const removed: string[] = [];
  const shared = [...staying];
  for (const id of chosen) {
    const removal = await removeRun(parts, id);
    if (removal === 'removed') removed.push(id);
    // A fork was made of it a moment ago.
    if (removal === 'shared') shared.push(id);
  }
  return { removed, shared };
}

async function isExpired(
  { backend }: PruneParts,
  record: RunRecord,
  { before, statuses }: PruneOptions,
): Promise<boolean> {
  if (await mayBeExecuted(backend, record.id)) return false;
  const status = actualPhase(record.status, false);
  if (!(statuses?.includes(status) ?? isFinished(status))) return false;
  return (record.endedAt ?? (await lastSign(backend, record))) < before;
}

/** Also true when what tells of its owner is damaged: then somebody may be. */
async function mayBeExecuted(backend: PruneParts['backend'], id: string): Promise<boolean> {
  try {
    return (await currentOwner(backend, id)) !== undefined;
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'STORAGE_CORRUPT') throw thrown;
    return true;
  }
}

/** When a run that never ended was last heard of. */
async function lastSign(backend: PruneParts['backend'], record: RunRecord): Promise<number> {
  const head = await readHead(backend, record.id);
  const bytes = head === undefined ? undefined : await backend.get(entryKey(record.id, head.seq));
  return (bytes === undefined ? undefined : claimOf(bytes)?.at) ?? record.startedAt;
}

/** Parts the expired runs into those that may go, forks before their originals, and those that a fork needs. */
function withoutShared(
  all: readonly RunRecord[],
  expired: ReadonlySet<string>,
): { going: string[]; staying: string[] } {
  const forks = new Map<string, string[]>();
  for (const { id, parentRun } of all) {
    if (parentRun !== null) forks.set(parentRun, [...(forks.get(parentRun) ?? []), id]);
  }
  const mayGo = new Map<string, boolean>();
  const decide = (id: string): boolean => {
    const known = mayGo.get(id);
    if (known !== undefined) return known;
    // Every fork is decided, so that those that go come first.
    const decisions = (forks.get(id) ?? []).map(decide);
    const decision = expired.has(id) && !decisions.includes(false);
    mayGo.set(id, decision);
    return decision;
  };
  for (const id of expired) decide(id);
  const going = [...mayGo].filter(([, decision]) => decision).map(([id]) => id);
  return { going, staying: [...expired].filter((id) => mayGo.get(id) === false) };
}
