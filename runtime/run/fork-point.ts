/** The places in a journal that have names, and the one that is meant. */
import { checkpointLabel, decodeArtifact } from '../artifact/artifact.js';
import { SpellError } from '../base/errors.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import { FAMILY } from '../storage/key-space.js';

/**
 * The entry that a fork is made at.
 *
 * @param at A number, or the label of a checkpoint (the newest that has it); the end when absent. Digits that are no
 * label are a number.
 * @throws SpellError `BAD_ARGUMENT` when there is no such entry or checkpoint.
 */
export function forkPoint(
  run: string,
  entries: readonly JournalEntry[],
  at: number | string | undefined,
): number {
  const last = entries.at(-1)?.seq ?? 0;
  if (at === undefined) return last;
  const labels = typeof at === 'string' ? labelledEntries(entries) : new Map<string, number>();
  const labelled = labels.get(String(at));
  if (labelled !== undefined) return labelled;
  const seq = typeof at === 'string' && /^\d{1,15}$/.test(at) ? Number(at) : at;
  if (typeof seq === 'number') {
    if (entries.some((entry) => entry.seq === seq)) return seq;
    throw noSuchPoint(run, `has no entry ${seq}: its entries are 1 to ${last}`);
  }
  const list = labels.size === 0 ? 'it has none' : `it has ${[...labels.keys()].join(', ')}`;
  throw noSuchPoint(run, `has no checkpoint ${JSON.stringify(at)}: ${list}`);
}

/**
 * The newest entry of each label: of a checkpoint that was made, or of an artifact that was stored as one, with
 * `checkpoint = true` in its metadata.
 */
function labelledEntries(entries: readonly JournalEntry[]): Map<string, number> {
  const labels = new Map<string, number>();
  for (const { seq, event } of entries) {
    if (event.type === 'checkpoint' && event.label !== undefined) labels.set(event.label, seq);
    if (event.type !== 'call') continue;
    for (const { key, value } of event.writes) {
      if (value === null || !key.startsWith(`${FAMILY.artifact}/`)) continue;
      const label = checkpointLabel(decodeArtifact(value));
      if (label !== undefined) labels.set(label, seq);
    }
  }
  return labels;
}

function noSuchPoint(run: string, problem: string): SpellError {
  return new SpellError('BAD_ARGUMENT', `run ${run} ${problem}`, {
    hint: 'llmspell runs show lists the entries and checkpoints of a run.',
    details: { run },
  });
}
