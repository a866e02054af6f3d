/** Functions of the embedding program that one run may call. A record has their answers, and not them. */
import { SpellError } from '../base/errors.js';
import { fromPlain, type PlainValue, toPlain, type Value } from '../base/value.js';

/** What a function of the program is told besides its arguments. */
export interface FunctionCall {
  /** Aborted when the run ends before the function does. */
  readonly signal: AbortSignal;
  /** The same for every attempt at the call. */
  readonly key: string;
}

/** A function of the program, with plain arguments and a plain result. */
export type ProgramFunction = (args: readonly PlainValue[], call: FunctionCall) => unknown;

/** By the names that the run knows them by. */
export type ProgramFunctions = ReadonlyMap<string, ProgramFunction>;

export const NO_FUNCTIONS: ProgramFunctions = new Map();

/**
 * Calls a function of the program.
 *
 * @throws SpellError `FUNCTION_NOT_FOUND` where another process goes on with the run, and `FUNCTION_FAILED`
 */
export async function callFunction(
  functions: ProgramFunctions,
  name: string,
  args: readonly Value[],
  call: FunctionCall,
): Promise<Value> {
  const found = functions.get(name);
  if (found === undefined) {
    throw new SpellError('FUNCTION_NOT_FOUND', `the function ${name} is not in this process`, {
      hint: 'It belongs to the program that made the call: let that one make it again.',
      details: { function: name },
    });
  }
  try {
    return fromPlain(await found(args.map(toPlain), call));
  } catch (thrown) {
    if (thrown instanceof SpellError) throw thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new SpellError('FUNCTION_FAILED', `the function ${name} failed: ${message}`, {
      details: { function: name },
      cause: thrown,
    });
  }
}
