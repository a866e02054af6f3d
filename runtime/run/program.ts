import type { NewRun } from './journal-keeper.js';
import type { Program } from './run.js';
import type { Script } from './script.js';

/** The program of a run that starts, or of one that is kept. */
export function programOf(run: NewRun, script: Script): Program {
  const [first = '0', second = '0'] = run.seed;
  return {
    script,
    args: run.args,
    seed: [BigInt(first), BigInt(second)],
    memoryLimitBytes: run.memoryLimitBytes,
    currentSession: run.currentSession ?? undefined,
    variables: run.variables,
  };
}
