/** The tables in which Lua gets replays and journals: times are in seconds, with an ISO text beside each. */
import type { HostObject } from '../../../runtime/base/value.js';
import type { JournalEntry } from '../../../runtime/journal/journal-entry.js';
import type { ComparedCall } from '../../../runtime/replay-divergence.js';
import type { ReplayMetadata, SessionReplayReport } from '../../../runtime/session-replay.js';
import type { CallEntry, TimelineEvent } from '../../../runtime/session-story.js';

const SECOND_MS = 1000;

export function metadataTable(metadata: ReplayMetadata): HostObject {
  const { session, run, entries, firstAt, lastAt, canReplay } = metadata;
  return {
    session_id: session,
    run: run ?? undefined,
    correlation_id: run ?? undefined,
    total_entries: entries,
    total_hooks: entries,
    ...times('first_timestamp', firstAt),
    ...times('last_timestamp', lastAt),
    first_hook_timestamp: iso(firstAt),
    last_hook_timestamp: iso(lastAt),
    total_duration: firstAt === null || lastAt === null ? 0 : (lastAt - firstAt) / SECOND_MS,
    can_replay: canReplay,
  };
}

export function reportTable(report: SessionReplayReport): HostObject {
  const { values, diverged, modified, steps } = report;
  return {
    session_id: report.session,
    run: report.run,
    correlation_id: report.run,
    ...times('start_time', report.startedAt),
    total_duration: report.durationMs / SECOND_MS,
    entries_replayed: report.replayed,
    hooks_replayed: report.replayed,
    successful_replays: report.successful,
    failed_replays: report.failed,
    diverged:
      diverged === null
        ? undefined
        : {
            seq: diverged.seq,
            branch: diverged.branch,
            class: diverged.class,
            recorded: comparedTable(diverged.recorded),
            actual: comparedTable(diverged.actual),
          },
    same_result: report.sameResult ?? undefined,
    output: report.output,
    value: values[0],
    values: values.map((value) => value ?? null),
    error: report.error === null ? undefined : { ...report.error },
    modified: modified.map(({ seq, path, before, after }) => ({ seq, path, before, after })),
    steps: steps === null ? undefined : steps.flatMap(stepTable),
  };
}

function comparedTable(call: ComparedCall | null): HostObject | undefined {
  if (call === null) return undefined;
  const { op, arguments: text, where, line } = call;
  return { op, arguments: text, where: where ?? undefined, line: line ?? undefined };
}

function stepTable({ seq, at, event }: JournalEntry): HostObject[] {
  return event.type === 'call' ? [callTable({ seq, at, actor: null, event })] : [];
}

export function journalTable(calls: readonly CallEntry[]): HostObject[] {
  return calls.map(callTable);
}

function callTable({ seq, at, actor, event }: CallEntry): HostObject {
  const { op, outcome, where, durationMs, kind, branch } = event;
  return {
    seq,
    op,
    kind,
    branch,
    ...times('at', at),
    actor: actor ?? undefined,
    status: outcome.ok ? 'ok' : 'error',
    error: outcome.ok ? undefined : { code: outcome.error.code, message: outcome.error.message },
    where,
    duration: durationMs / SECOND_MS,
  };
}

export function timelineTable(events: readonly TimelineEvent[]): HostObject[] {
  return events.map(({ at, run, actor, seq, branch, event, detail, where, error }) => ({
    ...times('at', at),
    run: run ?? undefined,
    actor: actor ?? undefined,
    seq: seq ?? undefined,
    branch: branch ?? undefined,
    event,
    detail,
    where: where ?? undefined,
    error: error ?? undefined,
  }));
}

/** A time as whole seconds, and under `<name>_iso` as text. */
function times(name: string, ms: number | null): HostObject {
  if (ms === null) return {};
  return { [name]: Math.floor(ms / SECOND_MS), [`${name}_iso`]: iso(ms) };
}

function iso(ms: number | null): string | undefined {
  return ms === null ? undefined : new Date(ms).toISOString();
}
