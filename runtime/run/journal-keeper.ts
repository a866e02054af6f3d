/**
 * JournalKeeper keeps a run: its record, its script, its journal. From these another process goes on with it, replays
 * it, or forks it.
 */
import type { Clock } from '../base/clock.js';
import { loadHash } from '../content/content-address.js';
import type { ContentStore } from '../content/content-store.js';
import type { Answers, RunState } from '../host/host-call.js';
import { JournalTail } from '../host/journal-tail.js';
import { JournaledAnswers, type OnUnknown } from '../host/journaled-answers.js';
import { EMPTY_HEAD, type Hash, type JournalEntry } from '../journal/journal-entry.js';
import { readJournal } from '../journal/journal-reader.js';
import { JournalWriter } from '../journal/journal-writer.js';
import type { Backend } from '../storage/storage.js';
import { type Ownership, takeOwnership } from './ownership.js';
import type { RunOutcome } from './run.js';
import type { RunKeeper } from './run-keeper.js';
import type { RunRecord } from './run-record.js';
import type { RunStore } from './run-store.js';
import type { Script } from './script.js';

/** KeeperParts is what every keeper of a runtime works with. */
export interface KeeperParts {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly onUnknown: OnUnknown;
}

/** NewRun is what is known of a run before its script was read. */
export type NewRun = Pick<
  RunRecord,
  | 'id'
  | 'script'
  | 'args'
  | 'parentRun'
  | 'parentSeq'
  | 'generation'
  | 'seed'
  | 'build'
  | 'currentSession'
  | 'memoryLimitBytes'
  | 'variables'
>;

interface Kept {
  readonly parts: KeeperParts;
  readonly record: RunRecord;
  readonly ownership: Ownership;
  readonly writer: JournalWriter;
}

export class JournalKeeper implements RunKeeper {
  #kept: Kept | undefined;

  /**
   * @param run A run that starts, or the record of one whose process is gone.
   * @param token Unlike every other one in use; a UUID.
   */
  constructor(
    private readonly parts: () => Promise<KeeperParts>,
    private readonly run: NewRun | RunRecord,
    private readonly token: string,
  ) {}

  /** @throws SpellError `RUN_LOCKED`, `JOURNAL_CORRUPT`, `STORAGE_*` */
  async begin(script: Script, state: RunState): Promise<Answers> {
    const parts = await this.parts();
    const hash = await loadHash();
    const ownership = await takeOwnership(parts.backend, this.run.id, this.token);
    const isNew = !('status' in this.run);
    const entries = isNew ? [] : await readEntries(parts.backend, this.run.id, hash);
    const { backend, contents, clock, onUnknown } = parts;
    const writer = new JournalWriter({
      backend,
      contents,
      clock,
      hash,
      run: this.run.id,
      head: entries.at(-1) ?? EMPTY_HEAD,
      guard: (transaction) => ownership.guard(transaction),
    });
    const record = isNew
      ? await writeStart(parts, writer, this.run, script)
      : await writeContinued(parts, writer, this.run as RunRecord);
    this.#kept = { parts, record, ownership, writer };
    state.currentSession = record.currentSession ?? undefined;
    return new JournaledAnswers({
      run: record.id,
      generation: record.generation,
      hash,
      contents,
      tail: new JournalTail(entries),
      writer,
      onUnknown,
      now: () => clock.now(),
    });
  }

  async end(outcome: RunOutcome): Promise<RunOutcome> {
    // A run that somebody else goes on with by now is theirs to end.
    if (this.#kept === undefined || outcome.error?.code === 'RUN_LOCKED') return outcome;
    const { parts, record, ownership, writer } = this.#kept;
    const { status, error, sessions, values, exitStatus, usage } = outcome;
    const ended: RunRecord = {
      ...record,
      status,
      endedAt: parts.clock.now(),
      sessions,
      values,
      exitStatus,
      calls: usage.calls,
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
    };
    const summary = error === undefined ? undefined : { code: error.code, message: error.message };
    await writer.commitWith(
      (tx) => parts.runs.write(tx, ended),
      () => ({ type: 'end', status, error: summary }),
    );
    await parts.backend.flush();
    await ownership.release();
    return outcome;
  }
}

/** The whole journal of a run. @throws SpellError `JOURNAL_CORRUPT` */
export async function readEntries(
  backend: Backend,
  run: string,
  hash: Hash,
): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of readJournal(backend, run, hash)) entries.push(entry);
  return entries;
}

async function writeStart(
  { contents, runs, clock }: KeeperParts,
  writer: JournalWriter,
  run: NewRun,
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
    values: [],
    exitStatus: 0,
    errorCode: null,
    errorMessage: null,
  };
  const { script, scriptHash, args, seed, build } = record;
  await writer.commitWith(
    async (tx) => {
      await contents.reference(tx, content);
      await runs.write(tx, record);
    },
    () => ({ type: 'start', script, scriptHash, args, seed, build }),
  );
  return record;
}

async function writeContinued(
  { runs }: KeeperParts,
  writer: JournalWriter,
  before: RunRecord,
): Promise<RunRecord> {
  const record: RunRecord = {
    ...before,
    status: 'running',
    endedAt: null,
    errorCode: null,
    errorMessage: null,
  };
  await writer.commitRecord((tx) => runs.write(tx, record));
  return record;
}
