/**
 * Verify reads everything that is kept of runs and names what is not as it was written: the chain of each journal,
 * the contents that its entries refer to, and the pages of every checkpoint.
 */
import { encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { loadHash } from '../content/content-address.js';
import type { ContentStore } from '../content/content-store.js';
import { PageStore } from '../content/page-store.js';
import { IMAGE_PAGE_BYTES } from '../engine/engine.js';
import type { Hash, JournalEntry } from '../journal/journal-entry.js';
import type { RunStarted } from '../journal/journal-event.js';
import { encodeNote, noteKey, noteOf } from '../journal/journal-notes.js';
import { readJournal } from '../journal/journal-reader.js';
import { FAMILY, key, keyAfter, lastText, prefixRange } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import {
  type Checkpoint,
  checkpointListKey,
  decodeCheckpoint,
  encodeCheckpointList,
} from './checkpoint.js';
import { requireTold } from './checkpoint-reader.js';
import { referencesOf } from './content-references.js';
import { forkHead } from './history.js';
import { currentOwner } from './ownership.js';
import type { RunRecord } from './run-record.js';
import { type RunStore, runNotFound } from './run-store.js';
import type { Sleepers } from './sleepers.js';

/** RunProblem is one thing that is not as it was written. */
export interface RunProblem {
  readonly run: string;
  /** Entry of the journal, or the one behind which a checkpoint lies; `null` for what concerns the whole run. */
  readonly seq: number | null;
  readonly part: 'run' | 'entry' | 'content' | 'checkpoint';
  /** What is wrong, as a sentence. */
  readonly problem: string;
}

export interface RunVerification {
  readonly runs: number;
  readonly entries: number;
  readonly checkpoints: number;
  /** Pages of checkpoints, each counted once. */
  readonly pages: number;
  /** Contents that entries refer to, each counted once. */
  readonly contents: number;
}

export interface VerifyParts {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly runs: RunStore;
  readonly sleepers: Sleepers;
}

const PAGE = 50;
const WHOLE = Number.POSITIVE_INFINITY;
const NO_LIST = encodeCheckpointList([]);

/** Verifies one run with all that it shares, or every run; yields the problems, returns what was looked at. */
export async function* verifyRuns(
  parts: VerifyParts,
  id: string | undefined,
): AsyncGenerator<RunProblem, RunVerification> {
  const verifier = new Verifier(parts, await loadHash());
  const ids = id === undefined ? storedRuns(parts.backend) : lineage(parts.runs, id);
  for await (const part of ids) yield* verifier.run(part);
  return verifier.summary;
}

/** RunPart is a run as far as it is to be verified. */
interface RunPart {
  readonly id: string;
  /** The last entry that matters. */
  readonly to: number;
}

class Verifier {
  readonly #pages: PageStore;
  /** What was read already, by hash, with what is wrong with it. */
  readonly #readContents = new Map<string, string | undefined>();
  readonly #readPages = new Map<string, string | undefined>();
  #counts = { runs: 0, entries: 0, checkpoints: 0 };

  constructor(
    private readonly parts: VerifyParts,
    private readonly hash: Hash,
  ) {
    const hex = (bytes: Uint8Array) => Buffer.from(hash(bytes)).toString('hex');
    this.#pages = new PageStore(parts.backend, hex, IMAGE_PAGE_BYTES);
  }

  get summary(): RunVerification {
    return { ...this.#counts, pages: this.#readPages.size, contents: this.#readContents.size };
  }

  async *run({ id, to }: RunPart): AsyncGenerator<RunProblem, void> {
    this.#counts.runs += 1;
    let record: RunRecord | undefined;
    const problem = await problemOf(async () => {
      record = await this.parts.runs.get(id);
    });
    if (problem !== undefined) yield { run: id, seq: null, part: 'run', problem };
    // It may have been removed since it was listed.
    if (record === undefined) return;
    const script = await this.#contentProblem(record.scriptHash);
    if (script !== undefined) yield { run: id, seq: null, part: 'content', problem: script };
    yield* this.#record(record);
    yield* this.#journal(record, to);
    yield* this.#checkpoints(record, to);
  }

  /** What finds the record, who may write to it, and what wakes it. */
  async *#record(record: RunRecord): AsyncGenerator<RunProblem, void> {
    const { backend, runs, sleepers } = this.parts;
    const { id, status } = record;
    let isAwaited = true;
    const problems = [
      await problemOf(() => currentOwner(backend, id)),
      await problemOf(async () => {
        isAwaited = status !== 'sleeping' || (await sleepers.isLaid(id));
      }),
      isAwaited ? undefined : 'what wakes it is missing',
      (await runs.isListed(record)) ? undefined : 'lists of runs do not find it',
    ].filter((problem) => problem !== undefined);
    // It may have come to another state meanwhile, or have been removed.
    if (problems.length === 0 || (await runs.get(id))?.status !== status) return;
    for (const problem of problems) yield { run: id, seq: null, part: 'run', problem };
  }

  async *#journal(record: RunRecord, to: number): AsyncGenerator<RunProblem, void> {
    let seq = record.parentSeq ?? 0;
    try {
      const from = await forkHead({ ...this.parts, hash: this.hash }, record);
      for await (const entry of readJournal(this.parts.backend, record.id, this.hash, from)) {
        seq = entry.seq;
        this.#counts.entries += 1;
        if (entry.event.type === 'start' && !isBeginningOf(record, entry.event)) {
          const problem = 'its record is not what the journal begins with';
          yield { run: record.id, seq: null, part: 'run', problem };
        }
        if (!(await this.#isNoted(record.id, entry))) {
          const problem = 'what lists of runs say of it is damaged';
          yield { run: record.id, seq, part: 'entry', problem };
        }
        for (const reference of referencesOf(entry.event)) {
          const problem = await this.#contentProblem(reference);
          if (problem !== undefined) yield { run: record.id, seq, part: 'content', problem };
        }
        if (seq >= to) return;
      }
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      const { run = record.id, seq: named = seq + 1, problem = thrown.message } = thrown.details;
      yield { run: String(run), seq: Number(named), part: 'entry', problem: String(problem) };
    }
  }

  async #isNoted(run: string, { seq, event }: JournalEntry): Promise<boolean> {
    const note = noteOf(event);
    if (note === undefined) return true;
    return isSame(await this.parts.backend.get(noteKey(run, seq)), encodeNote(note));
  }

  async *#checkpoints(record: RunRecord, to: number): AsyncGenerator<RunProblem, void> {
    const { id: run } = record;
    const hash = (bytes: Uint8Array) => Buffer.from(this.hash(bytes)).toString('hex');
    const { backend } = this.parts;
    const range = prefixRange(key(FAMILY.checkpoint, run));
    const list = await backend.get(checkpointListKey(run));
    const found: Checkpoint[] = [];
    let rows = 0;
    for (let { start } = range; ; ) {
      const entries = await backend.range({ ...range, start, limit: PAGE });
      for (const { key: stored, value } of entries) {
        const seq = Number(lastText(stored));
        if (seq > to) return;
        rows += 1;
        this.#counts.checkpoints += 1;
        const problem = await problemOf(async () => {
          const checkpoint = decodeCheckpoint(value);
          found.push(checkpoint);
          for (const page of checkpoint.pages.values()) await this.#requirePage(page);
          await requireTold({ ...this.parts, hash }, record, checkpoint);
        });
        if (problem !== undefined) yield { run, seq, part: 'checkpoint', problem };
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < PAGE) break;
      start = keyAfter(last.key);
    }
    if (found.length < rows || isSame(list ?? NO_LIST, encodeCheckpointList(found))) return;
    // The run may have made another one meanwhile.
    if (!isSame(list, await backend.get(checkpointListKey(run)))) return;
    const problem = 'what lists of runs say of its checkpoints is damaged';
    yield { run, seq: null, part: 'run', problem };
  }

  async #requirePage(hash: string): Promise<void> {
    if (!this.#readPages.has(hash)) {
      const problem = await problemOf(() => this.#pages.read(hash));
      this.#readPages.set(hash, problem);
    }
    const problem = this.#readPages.get(hash);
    if (problem !== undefined) throw new SpellError('JOURNAL_CORRUPT', problem);
  }

  async #contentProblem(hash: string): Promise<string | undefined> {
    if (!this.#readContents.has(hash)) {
      const problem = await problemOf(async () => {
        for await (const _ of this.parts.contents.stream(hash));
      });
      this.#readContents.set(hash, problem);
    }
    return this.#readContents.get(hash);
  }
}

