/**
 * An id prefix stands for the only id that begins with it; this is what finding the ids and refusing to guess have in
 * common for all kinds of records.
 */
import { SpellError } from '../base/errors.js';
import type { Backend, Entry, Key } from '../storage/storage.js';

/** Candidates that a message about an ambiguous prefix shows. */
const SHOWN_CANDIDATES = 5;

/** Sorts after everything that a component of a key can go on with. */
const ABOVE_ALL = '~~';

/** Some of the records whose keys begin with `start`: enough to tell none, one and several apart. */
export function entriesBeginning(backend: Backend, start: Key): Promise<Entry[]> {
  return backend.range({ start, end: `${start}${ABOVE_ALL}`, limit: SHOWN_CANDIDATES + 1 });
}

/** @param candidates Some of the ids that begin so; of more than five the rest is not shown. */
export function ambiguousId(
  what: string,
  prefix: string,
  candidates: readonly string[],
): SpellError {
  const more = candidates.length > SHOWN_CANDIDATES ? ', ...' : '';
  const shown = `${candidates.slice(0, SHOWN_CANDIDATES).join(', ')}${more}`;
  const message = `several ${what}s have an id that begins with "${prefix}": ${shown}`;
  return new SpellError('AMBIGUOUS_ID', message, {
    hint: 'Give more characters of the id.',
    details: { prefix, candidates: shown },
  });
}
