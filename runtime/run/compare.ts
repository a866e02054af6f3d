/** Compares two runs call by call: aligned by branch and position, the first difference shows where they part. */
import type { JournalEntry } from '../journal/journal-entry.js';
import type { CallOutcome, Payload } from '../journal/journal-event.js';

/** RunDifference is one call that is not the same in both runs. */
export interface RunDifference {
  readonly branch: string;
  readonly ordinal: number;
  /** `only left`, `only right`; `call` when another was made; `input` or `result` when those differ. */
  readonly kind: 'only left' | 'only right' | 'call' | 'input' | 'result';
  readonly left: CallOutcome | undefined;
  readonly right: CallOutcome | undefined;
}

export function compareRuns(
  left: readonly JournalEntry[],
  right: readonly JournalEntry[],
): RunDifference[] {
  const [calls, others] = [callsOf(left), callsOf(right)];
  const differences: RunDifference[] = [];
  for (const site of new Set([...calls.keys(), ...others.keys()])) {
    const [one, other] = [calls.get(site), others.get(site)];
    const { branch, ordinal } = (one ?? other) as CallOutcome;
    const kind = differenceOf(one, other);
    if (kind !== undefined) differences.push({ branch, ordinal, kind, left: one, right: other });
  }
  return differences;
}

function callsOf(entries: readonly JournalEntry[]): Map<string, CallOutcome> {
  const calls = new Map<string, CallOutcome>();
  for (const { event } of entries) {
    if (event.type === 'call') calls.set(`${event.branch}#${event.ordinal}`, event);
  }
  return calls;
}

function differenceOf(
  left: CallOutcome | undefined,
  right: CallOutcome | undefined,
): RunDifference['kind'] | undefined {
  if (left === undefined) return 'only right';
  if (right === undefined) return 'only left';
  if (left.op !== right.op) return 'call';
  if (left.digest !== right.digest) return 'input';
  return isSameOutcome(left, right) ? undefined : 'result';
}

function isSameOutcome({ outcome: a }: CallOutcome, { outcome: b }: CallOutcome): boolean {
  if (a.ok && b.ok) return isSamePayload(a.value, b.value);
  if (a.ok || b.ok) return false;
  return a.error.code === b.error.code && a.error.message === b.error.message;
}

function isSamePayload(a: Payload, b: Payload): boolean {
  if ('ref' in a || 'ref' in b) return 'ref' in a && 'ref' in b && a.ref === b.ref;
  return Buffer.from(a.inline).equals(b.inline);
}
