/** Work on what a caller has given: it takes no longer than a tool may keep everybody else waiting. */
import { SpellError } from '../../base/errors.js';
import { TimeBox } from '../../base/time-box.js';

const MAX_MS = 10_000;

const timeBox = new TimeBox();

/**
 * What `work` answers. It runs on this thread, so that nothing else could end it.
 *
 * @param work Changes nothing that outlives it, and has no bounded work in it.
 * @throws SpellError `TOO_LARGE` when it takes too long.
 */
export function boundedWork<T>(work: () => T, maxMs = MAX_MS): T {
  const done = timeBox.run(maxMs, work);
  if (done !== undefined) return done.value;
  throw new SpellError('TOO_LARGE', `the work takes longer than ${maxMs} ms`, {
    hint: 'Give less at once.',
    details: { limit_ms: maxMs },
  });
}
