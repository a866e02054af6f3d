/** RunApi is kept runs: listed, gone on with, replayed, forked, compared. */
import { actorOr } from './actor.js';
import { SpellError } from './base/errors.js';
import type { Value } from './base/value.js';
import { loadHash } from './content/content-address.js';
import { encodeResult } from './engine/result-bytes.js';
import type { OnUnknown } from './host/lost-answer.js';
import type { JournalEntry } from './journal/journal-entry.js';
import { type KeptRun, type RunParts, toKeptRun } from './kept-run.js';
import type { AnsweredQuestion, OpenQuestion } from './open-question.js';
import type { PageOf } from './program-session.js';
import { explainDivergence, type ReplayDivergence } from './replay-divergence.js';
import { compareRuns, type RunDifference } from './run/compare.js';
import { createFork } from './run/fork.js';
import { forkPoint } from './run/fork-point.js';
import { layDown } from './run/going-to-sleep.js';
import { type History, readHistory, readSoundHistory } from './run/history.js';
import { JournalKeeper } from './run/journal-keeper.js';
import { runLocked } from './run/ownership.js';
import { type Program, programOf } from './run/program.js';
import { ReplayKeeper } from './run/replay-keeper.js';
import type { Run } from './run/run.js';
import type { RunKeeper } from './run/run-keeper.js';
import type { RunOutcome } from './run/run-outcome.js';
import type { RunRecord } from './run/run-record.js';
import { isFinished } from './run/run-status.js';
import { type RunFilter, runNotFound } from './run/run-store.js';
import { type Script, scriptFromSource } from './run/script.js';
import type { CopyStores } from './run/session-copies.js';
import { startingPoint } from './run/starting-point.js';
import type {
  ForkRunOptions,
  ReplayRunOptions,
  ResumeRunOptions,
  RunOptions,
} from './run-options.js';
import { endsBefore, finished, notDue, otherScriptFrom } from './run-problems.js';
import { type AnswerOptions, RunQuestions } from './run-questions.js';
import { RunWatch, type WatchRunsOptions } from './run-watch.js';

/** ReplayReport is what a replay found. */
export interface ReplayReport {
  readonly run: string;
  /** The entry of the checkpoint that it started from; `null` for the first line. */
  readonly from: number | null;
  /** Recorded calls that the script made again, exactly. */
  readonly verifiedEntries: number;
  /** The first call that was not the recorded one. */
  readonly diverged: ReplayDivergence | null;
  readonly outcome: RunOutcome;
}

/** What the runtime does for its runs. */
export interface RunHost {
  readonly parts: () => Promise<RunParts>;
  readonly nextId: () => string;
  /** Who acts when a caller names nobody. */
  readonly actor: string | null;
  /** Takes out of an answer what must not be stored. */
  readonly redacted: (given: Value) => Value;
  readonly copyStores: () => Promise<CopyStores>;
  /** The kept runs of this id that the runtime executes: one, but for others that find it locked. */
  readonly executed: (id: string) => readonly Run[];
  /** Starts a run that is kept by `keeper`, with the settings of its record. */
  launch(id: string, program: () => Promise<Program>, keeper: RunKeeper, options: RunOptions): Run;
}

export class RunApi {
  readonly #questions: RunQuestions;

  constructor(private readonly host: RunHost) {
    this.#questions = new RunQuestions(host.parts, host.actor);
  }

