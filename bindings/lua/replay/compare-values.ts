/** Compares two values as JSON would hold them, leaf by leaf. */
import { canonicalJson } from '../../../runtime/base/canonical-json.js';
import { Float, isMap, keyText, type Value } from '../../../runtime/base/value.js';

export interface ValueDifference {
  /** Such as `$.rows[2].name`. */
  readonly path: string;
  readonly description: string;
}

export interface ValueComparison {
  readonly identical: boolean;
  /** The share of leaves that are equal, from 0 to 1. */
  readonly similarity_score: number;
  readonly summary: string;
  readonly differences: readonly ValueDifference[];
}

export function compareValues(left: Value, right: Value): ValueComparison {
  const found: Found = { equal: 0, leaves: 0, differences: [] };
  compare(left, right, '$', found);
  const { equal, leaves, differences } = found;
  const identical = differences.length === 0;
  const count = `${differences.length} difference${differences.length === 1 ? '' : 's'}`;
  return {
    identical,
    similarity_score: leaves === 0 ? 1 : equal / leaves,
    summary: identical ? 'identical' : `${count}, ${equal} of ${leaves} values are equal`,
    differences,
  };
}

interface Found {
  equal: number;
  leaves: number;
  readonly differences: ValueDifference[];
}

function compare(left: Value, right: Value, path: string, found: Found): void {
  const [fields, others] = [fieldsOf(left), fieldsOf(right)];
  if (fields === undefined || others === undefined || fields.isList !== others.isList) {
    compareLeaves(left, right, path, found);
    return;
  }
  const names = new Set([...fields.items.keys(), ...others.items.keys()]);
  // Two empty tables are one equal value.
  if (names.size === 0) {
    found.leaves += 1;
    found.equal += 1;
  }
  for (const name of names) {
    const place = fields.isList ? `${path}[${name}]` : `${path}.${name}`;
    const [isHere, isThere] = [fields.items.has(name), others.items.has(name)];
    if (isHere && isThere) compare(fields.items.get(name), others.items.get(name), place, found);
    else {
      const [side, value] = isHere ? ['left', fields] : ['right', others];
      found.leaves += leavesOf(value.items.get(name));
      const text = textOf(value.items.get(name));
      found.differences.push({ path: place, description: `only in the ${side} value: ${text}` });
    }
  }
}

function compareLeaves(left: Value, right: Value, path: string, found: Found): void {
  const [one, other] = [textOf(plain(left)), textOf(plain(right))];
  if (one === other) {
    found.leaves += 1;
    found.equal += 1;
    return;
  }
  found.leaves += Math.max(leavesOf(left), leavesOf(right));
  found.differences.push({ path, description: `${shorten(one)} is not ${shorten(other)}` });
}

interface Fields {
  readonly isList: boolean;
  readonly items: ReadonlyMap<string, Value>;
}

/** The parts of a table, lists counted from 1; an empty table may be either, so it is no list. */
function fieldsOf(value: Value): Fields | undefined {
  if (Array.isArray(value) && value.length > 0) {
    const items = value.map((item, index): [string, Value] => [String(index + 1), item]);
    return { isList: true, items: new Map(items) };
  }
  if (Array.isArray(value)) return { isList: false, items: new Map() };
  if (!isMap(value)) return undefined;
  const items = [...value].map(([key, item]): [string, Value] => [keyText(key), item]);
  return { isList: false, items: new Map(items) };
}

function leavesOf(value: Value): number {
  const items = [...(fieldsOf(value)?.items.values() ?? [])];
  return Math.max(
    1,
    items.reduce<number>((sum, item) => sum + leavesOf(item), 0),
  );
}

/** JSON does not tell 1 from 1.0, nor nil from null. */
function plain(value: Value): Value {
  if (value instanceof Float) return value.value;
  return value === undefined ? null : value;
}

function textOf(value: Value): string {
  return canonicalJson(value);
}

const SHOWN_LENGTH = 80;

function shorten(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH)}...`;
}
