import { formatKeyPath, isTable, leaves, type Table, valueAt, withValue } from './key-path.js';
import { type Paths, resolveConfigPath } from './paths.js';

/** Layer is what one source says: checked tables with our keys only. */
export interface Layer {
  readonly table: Table;
  /** Where a key of the layer was set, for people. */
  origin(path: readonly string[]): string;
}

/** Merged is all layers in one, and for each key where its value comes from. */
export interface Merged {
  readonly table: Table;
  readonly origins: ReadonlyMap<string, string>;
}

/** Tables of later layers are laid over those of earlier ones; a list takes the place of the whole list before. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const origins = new Map<string, string>();
  let table: Table = {};
  for (const layer of layers) {
    table = overlay(table, layer.table);
    for (const { path } of leaves(layer.table))
      origins.set(formatKeyPath(path), layer.origin(path));
  }
  return { table, origins };
}

function overlay(below: Table, above: Table): Table {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    if (value === undefined) continue;
    const old = merged.get(key);
    merged.set(key, isTable(old) && isTable(value) ? overlay(old, value) : value);
  }
  return Object.fromEntries(merged);
}

const PATH_KEYS = [
  ['runtime', 'storage', 'path'],
  ['runtime', 'security', 'file_read_roots'],
  ['runtime', 'security', 'file_write_roots'],
];

/** The tables with every path in them absolute; `base` is the folder that relative paths start from. */
export function withAbsolutePaths(table: Table, base: string, cwd: string, paths: Paths): Table {
  let result = table;
  const providers = valueAt(table, ['providers']);
  const names = isTable(providers) ? Object.keys(providers) : [];
  for (const key of [...PATH_KEYS, ...names.map((name) => ['providers', name, 'script'])]) {
    const value = valueAt(table, key);
    if (typeof value === 'string') {
      result = withValue(result, key, resolveConfigPath(value, base, cwd, paths));
    }
    if (Array.isArray(value)) {
      const roots = value.map((root: string) => resolveConfigPath(root, base, cwd, paths));
      result = withValue(result, key, roots);
    }
  }
  return result;
}
