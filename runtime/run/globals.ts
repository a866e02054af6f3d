/**
 * Globals is what a run offers to Lua: functions, each an operation with its Lua face, and the Lua text on top of
 * them. The bindings fill it; the run only installs it.
 */
import type { Chunk, HostArguments } from '../engine/engine.js';
import type { Operation } from '../host/host-call.js';
import type { UsageTotals } from '../host/usage.js';
import type { LogEntry } from './log-entry.js';
import type { ProgramFunctions } from './program-functions.js';

export interface Globals {
  readonly functions: readonly GlobalFunction[];
  readonly preludes: readonly Chunk[];
}

/** GlobalFunction is where Lua finds an operation and how its arguments are read from the Lua stack. */
export interface GlobalFunction<Arguments = unknown> {
  /** `Session.create`; `host.<name>` for what only preludes see. */
  readonly path: string;
  readonly aliases?: readonly string[];
  /** Checks the arguments once, here; operations trust what they get. */
  readonly parse: (args: HostArguments) => Arguments;
  readonly operation: Operation<Arguments>;
}

/** RunFacts is what globals may know of the run that they are made for. */
export interface RunFacts {
  /** The script's path for messages, such as `script.lua`; `-` or `=eval` when it is no file. */
  readonly script: string;
  /** The folder that `require` starts from. */
  readonly folder: string;
  readonly args: readonly string[];
  /** The most memory that its Lua may use. */
  readonly memoryLimitBytes: number;
  /** What its budget counts as used from the start. */
  readonly usedBefore: UsageTotals;
  /** Who the run acts for. */
  readonly actor: string | null;
  /** Writes to the run's output, in the name of a branch. The script waits for what it answers, if anything. */
  readonly write: (
    stream: 'stdout' | 'stderr',
    bytes: Uint8Array,
    branch: string,
  ) => Promise<undefined> | undefined;
  /** Says, in the name of a branch, what the script logs; the script waits likewise. */
  readonly log: (entry: LogEntry, branch: string) => Promise<undefined> | undefined;
  /** The next piece of standard input; `undefined` at its end. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Functions of the program that the run may call; none when absent. */
  readonly functions?: ProgramFunctions;
}

export type GlobalsFactory = (facts: RunFacts) => Globals;

/** Keeps the types of arguments and operation together in a list of functions with different ones. */
export function globalFunction<Arguments>(fn: GlobalFunction<Arguments>): GlobalFunction {
  return fn as unknown as GlobalFunction;
}
