/**
 * A modification puts another value into a recorded answer, so that a replay shows what the script makes of it. Its
 * path names the call and the field: `tool.execute.result.total` in every answer of `tool.execute`, `tool.execute#2`
 * the whole answer of its second call.
 */
import { decodeRecord, encodeRecord } from '../base/encoding.js';
import { SpellError } from '../base/errors.js';
import { isMap, type Value, type ValueKey } from '../base/value.js';
import type { ContentStore } from '../content/content-store.js';
import type { JournalEntry } from '../journal/journal-entry.js';
import type { CallOutcome } from '../journal/journal-event.js';
import { readPayload } from '../journal/journal-reader.js';

export interface Modification {
  readonly path: string;
  readonly value: Value;
}

/** AppliedModification is one answer that was changed. */
export interface AppliedModification {
  readonly seq: number;
  readonly path: string;
  readonly before: Value;
  readonly after: Value;
}

export interface ModifiedHistory {
  readonly entries: readonly JournalEntry[];
  readonly applied: readonly AppliedModification[];
}

interface Target {
  readonly path: string;
  readonly op: string;
  /** The call among those of the op, from 1; `undefined` for all of them. */
  readonly ordinal: number | undefined;
  readonly fields: readonly string[];
}

/** @throws SpellError `BAD_ARGUMENT` for a path that leads to no recorded answer. */
export async function modifyHistory(
  contents: ContentStore,
  entries: readonly JournalEntry[],
  modifications: readonly Modification[],
): Promise<ModifiedHistory> {
  const applied: AppliedModification[] = [];
  let modified = [...entries];
  for (const { path, value } of modifications) {
    const target = targetOf(path, modified);
    const before = applied.length;
    let ordinal = 0;
    const changed: JournalEntry[] = [];
    for (const entry of modified) {
      const { event } = entry;
      const isCall = event.type === 'call' && event.op === target.op;
      if (isCall) ordinal += 1;
      if (!isCall || (target.ordinal !== undefined && target.ordinal !== ordinal)) {
        changed.push(entry);
        continue;
      }
      const change = await modify(contents, event, target, value);
      applied.push({ seq: entry.seq, path, ...change.values });
      changed.push({ ...entry, event: change.event });
    }
    if (applied.length === before) throw badPath(path, `${target.op} was called ${ordinal} times`);
    modified = changed;
  }
  return { entries: modified, applied };
}

function targetOf(path: string, entries: readonly JournalEntry[]): Target {
  const calls = entries.flatMap(({ event }) => (event.type === 'call' ? [event.op] : []));
  const ops = [...new Set(calls)].sort((a, b) => b.length - a.length);
  for (const op of ops) {
    if (!path.startsWith(op)) continue;
    const rest = /^(?:#(\d+))?((?:\.[^.]+)*)$/.exec(path.slice(op.length));
    if (rest === null) continue;
    const [, ordinal, fields = ''] = rest;
    return {
      path,
      op,
      ordinal: ordinal === undefined ? undefined : Number(ordinal),
      fields: fields.split('.').slice(1),
    };
  }
  throw badPath(path, `the run recorded ${ops.length === 0 ? 'no calls' : ops.sort().join(', ')}`);
}

async function modify(
  contents: ContentStore,
  event: CallOutcome,
  target: Target,
  value: Value,
): Promise<{ event: CallOutcome; values: { before: Value; after: Value } }> {
  const { outcome } = event;
  const results = outcome.ok
    ? (decodeRecord(await readPayload(contents, outcome.value)) as readonly Value[])
    : [];
  const [first, ...others] = results;
  const after = withField(first, target, target.fields, value);
  const inline = encodeRecord([after, ...others]);
  return {
    event: { ...event, outcome: { ok: true, value: { inline } } },
    values: { before: fieldOf(first, target.fields), after: value },
  };
}

function fieldOf(value: Value, fields: readonly string[]): Value {
  let found = value;
  for (const field of fields) found = childOf(found, field);
  return found;
}

function childOf(value: Value, field: string): Value {
  if (Array.isArray(value)) return value[Number(field) - 1];
  return isMap(value) ? value.get(keyIn(value, field)) : undefined;
}

function withField(
  value: Value,
  target: Target,
  fields: readonly string[],
  replacement: Value,
): Value {
  const [field, ...rest] = fields;
  if (field === undefined) return replacement;
  if (Array.isArray(value)) {
    const index = Number(field) - 1;
    if (!Number.isInteger(index) || index < 0 || index > value.length) throw noField(target, field);
    const changed = withField(value[index], target, rest, replacement);
    return [...value.slice(0, index), changed, ...value.slice(index + 1)];
  }
  if (!isMap(value)) throw noField(target, field);
  const name = keyIn(value, field);
  return new Map([...value, [name, withField(value.get(name), target, rest, replacement)]]);
}

/** The key of a table that a part of a path means: text, or the number that reads so. */
function keyIn(map: ReadonlyMap<ValueKey, Value>, field: string): ValueKey {
  const number = Number(field);
  return !map.has(field) && map.has(number) ? number : field;
}

function noField({ path, op }: Target, field: string): SpellError {
  return badPath(path, `an answer of ${op} has no '${field}'`);
}

function badPath(path: string, problem: string): SpellError {
  return new SpellError(
    'BAD_ARGUMENT',
    `modification ${JSON.stringify(path)} fits nothing: ${problem}`,
    {
      hint: 'A path is a call and a field, such as tool.execute#1.result; see Session.journal(id).',
    },
  );
}
