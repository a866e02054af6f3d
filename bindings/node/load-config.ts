/** The configuration as programs ask for it: from files, from options, or from nothing at all. */
import { resolve } from 'node:path';
import type { Config } from '../../config/config.js';
import { isTable, type Table } from '../../config/key-path.js';
import { type LoadedConfig, loadConfig as load, type Override } from '../../config/load.js';
import { processEnvironment } from '../../config/process-environment.js';

/** The tables of `llmspell.toml`: `{ runtime: { sessions: { max_sessions: 10 } } }`. */
export type ConfigTables = Readonly<Record<string, unknown>>;

export interface LoadConfigOptions {
  /** Reads this configuration file. */
  readonly configPath?: string;
  /**
   * True reads what the command line would read: the `llmspell.toml` of the project and of the user, and `LLMSPELL_*`.
   * Otherwise a runtime is told everything by its program.
   */
  readonly discover?: boolean;
  /** Profiles by name or path, later ones win. */
  readonly profiles?: readonly string[];
  /** Tables as in `llmspell.toml`, over those of files. */
  readonly config?: ConfigTables;
  /**
   * Settings by their keys in `llmspell.toml`, over everything else:
   * `{ 'runtime.sessions.max_sessions': 10 }`.
   */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** `memory` (the default) forgets everything when the runtime closes; `lmdb` keeps it in `dataDir`. */
  readonly storage?: 'memory' | 'lmdb';
  /** The folder of the data; means `lmdb` unless `storage` says otherwise. */
  readonly dataDir?: string;
  /** The same as `dataDir`. */
  readonly storagePath?: string;
  /** Where relative paths start; the working directory when absent. */
  readonly cwd?: string;
}

/**
 * The configuration that a runtime with these options would have. Without options it is that of the command line here.
 *
 * @throws SpellError `CONFIG` with file, line and key.
 *
 * @example
 * ```ts
 * const { providers } = await loadConfig();
 * console.log(providers.defaultProvider);
 * ```
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<Config> {
  return (await configFor({ discover: true, ...options })).config;
}

/** @param ownProviders Names of providers that the program brings along. */
export function configFor(
  options: LoadConfigOptions,
  ownProviders: readonly string[] = [],
): Promise<LoadedConfig> {
  const { cwd, discover, configPath, profiles } = options;
  return load({
    cwd: resolve(cwd ?? process.cwd()),
    env: processEnvironment(),
    discover,
    configPath,
    profiles,
    overrides: [...overrides(options)],
    ownProviders,
  });
}

function* overrides(options: LoadConfigOptions): Generator<Override> {
  const { config = {}, settings = {}, storage, storagePath, dataDir = storagePath } = options;
  yield* tableOverrides(config);
  if (dataDir !== undefined) {
    yield { key: 'runtime.storage.path', value: dataDir, flag: 'dataDir' };
  }
  const backend = storage ?? (dataDir === undefined ? undefined : 'lmdb');
  if (backend !== undefined) {
    yield { key: 'runtime.sessions.storage_backend', value: backend, flag: 'storage' };
  }
  for (const [key, value] of Object.entries(settings)) {
    if (value !== undefined) yield { key, value, flag: 'settings' };
  }
}

/** One for each value; a table without any is there as well, as in a file. */
function* tableOverrides(table: Table, above: readonly string[] = []): Generator<Override> {
  for (const [key, value] of Object.entries(table)) {
    const path = [...above, key];
    if (isTable(value) && Object.keys(value).length > 0) yield* tableOverrides(value, path);
    else if (value !== undefined) yield { key: path, value, flag: 'config' };
  }
}
