import type { ValueMap } from '../base/value.js';
import type { NewRun } from './run-record.js';
import type { Script } from './script.js';

/** Program is a script with everything that it starts from. */
export interface Program {
  readonly script: Script;
  readonly args: readonly string[];
  /** Who the run acts for. */
  readonly actor: string | null;
  /** Two numbers that `math.random` starts from. */
  readonly seed: readonly [bigint, bigint];
  readonly memoryLimitBytes: number;
  readonly currentSession: string | undefined;
  /** Values that the embedder sets before the script starts. */
  readonly variables: ValueMap;
}

/** The program of a run that starts, or of one that is kept. */
export function programOf(run: NewRun, script: Script): Program {
  const [first = '0', second = '0'] = run.seed;
  return {
    script,
    args: run.args,
    actor: run.actor,
    seed: [BigInt(first), BigInt(second)],
    memoryLimitBytes: run.memoryLimitBytes,
    currentSession: run.currentSession ?? undefined,
    variables: run.variables,
  };
}
