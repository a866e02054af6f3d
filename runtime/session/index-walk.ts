/**
 * An index row is `<index>/<time>/<id>` with the id as its value: within each index, rows are in the order of time. All
 * indexes of one kind of record end their rows in the same tail, so what several indexes hold in common is found by
 * walking them side by side, and costs about as much as the shortest of them.
 */
import { SpellError } from '../base/errors.js';
import { keyAfter, textComponent, timeComponent } from '../storage/key-space.js';
import type { Backend, Entry, Key } from '../storage/storage.js';
import { isEmptySpan, type TimeSpan } from './time-bound.js';

/** IndexRow is what an index says of a record: its id, and its place as the tail of its key. */
export interface IndexRow {
  readonly id: string;
  readonly tail: string;
}

export interface Walk {
  /** The keys that the indexes begin with; a row must be in all of them. */
  readonly indexes: readonly Key[];
  readonly span: TimeSpan;
  readonly order: 'newest first' | 'oldest first';
  /** Where an earlier page ended: the walk goes on behind it. */
  readonly cursor?: string | undefined;
  /** How many rows the caller expects to need; many when absent. */
  readonly expected?: number | undefined;
}

/** Page is a part of a list; `next` gets the following part, `null` means that this was the last. */
export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** Rows of the first read from an index, and of every read that follows a leap over what was read. */
const FIRST_FETCH = 16;
const LARGEST_FETCH = 1024;
const CHUNK = 32;

/** The form of a tail; cursors come from outside and are checked against it. */
const TAIL = /^\d+\/[\x21-\x7e]+$/;

/** The key of a row. The value under it is made by {@link rowValue}. */
export function rowKey(index: Key, timeMs: number, id: string): Key {
  return `${index}/${timeComponent(timeMs).text}/${textComponent(id).text}`;
}

export function rowValue(id: string): Uint8Array {
  return new TextEncoder().encode(id);
}

/** The rows that all indexes of the walk have in common, in its order. */
export async function* walkIndexes(backend: Backend, walk: Walk): AsyncGenerator<IndexRow> {
  if (isEmptySpan(walk.span)) return;
  const streams = walk.indexes.map((index) => new RowStream(backend, index, walk));
  let edge = firstEdge(walk);
  for (;;) {
    const row = await nextCommonRow(streams, edge, walk);
    if (row === undefined) return;
    yield row;
    edge = edgeBehind(row.tail, walk);
  }
}

/** The rows of several walks that go newest first, in the same order; a row that more than one has comes once. */
export async function* mergeRows(
  walks: readonly AsyncGenerator<IndexRow>[],
): AsyncGenerator<IndexRow> {
  const heads = await Promise.all(walks.map(nextRow));
  for (;;) {
    const [newest] = heads.flatMap((row) => row ?? []).sort((a, b) => (a.tail > b.tail ? -1 : 1));
    if (newest === undefined) return;
    yield newest;
    for (const [at, walk] of walks.entries()) {
      if (heads[at]?.tail === newest.tail) heads[at] = await nextRow(walk);
    }
  }
}

async function nextRow(walk: AsyncGenerator<IndexRow>): Promise<IndexRow | undefined> {
  const step = await walk.next();
  return step.done === true ? undefined : step.value;
}

/**
 * Loads what rows point to until `limit` are there.
 *
 * @param load The record of an id; `undefined` when it is gone by now, or when the caller does not want it.
 */
export async function collectPage<T>(
  rows: AsyncGenerator<IndexRow>,
  limit: number | undefined,
  load: (id: string) => Promise<T | undefined>,
): Promise<Page<T>> {
  const most = checkLimit(limit);
  const items: T[] = [];
  let last: IndexRow | undefined;
  while (items.length < most) {
    const chunk = await takeRows(rows, Math.min(CHUNK, most - items.length));
    if (chunk.length === 0) return { items, next: null };
    last = chunk.at(-1);
    for (const item of await Promise.all(chunk.map((row) => load(row.id)))) {
      if (item !== undefined) items.push(item);
    }
  }
  const isOver = (await rows.next()).done === true;
  await rows.return(undefined);
  return { items, next: isOver || last === undefined ? null : last.tail };
}

// An edge is a place between two tails. Going up, a stream looks at or above it; going down, below it.

