/** The contents that a run refers to: its script, and what was too long for an entry of its journal. */
import type { JournalEvent, Payload } from '../journal/journal-event.js';

/** The contents that one event refers to, one for each reference that storage counts. */
export function referencesOf(event: JournalEvent): string[] {
  if (event.type === 'checkpoint') return referenceOf(event.data);
  if (event.type !== 'call') return [];
  const { args, outcome } = event;
  return [...referenceOf(args), ...(outcome.ok ? referenceOf(outcome.value) : [])];
}

function referenceOf(payload: Payload): string[] {
  return 'ref' in payload ? [payload.ref] : [];
}
