/** RunStore keeps the records of runs, found by id and listed by the time they started. */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { ambiguousId, entriesBeginning } from '../session/id-prefix.js';
import {
  collectPage,
  type IndexRow,
  mergeRows,
  type Page,
  rowKey,
  rowValue,
  walkIndexes,
} from '../session/index-walk.js';
import { ALL_TIME } from '../session/time-bound.js';
import { FAMILY, key, lastText } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import type { Transaction } from '../storage/transaction.js';
import { currentOwner } from './ownership.js';
import { decodeRun, encodeRun, type RunRecord } from './run-record.js';
import {
  actualPhase,
  GOING_ON,
  isGoingOn,
  isRunPhase,
  RUN_PHASES,
  type RunPhase,
  recordedPhases,
} from './run-status.js';

export interface RunFilter {
  /** Where the run is in truth: one whose process was killed is `interrupted`. */
  readonly status?: RunPhase | undefined;
  /** All when absent. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

type GetRun = (id: string) => Promise<RunRecord | undefined>;

export class RunStore {
  constructor(private readonly backend: Backend) {}

  /**
   * Writes a record with its index rows, in place of what was there.
   *
   * @throws SpellError `RUN_NOT_FOUND` for a fork of a run that is gone.
   */
  async write(transaction: Transaction, record: RunRecord): Promise<void> {
    const stored = await transaction.get(recordKey(record.id));
    if (stored === undefined) {
      if (record.parentRun !== null) await this.#addFork(transaction, record.parentRun);
    } else {
      for (const row of rowsOf(readRecord(record.id, stored))) transaction.remove(row);
    }
    for (const row of rowsOf(record)) transaction.put(row, rowValue(record.id));
    transaction.put(recordKey(record.id), encodeRun(record));
  }

  async read(transaction: Transaction, id: string): Promise<RunRecord | undefined> {
    const bytes = await transaction.get(recordKey(id));
    return bytes === undefined ? undefined : readRecord(id, bytes);
  }

  async get(id: string): Promise<RunRecord | undefined> {
    const bytes = await this.backend.get(recordKey(id));
    return bytes === undefined ? undefined : readRecord(id, bytes);
  }

  /**
   * The run with this id, or the only one whose id begins so.
   *
   * @throws SpellError `RUN_NOT_FOUND`, `AMBIGUOUS_ID`
   */
  async find(idOrPrefix: string): Promise<RunRecord> {
    const exact = idOrPrefix === '' ? undefined : await this.get(idOrPrefix);
    if (exact !== undefined) return exact;
    const entries =
      idOrPrefix === '' ? [] : await entriesBeginning(this.backend, recordKey(idOrPrefix));
    const [only, ...others] = entries.map((entry) => readRecord(lastText(entry.key), entry.value));
    if (only === undefined) throw runNotFound(idOrPrefix);
    if (others.length === 0) return only;
    throw ambiguousId('run', idOrPrefix, [only.id, ...others.map(({ id }) => id)]);
  }

  /** The runs that match, the one that started last first. @throws SpellError `STORAGE_CORRUPT` naming a damaged one */
  list(filter: RunFilter = {}): Promise<Page<RunRecord>> {
    return this.#list(filter, (id) => this.get(id));
  }

