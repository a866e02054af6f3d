/** Counts what the storage holds, family by family of its keys. */
import { type OperationTime, OperationTimes } from '../host/operation-times.js';
import { claimOf } from '../journal/journal-entry.js';
import { FAMILY, type Family } from '../storage/key-space.js';
import { entriesOf } from '../storage/scan.js';
import type { Backend, Entry } from '../storage/storage.js';
import { decodeRun } from './run-record.js';
import type { RunPhase } from './run-status.js';
import { RunStore } from './run-store.js';

/** Amount is how many records there are, and the bytes of their values. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

export interface StorageStats {
  readonly runs: Amount & { readonly byStatus: Readonly<Partial<Record<RunPhase, number>>> };
  /** Entries of all journals. */
  readonly entries: Amount;
  /** Checkpoints, without their pages. */
  readonly snapshots: Amount;
  readonly pages: Amount;
  readonly sessions: Amount;
  readonly messages: Amount;
  readonly artifacts: Amount;
  /** Contents of artifacts, scripts, long messages and answers, as they are stored: each once, many compressed. */
  readonly contents: Amount;
  /** The calls in all journals, by operation. */
  readonly operations: Readonly<Record<string, OperationTime>>;
}

export async function storageStats(backend: Backend): Promise<StorageStats> {
  const byStatus: Partial<Record<RunPhase, number>> = {};
  const store = new RunStore(backend);
  const runs = await amountOf(backend, FAMILY.run, async ({ value }) => {
    const status = await store.phaseOf(decodeRun(value));
    byStatus[status] = (byStatus[status] ?? 0) + 1;
  });
  const times = new OperationTimes();
  const entries = await amountOf(backend, FAMILY.journal, async ({ value }) => {
    const event = claimOf(value)?.event;
    if (event?.type === 'call') times.add(event.op, event.durationMs, !event.outcome.ok);
  });
  const contents = await amountOf(backend, FAMILY.blob);
  const chunks = await amountOf(backend, FAMILY.chunk);
  return {
    runs: { ...runs, byStatus },
    entries,
    snapshots: await amountOf(backend, FAMILY.checkpoint),
    pages: await amountOf(backend, FAMILY.page),
    sessions: await amountOf(backend, FAMILY.session),
    messages: await amountOf(backend, FAMILY.message),
    artifacts: await amountOf(backend, FAMILY.artifact),
    contents: { count: contents.count, bytes: chunks.bytes },
    operations: times.toObject(),
  };
}

async function amountOf(
  backend: Backend,
  family: Family,
  see: (entry: Entry) => Promise<void> = async () => {},
): Promise<Amount> {
  let [count, bytes] = [0, 0];
  for await (const entry of entriesOf(backend, family)) {
    count += 1;
    bytes += entry.value.length;
    await see(entry);
  }
  return { count, bytes };
}
