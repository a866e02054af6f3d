/** The tables `arg` and `ARGS` in which a script finds what it was called with. */
import type { Value, ValueKey } from '../base/value.js';

/** `arg` has the script at 0 and its arguments from 1. */
export function argTable(script: string, args: readonly string[]): Value {
  return new Map<ValueKey, Value>([
    [0, script],
    ...args.map((arg, i): [number, string] => [i + 1, arg]),
  ]);
}

/**
 * `ARGS` has the same, and named arguments by their names: `--name value` and `--name=value` as text, `--flag` before
 * another option or at the end as true.
 */
export function namedArgTable(script: string, args: readonly string[]): Value {
  const table = new Map(argTable(script, args) as ReadonlyMap<ValueKey, Value>);
  args.forEach((arg, index) => {
    const option = /^--([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(arg);
    if (option === null) return;
    const [, name, inline] = option as unknown as [string, string, string | undefined];
    const next = args[index + 1];
    const isFlag = next === undefined || next.startsWith('--');
    table.set(name, inline ?? (isFlag ? true : next));
  });
  return table;
}
