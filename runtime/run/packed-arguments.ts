/**
 * Arguments of operations as values and back. Operations take plain objects, which records would give back as maps; so
 * each object is packed as a list of its fields behind a mark.
 */
import { Float, type Value, type ValueKey } from '../base/value.js';

const OBJECT = 'object';
const MAP = 'map';
const LIST = 'list';

export function packArguments(args: unknown): Value {
  if (typeof args !== 'object' || args === null) return args as Value;
  if (args instanceof Uint8Array || args instanceof Float) return args;
  if (Array.isArray(args)) return [LIST, ...args.map(packArguments)];
  if (args instanceof Map) return [MAP, ...packFields(args)];
  const fields = Object.entries(args).filter(([, value]) => value !== undefined);
  return [OBJECT, ...packFields(fields)];
}

function packFields(fields: Iterable<[ValueKey, unknown]>): Value[] {
  return [...fields].flatMap(([name, value]) => [name, packArguments(value)]);
}

export function unpackArguments(packed: Value): unknown {
  if (!Array.isArray(packed)) return packed;
  const [kind, ...items] = packed as Value[];
  if (kind === LIST) return items.map(unpackArguments);
  const fields: [ValueKey, unknown][] = [];
  for (let i = 0; i < items.length; i += 2) {
    fields.push([items[i] as ValueKey, unpackArguments(items[i + 1])]);
  }
  return kind === MAP ? new Map(fields) : Object.fromEntries(fields as [string, unknown][]);
}
