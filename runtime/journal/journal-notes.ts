/**
 * JournalNotes is what a list of runs says of their journals, beside the entries that tell of it: whoever lists runs
 * reads no journal.
 */
import { encodeRecord, readableRecord } from '../base/encoding.js';
import { isMap } from '../base/value.js';
import { FAMILY, key, numberComponent, prefixRange } from '../storage/key-space.js';
import type { Backend } from '../storage/storage.js';
import type { JournalEvent } from './journal-event.js';

/** JournalNote is what is noted of one entry. */
export interface JournalNote {
  /** The session that the call created. */
  readonly session: string | null;
  readonly isBilledTwice: boolean;
}

/** What there is to note of an event; of most there is nothing. */
export function noteOf(event: JournalEvent): JournalNote | undefined {
  if (event.type !== 'call') return undefined;
  const session = event.state?.createdSession ?? null;
  const isBilledTwice = event.possiblyBilledTwice === true;
  return session === null && !isBilledTwice ? undefined : { session, isBilledTwice };
}

export function noteKey(run: string, seq: number): string {
  return key(FAMILY.journalNote, run, numberComponent(seq));
}

export function encodeNote(note: JournalNote): Uint8Array {
  return encodeRecord({ ...note });
}

/** The notes of a run's own entries, in their order. */
export async function readNotes(backend: Backend, run: string): Promise<JournalNote[]> {
  const rows = await backend.range(prefixRange(key(FAMILY.journalNote, run)));
  return rows.map(({ value }) => {
    // Nothing but lists is made of a note, and `verify` names one that is damaged.
    const note = readableRecord(value);
    const fields = isMap(note) ? note : new Map();
    const session = fields.get('session');
    return {
      session: typeof session === 'string' ? session : null,
      isBilledTwice: fields.get('isBilledTwice') === true,
    };
  });
}
