import { SpellError } from '../runtime/base/errors.js';
import { formatKeyPath, type KeyPath, type Table, withValue } from './key-path.js';
import { isConfigPath } from './paths.js';

/** Assignment sets one key from outside of a file: a variable of the environment, or a flag. */
export interface Assignment {
  readonly path: readonly string[];
  readonly value: unknown;
  /** The variable or flag, for people. */
  readonly origin: string;
}

const STORAGE_PATH = ['runtime', 'storage', 'path'];
const BACKEND = ['runtime', 'sessions', 'storage_backend'];

/**
 * Assignments of one source as checked tables; of two for one key the later counts. A path for the data means lmdb
 * unless the same source names a backend.
 *
 * @throws SpellError `CONFIG` naming the variable or flag.
 */
export async function assignmentTable(given: readonly Assignment[]): Promise<AssignmentTable> {
  const assignments = withImpliedBackend(given);
  const origins = new Map(assignments.map(({ path, origin }) => [formatKeyPath(path), origin]));
  let table: Table = {};
  for (const { path, value } of assignments) table = withValue(table, path, value);
  const origin = (path: KeyPath) => originOf(origins, path);
  if (assignments.every(needsNoSchema)) return { table, origin };
  const { validateTables } = await import('./validate.js');
  return { table: validateTables(table, { label: origin }), origin };
}

export interface AssignmentTable {
  readonly table: Table;
  origin(path: KeyPath): string | undefined;
}

function withImpliedBackend(assignments: readonly Assignment[]): readonly Assignment[] {
  const named = assignments.some(({ path }) => formatKeyPath(path) === formatKeyPath(BACKEND));
  const folder = assignments.findLast(
    ({ path }) => formatKeyPath(path) === formatKeyPath(STORAGE_PATH),
  );
  if (named || folder === undefined) return assignments;
  return [...assignments, { path: BACKEND, value: 'lmdb', origin: folder.origin }];
}

function originOf(origins: ReadonlyMap<string, string>, path: KeyPath): string | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const origin = origins.get(formatKeyPath(path.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** The two keys that the usual flags set are so simple that they need not pay for loading the schema. */
function needsNoSchema({ path, value }: Assignment): boolean {
  const key = formatKeyPath(path);
  if (key === formatKeyPath(BACKEND)) return value === 'memory' || value === 'lmdb';
  if (key !== formatKeyPath(STORAGE_PATH)) return false;
  return typeof value === 'string' && isConfigPath(value) && !value.includes('\0');
}

/** Splits `runtime.storage.path` as a flag names it; every step is a bare key. */
export function keyPathOf(text: string): readonly string[] {
  const steps = text.split('.');
  if (steps.some((step) => !/^[A-Za-z0-9_-]+$/.test(step))) {
    throw new SpellError('CONFIG', `"${text}" is not the name of a key`, {
      hint: 'A key is written like runtime.sessions.max_sessions.',
    });
  }
  return steps;
}
