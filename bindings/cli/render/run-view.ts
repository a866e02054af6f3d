/** A kept run and its journal as `--json` shows them. */
import { parseJson } from '../../../runtime/base/json.js';
import type { HostValue } from '../../../runtime/base/value.js';
import { Results } from '../../../runtime/engine/engine.js';
import { decodeResult } from '../../../runtime/engine/result-bytes.js';
import type { JournalEntry } from '../../../runtime/journal/journal-entry.js';
import type {
  CallOutcome,
  JournalEvent,
  Payload,
  RecordedOutcome,
} from '../../../runtime/journal/journal-event.js';
import type { KeptRun, KeptWait } from '../../../runtime/kept-run.js';
import type { OpenQuestion } from '../../../runtime/open-question.js';
import type { Decision } from '../../../runtime/tool/decision.js';
import { timeText } from './formats.js';
import { printableLine } from './printable.js';
import { usageView } from './usage-view.js';

/** A question of which it is known who asks. */
type Asked = Omit<OpenQuestion, 'run'>;

export function toJsonRun(run: KeptRun): { readonly [field: string]: HostValue } {
  const { id, script, args, actor, status, sessions, parent, entries } = run;
  const { checkpoints, usage, error } = run;
  return {
    id,
    script: { ...script },
    args: [...args],
    actor,
    status,
    started_at: run.startedAt.toISOString(),
    ended_at: run.endedAt?.toISOString() ?? null,
    sessions: [...sessions],
    parent: parent === null ? null : { ...parent },
    entries,
    checkpoints: checkpoints.map(({ seq, label, at, bytes }) => ({
      seq,
      label,
      at: at.toISOString(),
      bytes,
    })),
    usage: usageView(usage, usage.possiblyBilledTwice),
    waits_for: run.waitsFor.map(waitView),
    error: error === null ? null : { ...error },
  };
}

function waitView(wait: KeptWait): { readonly [field: string]: HostValue } {
  if (wait.type === 'time') return { type: wait.type, at: wait.at.toISOString() };
  return wait.type === 'event' ? { ...wait } : { type: wait.type, ...questionView(wait) };
}

export function questionView(question: Asked): { readonly [field: string]: HostValue } {
  const { session, name, text, data, askedAt, until } = question;
  return {
    session,
    name,
    question: text,
    data: (data ?? null) as HostValue,
    asked_at: askedAt.toISOString(),
    until: until?.toISOString() ?? null,
  };
}

/** The command that answers a question. */
export function howToAnswer(run: string, { name }: Pick<Asked, 'name'>): string {
  const word = /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
  return `answer with: llmspell runs approve ${run} ${printableLine(word)}`;
}

/** What a run waits for, for people: `2026-11-21 08:30:15`, or `event "approved" of session ...`. */
export function waitText(wait: KeptWait): string {
  if (wait.type === 'time') return timeText(wait.at.getTime());
  const which = `${JSON.stringify(wait.name)} of session ${wait.session}`;
  const asked = wait.type === 'event' || wait.text === null ? '' : `: ${wait.text}`;
  return printableLine(`${wait.type} ${which}${asked}`);
}

export function toJsonEntry({ seq, at, event }: JournalEntry): HostValue {
  return { seq, at: new Date(at).toISOString(), type: event.type, ...eventView(event) };
}

function eventView(event: JournalEvent): { readonly [field: string]: HostValue } {
  switch (event.type) {
    case 'start': {
      const { script, scriptHash, args, actor = null } = event;
      return { script, script_hash: scriptHash, args: [...args], actor };
    }
    case 'intent': {
      const { branch, ordinal, op, effect, key } = event;
      return { branch, ordinal, op, effect, key };
    }
    case 'call':
      return callView(event);
    case 'checkpoint':
      return { label: event.label ?? null };
    case 'end':
      return { status: event.status, error: event.error === undefined ? null : { ...event.error } };
  }
}

/** A call with its answer. */
export function callView(call: CallOutcome): { readonly [field: string]: HostValue } {
  const { branch, ordinal, op, kind, where, startedAt, durationMs, args, outcome, policy } = call;
  return {
    branch,
    ordinal,
    op,
    kind,
    where: where ?? null,
    started_at: new Date(startedAt).toISOString(),
    duration_ms: durationMs,
    arguments: argumentsView(args),
    ...outcomeView(outcome),
    ...(policy === undefined ? {} : { policy: policy.map(decisionView) }),
  };
}

function decisionView({ allowed, rule, target, by }: Decision): HostValue {
  return { allowed, rule, target, by: by ?? null };
}

function outcomeView(outcome: RecordedOutcome): { readonly [field: string]: HostValue } {
  if (!outcome.ok) {
    return { result: null, error: { code: outcome.error.code, message: outcome.error.message } };
  }
  if ('ref' in outcome.value) return { result: reference(outcome.value.ref), error: null };
  const result = decodeResult(outcome.value.inline);
  return { result: result instanceof Results ? [...result.values] : result, error: null };
}

function argumentsView(args: Payload): HostValue {
  return 'ref' in args ? reference(args.ref) : recordedArguments(args.inline);
}

/** Arguments as they were recorded: JSON, but for those of `Tool.define` in former records. */
export function recordedArguments(text: string | Uint8Array): HostValue {
  try {
    return parseJson(text);
  } catch {
    return Buffer.from(text).toString();
  }
}

/** Long data is named by its content address. */
function reference(hash: string): HostValue {
  return { content: hash };
}
