/**
 * SessionReplay replays sessions: the run that created one is run again, offline and in a VM of its own, with every
 * call answered from its journal.
 */
import { canonicalJson } from './base/canonical-json.js';
import type { Clock } from './base/clock.js';
import { SpellError } from './base/errors.js';
import { utf8Text } from './base/utf8.js';
import type { Value } from './base/value.js';
import type { ContentStore } from './content/content-store.js';
import type { JournalEntry } from './journal/journal-entry.js';
import { readPayload } from './journal/journal-reader.js';
import type { ReplayDivergence } from './replay-divergence.js';
import { forkPoint } from './run/fork-point.js';
import { type AppliedModification, type Modification, modifyHistory } from './run/modification.js';
import type { Rewrite } from './run/replay-keeper.js';
import type { RunOutcome } from './run/run-outcome.js';
import type { RunRecord } from './run/run-record.js';
import { isFinished } from './run/run-status.js';
import type { RunStore } from './run/run-store.js';
import type { SessionRecord } from './session/session.js';
import type { SessionStore } from './session/session-store.js';
import { noRunOf, ownRun, type SessionRuns } from './session-runs.js';

/**
 * How a session is replayed: `exact` runs the script again, `debug` also tells every call, `modified` gives other
 * answers than the recorded ones, `simulate` goes through the record without running the script.
 */
export const REPLAY_MODES = ['exact', 'modified', 'simulate', 'debug'] as const;
export type ReplayMode = (typeof REPLAY_MODES)[number];

export interface SessionReplayOptions {
  readonly mode: ReplayMode;
  /** The checkpoint to start from, by its label or its entry; the first line when absent. */
  readonly from?: number | string | undefined;
  /** Counts another result than the recorded one as a failure. */
  readonly compareResults: boolean;
  readonly timeoutMs: number;
  /** Raises what went wrong in place of reporting it. */
  readonly stopOnError: boolean;
  readonly modifications: readonly Modification[];
}

/** Who asks: a script cannot replay the run that it is itself. */
export interface Caller {
  readonly run: string;
  readonly signal: AbortSignal;
}

export interface SessionReplayReport {
  readonly session: string;
  readonly run: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** Recorded calls that were made again, and the one that was not, if any. */
  readonly replayed: number;
  readonly successful: number;
  readonly failed: number;
  readonly diverged: ReplayDivergence | null;
  /** Whether the script returned what it had returned; `null` where that was not compared. */
  readonly sameResult: boolean | null;
  /** What the script wrote to standard output. */
  readonly output: string | Uint8Array;
  readonly values: readonly Value[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly modified: readonly AppliedModification[];
  /** In mode `debug`: every call that was made again. */
  readonly steps: readonly JournalEntry[] | null;
}

export interface ReplayMetadata {
  readonly session: string;
  readonly run: string | null;
  /** Recorded calls of the run. */
  readonly entries: number;
  /** Milliseconds since the epoch. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  readonly canReplay: boolean;
}

/** What is kept. */
export interface ReplayStores {
  readonly sessions: SessionStore;
  readonly runs: RunStore;
  readonly contents: ContentStore;
}

/** Runs that can be replayed by their id. */
export interface ReplayedRuns {
  entries(id: string): Promise<readonly JournalEntry[]>;
  replay(
    id: string,
    options: {
      readonly from?: number | string;
      readonly signal: AbortSignal;
      readonly timeoutMs: number;
      readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
      readonly rewrite: Rewrite;
    },
  ): Promise<{
    readonly verifiedEntries: number;
    readonly diverged: ReplayDivergence | null;
    readonly outcome: RunOutcome;
  }>;
}

export class SessionReplay {
  constructor(
    private readonly stores: () => Promise<ReplayStores>,
    private readonly behind: SessionRuns,
    private readonly runs: ReplayedRuns,
    private readonly clock: Clock,
  ) {}

