import { type SpellError, toSpellError } from '../base/errors.js';
import type { Value } from '../base/value.js';
import { Abandon } from '../engine/engine.js';
import { FellAsleep } from './resting.js';
import type { RunStatus } from './run-event.js';

/** How a run ends with what was thrown. */
export function endOf(thrown: unknown): [RunStatus, readonly Value[], SpellError | undefined] {
  if (thrown instanceof FellAsleep) return ['sleeping', [], undefined];
  if (thrown instanceof Abandon) return [statusOf(thrown.reason, true), [], thrown.reason];
  const error = toSpellError(thrown);
  return [statusOf(error, false), [], error];
}

/** @param isAbandoned It was the host, and not the script, that ended the run: it can be gone on with. */
function statusOf({ code }: SpellError, isAbandoned: boolean): RunStatus {
  if (code.startsWith('LIMIT_')) return 'limit';
  // Whoever stops a run does not want anybody to go on with it.
  if (code === 'STOPPED') return 'failed';
  return isAbandoned || code === 'ABORTED' ? 'interrupted' : 'failed';
}
