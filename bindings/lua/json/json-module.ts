/** The functions behind the `JSON` global; its prelude adds `JSON.null` and `JSON.array`. */
import { parseJson, stringifyJson } from '../../../runtime/base/json.js';
import type { Value } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import {
  type GlobalFunction,
  globalFunction,
  type RunFacts,
} from '../../../runtime/run/globals.js';
import { badArgument, bytes, isAbsent, Options, value } from '../arguments.js';

/** @param memoryLimitBytes The memory of the run, in which what is read must have room. */
export function jsonModule({ memoryLimitBytes }: RunFacts): GlobalFunction[] {
  return [
    globalFunction<Uint8Array>({
      path: 'JSON.parse',
      parse: (args) => bytes(args, 1),
      operation: {
        op: 'json.parse',
        kind: 'pure',
        waits: false,
        // A container takes twice as much here as in Lua.
        perform: (text) => parseJson(text, 2 * memoryLimitBytes),
      },
    }),
    globalFunction<StringifyArguments>({
      path: 'JSON.stringify',
      parse: parseStringify,
      operation: {
        op: 'json.stringify',
        kind: 'pure',
        waits: false,
        perform: ({ data, indent, sortKeys }) => stringifyJson(data ?? null, { indent, sortKeys }),
      },
    }),
  ];
}

/** More spaces than anybody reads. */
const MAX_INDENT = 16;

interface StringifyArguments {
  readonly data: Value;
  readonly indent: number;
  readonly sortKeys: boolean;
}

/** `JSON.stringify(value[, options])`: `indent` (spaces, or true for 2), `sort_keys`; true alone means indented. */
function parseStringify(args: HostArguments): StringifyArguments {
  const data = value(args, 1);
  if (isAbsent(args, 2)) return { data, indent: 0, sortKeys: false };
  if (args.type(2) === 'boolean') return { data, indent: args.boolean(2) ? 2 : 0, sortKeys: false };
  const options = new Options(args, 2);
  const pretty = options.raw('pretty', 'indent') === true;
  const indent = pretty ? 2 : (options.number('indent') ?? 0);
  if (!Number.isInteger(indent) || indent < 0 || indent > MAX_INDENT) {
    throw badArgument(args, 2, `field 'indent': integer from 0 to ${MAX_INDENT} expected`);
  }
  return {
    data,
    indent,
    sortKeys: options.boolean('sort_keys') ?? false,
  };
}
