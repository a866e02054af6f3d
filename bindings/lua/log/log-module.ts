/** The functions behind the `Log` global: what is said to whoever looks after a script. */
import type { HostArguments } from '../../../runtime/engine/engine.js';
import {
  type GlobalFunction,
  globalFunction,
  type RunFacts,
} from '../../../runtime/run/globals.js';
import {
  isLogged,
  LOG_LEVELS,
  type LogEntry,
  type LogLevel,
  logFields,
} from '../../../runtime/run/log-entry.js';
import type { Services } from '../../../runtime/services.js';
import { isAbsent, text, value } from '../arguments.js';

export function logModule({ config }: Services, facts: RunFacts): GlobalFunction[] {
  const { logLevel: least } = config.lua;
  return LOG_LEVELS.map((level) =>
    globalFunction<LogEntry>({
      path: `Log.${level}`,
      parse: (args) => parseEntry(level, args),
      operation: {
        op: `log.${level}`,
        kind: 'output',
        waits: true,
        perform: (entry, { branch }) =>
          isLogged(level, least) ? facts.log(entry, branch) : undefined,
      },
    }),
  );
}

function parseEntry(level: LogLevel, args: HostArguments): LogEntry {
  const message = text(args, 1);
  return isAbsent(args, 2)
    ? { level, message }
    : { level, message, fields: logFields(value(args, 2)) };
}
