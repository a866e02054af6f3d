/** The functions behind the `Replay` global, whose tables and methods are Lua: `prelude/replay.lua`. */
import type { Value } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import { calledAs, number, text, value } from '../arguments.js';
import { compareValues } from './compare-values.js';
import { nextTime, parseCron } from './cron.js';

export function replayGlobalModule(): GlobalFunction[] {
  return [
    globalFunction<{ a: Value; b: Value }>({
      path: 'host.compare_values',
      parse: (args) => {
        const named = calledAs(args, 'compare_json');
        return { a: value(named, 1), b: value(named, 2) };
      },
      operation: {
        op: 'replay.compare',
        kind: 'pure',
        waits: false,
        perform: ({ a, b }) => {
          const { differences, ...rest } = compareValues(a, b);
          return { ...rest, differences: differences.map((difference) => ({ ...difference })) };
        },
      },
    }),
    globalFunction<{ expression: string; now: number }>({
      path: 'host.next_cron_time',
      parse: (args: HostArguments) => ({
        expression: text(calledAs(args, 'Replay.schedules.cron'), 1),
        now: number(args, 2),
      }),
      operation: {
        op: 'replay.nextCronTime',
        kind: 'pure',
        waits: false,
        perform: ({ expression, now }) => nextTime(parseCron(expression), now),
      },
    }),
  ];
}