  /** Like {@link list}, without runs whose record is damaged: they are no reason to leave the others alone. */
  listSound(filter: RunFilter = {}): Promise<Page<RunRecord>> {
    return this.#list(filter, async (id) => {
      const bytes = await this.backend.get(recordKey(id));
      return bytes === undefined ? undefined : soundRecord(id, bytes);
    });
  }

  #list(filter: RunFilter, get: GetRun): Promise<Page<RunRecord>> {
    return collectPage(this.#rows(filter, get), filter.limit, get);
  }

  #rows(filter: RunFilter, get: GetRun): AsyncGenerator<IndexRow> {
    const { status } = filter;
    const walk = (index: Key) =>
      walkIndexes(this.backend, {
        indexes: [index],
        span: ALL_TIME,
        order: 'newest first',
        cursor: filter.cursor,
        expected: filter.limit,
      });
    if (status === undefined) return walk(timeIndex());
    if (!isRunPhase(status)) throw noSuchPhase(status);
    const rows = recordedPhases(status).map((phase) => walk(statusIndex(phase)));
    return this.#inPhase(mergeRows(rows), status, get);
  }

  /** The rows of runs that are in this state in truth. */
  async *#inPhase(
    rows: AsyncGenerator<IndexRow>,
    status: RunPhase,
    get: GetRun,
  ): AsyncGenerator<IndexRow> {
    for await (const row of rows) {
      const record = await get(row.id);
      if (record !== undefined && (await this.phaseOf(record)) === status) yield row;
    }
  }

  /** Ids of the runs whose process is gone without a word, the one that started first at the beginning. */
  async orphans(): Promise<string[]> {
    const ids: string[] = [];
    for (const phase of GOING_ON) {
      const rows = walkIndexes(this.backend, {
        indexes: [statusIndex(phase)],
        span: ALL_TIME,
        order: 'oldest first',
      });
      for await (const { id } of rows) {
        if ((await currentOwner(this.backend, id)) === undefined) ids.push(id);
      }
    }
    return ids;
  }

  /** Whether the record of a run is found by its time and its status. */
  async isListed(record: RunRecord): Promise<boolean> {
    const wanted = Buffer.from(rowValue(record.id));
    const rows = await Promise.all(rowsOf(record).map((row) => this.backend.get(row)));
    return rows.every((value) => value !== undefined && wanted.equals(value));
  }

  /** Where a run is in truth. */
  async phaseOf({ id, status }: RunRecord): Promise<RunPhase> {
    if (!isGoingOn(status)) return status;
    return actualPhase(status, (await currentOwner(this.backend, id)) !== undefined);
  }

  /** Whether a run in one of these states started before a time, in milliseconds; costs a row for each state. */
  async hasOlder(statuses: readonly RunPhase[], before: number): Promise<boolean> {
    for (const status of statuses) {
      const rows = walkIndexes(this.backend, {
        indexes: [statusIndex(status)],
        span: { from: 0, to: before },
        order: 'oldest first',
        expected: 1,
      });
      if ((await rows.next()).done !== true) return true;
    }
    return false;
  }

  /**
   * Removes a record with its index rows, unless forks share the run's journal.
   *
   * @returns The record; `undefined` when it stayed, or was not there.
   */
  async remove(transaction: Transaction, id: string): Promise<RunRecord | undefined> {
    const record = await this.read(transaction, id);
    if (record === undefined || (await forksOf(transaction, id)) > 0) return undefined;
    for (const row of rowsOf(record)) transaction.remove(row);
    transaction.remove(recordKey(id));
    const { parentRun } = record;
    if (parentRun !== null) {
      putForks(transaction, parentRun, (await forksOf(transaction, parentRun)) - 1);
    }
    return record;
  }

  async #addFork(transaction: Transaction, original: string): Promise<void> {
    if ((await transaction.get(recordKey(original))) === undefined) throw runNotFound(original);
    putForks(transaction, original, (await forksOf(transaction, original)) + 1);
  }
}

/** How many forks share the journal of a run. */
async function forksOf(transaction: Transaction, id: string): Promise<number> {
  const count = await transaction.get(key(FAMILY.runForks, id));
  return count === undefined ? 0 : (decodeRecord(count) as number);
}

function putForks(transaction: Transaction, id: string, count: number): void {
  if (count <= 0) transaction.remove(key(FAMILY.runForks, id));
  else transaction.put(key(FAMILY.runForks, id), encodeRecord(count));
}

export function runNotFound(id: string): SpellError {
  return new SpellError('RUN_NOT_FOUND', `there is no run "${id}"`, {
    hint: 'llmspell runs lists those that there are.',
  });
}

/** @throws SpellError `STORAGE_CORRUPT` naming the run, `STORAGE_NEWER` */
function readRecord(id: string, bytes: Uint8Array): RunRecord {
  try {
    return decodeRun(bytes);
  } catch (cause) {
    if (!(cause instanceof SpellError) || cause.code !== 'STORAGE_CORRUPT') throw cause;
    throw new SpellError('STORAGE_CORRUPT', `the record of run ${id}: ${cause.message}`, {
      hint: 'The data was damaged outside of llmspell: llmspell verify names what else is.',
      details: { run: id },
      cause,
    });
  }
}

/** `undefined` for one that is damaged. */
function soundRecord(id: string, bytes: Uint8Array): RunRecord | undefined {
  try {
    return readRecord(id, bytes);
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'STORAGE_CORRUPT') throw thrown;
    return undefined;
  }
}

function noSuchPhase(status: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `bad value for 'status': ${JSON.stringify(status)}`, {
    hint: `A run is one of ${RUN_PHASES.join(', ')}.`,
    key: 'status',
  });
}

function recordKey(id: string): Key {
  return key(FAMILY.run, id);
}

function timeIndex(): Key {
  return key(FAMILY.runTime);
}

function statusIndex(status: RunPhase): Key {
  return key(FAMILY.runStatus, status);
}

function rowsOf({ id, status, startedAt }: RunRecord): Key[] {
  return [timeIndex(), statusIndex(status)].map((index) => rowKey(index, startedAt, id));
}
