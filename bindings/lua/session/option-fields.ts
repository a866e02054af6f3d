/**
 * Reads a table of options of which every field must be known: a misspelt filter would else find, or delete, what
 * nobody asked for.
 */
import { didYouMean } from '../../../runtime/base/nearest-name.js';
import { keyText, type Value, type ValueMap } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import { badArgument, Options, table } from '../arguments.js';

/**
 * @param read Takes every field that there may be; what it did not ask for is unknown.
 * @throws SpellError `BAD_ARGUMENT`
 */
export function readFields<T>(
  args: HostArguments,
  index: number,
  read: (fields: Options) => T,
  given: ValueMap = table(args, index),
): T {
  const fields = new ObservedOptions(args, index, given);
  const result = read(fields);
  for (const key of given.keys()) {
    const name = keyText(key);
    if (fields.known.has(name)) continue;
    const known = [...fields.known];
    const hint = didYouMean(name, known) ?? `Fields: ${known.join(', ')}.`;
    throw badArgument(args, index, `unknown field '${name}'`, hint);
  }
  return result;
}

/** Timers of this platform hold no more. */
const MAX_TIMEOUT_SECONDS = 24 * 86_400;

/** Milliseconds, of the field `timeout_seconds`. */
export function timeoutOf(args: HostArguments, index: number, fields: Options): number | undefined {
  const seconds = fields.number('timeout_seconds');
  if (seconds === undefined) return undefined;
  if (seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS) return Math.ceil(seconds * 1000);
  throw badArgument(args, index, "field 'timeout_seconds': seconds up to 24 days expected");
}

/** Options that remember which fields were asked for. */
class ObservedOptions extends Options {
  readonly known = new Set<string>();

  override raw(...names: string[]): Value {
    for (const name of names) this.known.add(name);
    return super.raw(...names);
  }
}
