/** The end of a program that threw where nobody could catch it: a bug, reported as one. */
import { toSpellError } from '../../runtime/base/errors.js';
import { errorText } from './render/error-text.js';
import { writeFully } from './render/write-fully.js';

export function exitAfterCrash(thrown: unknown): never {
  const error = toSpellError(thrown);
  const stack = thrown instanceof Error ? `${thrown.stack}\n` : '';
  writeFully(2, errorText(error) + stack);
  process.exit(error.exitStatus);
}
