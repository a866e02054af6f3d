/**
 * JournalKeeper keeps a run: its record, its script, its journal. From these another process goes on with it, replays
 * it, or forks it.
 */
import type { Clock } from '../base/clock.js';
import { SpellError, toSpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import type { ContentStore } from '../content/content-store.js';
import type { KnownPages } from '../content/known-pages.js';
import { PageStore } from '../content/page-store.js';
import { Abandon, IMAGE_PAGE_BYTES, type Soon, type VmImage } from '../engine/engine.js';
import type { CheckpointLabel, WakeCondition } from '../host/host-call.js';
import { JournalTail } from '../host/journal-tail.js';
import { JournaledAnswers } from '../host/journaled-answers.js';
import type { OnUnknown } from '../host/lost-answer.js';
import { withoutRefusal } from '../host/refused-call.js';
import { NO_USAGE, type UsageTotals } from '../host/usage.js';
import { EMPTY_HEAD } from '../journal/journal-entry.js';
import { JournalWriter } from '../journal/journal-writer.js';
import type { QuestionStore } from '../session/question-store.js';
import type { SignalStore } from '../session/signal-store.js';
import type { Backend } from '../storage/storage.js';
import type { Checkpoint } from './checkpoint.js';
import {
  type ImageSource,
  readImage,
  readOwnImage,
  type ScannedCheckpoints,
  scanCheckpoints,
} from './checkpoint-reader.js';
import { GoingToSleep } from './going-to-sleep.js';
import { type History, readUnanswered } from './history.js';
import { IdMap } from './id-map.js';
import { type Ownership, takeOwnership } from './ownership.js';
import type { Beginning, RestingRun, RunKeeper, WakeUp } from './run-keeper.js';
import type { RunOutcome } from './run-outcome.js';
import type { NewRun, RunRecord } from './run-record.js';
import { isFinished } from './run-status.js';
import type { RunStore } from './run-store.js';
import type { Script } from './script.js';
import type { Sleepers } from './sleepers.js';
import { type RestingState, Snapshotter } from './snapshotter.js';
import { type StartingPoint, withOwnIds } from './starting-point.js';

/** KeeperParts is what every keeper of a runtime works with. */
export interface KeeperParts {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly knownPages: KnownPages;
  readonly runs: RunStore;
  readonly sleepers: Sleepers;
  readonly signals: SignalStore;
  readonly questions: QuestionStore;
  readonly clock: Clock;
  readonly onUnknown: OnUnknown;
  readonly policy: SnapshotPolicy;
  /** Digest of the code that this process runs scripts on. */
  readonly build: () => Promise<string>;
}

/** SnapshotPolicy is `[runtime.durability]`. */
export interface SnapshotPolicy {
  /** A snapshot is due after this many entries. */
  readonly everyEntries: number;
  /** A snapshot is due after this many milliseconds, when anything was journaled. */
  readonly everyMs: number;
  /** A snapshot is due when a call has been waiting for this many milliseconds. */
  readonly beforeWaitMs: number;
  /** Unlabelled snapshots to keep. */
  readonly keep: number;
}

interface Kept {
  readonly parts: KeeperParts;
  readonly record: RunRecord;
  readonly ownership: Ownership;
  readonly writer: JournalWriter;
  readonly answers: JournaledAnswers;
  readonly snapshotter: Snapshotter;
  readonly pages: PageStore;
  lastSnapshotAt: number;
}

interface CheckpointRequest {
  readonly label: CheckpointLabel;
  readonly resolve: (seq: number) => void;
  readonly reject: (thrown: unknown) => void;
}

const NO_CHECKPOINTS: ScannedCheckpoints = { checkpoints: [], unreadable: [] };
const NO_HISTORY: History = { entries: [], head: EMPTY_HEAD };

export class JournalKeeper implements RunKeeper {
  readonly isKept = true;
  #kept: Kept | undefined;
  #asleep: GoingToSleep | undefined;
  /** Checkpoints that the script asked for. */
  #requests: CheckpointRequest[] = [];
  /** Called when there is something to do while the run rests. */
  nudge: () => void = () => {};

  /**
   * @param run A run that starts, or what finds the record of one whose process is gone.
   * @param token Unlike every other one in use; a UUID.
   */
  constructor(
    private readonly parts: () => Promise<KeeperParts>,
    private readonly run: NewRun | (() => Promise<RunRecord>),
    private readonly token: string,
  ) {}

  get longWaitMs(): number {
    return this.#kept?.parts.policy.beforeWaitMs ?? Number.POSITIVE_INFINITY;
  }

  /** @throws SpellError `RUN_LOCKED`, `JOURNAL_CORRUPT`, `STORAGE_*` */
  async begin(script: Script): Promise<Beginning> {
    const parts = await this.parts();
    const before = typeof this.run === 'function' ? await this.run() : undefined;
    const { id } = before ?? (this.run as NewRun);
    const ownership = await takeOwnership(parts.backend, id, this.token);
    try {
      // Somebody else may have gone on with the run since it was looked at.
      const now = typeof this.run === 'function' ? await this.run() : undefined;
      return await this.#beginOwned(parts, ownership, now, script);
    } catch (thrown) {
      // The process lives on, and would keep everybody from a run that it does not execute.
      await ownership.release();
      throw thrown;
    }
  }

  async #beginOwned(
    parts: KeeperParts,
    ownership: Ownership,
    before: RunRecord | undefined,
    script: Script,
  ): Promise<Beginning> {
    const hash = await loadHash();
    const build = await parts.build();
    const { id } = before ?? (this.run as NewRun);
    const { checkpoints, unreadable } =
      before === undefined ? NO_CHECKPOINTS : await scanCheckpoints(parts.backend, id);
    const { backend, contents, clock, onUnknown, policy } = parts;
    const hex = (bytes: Uint8Array) => Buffer.from(hash(bytes)).toString('hex');
    const pages = new PageStore(backend, hex, IMAGE_PAGE_BYTES, parts.knownPages);
    const damaged = new Set<Checkpoint>();
    const source = { ...parts, pages, hash: hex };
    const from = before && (await newestUsable(source, before, checkpoints, { build, damaged }));
    const history =
      before === undefined
        ? NO_HISTORY
        : await readUnanswered({ ...parts, hash }, before, from?.checkpoint);
    const writer = new JournalWriter({
      backend,
      contents,
      clock,
      hash,
      run: id,
      head: history.head,
      guard: (transaction) => ownership.guard(transaction),
    });
    const snapshotter = new Snapshotter({
      run: id,
      build,
      pages,
      writer,
      now: () => clock.now(),
      keep: policy.keep,
      checkpoints,
      damaged,
      unreadable,
      from: from?.checkpoint,
      hash: hex,
    });
    const record =
      before === undefined
        ? await writeStart(parts, writer, { ...(this.run as NewRun), build }, script)
        : await writeContinued(parts, writer, before, snapshotter);
    const answers = new JournaledAnswers({
      run: record.id,
      generation: record.generation,
      hash,
      contents,
      tail: new JournalTail(withoutRefusal(history.entries)),
      writer,
      onUnknown,
      requestCheckpoint: (label) => this.#request(label),
      now: () => clock.now(),
      outputs: from?.checkpoint.outputs,
      ids: record.ids.size === 0 ? undefined : new IdMap(record.ids),
    });
    const lastSnapshotAt = clock.monotonic();
    this.#kept = {
      parts,
      record,
      ownership,
      writer,
      answers,
      snapshotter,
      pages,
      lastSnapshotAt,
    };
    return { answers, checkpoint: from === undefined ? undefined : withOwnIds(from, record) };
  }

  /** Photographs the run when that is due: it shortens the way back, nothing depends on it. */
  async rest(resting: RestingRun): Promise<WakeUp | undefined> {
    const kept = this.#kept;
    const { snapshot, state, isLong, isInTheWay } = resting;
    if (kept === undefined || snapshot === undefined) return undefined;
    // A photograph must not lack an answer that the journal has before it: it would be asked for again.
    if (!kept.answers.isCurrent) return undefined;
    const requests = this.#requests.splice(0);
    const mayGo = isLong || isInTheWay;
    if (requests.length === 0 && !mayGo && !this.#isDue(kept)) return undefined;
    const { outputs, intents } = kept.answers;
    const after = kept.writer.nextSeq - 1;
    const seen = { ...state(), outputs, intents, after };
    if (requests.length === 0) {
      const checkpoint = await this.#photograph(kept, snapshot, seen);
      return mayGo ? () => wake(kept.pages, checkpoint) : undefined;
    }
    for (const { label, resolve, reject } of requests) {
      const taken = kept.snapshotter.take(snapshot(), seen, label);
      await taken.then(({ seq }) => resolve(seq), reject);
    }
    return undefined;
  }

  #request(label: CheckpointLabel): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ label, resolve, reject });
      this.nudge();
    });
  }

  /** The newest photograph, if nothing has happened since, or another one. */
  #photograph(kept: Kept, snapshot: () => Soon<VmImage>, seen: RestingState): Promise<Checkpoint> {
    const { snapshotter, parts } = kept;
    const { newest } = snapshotter;
    // What a script says is not in the journal, and neither are calls that wait.
    const isTheSame = newest?.calls === seen.calls && newest.outputs === seen.outputs;
    if (isTheSame && entriesSince(kept) === 0) return Promise.resolve(newest);
    kept.lastSnapshotAt = parts.clock.monotonic();
    return snapshotter.take(snapshot(), seen);
  }

  #isDue(kept: Kept): boolean {
    const { policy, clock } = kept.parts;
    const entries = entriesSince(kept);
    if (entries === 0) return false;
    return (
      entries >= policy.everyEntries || clock.monotonic() - kept.lastSnapshotAt >= policy.everyMs
    );
  }

  async leave(waits: readonly WakeCondition[]): Promise<boolean> {
    if (this.#kept === undefined) return false;
    const { parts, record, writer, answers } = this.#kept;
    // What the record has still to tell may be that the event has come.
    if (!answers.isCurrent && waits.some(({ event }) => event !== undefined)) return false;
    const asleep = new GoingToSleep(parts, record, waits);
    if (!(await asleep.prepare(writer))) return false;
    this.#asleep = asleep;
    return true;
  }

  async end(outcome: RunOutcome): Promise<RunOutcome> {
    // A run that somebody else goes on with by now is theirs to end.
    if (this.#kept === undefined || outcome.error?.code === 'RUN_LOCKED') return outcome;
    const { parts, record, ownership, writer, answers } = this.#kept;
    const { status, error, sessions, values, exitStatus, usage } = outcome;
    const ended: RunRecord = {
      ...record,
      status,
      endedAt: status === 'sleeping' ? null : parts.clock.now(),
      sessions: sessions.map((id) => record.ids.get(id) ?? id),
      values,
      exitStatus,
      calls: usage.calls,
      usage: modelUsage(usage),
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
    };
    const summary = error === undefined ? undefined : { code: error.code, message: error.message };
    await writer.commitNumbered(
      async (tx, seq) => {
        await parts.runs.write(tx, ended);
        if (status === 'sleeping') await this.#asleep?.lay(tx, seq);
        if (isFinished(status)) await parts.questions.removeAll(tx, record.id);
      },
      () => ({ type: 'end', status, error: summary, outputs: answers.outputs }),
    );
    await writer.flush();
    await ownership.release();
    return outcome;
  }
}

function modelUsage({ modelCalls, inputTokens, outputTokens, costUsd }: UsageTotals): UsageTotals {
  return { modelCalls, inputTokens, outputTokens, costUsd };
}

/** Entries that the journal got behind the newest photograph. */
function entriesSince({ writer, snapshotter }: Kept): number {
  return writer.nextSeq - 1 - (snapshotter.newest?.seq ?? 0);
}

/**
 * The newest checkpoint that this process can go on from; the way back is the journal from its start otherwise.
 *
 * @param damaged Gets the newer ones that can't be read.
 */
async function newestUsable(
  source: ImageSource,
  record: RunRecord,
  checkpoints: readonly Checkpoint[],
  { build, damaged }: { readonly build: string; readonly damaged: Set<Checkpoint> },
): Promise<StartingPoint | undefined> {
  for (const checkpoint of checkpoints.toReversed()) {
    if (checkpoint.build !== build) continue;
    try {
      return { checkpoint, image: await readOwnImage(source, record, checkpoint) };
    } catch (thrown) {
      // A damaged photograph is no loss: an older one, or the journal, tells the same.
      if (!(thrown instanceof SpellError) || thrown.code !== 'JOURNAL_CORRUPT') throw thrown;
      damaged.add(checkpoint);
    }
  }
  return undefined;
}

/** A run that can't be woken is not lost: it is resumed from an older photograph, or from its journal. */
async function wake(pages: PageStore, checkpoint: Checkpoint): Promise<VmImage> {
  try {
    return await readImage(pages, checkpoint);
  } catch (thrown) {
    throw new Abandon(toSpellError(thrown));
  }
}

async function writeStart(
  { contents, runs, clock }: KeeperParts,
  writer: JournalWriter,
  run: NewRun & { readonly build: string },
  { chunk, folder }: Script,
): Promise<RunRecord> {
  const content = await contents.prepare(chunk.source);
  const record: RunRecord = {
    ...run,
    chunkName: chunk.name,
    folder,
    scriptHash: content.hash,
    status: 'running',
    startedAt: clock.now(),
    endedAt: null,
    sessions: [],
    calls: 0,
    usage: NO_USAGE,
    values: [],
    exitStatus: 0,
    errorCode: null,
    errorMessage: null,
  };
  const { script, scriptHash, args, actor, seed, build } = record;
  const by = actor === null ? {} : { actor };
  await writer.commitWith(
    async (tx) => {
      await contents.reference(tx, content);
      await runs.write(tx, record);
    },
    () => ({ type: 'start', script, scriptHash, args, ...by, seed, build }),
  );
  return record;
}

async function writeContinued(
  { runs, sleepers }: KeeperParts,
  writer: JournalWriter,
  before: RunRecord,
  snapshotter: Snapshotter,
): Promise<RunRecord> {
  const record: RunRecord = {
    ...before,
    status: 'running',
    endedAt: null,
    errorCode: null,
    errorMessage: null,
  };
  await writer.commitRecord(async (tx) => {
    await sleepers.raise(tx, record.id);
    await runs.write(tx, record);
    await snapshotter.dropDamaged(tx);
  });
  return record;
}
