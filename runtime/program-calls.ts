/** ProgramCalls calls functions that scripts have in the name of the program: each call is a run of its own. */
import { SpellError } from './base/errors.js';
import type { PlainValue } from './base/value.js';
import { whenAborted } from './base/when-aborted.js';
import { type CallArguments, callArguments } from './call-arguments.js';
import type { ProgramFunctions } from './run/program-functions.js';
import type { Run } from './run/run.js';
import { type Script, scriptFromSource } from './run/script.js';
import type { RunOptions } from './run-options.js';

export interface StartParts {
  readonly functions: ProgramFunctions;
  /** False for a run that leaves no record. */
  readonly keeps: boolean;
}

type Start = (
  name: string,
  script: () => Promise<Script>,
  options: RunOptions,
  parts: StartParts,
) => Run;

/** What a call may say besides its arguments. */
export interface CallOptions {
  /** Aborting it ends the call with `ABORTED`; nobody goes on with it. */
  readonly signal?: AbortSignal | undefined;
  /** Gets what the function writes. */
  readonly onOutput?: RunOptions['onOutput'] | undefined;
}

const FUNCTION_PATH = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
/** The global in which a call hands over its arguments. */
const CALL = '__call';

export class ProgramCalls {
  /** @param cwd Where relative paths start. */
  constructor(
    private readonly start: Start,
    private readonly cwd: string,
  ) {}

  /** Calls a function by its name. @throws SpellError `BAD_ARGUMENT` */
  call(path: string, args: readonly unknown[], options: RunOptions = {}): Run {
    return this.#run(path, callOf(path, args), callArguments(args), options);
  }

  /** The results of a function. @throws what the function raises, and `ABORTED`. */
  results(
    path: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<readonly PlainValue[]> {
    return this.resultsOf(path, callOf(path, args), args, options);
  }

  /** The results of a function that only reads: no record is made of it. */
  read(
    path: string,
    args: readonly unknown[],
    options: CallOptions = {},
  ): Promise<readonly PlainValue[]> {
    return this.resultsOf(path, callOf(path, args), args, options, false);
  }

  /**
   * The results of Lua text that finds its arguments as `given.a1` and so on.
   *
   * @param name What the run is called.
   */
  async resultsOf(
    name: string,
    code: string,
    args: readonly unknown[],
    { signal, onOutput }: CallOptions = {},
    keeps = true,
  ): Promise<readonly PlainValue[]> {
    const given = callArguments(args);
    const run = this.#run(name, code, given, onOutput === undefined ? {} : { onOutput }, keeps);
    const stop = () => run.abort(new SpellError('STOPPED', `${name} was aborted`));
    const forget = signal && whenAborted(signal, stop);
    if (signal?.aborted === true) stop();
    const { error, value, values } = await run.outcome;
    forget?.();
    if (error !== undefined) throw callError(error, given, name, signal);
    return values.length > 1 ? (value as PlainValue[]) : [value];
  }

  #run(
    name: string,
    code: string,
    { data, functions }: CallArguments,
    options: RunOptions,
    keeps = true,
  ): Run {
    const source = `local given = require('llmspell.call')()\n${code}`;
    const names = { name, chunkName: `=${name}`, folder: this.cwd };
    const script = async () => scriptFromSource(Buffer.from(source), names);
    const variables = { ...options.variables, [CALL]: data };
    return this.start(name, script, { ...options, variables }, { functions, keeps });
  }
}

function callOf(path: string, args: readonly unknown[]): string {
  if (!FUNCTION_PATH.test(path)) {
    throw new SpellError('BAD_ARGUMENT', `${JSON.stringify(path)} is not the name of a function`, {
      hint: 'Give a name such as Session.generate.',
      key: 'path',
    });
  }
  return `return ${path}(${args.map((_, i) => `given.a${i + 1}`).join(', ')})`;
}

/** The error of a call as its maker knows it: where it was in the text of the call tells nobody anything. */
function callError(
  error: SpellError,
  { thrown }: CallArguments,
  name: string,
  signal: AbortSignal | undefined,
): SpellError {
  const { code, message, hint, key, details } = error;
  const { file, line, column } = error;
  const place = file === undefined || file === name ? {} : { file, line, column };
  if (code === 'STOPPED') {
    return new SpellError('ABORTED', `${name} was aborted`, { cause: signal?.reason });
  }
  const cause = code === 'FUNCTION_FAILED' ? thrown.get(String(details.function)) : error.cause;
  return new SpellError(code, message, { ...place, hint, key, details, cause });
}
