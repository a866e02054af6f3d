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
import { type AppliedModification, type Modification, modifyHistory } from './run/modification.js';
import type { Rewrite } from './run/replay-keeper.js';
import type { RunOutcome } from './run/run-outcome.js';
import type { RunRecord } from './run/run-record.js';
import { isFinished } from './run/run-status.js';
import type { RunStore } from './run/run-store.js';
import { sessionNotFound } from './session/session-errors.js';
import type { SessionStore } from './session/session-store.js';

/**
 * How a session is replayed: `exact` runs the script again, `debug` also tells every call, `modified` gives other
 * answers than the recorded ones, `simulate` goes through the record without running the script.
 */
export const REPLAY_MODES = ['exact', 'modified', 'simulate', 'debug'] as const;
export type ReplayMode = (typeof REPLAY_MODES)[number];

export interface SessionReplayOptions {
  readonly mode: ReplayMode;
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
    private readonly runs: ReplayedRuns,
    private readonly clock: Clock,
  ) {}

  /** True for sessions of runs that are kept; false for those that there are not. */
  async canReplay(id: string, caller: Pick<Caller, 'run'>): Promise<boolean> {
    const { sessions } = await this.stores();
    const run = (await sessions.get(id))?.run ?? null;
    return (await this.#replayable(run, caller)) !== undefined;
  }

  /** @throws SpellError `SESSION_NOT_FOUND` */
  async metadata(id: string, caller: Pick<Caller, 'run'>): Promise<ReplayMetadata> {
    const { sessions, runs } = await this.stores();
    const session = await sessions.get(id);
    if (session === undefined) throw sessionNotFound(id);
    const record = session.run === null ? undefined : await runs.get(session.run);
    const entries = record === undefined ? [] : callsOf(await this.runs.entries(record.id));
    return {
      session: id,
      run: session.run,
      entries: entries.length,
      firstAt: entries.at(0)?.event.startedAt ?? null,
      lastAt: entries.at(-1)?.at ?? null,
      canReplay: (await this.#replayable(session.run, caller)) !== undefined,
    };
  }

  /** Ids of the sessions that can be replayed, the one that changed last first. */
  async listReplayable(caller: Pick<Caller, 'run'>): Promise<string[]> {
    const { sessions } = await this.stores();
    const { items } = await sessions.list();
    const known = new Map<string | null, boolean>([[null, false]]);
    const ids: string[] = [];
    for (const { id, run } of items) {
      const can = known.get(run) ?? (await this.#replayable(run, caller)) !== undefined;
      known.set(run, can);
      if (can) ids.push(id);
    }
    return ids;
  }

  /**
   * @throws SpellError `SESSION_NOT_FOUND`, `RUN_NOT_FOUND` when nothing was recorded, `RUN_STATE` when the run that
   * asks created the session, `BAD_ARGUMENT`, and with `stopOnError` what went wrong.
   */
  async replay(
    id: string,
    options: SessionReplayOptions,
    caller: Caller,
  ): Promise<SessionReplayReport> {
    const record = await this.#runOf(id, caller);
    const startedAt = this.clock.now();
    const begin = this.clock.monotonic();
    const found = await (options.mode === 'simulate'
      ? this.#simulate(record)
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
    const { sessions } = await this.stores();
    const session = await sessions.get(id);
    if (session === undefined) throw sessionNotFound(id);
    if (session.run === caller.run) throw stillGoingOn(id, caller.run);
    const record = await this.#replayable(session.run, caller);
    if (record !== undefined) return record;
    throw new SpellError('RUN_NOT_FOUND', `no run is kept that created session "${id}"`, {
      hint: 'Runs are kept on persistent storage, unless durability is switched off.',
      details: { session: id },
    });
  }

  async #replayable(
    run: string | null,
    caller: Pick<Caller, 'run'>,
  ): Promise<RunRecord | undefined> {
    if (run === null || run === caller.run) return undefined;
    return (await this.stores()).runs.get(run);
  }

  /** Reads every answer without running the script. */
  async #simulate(record: RunRecord): Promise<Replayed> {
    const { contents } = await this.stores();
    const calls = callsOf(await this.runs.entries(record.id));
    for (const { event } of calls) {
      await readPayload(contents, event.args);
      if (event.outcome.ok) await readPayload(contents, event.outcome.value);
    }
    return { ...NOTHING, successful: calls.length, values: record.values };
  }

  async #execute(
    record: RunRecord,
    { mode, modifications, timeoutMs, compareResults }: SessionReplayOptions,
    signal: AbortSignal,
  ): Promise<Replayed> {
    const { contents } = await this.stores();
    const output: Uint8Array[] = [];
    const history = await modifyHistory(
      contents,
      await this.runs.entries(record.id),
      mode === 'modified' ? modifications : [],
    );
    const { outcome, verifiedEntries, diverged } = await this.runs.replay(record.id, {
      signal,
      timeoutMs,
      onOutput: (stream, bytes) => {
        if (stream === 'stdout') output.push(bytes);
      },
      rewrite: async () => history.entries,
    });
    const isComparable = compareResults && mode !== 'modified' && isFinished(record.status);
    const text = Buffer.concat(output);
    return {
      successful: verifiedEntries,
      diverged,
      sameResult: isComparable ? isSameResult(record, outcome) : null,
      output: utf8Text(text) ?? new Uint8Array(text),
      values: outcome.values,
      error: outcome.error,
      modified: history.applied,
      steps: mode === 'debug' ? callsOf(history.entries).slice(0, verifiedEntries) : null,
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

function isSameResult(record: RunRecord, { values, exitStatus, error }: RunOutcome): boolean {
  return (
    (error?.code ?? null) === record.errorCode &&
    exitStatus === record.exitStatus &&
    canonicalJson([...values]) === canonicalJson([...record.values])
  );
}

function stillGoingOn(session: string, run: string): SpellError {
  return new SpellError(
    'RUN_STATE',
    `session "${session}" was created by this run, which is still going on`,
    {
      hint: 'A run can be replayed when it has ended: by another script, or llmspell replay.',
      details: { run, session },
    },
  );
}

function otherResult({ id }: RunRecord): SpellError {
  return new SpellError(
    'REPLAY_DIVERGED',
    `run ${id} made the recorded calls and returned something else`,
    { hint: 'Check what the script reads that is not recorded.', details: { run: id } },
  );
}