function firstEdge(walk: Walk): string {
  if (walk.cursor !== undefined) return edgeBehind(checkCursor(walk.cursor), walk);
  const { from, to } = walk.span;
  return timeComponent(walk.order === 'oldest first' ? from : to + 1).text;
}

function edgeBehind(tail: string, walk: Walk): string {
  return walk.order === 'oldest first' ? keyAfter(tail) : tail;
}

function edgeAt(tail: string, walk: Walk): string {
  return walk.order === 'oldest first' ? tail : keyAfter(tail);
}

/** Moves every stream to the first tail that all of them have, at or behind `edge`. */
async function nextCommonRow(
  streams: readonly RowStream[],
  edge: string,
  walk: Walk,
): Promise<IndexRow | undefined> {
  let common: IndexRow | undefined;
  let agreeing = 0;
  let at = 0;
  let from = edge;
  while (agreeing < streams.length) {
    const row = await (streams[at] as RowStream).seek(from);
    if (row === undefined) return undefined;
    agreeing = row.tail === common?.tail ? agreeing + 1 : 1;
    common = row;
    from = edgeAt(row.tail, walk);
    at = (at + 1) % streams.length;
  }
  return common;
}

/** RowStream reads one index forwards, in pieces that grow while most of their rows are looked at. */
class RowStream {
  readonly #isUp: boolean;
  readonly #lowest: Key;
  readonly #highest: Key;
  #rows: readonly IndexRow[] = [];
  #at = 0;
  #looks = 0;
  #fetch: number;
  #isExhausted = false;

  constructor(
    private readonly backend: Backend,
    private readonly index: Key,
    walk: Walk,
  ) {
    this.#isUp = walk.order === 'oldest first';
    this.#lowest = `${index}/${timeComponent(walk.span.from).text}`;
    this.#highest = `${index}/${timeComponent(walk.span.to + 1).text}`;
    // One row more than expected tells whether there are others.
    const expected = walk.indexes.length > 1 ? 0 : (walk.expected ?? LARGEST_FETCH) + 1;
    this.#fetch = Math.min(Math.max(expected, FIRST_FETCH), LARGEST_FETCH);
  }

  /** The first row at or behind `edge`; `edge` never goes back between two calls. */
  async seek(edge: string): Promise<IndexRow | undefined> {
    for (;;) {
      while (this.#at < this.#rows.length) {
        const row = this.#rows[this.#at] as IndexRow;
        if (this.#isUp ? row.tail >= edge : row.tail < edge) {
          this.#looks += 1;
          return row;
        }
        this.#at += 1;
      }
      if (this.#isExhausted) return undefined;
      await this.#fetchFrom(edge);
    }
  }

  async #fetchFrom(edge: string): Promise<void> {
    if (this.#rows.length > 0) {
      const isReadOn = this.#looks * 2 >= this.#rows.length;
      this.#fetch = isReadOn ? Math.min(this.#fetch * 2, LARGEST_FETCH) : FIRST_FETCH;
    }
    const limit = this.#fetch;
    const place = `${this.index}/${edge}`;
    const start = this.#isUp && place > this.#lowest ? place : this.#lowest;
    const end = !this.#isUp && place < this.#highest ? place : this.#highest;
    const entries =
      start < end ? await this.backend.range({ start, end, reverse: !this.#isUp, limit }) : [];
    this.#rows = entries.map((entry) => rowOf(this.index, entry));
    this.#at = 0;
    this.#looks = 0;
    this.#isExhausted = entries.length < limit;
  }
}

async function takeRows(rows: AsyncGenerator<IndexRow>, count: number): Promise<IndexRow[]> {
  const taken: IndexRow[] = [];
  while (taken.length < count) {
    const step = await rows.next();
    if (step.done === true) break;
    taken.push(step.value);
  }
  return taken;
}

function rowOf(index: Key, entry: Entry): IndexRow {
  return { id: new TextDecoder().decode(entry.value), tail: entry.key.slice(index.length + 1) };
}

function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (Number.isInteger(limit) && limit >= 0) return limit;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'limit': ${limit}`, {
    hint: 'Give a whole number from 0, or leave it out for everything.',
    key: 'limit',
  });
}

function checkCursor(cursor: string): string {
  if (TAIL.test(cursor)) return cursor;
  throw new SpellError('BAD_ARGUMENT', "bad value for 'cursor': no list gave it", {
    hint: 'Give the `next` of the page before, unchanged.',
    key: 'cursor',
  });
}
