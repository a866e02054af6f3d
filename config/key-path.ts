/** KeyPath is the way to a key through the tables of a configuration: `['models', 'gpt-4.1', 'vision']`. */
export type KeyPath = readonly (string | number)[];

/** A key path as TOML writes it: `models."gpt-4.1".vision`, items of lists as `[2]` counted from 1. */
export function formatKeyPath(path: KeyPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step + 1}]`;
    else text += (text === '' ? '' : '.') + quoted(step);
  }
  return text;
}

function quoted(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Table is a parsed table of a configuration file. */
export type Table = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is at a path, or `undefined`. Only own properties count, so that no key reaches a prototype. */
export function valueAt(table: unknown, path: KeyPath): unknown {
  let value = table;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** A table with the value at the path; the given one is left as it is. */
export function withValue(table: Table, path: readonly string[], value: unknown): Table {
  const [key, ...rest] = path;
  if (key === undefined) return table;
  const inner = Object.hasOwn(table, key) ? table[key] : undefined;
  const next = rest.length === 0 ? value : withValue(isTable(inner) ? inner : {}, rest, value);
  return Object.fromEntries([
    ...Object.entries(table).filter(([name]) => name !== key),
    [key, next],
  ]);
}

/** A table without the key at the path. */
export function withoutValue(table: Table, path: readonly string[]): Table {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(table, key)) return table;
  const others = Object.entries(table).filter(([name]) => name !== key);
  const inner = table[key];
  if (rest.length === 0 || !isTable(inner)) return Object.fromEntries(others);
  return Object.fromEntries([...others, [key, withoutValue(inner, rest)]]);
}

/** The keys that hold values, depth first; a list is one value. */
export function* leaves(table: Table, above: readonly string[] = []): Generator<Leaf> {
  for (const [key, value] of Object.entries(table)) {
    const path = [...above, key];
    if (isTable(value)) yield* leaves(value, path);
    else if (value !== undefined) yield { path, value };
  }
}

export interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}
