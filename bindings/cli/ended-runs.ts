/** How several runs ended, for programs and for people. */
import type { HostObject } from '../../runtime/base/value.js';
import type { RunOutcome } from '../../runtime/run/run-outcome.js';
import { countText } from './render/formats.js';
import { errorRecord } from './render/terminal.js';
import { type EndedRun, runRecord } from './script-run.js';

export function endedRuns(ends: readonly EndedRun[]): HostObject {
  const items = ends.map(({ outcome, kept }) => ({
    ...runRecord(outcome, kept),
    error: outcome.error === undefined ? null : errorRecord(outcome.error),
  }));
  return { items, next: null };
}

export function summary(ends: readonly EndedRun[]): string {
  const counts = new Map<RunOutcome['status'], number>();
  for (const { outcome } of ends) counts.set(outcome.status, (counts.get(outcome.status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return `${countText(ends.length, 'run')} resumed${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}
