/**
 * JournalWriter appends to one run's journal. Events wait in memory until something may depend on them: then they are
 * committed together, in one batch with the records that a call changed. Every batch is refused unless the writer still
 * owns the run and nobody else has appended.
 */
import type { Clock } from '../base/clock.js';
import { encodeRecord } from '../base/encoding.js';
import type { ContentStore, PreparedContent } from '../content/content-store.js';
import { FAMILY, key, numberComponent } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import { type Transaction, transact } from '../storage/transaction.js';
import { encodeEntry, type Hash, type JournalHead } from './journal-entry.js';
import type { JournalEvent, Payload } from './journal-event.js';
import { encodeNote, type JournalNote, noteKey, noteOf } from './journal-notes.js';

/** Longer payloads are kept as contents and referred to by their hash. */
export const INLINE_BYTES = 4096;

export interface JournalWriterOptions {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly run: string;
  readonly head: JournalHead;
  /** Makes sure, through the transaction, that the run is still ours. @throws SpellError `RUN_LOCKED` */
  readonly guard: (transaction: Transaction) => Promise<void> | undefined;
}

/** Bytes of payloads that wait for a commit before one is made for their sake. */
const FULL_BYTES = 8 * 1024 * 1024;

/** An event whose long payloads were prepared as contents. */
interface Prepared {
  readonly event: JournalEvent;
  readonly contents: readonly PreparedContent[];
}

/** What a change of records brings: its result, and the event that tells of it. */
interface Change<T> {
  readonly result: T;
  readonly event: JournalEvent | undefined;
}

/** What a commit wrote: the result of its change, and where the next entry goes. */
interface Staged<T> {
  readonly result: T;
  readonly head: JournalHead;
}

const NONE: readonly Prepared[] = [];
const NO_CHANGE = { result: undefined, event: undefined };

