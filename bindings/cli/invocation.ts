/** Invocation is one call of a command: what was given, and the world that it acts on. */
import type { LoadedConfig, Override } from '../../config/load.js';
import type { Environment } from '../../config/paths.js';
import type { SpellError } from '../../runtime/base/errors.js';
import type { HostValue } from '../../runtime/base/value.js';
import type { Runtime } from '../node/runtime.js';
import { type Options, usageError } from './option.js';
import type { Terminal } from './render/terminal.js';
import type { StartCache } from './start-cache.js';
import { userName } from './user-name.js';

export interface Invocation {
  readonly args: readonly string[];
  readonly options: Options;
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly cwd: string;
  readonly startCache: StartCache;
}

/** CommandFailure is an error of a command that still has something to tell programs. */
export class CommandFailure extends Error {
  constructor(
    readonly error: SpellError,
    readonly data: HostValue,
  ) {
    super(error.message);
  }
}

/** The configuration that holds for the invocation; its warnings are printed. */
export async function loadInvocation(
  { options, terminal, environment, cwd }: Invocation,
  change: { readonly configPath?: string; readonly discover?: boolean } = {},
): Promise<LoadedConfig> {
  const { loadConfig } = await import('../../config/load.js');
  const profiles = options.texts('profile');
  const loaded = await loadConfig({
    cwd,
    env: environment,
    configPath: options.text('config'),
    profiles: profiles.length === 0 ? undefined : profiles,
    overrides: await overrides(options, cwd),
    // Sessions and artifacts of the command line outlive it unless somebody wants otherwise.
    fallbacks: [{ key: BACKEND, value: 'lmdb', flag: 'default of the command line' }],
    ...change,
  });
  for (const warning of loaded.warnings) await terminal.warning(warning);
  for (const file of loaded.files) terminal.detail(`config ${file}`);
  const { storage, sessions } = loaded.config;
  const place = sessions.storageBackend === 'memory' ? '' : ` ${storage.path}`;
  terminal.detail(`storage ${sessions.storageBackend}${place}`);
  return loaded;
}

const BACKEND = 'runtime.sessions.storage_backend';

async function overrides(options: Options, cwd: string): Promise<Override[]> {
  const list: Override[] = [];
  const dataDir = options.text('dataDir');
  if (dataDir !== undefined) {
    const { resolve } = await import('node:path');
    list.push({ key: 'runtime.storage.path', value: resolve(cwd, dataDir), flag: '--data-dir' });
  }
  const storage = options.text('storage');
  if (storage !== undefined) list.push({ key: BACKEND, value: storage, flag: '--storage' });
  const engine = options.text('engine');
  if (engine !== undefined) {
    list.push({ key: 'runtime.lua.engine', value: engine, flag: '--engine' });
  }
  if (options.flag('untrusted')) {
    list.push({ key: 'runtime.lua.untrusted', value: true, flag: '--untrusted' });
  }
  list.push(...budgetOverrides(options));
  return list;
}

function budgetOverrides(options: Options): Override[] {
  const tokens = options.count('maxTokensTotal');
  const cost = options.parsed(
    'maxCost',
    (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined),
    'a number of USD such as 0.50',
  );
  return [
    { key: 'runtime.llm.max_tokens_total', value: tokens, flag: '--max-tokens-total' },
    { key: 'runtime.llm.max_cost_usd', value: cost, flag: '--max-cost' },
  ].flatMap(({ key, value, flag }) => (value === undefined ? [] : [{ key, value, flag }]));
}

/** Opens a runtime with the configuration of the invocation, and closes it when the work is done. */
export async function withRuntime<T>(
  invocation: Invocation,
  work: (runtime: Runtime, loaded: LoadedConfig) => Promise<T>,
): Promise<T> {
  const loaded = await loadInvocation(invocation);
  const { Runtime } = await import('../node/runtime.js');
  const { composeRuntime } = await import('../node/compose.js');
  const { environment, cwd, startCache, terminal } = invocation;
  const warn = (text: string) => void terminal.warning(text);
  const program = { actor: userName(), bootCache: startCache.boot, warn };
  const runtime = new Runtime(composeRuntime(loaded, environment, cwd, program));
  try {
    return await work(runtime, loaded);
  } finally {
    await runtime.close();
  }
}

/**
 * Asks before something is destroyed.
 *
 * @throws SpellError `USAGE` when nobody is there to answer, or the answer is no.
 */
export async function confirm({ options, terminal }: Invocation, question: string): Promise<void> {
  if (options.flag('yes')) return;
  if (!(await terminal.isInteractive(0))) {
    throw usageError(`${question} Nobody is there to answer.`, 'Give --yes.');
  }
  const { createInterface } = await import('node:readline/promises');
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question(`${question} [y/N] `);
  dialogue.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw usageError('nothing was deleted');
}
