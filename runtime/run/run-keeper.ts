/** RunKeeper decides where a run's answers come from and what is kept of it. */
import type { Answers, RunState } from '../host/host-call.js';
import { LiveAnswers } from '../host/live-answers.js';
import type { Backend } from '../storage/storage.js';
import type { RunOutcome } from './run.js';
import type { Script } from './script.js';

export interface RunKeeper {
  /** Called when the script is known and before Lua starts. */
  begin(script: Script, state: RunState): Promise<Answers>;
  /** Called when the run ended; answers the outcome that holds. */
  end(outcome: RunOutcome): Promise<RunOutcome>;
}

/** Keeps nothing: for storage that ends with the process, and where durability is switched off. */
export function forgetfulKeeper(backend: () => Promise<Backend>): RunKeeper {
  return {
    begin: async () => new LiveAnswers(backend),
    end: async (outcome) => outcome,
  };
}
