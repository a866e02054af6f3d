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

/** Longer payloads are kept as contents and referred to by their hash. */
export const INLINE_BYTES = 4096;

export interface JournalWriterOptions {
  readonly backend: Backend;
  readonly contents: ContentStore;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly run: string;
  readonly head: JournalHead;
  /** Reads, through the transaction, whether the run is still ours. @throws SpellError `RUN_LOCKED` */
  readonly guard: (transaction: Transaction) => Promise<void>;
}

/** An event whose long payloads were prepared as contents. */
interface Prepared {
  readonly event: JournalEvent;
  readonly contents: readonly PreparedContent[];
}

export class JournalWriter {
  readonly #options: JournalWriterOptions;
  #head: JournalHead;
  #pending: JournalEvent[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  /** Commits so far, and how many of them are flushed. The owner before may have left some that are not. */
  #commits = 1;
  #flushed = 0;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
    this.#head = options.head;
  }

  /** The last committed entry. */
  get head(): JournalHead {
    return this.#head;
  }

  /** True when nothing waits, and everything was flushed. */
  get isSafe(): boolean {
    return this.#pending.length === 0 && this.#flushed === this.#commits;
  }

  /** Number of the entry that an event added now would get. */
  get nextSeq(): number {
    return this.#head.seq + this.#pending.length + 1;
  }

  /** Adds an event; {@link commit} makes it last. */
  add(event: JournalEvent): void {
    this.#pending.push(event);
  }

  /** Commits what waits: on return it survives the end of the process. */
  commit(): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#pending.length === 0) return;
      await this.#write(async () => ({ result: undefined, event: undefined }));
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
      return this.#write(async (transaction) => {
        const result = await change(transaction, seq);
        return { result, event: eventOf(result) };
      });
    });
  }

  /** Makes a change of the run's own record, which needs no event of its own. */
  commitRecord(change: (transaction: Transaction) => Promise<void>): Promise<void> {
    return this.#exclusive(() =>
      this.#write(async (transaction) => ({
        result: await change(transaction),
        event: undefined,
      })),
    );
  }

  async #write<T>(
    change: (tx: Transaction) => Promise<{ result: T; event: JournalEvent | undefined }>,
  ): Promise<T> {
    const { backend, guard } = this.#options;
    const waiting = this.#pending.length;
    const prepared: Prepared[] = [];
    for (const event of this.#pending.slice(0, waiting)) prepared.push(await this.#prepare(event));
    const { result, head } = await transact(backend, async (tx) => {
      await guard(tx);
      const { result, event } = await change(tx);
      const all = event === undefined ? prepared : [...prepared, await this.#prepare(event)];
      return { result, head: await this.#stage(tx, all) };
    });
    this.#pending = this.#pending.slice(waiting);
    this.#head = head;
    this.#commits += 1;
    return result;
  }

  async #stage(transaction: Transaction, events: readonly Prepared[]): Promise<JournalHead> {
    const { run, clock, hash, contents } = this.#options;
    let head = this.#head;
    for (const prepared of events) {
      for (const content of prepared.contents) await contents.reference(transaction, content);
      const entry = encodeEntry(head, clock.now(), prepared.event, hash);
      head = entry.head;
      transaction.put(entryKey(run, head.seq), entry.bytes);
    }
    transaction.put(headKey(run), encodeHead(head));
    return head;
  }

  async #prepare(event: JournalEvent): Promise<Prepared> {
    if (event.type === 'checkpoint') {
      const [data, contents] = await this.#externalize(event.data);
      return { event: { ...event, data }, contents };
    }
    if (event.type !== 'call') return { event, contents: [] };
    const [args, argContents] = await this.#externalize(event.args);
    const { outcome } = event;
    if (!outcome.ok) return { event: { ...event, args }, contents: argContents };
    const [value, valueContents] = await this.#externalize(outcome.value);
    return {
      event: { ...event, args, outcome: { ok: true, value } },
      contents: [...argContents, ...valueContents],
    };
  }

  async #externalize(payload: Payload): Promise<[Payload, PreparedContent[]]> {
    if ('ref' in payload || payload.inline.length <= INLINE_BYTES) return [payload, []];
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

export function entryKey(run: string, seq: number): string {
  return key(FAMILY.journal, run, numberComponent(seq));
}

export function headKey(run: string): string {
  return key(FAMILY.journalHead, run);
}

export function encodeHead(head: JournalHead): Uint8Array {
  return encodeRecord({ seq: head.seq, hash: head.hash });
}