  /** The runs that match, the one that started last first. */
  async list(filter: RunFilter = {}): Promise<PageOf<KeptRun>> {
    const { runs } = await this.host.parts();
    const { items, next } = await runs.list(filter);
    return { items: await Promise.all(items.map((record) => this.#toKeptRun(record))), next };
  }

  /** `undefined` when there is no such run. */
  async get(id: string): Promise<KeptRun | undefined> {
    const { runs } = await this.host.parts();
    const record = await runs.get(id);
    return record === undefined ? undefined : this.#toKeptRun(record);
  }

  /**
   * The run with this id, or the only one whose id begins so.
   *
   * @throws SpellError `RUN_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  async find(idOrPrefix: string): Promise<KeptRun> {
    const { runs } = await this.host.parts();
    return this.#toKeptRun(await runs.find(idOrPrefix));
  }

  /**
   * Goes on with a run whose process is gone, from what its journal tells. No answered call is made again.
   *
   * The outcome has the error `RUN_NOT_FOUND`, `RUN_STATE` when the run is finished, or `RUN_LOCKED` when a process
   * still executes it.
   *
   * @param id The whole id.
   */
  resume(id: string, { onUnknown, memoryLimitBytes, ...options }: ResumeRunOptions = {}): Run {
    const find = async () => {
      const record = await this.#resumable(id);
      return { ...record, memoryLimitBytes: memoryLimitBytes ?? record.memoryLimitBytes };
    };
    return this.#goOn(this.#partsWith(onUnknown), find, id, options);
  }

  #partsWith(onUnknown: OnUnknown | undefined): RunHost['parts'] {
    return async () => {
      const parts = await this.host.parts();
      return { ...parts, onUnknown: onUnknown ?? parts.onUnknown };
    };
  }

  #goOn(
    parts: RunHost['parts'],
    find: () => Promise<RunRecord>,
    id: string,
    options: RunOptions,
  ): Run {
    const keeper = new JournalKeeper(parts, find, this.host.nextId());
    const program = async () => {
      const record = await find();
      return programOf(record, await this.#storedScript(record));
    };
    return this.host.launch(id, program, keeper, options);
  }

  /**
   * Puts a run to sleep until it is resumed. One that this runtime executes ends where it waits next, with the status
   * `sleeping`; calls that are on their way are waited for.
   *
   * @param id The whole id.
   * @throws SpellError `RUN_NOT_FOUND`, `RUN_STATE` when it is finished, `RUN_LOCKED` when another process executes it.
   */
  async suspend(id: string): Promise<KeptRun> {
    const parts = await this.host.parts();
    const live = this.host.executed(id);
    if (live.length === 0) await layDown(parts, () => this.#resumable(id), this.host.nextId());
    for (const run of live) run.suspend();
    const errors = (await Promise.all(live.map(({ outcome }) => outcome))).map(
      ({ error }) => error,
    );
    const record = await this.#resumable(id);
    if (record.status === 'sleeping') return this.#toKeptRun(record);
    throw errors.find((error) => error !== undefined) ?? runLocked(id, undefined);
  }

  /** What runs ask and wait for, the oldest question first; of all runs when none is named. */
  questions(run?: string): Promise<readonly OpenQuestion[]> {
    return this.#questions.list(run);
  }

  /**
   * Answers what a run asks, wherever it waits; one that sleeps is due then. What returns is on the disk.
   *
   * @param id The whole id.
   * @param name The name of the question; `undefined` when there is only one.
   * @throws SpellError `QUESTION_NOT_FOUND`, `QUESTION_STATE` when it was answered already or the time is over,
   * `RUN_STATE` when the run has ended, `AMBIGUOUS_ID` when several questions are meant.
   */
  approve(id: string, name?: string, answer: AnswerOptions = {}): Promise<AnsweredQuestion> {
    return this.#questions.approve(id, name, answer);
  }

  /**
   * Ids of the runs that can be gone on with now: those that were interrupted or came to a limit, and those that sleep
   * and are due; the one that started first at the beginning. A run that has spent its budget is none of them: somebody
   * has to name it.
   */
  async resumable(): Promise<readonly string[]> {
    const { runs, sleepers, clock } = await this.host.parts();
    const interrupted = await runs.listSound({ status: 'interrupted' });
    const limited = await runs.listSound({ status: 'limit' });
    const stopped = limited.items.filter(({ errorCode }) => errorCode !== 'LIMIT_BUDGET');
    const ids = [...interrupted.items, ...stopped].map(({ id }) => id);
    return [...ids, ...(await sleepers.due(clock.now()))].sort();
  }

  /**
   * Goes on with runs as they become due, until the signal is aborted; those that are interrupted now, or whose process
   * is killed meanwhile, are gone on with too. Where they wait for long they sleep again. Several programs may watch
   * one storage.
   */
  async watch(options: WatchRunsOptions): Promise<void> {
    const { runs, sleepers, clock } = await this.host.parts();
    const { onUnknown, signal: _, ...own } = options;
    const parts = this.#partsWith(onUnknown);
    const watch = new RunWatch(
      {
        clock,
        resumable: () => this.resumable(),
        orphans: () => runs.orphans(),
        due: (limit) => sleepers.due(clock.now(), limit),
        nextDue: () => sleepers.nextDue(),
        wake: (id) => this.#goOn(parts, () => this.#wakeable(id), id, { ...own, detach: true }),
      },
      options,
    );
    await watch.run();
  }

  /**
   * Runs again with every call answered from the journal: nothing is written, nothing leaves the process.
   *
   * @throws SpellError `RUN_NOT_FOUND`; with `from` `BAD_ARGUMENT` when there is no such checkpoint, and
   * `SNAPSHOT_UNUSABLE` when its snapshot was not kept, is damaged, or was made by another version of llmspell.
   */
  async replay(id: string, options: ReplayRunOptions = {}): Promise<ReplayReport> {
    const { runs } = await this.host.parts();
    return this.#replay(await runs.find(id), options, { mayGoOn: false });
  }

  async #replay(
    record: RunRecord,
    { script, from: at, to, rewrite, ...rest }: ReplayRunOptions,
    { mayGoOn }: { readonly mayGoOn: boolean },
  ): Promise<ReplayReport> {
    if (at !== undefined && script !== undefined) throw otherScriptFrom();
    const parts = await this.host.parts();
    const { contents } = parts;
    const from = at === undefined ? undefined : await startingPoint(parts, record, at);
    const first = from?.checkpoint.seq ?? 0;
    if (to !== undefined && to < first) throw endsBefore(to, first);
    const keeper = new ReplayKeeper(this.host.parts, record, { from, to, mayGoOn, rewrite });
    const recorded = await this.#storedScript(record);
    let actual = recorded;
    const program = async () => {
      actual = (await script?.()) ?? recorded;
      return programOf(record, actual);
    };
    const outcome = await this.host.launch(record.id, program, keeper, rest).outcome;
    const { verified: verifiedEntries, divergence, entries } = keeper;
    const diverged =
      divergence === undefined
        ? null
        : await explainDivergence(contents, divergence, { recorded, actual, entries });
    const start = from?.checkpoint.seq ?? null;
    return { run: record.id, from: start, verifiedEntries, diverged, outcome };
  }

  /**
   * Makes a run that shares another one's history up to an entry and goes its own way from there. It is not started:
   * `resume` does that. The original does not change.
   *
   * @throws SpellError `RUN_NOT_FOUND`, `BAD_ARGUMENT` for a point that there is not, `REPLAY_DIVERGED` when another
   * script does not make the calls of the shared part, `RUN_EXISTS`; nothing was made then.
   */
  async fork(
    id: string,
    options: ForkRunOptions = {},
  ): Promise<KeptRun & { lost: readonly string[] }> {
    const parts = await this.host.parts();
    const original = await parts.runs.find(id);
    const { set } = options;
    const at = set?.seq ?? options.at;
    const entries = await this.#entriesUpTo(original, at);
    const seq = forkPoint(original.id, entries, at);
    const script = await options.script?.();
    if (script !== undefined) await this.#requireSameStart(original, script, seq);
    const { record, lost } = await createFork(parts, await this.host.copyStores(), {
      original,
      id: options.id ?? this.host.nextId(),
      actor: actorOr(this.host.actor, options.actor),
      seq,
      script,
      override:
        set === undefined
          ? undefined
          : overrideOf(original.id, entries, { seq, value: this.host.redacted(set.value) }),
    });
    await parts.backend.flush();
    return { ...(await this.#toKeptRun(record)), lost };
  }

  /** The calls in which two runs differ, those that they share by forking left out. */
  async diff(left: string, right: string): Promise<readonly RunDifference[]> {
    const { runs, contents } = await this.host.parts();
    const [one, other] = [await runs.find(left), await runs.find(right)];
    const histories = [await this.#history(one), await this.#history(other)] as const;
    return compareRuns(contents, histories[0].entries, histories[1].entries);
  }

  /** The entries of a run's journal, in order. @throws SpellError `RUN_NOT_FOUND`, `JOURNAL_CORRUPT` */
  async entries(id: string): Promise<readonly JournalEntry[]> {
    const { runs } = await this.host.parts();
    return (await this.#history(await runs.find(id))).entries;
  }

  /**
   * The entries up to the first one that can't be read.
   *
   * @returns With the error that tells what is wrong there; `undefined` when all are sound.
   * @throws SpellError `RUN_NOT_FOUND`
   */
  async soundEntries(id: string): Promise<{
    readonly entries: readonly JournalEntry[];
    readonly damage: SpellError | undefined;
  }> {
    const { backend, runs } = await this.host.parts();
    const source = { backend, runs, hash: await loadHash() };
    return readSoundHistory(source, await runs.find(id));
  }

  /** What is damaged behind the place that is meant does not matter. */
  async #entriesUpTo(
    record: RunRecord,
    at: number | string | undefined,
  ): Promise<readonly JournalEntry[]> {
    const { entries, damage } = await this.soundEntries(record.id);
    if (damage === undefined) return entries;
    if (at === undefined) throw damage;
    try {
      forkPoint(record.id, entries, at);
    } catch {
      // It may be a place that the damage hides.
      throw damage;
    }
    return entries;
  }

  async #history(record: RunRecord, to?: number): Promise<History> {
    const { backend, runs } = await this.host.parts();
    return readHistory({ backend, runs, hash: await loadHash() }, record, to);
  }

  /** @throws SpellError `REPLAY_DIVERGED` */
  async #requireSameStart(original: RunRecord, script: Script, seq: number): Promise<void> {
    const options = { script: async () => script, to: seq };
    const { outcome } = await this.#replay(original, options, { mayGoOn: true });
    if (outcome.error !== undefined) throw outcome.error;
  }

  /** The record of a run that can be gone on with. */
  async #resumable(id: string): Promise<RunRecord> {
    const { runs } = await this.host.parts();
    const record = await runs.get(id);
    if (record === undefined) throw runNotFound(id);
    if (isFinished(record.status)) throw finished(record);
    return record;
  }

  /** The record of a run that is to be gone on with now. */
  async #wakeable(id: string): Promise<RunRecord> {
    const { sleepers, clock } = await this.host.parts();
    const record = await this.#resumable(id);
    if (record.status !== 'sleeping') return record;
    const at = (await sleepers.get(id))?.at ?? Number.POSITIVE_INFINITY;
    if (at <= clock.now()) return record;
    throw notDue(record);
  }

  async #storedScript(record: RunRecord): Promise<Script> {
    const { contents } = await this.host.parts();
    const source = await contents.read(record.scriptHash);
    const { script: name, chunkName, folder } = record;
    return scriptFromSource(source, { name, chunkName, folder });
  }

  async #toKeptRun(record: RunRecord): Promise<KeptRun> {
    return toKeptRun(await this.host.parts(), record);
  }
}

function overrideOf(
  run: string,
  entries: readonly JournalEntry[],
  { seq, value }: { readonly seq: number; readonly value: Value },
): Uint8Array {
  const entry = entries.find((candidate) => candidate.seq === seq);
  if (entry?.event.type === 'call') return encodeResult(value);
  throw new SpellError('BAD_ARGUMENT', `entry ${seq} of run ${run} is no answer to a call`, {
    hint: 'llmspell runs show lists the entries of a run.',
  });
}
