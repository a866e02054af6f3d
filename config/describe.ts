import { camelCase } from './build.js';
import { DEFAULTS } from './defaults.js';
import { isTable, valueAt } from './key-path.js';
import { keysAt } from './validate.js';

/** KeyDescription is one line of the documentation of `llmspell.toml`. */
export interface KeyDescription {
  /** `runtime.sessions`, or `providers.<name>`. */
  readonly table: string;
  readonly key: string;
  readonly description: string;
  /** `undefined` where nothing holds by default. */
  readonly fallback: unknown;
}

/** Every key of our own, in the order of the schema; those of rs-llmspell are left out. */
export function describeKeys(): KeyDescription[] {
  const runtime = keysAt(['runtime']).map(({ key }) => ['runtime', key]);
  const tables = [...runtime, ['providers'], ...TABLES_OF_TABLES];
  return tables.flatMap((path) =>
    keysAt(path).flatMap(({ key, description }) => {
      if (description === undefined || description.startsWith('rs-llmspell:')) return [];
      const fallback = valueAt(DEFAULTS, [...path.slice(1), camelCase(key)]);
      const known = path[0] === 'runtime' && !isTable(fallback) ? fallback : undefined;
      return [{ table: path.join('.'), key, description, fallback: known }];
    }),
  );
}

const TABLES_OF_TABLES = [
  ['providers', '<name>'],
  ['models', '<name>'],
  ['tools', '<name>'],
  ['tools', 'mcp', '<name>'],
];