/** The ids of all runs, those whose record is damaged included. */
async function* storedRuns(backend: Backend): AsyncGenerator<RunPart> {
  const range = prefixRange(key(FAMILY.run));
  for (let { start } = range; ; ) {
    const entries = await backend.range({ ...range, start, limit: PAGE });
    for (const { key: stored } of entries) yield { id: lastText(stored), to: WHOLE };
    const last = entries.at(-1);
    if (last === undefined || entries.length < PAGE) return;
    start = keyAfter(last.key);
  }
}

/** A run, and of those that its history comes from what it shares with them, the oldest first. */
async function* lineage(runs: RunStore, id: string): AsyncGenerator<RunPart> {
  const parts: RunPart[] = [];
  let to = WHOLE;
  for (let next: string | null = id; next !== null; ) {
    parts.unshift({ id: next, to });
    const record: RunRecord | undefined = await runs.get(next);
    if (record === undefined && next === id) throw runNotFound(id);
    to = Math.min(to, record?.parentSeq ?? to);
    next = record?.parentRun ?? null;
  }
  yield* parts;
}

/** A fork may go on with another script, also when it has come from a file and its history is its own. */
function isBeginningOf(record: RunRecord, event: RunStarted): boolean {
  const isFork = record.generation > 0;
  const told = ({ script, scriptHash, args, seed }: RunStarted | RunRecord) =>
    encodeRecord([args, seed, ...(isFork ? [] : [script, scriptHash])]);
  return isSame(told(record), told(event));
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.from(one).equals(other);
}

async function problemOf(read: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await read();
    return undefined;
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return thrown.message;
  }
}

const DAMAGE = [
  'RUN_NOT_FOUND',
  'JOURNAL_CORRUPT',
  'ARTIFACT_CORRUPT',
  'STORAGE_CORRUPT',
  'STORAGE_NEWER',
];

function isDamage(thrown: unknown): thrown is SpellError {
  return thrown instanceof SpellError && DAMAGE.includes(thrown.code);
}
