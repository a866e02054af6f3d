/** Goes through all records of a family, a page at a time: no read stays open meanwhile. */
import { type Family, key, keyAfter, prefixRange } from './key-space.js';
import type { Backend, Entry } from './storage.js';

/** Records that are in memory at a time. */
const PAGE = 500;

/** The entries in the order of their keys; what is written meanwhile may or may not be among them. */
export async function* entriesOf(backend: Backend, family: Family): AsyncGenerator<Entry> {
  const range = prefixRange(key(family));
  for (let { start } = range; ; ) {
    const page = await backend.range({ ...range, start, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    start = keyAfter(last.key);
  }
}
