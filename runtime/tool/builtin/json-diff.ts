/** Differences of values: what came, what went and what changed, by JSON pointers. */
import { parseJson, stringifyJson } from '../../base/json.js';
import {
  Float,
  type HostObject,
  isMap,
  keyText,
  type Value,
  type ValueMap,
} from '../../base/value.js';
import { pointerStep } from '../schema-fault.js';
import type { ToolArguments } from '../tool.js';
import { badArgument } from './input.js';

type Change = {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly old?: Value;
  readonly new?: Value;
};

export function diffValues(args: ToolArguments): HostObject {
  const changes: Change[] = [];
  compare(jsonValue(args, 'old_json'), jsonValue(args, 'new_json'), '', changes);
  const count = (op: Change['op']) => changes.filter((change) => change.op === op).length;
  return {
    diff: changes.map(lineOf).join(''),
    changes,
    identical: changes.length === 0,
    stats: { additions: count('add'), deletions: count('remove'), changes: count('replace') },
  };
}

function jsonValue(args: ToolArguments, name: string): Value {
  const given = args.get(name);
  if (typeof given !== 'string') return given;
  try {
    return parseJson(given);
  } catch (error) {
    throw badArgument(`/${name}`, `is no JSON: ${(error as Error).message}`);
  }
}

function compare(before: Value, after: Value, path: string, changes: Change[]): void {
  if (isMap(before) && isMap(after)) compareMaps(before, after, path, changes);
  else if (Array.isArray(before) && Array.isArray(after)) {
    compareMaps(entriesOf(before), entriesOf(after), path, changes);
  } else if (!(isEmpty(before) && isEmpty(after)) && !isSame(before, after)) {
    changes.push({ op: 'replace', path, old: before, new: after });
  }
}

function compareMaps(before: ValueMap, after: ValueMap, path: string, changes: Change[]): void {
  for (const [key, item] of before) {
    const place = `${path}/${pointerStep(keyText(key))}`;
    if (after.has(key)) compare(item, after.get(key), place, changes);
    else changes.push({ op: 'remove', path: place, old: item });
  }
  for (const [key, item] of after) {
    if (before.has(key)) continue;
    changes.push({ op: 'add', path: `${path}/${pointerStep(keyText(key))}`, new: item });
  }
}

function entriesOf(list: readonly Value[]): ValueMap {
  return new Map(list.map((item, index) => [index, item]));
}

/** Lua writes an empty list and an empty object in the same way. */
function isEmpty(value: Value): boolean {
  return Array.isArray(value) ? value.length === 0 : isMap(value) && value.size === 0;
}

function isSame(before: Value, after: Value): boolean {
  return before === after || numberOf(before) === numberOf(after);
}

/** `1` and `1.0` are the same number; what is none is like nothing else. */
function numberOf(value: Value): number | bigint | symbol {
  if (value instanceof Float) return value.value;
  return typeof value === 'number' || typeof value === 'bigint' ? value : Symbol();
}

function lineOf({ op, path, old: before, new: after }: Change): string {
  const place = path === '' ? '(all)' : path;
  if (op === 'add') return `+ ${place}: ${stringifyJson(after)}\n`;
  if (op === 'remove') return `- ${place}: ${stringifyJson(before)}\n`;
  return `~ ${place}: ${stringifyJson(before)} -> ${stringifyJson(after)}\n`;
}
