/**
 * A call that a limit has refused is asked again when the run goes on: nobody has answered it, and the limit may be
 * higher now. Only where the refusal is what ended the script; one that it has caught is an answer like any other.
 */
import type { JournalEntry } from '../journal/journal-entry.js';
import type { CallOutcome, RunEnded } from '../journal/journal-event.js';

/** The entries without the refusal that ended the script, if one did and nothing was recorded behind its end. */
export function withoutRefusal(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const ending = entries.findLast(({ event }) => event.type !== 'checkpoint')?.event;
  if (ending?.type !== 'end' || ending.status !== 'limit') return entries;
  const at = entries.findLastIndex(({ event }) => isRefusal(event, ending));
  const refused = entries[at]?.event;
  if (refused?.type !== 'call' || refused.outputs !== ending.outputs) return entries;
  const { branch, ordinal } = refused;
  const goesOn = ({ event }: JournalEntry) =>
    'branch' in event && `${branch}.`.startsWith(`${event.branch}.`);
  if (entries.slice(at + 1).some(goesOn)) return entries;
  return entries.filter(
    ({ event }) => !('branch' in event && event.branch === branch && event.ordinal === ordinal),
  );
}

function isRefusal(event: JournalEntry['event'], { error }: RunEnded): event is CallOutcome {
  if (event.type !== 'call' || event.outcome.ok || error === undefined) return false;
  return event.outcome.error.code === error.code && event.outcome.error.message === error.message;
}
