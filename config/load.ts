import { dirname, resolve } from 'node:path';
import { type Assignment, assignmentTable, keyPathOf } from './assignment.js';
import { buildConfig } from './build.js';
import { checkProviders } from './check-providers.js';
import type { Config } from './config.js';
import { readEnvironment } from './environment.js';
import { exists, findProjectFile } from './find-file.js';
import { withImpliedProviders } from './implied-providers.js';
import { formatKeyPath, type Table, valueAt } from './key-path.js';
import { type Layer, mergeLayers, withAbsolutePaths } from './layer.js';
import { rewriteLegacy, type Warning } from './legacy.js';
import { type Environment, type Paths, userPaths } from './paths.js';

export interface LoadOptions {
  readonly cwd: string;
  readonly env: Environment;
  /** False reads no file but those named here, and no `LLMSPELL_*` variable; true when absent. */
  readonly discover?: boolean | undefined;
  /** Takes the place of the project's file; must exist. */
  readonly configPath?: string | undefined;
  /** Names or paths; later ones win. They take the place of `LLMSPELL_PROFILE`. */
  readonly profiles?: readonly string[] | undefined;
  /** What flags say; wins over everything. */
  readonly overrides?: readonly Override[] | undefined;
  /** Names of providers that the program brings along: tables may name them, and need not describe them. */
  readonly ownProviders?: readonly string[] | undefined;
  /** What a program takes in place of our defaults; everything else wins over it. */
  readonly fallbacks?: readonly Override[] | undefined;
}

/** Override sets one key: `{ key: 'runtime.lua.timeout_ms', value: 30000, flag: '--timeout' }`. */
export interface Override {
  /** The steps of a path may be any names. */
  readonly key: string | readonly string[];
  readonly value: unknown;
  /** Named as the origin of the value and in errors. */
  readonly flag: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly paths: Paths;
  /** The files that were read, those that win last. */
  readonly files: readonly string[];
  /** Sentences for the user, each once. */
  readonly warnings: readonly string[];
  /** Somebody chose the storage backend; else a program may take its own default. */
  readonly backendNamed: boolean;
  /** Where the value of a key such as `runtime.lua.engine` comes from: `file:line`, a variable, a flag, `default`. */
  origin(keyPath: string): string;
  /** Every key that a source has set, as paths. */
  readonly keysSet: readonly string[];
}

/**
 * The configuration that holds here. Flags win over `LLMSPELL_*`, those over profiles, those over the project's file,
 * that over the user's file, that over the defaults.
 *
 * @throws SpellError `CONFIG` with file, line, column, key and a hint.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { cwd, env, discover = true } = options;
  const paths = userPaths(env);
  const context: Context = { cwd, paths, warnings: new Map() };
  const files = await configFiles(options, paths);
  const layers = [await assignmentLayer(context, (options.fallbacks ?? []).map(toAssignment))];
  for (const file of files) layers.push(await fileLayer(context, file));
  const environment = await readEnvironment(discover ? env : {});
  for (const warning of environment.warnings) context.warnings.set(warning, warning);
  layers.push(await assignmentLayer(context, environment.assignments));
  layers.push(await assignmentLayer(context, (options.overrides ?? []).map(toAssignment)));
  const merged = mergeLayers(layers);
  const { table, origins } = discover ? withImpliedProviders(merged, env) : merged;
  const config = buildConfig(table, paths);
  checkProviders(config.providers, origins, options.ownProviders);
  return {
    config,
    paths,
    files: files.map(({ path }) => path),
    warnings: [...context.warnings.values()],
    backendNamed: layers.slice(1).some((layer) => valueAt(layer.table, BACKEND) !== undefined),
    origin: (keyPath) => origins.get(keyPath) ?? 'default',
    keysSet: [...origins.keys()],
  };
}

const BACKEND = ['runtime', 'sessions', 'storage_backend'];

interface Context {
  readonly cwd: string;
  readonly paths: Paths;
  /** By their subjects, so that each is given once. */
  readonly warnings: Map<string, string>;
}

interface ConfigFile {
  readonly path: string;
  readonly profile?: string;
}

/** All files that hold, the weakest first. */
async function configFiles(options: LoadOptions, paths: Paths): Promise<ConfigFile[]> {
  const { cwd, env, discover = true } = options;
  const files: ConfigFile[] = [];
  if (discover && exists(paths.userFile)) files.push({ path: paths.userFile });
  const named = options.configPath ?? ((discover && env.LLMSPELL_CONFIG) || undefined);
  const found = discover ? findProjectFile(cwd, paths.home) : undefined;
  const project = named === undefined ? found : resolve(cwd, named);
  if (project !== undefined && project !== paths.userFile) files.push({ path: project });
  const profiles = options.profiles ?? ((discover && env.LLMSPELL_PROFILE) || '').split(',');
  for (const profile of profiles.map((name) => name.trim()).filter((name) => name !== '')) {
    const { profileFile } = await import('./profile.js');
    files.push({ path: await profileFile(profile, cwd), profile });
  }
  return files;
}

async function fileLayer(context: Context, { path, profile }: ConfigFile): Promise<Layer> {
  const { readToml } = await import('./toml.js');
  const { validateTables } = await import('./validate.js');
  const toml = await readToml(path);
  const tables = validateTables(toml.table, { file: path, locate: toml.locate });
  const rewritten = rewriteLegacy(tables);
  const place = (key: readonly string[]) => {
    const line = toml.locate(key)?.line;
    return line === undefined ? path : `${path}:${line}`;
  };
  addWarnings(context, rewritten.warnings, place);
  return {
    table: absolute(context, rewritten.table, dirname(path)),
    origin: (key) => {
      const from = place(rewritten.moved.get(formatKeyPath(key)) ?? key);
      return profile === undefined ? from : `profile ${profile} (${from})`;
    },
  };
}

function addWarnings(
  context: Context,
  warnings: readonly Warning[],
  place: (key: readonly string[]) => string,
): void {
  for (const { subject, path, text } of warnings) {
    if (!context.warnings.has(subject)) context.warnings.set(subject, `${place(path)}: ${text}`);
  }
}

async function assignmentLayer(
  context: Context,
  assignments: readonly Assignment[],
): Promise<Layer> {
  const checked = await assignmentTable(assignments);
  const rewritten = rewriteLegacy(checked.table);
  const origin = (key: readonly string[]) =>
    checked.origin(rewritten.moved.get(formatKeyPath(key)) ?? key) ?? 'default';
  addWarnings(context, rewritten.warnings, (key) => checked.origin(key) ?? 'default');
  return { table: absolute(context, rewritten.table, context.cwd), origin };
}

function absolute(context: Context, table: Table, base: string): Table {
  return withAbsolutePaths(table, base, context.cwd, context.paths);
}

function toAssignment({ key, value, flag }: Override): Assignment {
  return { path: typeof key === 'string' ? keyPathOf(key) : key, value, origin: flag };
}
