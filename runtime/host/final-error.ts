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

/** Commits what waits, before Lua sees it. */
export function keep(writer: JournalWriter): Promise<void> {
  return orAbandon(writer.commit());
}

/** Commits what waits once it is much: what was only read waits in memory for a commit that something needs. */
export async function keepMuch<T>(writer: JournalWriter, answer: T): Promise<T> {
  if (writer.isFull) await keep(writer);
  return answer;
}

/** Commits and flushes what waits, before anything leaves the process that depends on it. */
export function keepSafe(writer: JournalWriter): Promise<void> {
  return orAbandon(writer.flush());
}

/** A run that can't write down what happened must not go on as if it had; it can be resumed once there is room. */
function orAbandon(writing: Promise<void>): Promise<void> {
  return writing.catch((thrown) => {
    throw new Abandon(toSpellError(thrown));
  });
}
