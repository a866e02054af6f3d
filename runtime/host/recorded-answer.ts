/** The answers that a record holds, as they go to Lua. */
import { SpellError, toSpellError } from '../base/errors.js';
import type { ContentStore } from '../content/content-store.js';
import { Abandon, type HostResult } from '../engine/engine.js';
import { decodeResult } from '../engine/result-bytes.js';
import type { RecordedOutcome } from '../journal/journal-event.js';
import { readPayload } from '../journal/journal-reader.js';
import { decodeError } from './payload.js';

/** The answer to a call that did not wait. */
export function answerNow(outcome: RecordedOutcome): HostResult {
  if (!outcome.ok) throw decodeError(outcome.error);
  if ('inline' in outcome.value) return decodeResult(outcome.value.inline);
  throw new SpellError('INTERNAL', 'an answer that was given at once is not in its entry');
}

/** The answer to a call that waited. @throws Abandon when it is damaged. */
export async function readAnswer(
  contents: ContentStore,
  outcome: RecordedOutcome,
): Promise<HostResult> {
  if (!outcome.ok) throw decodeError(outcome.error);
  try {
    return decodeResult(await readPayload(contents, outcome.value));
  } catch (thrown) {
    // The script got an answer here: an error in its place would be a lie that it could act on.
    throw new Abandon(toSpellError(thrown));
  }
}