  /** True for sessions of runs that are kept; false for those that there are not. */
  async canReplay(id: string, caller: Pick<Caller, 'run'>): Promise<boolean> {
    const { sessions } = await this.stores();
    const session = await sessions.get(id);
    return session !== undefined && (await this.#replayable(session, caller)) !== undefined;
  }

  /** @throws SpellError `SESSION_NOT_FOUND` */
  async metadata(id: string, caller: Pick<Caller, 'run'>): Promise<ReplayMetadata> {
    const session = await this.behind.require(id);
    const record = (await this.#replayable(session, caller)) ?? (await this.behind.runOf(session));
    const entries = record === undefined ? [] : callsOf(await this.runs.entries(record.id));
    return {
      session: id,
      run: record?.id ?? session.run,
      entries: entries.length,
      firstAt: entries.at(0)?.event.startedAt ?? null,
      lastAt: entries.at(-1)?.at ?? null,
      canReplay: record !== undefined && record.id !== caller.run,
    };
  }

  /** Ids of the sessions that can be replayed, the one that changed last first. */
  async listReplayable(caller: Pick<Caller, 'run'>): Promise<string[]> {
    const { sessions, runs } = await this.stores();
    const { items } = await sessions.list();
    const startedIn = await this.behind.startedIn(caller.run);
    const kept = new Map<string | null, boolean>([[null, false]]);
    const ids: string[] = [];
    for (const { id, run } of items) {
      if (run === caller.run) continue;
      if (!kept.has(run)) kept.set(run, (await runs.get(run as string)) !== undefined);
      if (kept.get(run) === true || startedIn.has(id)) ids.push(id);
    }
    return ids;
  }

  /**
   * @throws SpellError `SESSION_NOT_FOUND`, `RUN_NOT_FOUND` when nothing was recorded, `RUN_STATE` when the run that
   * asks created the session, `BAD_ARGUMENT`, and with `stopOnError` what went wrong.
   */
  async replay(
    id: string,
    given: SessionReplayOptions,
    caller: Caller,
  ): Promise<SessionReplayReport> {
    const record = await this.#runOf(id, caller);
    const { from } = given;
    const options = {
      ...given,
      from: from === undefined ? undefined : await this.behind.pointOf(id, from),
    };
    const startedAt = this.clock.now();
    const begin = this.clock.monotonic();
    const found = await (options.mode === 'simulate'
      ? this.#simulate(record, options)
      : this.#execute(record, options, caller.signal));
    const { error, sameResult, diverged } = found;
    const hasFailed =
      diverged !== null || sameResult === false || !isExpected(record, error, options);
    if (hasFailed && options.stopOnError) throw error ?? otherResult(record);
    return {
      session: id,
      run: record.id,
      startedAt,
      durationMs: this.clock.monotonic() - begin,
      ...found,
      replayed: found.successful + (diverged === null ? 0 : 1),
      failed: hasFailed ? 1 : 0,
      error: error === undefined ? null : { code: error.code, message: error.message },
    };
  }

  async #runOf(id: string, caller: Caller): Promise<RunRecord> {
    const session = await this.behind.require(id);
    if (session.run === caller.run) throw ownRun(id, caller.run);
    const record = await this.#replayable(session, caller);
    if (record === undefined) throw noRunOf(id);
    return record;
  }

  async #replayable(
    session: SessionRecord,
    caller: Pick<Caller, 'run'>,
  ): Promise<RunRecord | undefined> {
    if (session.run === caller.run) return undefined;
    return this.behind.runOf(session, caller.run);
  }

  /** Reads every answer without running the script. */
  async #simulate(record: RunRecord, { from }: SessionReplayOptions): Promise<Replayed> {
    const { contents } = await this.stores();
    const entries = await this.runs.entries(record.id);
    const first = from === undefined ? 0 : forkPoint(record.id, entries, from);
    const calls = callsOf(entries).filter(({ seq }) => seq > first);
    for (const { event } of calls) {
      await readPayload(contents, event.args);
      if (event.outcome.ok) await readPayload(contents, event.outcome.value);
    }
    return { ...NOTHING, successful: calls.length, values: record.values };
  }

