/** Decision is what the policy said to one wish, with its reason: kept with the record of the call. */
export interface Decision {
  readonly allowed: boolean;
  /** The key of `[runtime.security]`, or the rule that holds whatever is configured. */
  readonly rule: string;
  /** The file, command, variable or host that was wanted. */
  readonly target: string;
  /** What opens it: the folder, pattern or name in the configuration. */
  readonly by?: string | undefined;
}

export type NoteDecision = (decision: Decision) => void;

/** Decisions that one call keeps: a script can make as many as it likes. */
export const MAX_DECISIONS = 20;

/** Adds a decision to those of a call; the same one is kept once. */
export function addDecision(decisions: readonly Decision[], next: Decision): readonly Decision[] {
  const isKnown = decisions.some(
    ({ allowed, rule, target }) =>
      allowed === next.allowed && rule === next.rule && target === next.target,
  );
  return isKnown || decisions.length >= MAX_DECISIONS ? decisions : [...decisions, next];
}
