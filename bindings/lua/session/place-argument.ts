/** How functions take a place in the journal of a run: the label of a checkpoint, or the number of an entry. */
import type { Value } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import { badArgument } from '../arguments.js';

export function placeOf(
  args: HostArguments,
  index: number,
  name: string,
  given: Value,
): number | string | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'string' && given !== '') return given;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return given;
  throw badArgument(args, index, `${name}: label of a checkpoint or number of an entry expected`);
}
