/** RunPhase is where a run is: on its way, or how it ended. */
export const RUN_PHASES = [
  'running',
  'waiting',
  'sleeping',
  'completed',
  'failed',
  'interrupted',
  'limit',
] as const;

export type RunPhase = (typeof RUN_PHASES)[number];

export function isRunPhase(text: string): text is RunPhase {
  return (RUN_PHASES as readonly string[]).includes(text);
}

/** What is recorded of a run that a process executes, and stays when that process is killed. */
export const GOING_ON: readonly RunPhase[] = ['running', 'waiting'];

export function isGoingOn(recorded: RunPhase): boolean {
  return GOING_ON.includes(recorded);
}

/**
 * Where a run is in truth: one that is recorded as going on and that nobody executes was interrupted without a word.
 *
 * @param isOwned A process that is alive executes the run.
 */
export function actualPhase(recorded: RunPhase, isOwned: boolean): RunPhase {
  return !isOwned && isGoingOn(recorded) ? 'interrupted' : recorded;
}

/** What may be recorded of runs that are in this state; other runs may have that record, too. */
export function recordedPhases(actual: RunPhase): readonly RunPhase[] {
  return actual === 'interrupted' ? ['interrupted', ...GOING_ON] : [actual];
}

/** True for runs that nothing can continue: they completed, or failed by themselves. */
export function isFinished(phase: RunPhase): boolean {
  return phase === 'completed' || phase === 'failed';
}