export class JournalWriter {
  readonly #options: JournalWriterOptions;
  /** Of the entries, and of the head. */
  readonly #keys: { readonly entries: string; readonly head: string };
  #head: JournalHead;
  /** What waits, as the bytes of entries behind the head. */
  #entries: Uint8Array[] = [];
  /** What is to be noted of them. */
  #notes: { readonly seq: number; readonly note: JournalNote }[] = [];
  /** Where the next one of them goes. */
  #end: JournalHead;
  /** What waits behind them, and has no place yet. */
  #events: JournalEvent[] = [];
  /** Bytes of their payloads, of both. */
  #waitingBytes = 0;
  /** Entries that a commit under way adds behind those that waited for it; `undefined` when there is none. */
  #coming: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Commits so far, and how many of them are flushed. The owner before may have left some that are not. */
  #commits = 1;
  #flushed = 0;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#keys = { entries: key(FAMILY.journal, options.run), head: headKey(options.run) };
    this.#head = options.head;
    this.#end = options.head;
  }

  /** The last committed entry. */
  get head(): JournalHead {
    return this.#head;
  }

  /** True when nothing waits, and everything was flushed. */
  get isSafe(): boolean {
    return !this.#hasPending && this.#flushed === this.#commits;
  }

  /** True when so much waits in memory that it has to be committed, although nothing depends on it yet. */
  get isFull(): boolean {
    return this.#waitingBytes >= FULL_BYTES;
  }

  /** Number of the entry that an event added now would get. */
  get nextSeq(): number {
    return this.#end.seq + this.#events.length + (this.#coming ?? 0) + 1;
  }

  /** Adds an event; {@link commit} makes it last. */
  add(event: JournalEvent): void {
    this.#waitingBytes += payloadBytes(event);
    if (this.#coming !== undefined || this.#events.length > 0 || needsContents(event)) {
      this.#events.push(event);
      return;
    }
    // Encoded at once: the bytes take less room than the event, and a long run of events may wait.
    const { clock, hash } = this.#options;
    const { bytes, head } = encodeEntry(this.#end, clock.now(), event, hash);
    this.#entries.push(bytes);
    this.#end = head;
    const note = noteOf(event);
    if (note !== undefined) this.#notes.push({ seq: head.seq, note });
  }

  /** Commits what waits: on return it survives the end of the process. */
  commit(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#hasPending) await this.#write(0, () => NO_CHANGE);
    });
  }

  /** Commits what waits, and flushes: on return it survives a power loss, as far as the storage promises that. */
  async flush(): Promise<void> {
    await this.commit();
    const commits = this.#commits;
    if (this.#flushed >= commits) return;
    await this.#options.backend.flush();
    this.#flushed = Math.max(this.#flushed, commits);
  }

  /**
   * Makes a change of records and commits it together with what waits and with the event that tells of it: all of that
   * happened, or nothing.
   *
   * @param placed Called when the event gets its place: events that are added later come behind it.
   */
  commitWith<T>(
    change: (transaction: Transaction) => Promise<T>,
    eventOf: (result: T) => JournalEvent,
    placed?: () => void,
  ): Promise<T> {
    return this.commitNumbered(change, eventOf, placed);
  }

  /** Like {@link commitWith}, for changes that need to know the number of the event's entry. */
  commitNumbered<T>(
    change: (transaction: Transaction, seq: number) => Promise<T>,
    eventOf: (result: T) => JournalEvent,
    placed?: () => void,
  ): Promise<T> {
    return this.#exclusive(() => {
      placed?.();
      const seq = this.nextSeq;
      return this.#write(1, async (transaction) => {
        const result = await change(transaction, seq);
        return { result, event: eventOf(result) };
      });
    });
  }

  /** Makes a change of the run's own record, which needs no event of its own. */
  commitRecord(change: (transaction: Transaction) => Promise<void>): Promise<void> {
    return this.#exclusive(() =>
      this.#write(0, async (transaction) => ({
        result: await change(transaction),
        event: undefined,
      })),
    );
  }

  get #hasPending(): boolean {
    return this.#entries.length > 0 || this.#events.length > 0;
  }

  /**
   * @param coming How many entries `change` adds: 0 or 1.
   * @returns The result of the change.
   */
  async #write<T>(
    coming: number,
    change: (tx: Transaction) => Change<T> | Promise<Change<T>>,
  ): Promise<T> {
    const { backend, guard } = this.#options;
    const waiting = this.#events.length;
    const waitingBytes = this.#waitingBytes;
    this.#coming = coming;
    try {
      const prepared =
        waiting === 0 ? NONE : await this.#prepareAll(this.#events.slice(0, waiting));
      const { result, head } = await transact(backend, (tx) => {
        const guarded = guard(tx);
        const changing = guarded === undefined ? change(tx) : guarded.then(() => change(tx));
        return changing instanceof Promise
          ? changing.then((made) => this.#stageWith(tx, prepared, made))
          : this.#stageWith(tx, prepared, changing);
      });
      this.#entries = [];
      this.#notes = [];
      this.#events = this.#events.slice(waiting);
      this.#waitingBytes -= waitingBytes;
      this.#head = head;
      this.#end = head;
      this.#commits += 1;
      return result;
    } finally {
      this.#coming = undefined;
    }
  }

  /** What most commits write is there; contents come first. */
  #stageWith<T>(
    tx: Transaction,
    prepared: readonly Prepared[],
    { result, event }: Change<T>,
  ): Staged<T> | Promise<Staged<T>> {
    if (event === undefined && prepared.length === 0)
      return { result, head: this.#stage(tx, NONE) };
    return this.#stageContents(tx, prepared, event).then((head) => ({ result, head }));
  }

  async #stageContents(
    tx: Transaction,
    prepared: readonly Prepared[],
    event: JournalEvent | undefined,
  ): Promise<JournalHead> {
    const all = event === undefined ? prepared : [...prepared, await this.#prepare(event)];
    for (const content of all.flatMap(({ contents }) => contents)) {
      await this.#options.contents.reference(tx, content);
    }
    return this.#stage(tx, all);
  }

  #stage(transaction: Transaction, events: readonly Prepared[]): JournalHead {
    const { run, clock, hash } = this.#options;
    const entryKey = (seq: number) => `${this.#keys.entries}/${numberComponent(seq).text}`;
    let seq = this.#head.seq;
    for (const bytes of this.#entries) {
      seq += 1;
      transaction.put(entryKey(seq), bytes);
    }
    for (const { seq, note } of this.#notes) transaction.put(noteKey(run, seq), encodeNote(note));
    let head = this.#end;
    for (const { event } of events) {
      const entry = encodeEntry(head, clock.now(), event, hash);
      head = entry.head;
      transaction.put(entryKey(head.seq), entry.bytes);
      const note = noteOf(event);
      if (note !== undefined) transaction.put(noteKey(run, head.seq), encodeNote(note));
    }
    transaction.put(this.#keys.head, encodeHead(head));
    return head;
  }

  async #prepareAll(events: readonly JournalEvent[]): Promise<readonly Prepared[]> {
    const prepared: Prepared[] = [];
    for (const event of events) prepared.push(await this.#prepare(event));
    return prepared;
  }

  async #prepare(event: JournalEvent): Promise<Prepared> {
    if (event.type === 'checkpoint') {
      const [data, contents] = await this.#externalize(event.data);
      return { event: { ...event, data }, contents };
    }
    if (event.type !== 'call') return { event, contents: [] };
    const [args, argContents] = await this.#externalize(event.args);
    const { outcome } = event;
    // An answer that was given at once is given at once again: then there is no time to read it from elsewhere.
    if (!outcome.ok || !event.waited) return { event: { ...event, args }, contents: argContents };
    const [value, valueContents] = await this.#externalize(outcome.value);
    return {
      event: { ...event, args, outcome: { ok: true, value } },
      contents: [...argContents, ...valueContents],
    };
  }

  async #externalize(payload: Payload): Promise<[Payload, PreparedContent[]]> {
    if ('ref' in payload || !isLong(payload)) return [payload, []];
    const content = await this.#options.contents.prepare(payload.inline);
    return [{ ref: content.hash }, [content]];
  }

  /** One commit at a time: each builds on the head that the one before left. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** Whether something of an event is too long for its entry. */
function needsContents(event: JournalEvent): boolean {
  if (event.type === 'checkpoint') return isLong(event.data);
  if (event.type !== 'call') return false;
  const { args, outcome, waited } = event;
  return isLong(args) || (waited && outcome.ok && isLong(outcome.value));
}

function isLong(payload: Payload): boolean {
  return lengthOf(payload) > INLINE_BYTES;
}

function payloadBytes(event: JournalEvent): number {
  if (event.type === 'checkpoint') return lengthOf(event.data);
  if (event.type !== 'call') return 0;
  return lengthOf(event.args) + (event.outcome.ok ? lengthOf(event.outcome.value) : 0);
}

/** Of what is kept elsewhere, nothing is in memory. */
function lengthOf(payload: Payload): number {
  return 'inline' in payload ? payload.inline.length : 0;
}

export function entryKey(run: string, seq: number): string {
  return key(FAMILY.journal, run, numberComponent(seq));
}

export function headKey(run: string): string {
  return key(FAMILY.journalHead, run);
}

export function encodeHead(head: JournalHead): Uint8Array {
  return encodeRecord({ seq: head.seq, hash: head.hash });
}
