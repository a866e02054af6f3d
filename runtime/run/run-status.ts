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

/** True for runs that nothing can continue: they completed, or failed by themselves. */
export function isFinished(phase: RunPhase): boolean {
  return phase === 'completed' || phase === 'failed';
}
