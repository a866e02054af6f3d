import type { Assignment } from './assignment.js';
import { DEFAULTS } from './defaults.js';
import type { Environment } from './paths.js';

/** What the environment says, apart from where the files are. */
export interface EnvironmentSettings {
  readonly assignments: readonly Assignment[];
  readonly warnings: readonly string[];
}

/**
 * The settings of `LLMSPELL_*`: `LLMSPELL_<TABLE>_<KEY>` for each key of `[runtime.<table>]` that isn't a list, the
 * older spellings below, and `LLMSPELL_STORAGE` (the backend), `LLMSPELL_DATA_DIR`, `LLMSPELL_SESSION_PATH` (the
 * folder, which means lmdb unless a backend is named). An empty variable counts as not set.
 */
export async function readEnvironment(env: Environment): Promise<EnvironmentSettings> {
  const general = Object.keys(env).filter((name) => env[name] && isGeneral(name));
  const settings = general.length === 0 ? NOTHING : await generalSettings(env, general);
  return { assignments: [...settings.assignments, ...named(env)], warnings: settings.warnings };
}

const NOTHING: EnvironmentSettings = { assignments: [], warnings: [] };

const STORAGE_PATH = ['runtime', 'storage', 'path'] as const;
const BACKEND = ['runtime', 'sessions', 'storage_backend'] as const;

/** These need no schema, so that the usual ones cost nothing at the start. */
function named(env: Environment): Assignment[] {
  const assignments: Assignment[] = [];
  const names = [
    ['LLMSPELL_DATA_DIR', STORAGE_PATH],
    ['LLMSPELL_STORAGE_PATH', STORAGE_PATH],
    ['LLMSPELL_SESSION_PATH', STORAGE_PATH],
    ['LLMSPELL_SESSIONS_BACKEND', BACKEND],
    ['LLMSPELL_SESSIONS_STORAGE_BACKEND', BACKEND],
    ['LLMSPELL_STORAGE', BACKEND],
  ] as const;
  for (const [name, path] of names) {
    const value = env[name];
    if (value) assignments.push({ path, value, origin: name });
  }
  return assignments;
}

const NAMED = new Set(['LLMSPELL_STORAGE_PATH', 'LLMSPELL_SESSIONS_STORAGE_BACKEND']);

/** Other names: one that is short, and those of rs-llmspell for keys that are called otherwise here. */
const OTHER_NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['LLMSPELL_LOG', ['runtime', 'lua', 'log_level']],
  ['LLMSPELL_SESSIONS_MAX', ['runtime', 'sessions', 'max_sessions']],
  ['LLMSPELL_SESSIONS_TIMEOUT_SECONDS', ['runtime', 'sessions', 'session_timeout_seconds']],
  ['LLMSPELL_SESSIONS_MAX_ARTIFACTS', ['runtime', 'sessions', 'max_artifacts_per_session']],
  ['LLMSPELL_ALLOW_FILE_ACCESS', ['runtime', 'security', 'allow_file_access']],
  ['LLMSPELL_ALLOW_NETWORK_ACCESS', ['runtime', 'security', 'allow_network_access']],
  ['LLMSPELL_ALLOW_PROCESS_SPAWN', ['runtime', 'security', 'allow_process_spawn']],
]);

const RUNTIME_TABLES = Object.keys(DEFAULTS).filter(
  (table) => !['providers', 'models', 'tools'].includes(table),
);

function isGeneral(name: string): boolean {
  if (OTHER_NAMES.has(name)) return true;
  if (NAMED.has(name) || name === 'LLMSPELL_SESSIONS_BACKEND') return false;
  return RUNTIME_TABLES.some((table) => name.startsWith(`LLMSPELL_${table.toUpperCase()}_`));
}

async function generalSettings(
  env: Environment,
  names: readonly string[],
): Promise<EnvironmentSettings> {
  const { scalarKeys, typedText } = await import('./validate.js');
  const { didYouMean } = await import('../runtime/base/nearest-name.js');
  const known = new Map<string, readonly string[]>(OTHER_NAMES);
  for (const path of scalarKeys()) {
    known.set(`LLMSPELL_${path[1].toUpperCase()}_${path[2].toUpperCase()}`, path);
  }
  const assignments: Assignment[] = [];
  const warnings: string[] = [];
  for (const name of names) {
    const path = known.get(name);
    if (path !== undefined) {
      assignments.push({ path, value: typedText(path, env[name] ?? ''), origin: name });
      continue;
    }
    const hint = didYouMean(name, known.keys()) ?? 'Lists are set in llmspell.toml.';
    warnings.push(`the environment variable ${name} sets no key and is ignored. ${hint}`);
  }
  // These names first, so that those of the keys win.
  assignments.sort((a, b) => Number(OTHER_NAMES.has(b.origin)) - Number(OTHER_NAMES.has(a.origin)));
  return { assignments, warnings };
}
