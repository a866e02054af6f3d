/** RunArchive is what is done with kept runs as a whole: verified, carried elsewhere, removed when they are old. */
import { SpellError } from './base/errors.js';
import type { ExportOptions, TransferParts } from './run/export-run.js';
import type { ImportOptions } from './run/import-run.js';
import type { PruneParts, PruneReport } from './run/prune.js';
import { isFinished, RUN_PHASES, type RunPhase } from './run/run-status.js';
import type { StorageStats } from './run/storage-stats.js';
import type { RunProblem, RunVerification } from './run/verify.js';

export type { ExportOptions } from './run/export-run.js';
export type { ImportOptions } from './run/import-run.js';
export type { PruneReport } from './run/prune.js';
export type { Amount, StorageStats } from './run/storage-stats.js';
export type { RunProblem, RunVerification } from './run/verify.js';

export interface PruneRunsOptions {
  /** Runs that ended before this time. */
  readonly before?: Date;
  /** Runs that ended so many days ago; `retention_days` of `[runtime.durability]` when both are absent. */
  readonly olderThanDays?: number;
  /** Only runs in these states; completed and failed ones when absent. */
  readonly statuses?: readonly RunPhase[];
  /** Only tells which runs would go. */
  readonly dryRun?: boolean;
}

/** What the runtime does for its archive. */
export interface ArchiveHost {
  readonly parts: () => Promise<TransferParts & PruneParts>;
  /** Days that ended runs are kept; `undefined`: always. */
  readonly retentionDays: number | undefined;
}

export class RunArchive {
  constructor(private readonly host: ArchiveHost) {}

  /**
   * Reads everything that is kept of a run, what it shares with those that it was forked from included, or of all runs.
   * Yields what is not as it was written, the first bad entry of each journal by its number; returns what it looked at.
   *
   * @throws SpellError `RUN_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  async *verify(idOrPrefix?: string): AsyncGenerator<RunProblem, RunVerification> {
    const { verifyRuns } = await import('./run/verify.js');
    const parts = await this.host.parts();
    const id = idOrPrefix === undefined ? undefined : (await parts.runs.find(idOrPrefix)).id;
    return yield* verifyRuns(parts, id);
  }

  /**
   * A run as the bytes of one file, which needs nothing else: a copy for safety, for another machine, or for a test
   * that replays it.
   *
   * @throws SpellError `RUN_NOT_FOUND`, `RUN_LOCKED` while a process executes it, `JOURNAL_CORRUPT`, `ARTIFACT_CORRUPT`
   */
  async *export(idOrPrefix: string, options: ExportOptions = {}): AsyncGenerator<Uint8Array> {
    const { exportRun } = await import('./run/export-run.js');
    const { writeRunFile } = await import('./run/run-file.js');
    const parts = await this.host.parts();
    const record = await parts.runs.find(idOrPrefix);
    yield* writeRunFile(exportRun(parts, record, options));
  }

  /**
   * Takes an exported run in. Nothing changes unless the whole file is sound.
   *
   * @returns The id of the run.
   * @throws SpellError `RUN_EXISTS`, `RUN_FILE_CORRUPT`, `STORAGE_NEWER`, `SESSION_EXISTS`, `LIMIT_SESSIONS`
   */
  async import(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: ImportOptions = {},
  ): Promise<string> {
    const { importRun } = await import('./run/import-run.js');
    const parts = await this.host.parts();
    const { id } = await importRun(parts, source, options);
    await parts.backend.flush();
    return id;
  }

  /**
   * Removes runs that ended long enough ago, with their journals, checkpoints and whatever only they refer to. Their
   * sessions and artifacts stay. A run that a process executes stays, and so does one whose journal a fork shares.
   *
   * @throws SpellError `BAD_ARGUMENT` when neither the options nor the configuration say how old they must be.
   */
  async prune(options: PruneRunsOptions = {}): Promise<PruneReport> {
    const { daysAgo, pruneRuns } = await import('./run/prune.js');
    const parts = await this.host.parts();
    const { before, statuses, dryRun } = options;
    const days = options.olderThanDays ?? this.host.retentionDays;
    if (before === undefined && days === undefined) throw noAge();
    const until = before?.getTime() ?? daysAgo(parts.clock, days as number);
    const report = await pruneRuns(parts, { before: until, statuses, dryRun });
    await parts.backend.flush();
    return report;
  }

  /**
   * Removes a few of the runs that were kept for `retention_days`; nothing when no such time is set. What can't be
   * removed now is no reason to refuse the run that is about to start.
   */
  async keepRetention(): Promise<void> {
    const { retentionDays } = this.host;
    if (retentionDays === undefined) return;
    const { daysAgo, pruneRuns } = await import('./run/prune.js');
    const parts = await this.host.parts();
    const before = daysAgo(parts.clock, retentionDays);
    if (!(await parts.runs.hasOlder(RUN_PHASES.filter(isFinished), before))) return;
    try {
      await pruneRuns(parts, { before, limit: RETENTION_BATCH });
    } catch (thrown) {
      if (!(thrown instanceof SpellError)) throw thrown;
    }
  }

  /** Counts of what the storage holds; reads all of it. */
  async stats(): Promise<StorageStats> {
    const { storageStats } = await import('./run/storage-stats.js');
    return storageStats((await this.host.parts()).backend);
  }
}

/** Runs that one start of another run removes at most. */
const RETENTION_BATCH = 20;

function noAge(): SpellError {
  return new SpellError('BAD_ARGUMENT', 'nothing says how old a run must be to be removed', {
    hint: 'Give an age, or set retention_days in [runtime.durability].',
    key: 'runtime.durability.retention_days',
  });
}
