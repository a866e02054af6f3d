/**
 * ReplayKeeper answers every call of a run from its journal: nothing is written, nothing leaves the process. The first
 * call that is not the recorded one ends the replay.
 */
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import { type Divergence, diverged, JournalTail } from '../host/journal-tail.js';
import { END_OF_RECORD, JournaledAnswers } from '../host/journaled-answers.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import { readHead } from '../journal/journal-reader.js';
import { readUnanswered, unansweredOf } from './history.js';
import { IdMap } from './id-map.js';
import type { KeeperParts } from './journal-keeper.js';
import type { Beginning, RunKeeper } from './run-keeper.js';
import type { RunOutcome } from './run-outcome.js';
import type { RunRecord } from './run-record.js';
import { isFinished } from './run-status.js';
import type { StartingPoint } from './starting-point.js';

export interface ReplayOptions {
  /** Where to start; the first line of the script when absent. */
  readonly from?: StartingPoint | undefined;
  /** The last entry to go through; all when absent. */
  readonly to?: number | undefined;
  /** The script may have more to do than the record tells; always so when the run itself had. */
  readonly mayGoOn: boolean;
  /** Puts other answers into the record before the script gets them. */
  readonly rewrite?: Rewrite | undefined;
}

/** @param after The script does not get the answers up to this entry again. */
export type Rewrite = (
  entries: readonly JournalEntry[],
  after: number,
) => Promise<readonly JournalEntry[]>;

export class ReplayKeeper implements RunKeeper {
  #tail: JournalTail | undefined;
  #divergence: Divergence | undefined;
  #entries: readonly JournalEntry[] = [];

  constructor(
    private readonly parts: () => Promise<KeeperParts>,
    private readonly record: RunRecord,
    private readonly options: ReplayOptions,
  ) {}

  /** Recorded calls that were made again, exactly. */
  get verified(): number {
    return this.#tail?.verified ?? 0;
  }

  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  /** The record that the replay is held against. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  async begin(): Promise<Beginning> {
    const { backend, runs, contents, clock, onUnknown } = await this.parts();
    const hash = await loadHash();
    const { from, to = Number.POSITIVE_INFINITY, mayGoOn, rewrite } = this.options;
    const place = from?.checkpoint;
    const source = { backend, runs, hash };
    let { entries } = await readUnanswered(
      source,
      this.record,
      rewrite === undefined ? place : undefined,
      to,
    );
    if (rewrite !== undefined) {
      entries = await rewrite(entries, place?.after ?? 0);
      if (place !== undefined) entries = unansweredOf(entries, place);
    }
    const isWhole = to >= ((await readHead(backend, this.record.id))?.seq ?? 0);
    this.#entries = entries;
    this.#tail = new JournalTail(entries);
    const answers = new JournaledAnswers({
      run: this.record.id,
      generation: this.record.generation,
      hash,
      contents,
      tail: this.#tail,
      writer: undefined,
      // A run that is not finished, or not wanted to its end, has more to do than its record tells.
      endsWithRecord: mayGoOn || !isWhole || !this.#cameToItsEnd,
      onUnknown,
      outputs: place?.outputs,
      ids: this.record.ids.size === 0 ? undefined : new IdMap(this.record.ids),
      now: () => clock.now(),
      onDivergence: (divergence) => {
        this.#divergence = divergence;
      },
    });
    return { answers, checkpoint: from };
  }

  /** A run that was stopped is over, too, and somewhere on its way. */
  get #cameToItsEnd(): boolean {
    return isFinished(this.record.status) && this.record.errorCode !== 'STOPPED';
  }

  async end(outcome: RunOutcome): Promise<RunOutcome> {
    if (outcome.error?.code === END_OF_RECORD) {
      return { ...outcome, status: 'completed', error: undefined };
    }
    if (this.#divergence !== undefined) return { ...outcome, status: 'failed' };
    const missing = this.#tail?.firstMissing();
    if (missing === undefined || isCutShort(outcome)) return outcome;
    this.#divergence = {
      seq: missing.seq,
      branch: missing.event.branch,
      class: 'missing',
      recorded: missing,
      actual: undefined,
    };
    const error = missed(diverged(this.record.id, this.#divergence), outcome.error);
    return { ...outcome, status: 'failed', error };
  }
}

/** A call may be missing since the script failed before: then it is told where, and why. */
function missed(divergence: SpellError, failure: SpellError | undefined): SpellError {
  if (failure === undefined) return divergence;
  const { hint, details, code } = divergence;
  const { file, line, column, traceback } = failure;
  const context = { hint, details, file, line, column, traceback, cause: failure };
  const message = `${divergence.message}: the script ends before, with: ${failure.message}`;
  return new SpellError(code, `${message} [${failure.code}]`, context);
}

/** True when it was not the script that ended the replay. */
function isCutShort({ status, error }: RunOutcome): boolean {
  if (status === 'interrupted' || status === 'limit') return true;
  return error !== undefined && /^(INTERNAL|RUNTIME_CLOSED|STORAGE_|\w+_CORRUPT$)/.test(error.code);
}