  async #execute(
    record: RunRecord,
    { mode, from, modifications, timeoutMs, compareResults }: SessionReplayOptions,
    signal: AbortSignal,
  ): Promise<Replayed> {
    const { contents } = await this.stores();
    const output: Uint8Array[] = [];
    const history = await modifyHistory(
      contents,
      await this.runs.entries(record.id),
      mode === 'modified' ? modifications : [],
    );
    let after = 0;
    const { outcome, verifiedEntries, diverged } = await this.runs.replay(record.id, {
      ...(from === undefined ? {} : { from }),
      signal,
      timeoutMs,
      onOutput: (stream, bytes) => {
        if (stream === 'stdout') output.push(bytes);
      },
      rewrite: async (_, place) => {
        after = place;
        return history.entries;
      },
    });
    const applied = history.applied.filter(({ seq }) => seq > after);
    requireEffect(mode === 'modified' ? modifications : [], applied);
    const isComparable = compareResults && mode !== 'modified' && isFinished(record.status);
    const text = Buffer.concat(output);
    return {
      successful: verifiedEntries,
      diverged,
      sameResult: isComparable ? isSameResult(record, outcome) : null,
      output: utf8Text(text) ?? new Uint8Array(text),
      values: outcome.values,
      error: outcome.error,
      modified: applied,
      steps:
        mode === 'debug'
          ? callsOf(history.entries)
              .filter(({ seq }) => seq > after)
              .slice(0, verifiedEntries)
          : null,
    };
  }
}

interface Replayed
  extends Pick<
    SessionReplayReport,
    'successful' | 'diverged' | 'sameResult' | 'output' | 'values' | 'modified' | 'steps'
  > {
  readonly error: SpellError | undefined;
}

const NOTHING: Replayed = {
  successful: 0,
  diverged: null,
  sameResult: null,
  output: '',
  values: [],
  error: undefined,
  modified: [],
  steps: null,
};

/** The answered calls of a journal. */
function callsOf(entries: readonly JournalEntry[]) {
  return entries.flatMap((entry) =>
    entry.event.type === 'call' ? [{ ...entry, event: entry.event }] : [],
  );
}

/** A run that failed fails again, and other answers may lead to other errors. */
function isExpected(
  record: RunRecord,
  error: SpellError | undefined,
  { mode }: SessionReplayOptions,
): boolean {
  if (error === undefined || error.code === record.errorCode) return true;
  return mode === 'modified' && error.code !== 'LIMIT_TIME' && error.code !== 'ABORTED';
}

/** @throws SpellError `BAD_ARGUMENT` for a modification of answers that lie before the checkpoint only. */
function requireEffect(
  modifications: readonly Modification[],
  applied: readonly AppliedModification[],
): void {
  const idle = modifications.find(({ path }) => !applied.some((one) => one.path === path));
  if (idle === undefined) return;
  throw new SpellError(
    'BAD_ARGUMENT',
    `modification ${JSON.stringify(idle.path)} fits nothing behind the checkpoint`,
    { hint: 'Start from an earlier checkpoint, or from the first line.' },
  );
}

function isSameResult(record: RunRecord, { values, exitStatus, error }: RunOutcome): boolean {
  return (
    (error?.code ?? null) === record.errorCode &&
    exitStatus === record.exitStatus &&
    canonicalJson([...values]) === canonicalJson([...record.values])
  );
}

function otherResult({ id }: RunRecord): SpellError {
  return new SpellError(
    'REPLAY_DIVERGED',
    `run ${id} made the recorded calls and returned something else`,
    { hint: 'Check what the script reads that is not recorded.', details: { run: id } },
  );
}
