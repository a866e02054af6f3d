/** Errors that end a run, and do not go to its script. */
import { SpellError, toSpellError } from '../base/errors.js';
import { Abandon } from '../engine/engine.js';
import type { JournalWriter } from '../journal/journal-writer.js';

/** Errors that end the run instead of going to the script, or that say that it is not ours any more. */
export function isFinal(thrown: unknown): boolean {
  if (thrown instanceof Abandon) return true;
  return (
    thrown instanceof SpellError && (thrown.code === 'ABORTED' || thrown.code === 'RUN_LOCKED')
  );
}

/** A run that can't write down what happened must not go on as if it had; it can be resumed once there is room. */
export async function keep(writer: JournalWriter): Promise<void> {
  try {
    await writer.commit();
  } catch (thrown) {
    throw new Abandon(toSpellError(thrown));
  }
}
