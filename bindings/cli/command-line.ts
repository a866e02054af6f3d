/** Runs one command line from its arguments to its exit status. */
import { processEnvironment } from '../../config/process-environment.js';
import { toSpellError } from '../../runtime/base/errors.js';
import { CommandFailure, type Invocation } from './invocation.js';
import { Options } from './option.js';
import { ownArguments } from './own-arguments.js';
import { type ParsedCommand, parseCommandLine } from './parse.js';
import { Terminal } from './render/terminal.js';
import type { StartCache } from './start-cache.js';

/** @returns The exit status. Never rejects: errors are printed as the arguments ask for. */
export async function runCommandLine(
  argv: readonly string[],
  startCache: StartCache,
): Promise<number> {
  const environment = processEnvironment();
  // Until the arguments are understood, what they seem to say decides how errors look.
  const own = ownArguments(argv);
  let terminal = new Terminal({
    json: own.includes('--json'),
    quiet: false,
    verbose: false,
    noColour: own.includes('--no-color'),
    environment,
  });
  try {
    const parsed = await parseCommandLine(argv, terminal);
    if (typeof parsed === 'number') return parsed;
    const invocation = toInvocation(parsed, environment, startCache);
    terminal = invocation.terminal;
    return await parsed.command.run(invocation);
  } catch (thrown) {
    const isFailure = thrown instanceof CommandFailure;
    const error = isFailure ? thrown.error : toSpellError(thrown);
    await terminal.failure(error, isFailure ? thrown.data : undefined);
    return error.exitStatus;
  }
}

function toInvocation(
  { args, given }: ParsedCommand,
  environment: Invocation['environment'],
  startCache: StartCache,
): Invocation {
  const options = new Options(given);
  const terminal = new Terminal({
    json: options.flag('json'),
    quiet: options.flag('quiet'),
    verbose: options.flag('verbose'),
    noColour: options.isOff('color'),
    environment,
  });
  return { args, options, terminal, environment, cwd: process.cwd(), startCache };
}
