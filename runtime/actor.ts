/** Actor is who a run or a call acts for: a name that the program vouches for, recorded and never checked here. */
import { SpellError } from './base/errors.js';

const MAX_LENGTH = 255;

/**
 * The actor that a call names, else the one that holds anyway.
 *
 * @throws SpellError `BAD_ARGUMENT` for what could not be shown in one line of a report.
 */
export function actorOr(otherwise: string | null, named: string | undefined): string | null {
  if (named === undefined) return otherwise;
  const isName =
    typeof named === 'string' &&
    named !== '' &&
    named.length <= MAX_LENGTH &&
    !/\p{Cc}/u.test(named);
  if (isName) return named;
  throw new SpellError('BAD_ARGUMENT', `bad value for 'actor': ${JSON.stringify(named)}`, {
    hint: `An actor is text of 1 to ${MAX_LENGTH} characters, none of them a control character.`,
    key: 'actor',
  });
}
