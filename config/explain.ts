import { snakeCase } from './build.js';
import { formatKeyPath } from './key-path.js';
import type { LoadedConfig } from './load.js';
import { providerSetup } from './provider-types.js';
import { isSecretKey, MASK, maskText } from './secret.js';

/** ExplainedKey is one key of the effective configuration, for `llmspell config show`. */
export interface ExplainedKey {
  /** As it is written in `llmspell.toml`, tables included. */
  readonly key: string;
  /** `null` where the key has no value and nothing holds by default. Secrets are masked. */
  readonly value: unknown;
  readonly origin: string;
}

/** Every effective key with its value and where that comes from, tables in the order of {@link Config}. */
export function explainConfig(loaded: LoadedConfig): ExplainedKey[] {
  const { providers, models, tools, ...runtime } = loaded.config;
  const keys: ExplainedKey[] = [];
  const add = (path: readonly string[], value: unknown) => {
    const key = formatKeyPath(path);
    keys.push({ key, value: visible(path, value), origin: originOf(loaded, key) });
  };
  for (const [table, values] of Object.entries(runtime)) {
    addTable(add, ['runtime', table], values, snakeCase);
  }
  add(['providers', 'default_provider'], providers.defaultProvider);
  const setups = Object.entries(providers.named).map(([name, provider]) => [
    name,
    providerSetup(name, provider),
  ]);
  addTables(add, ['providers'], Object.fromEntries(setups), snakeCase);
  addTables(add, ['models'], models, snakeCase);
  addTables(add, ['tools'], tools.named, (key) => key);
  addTables(add, ['tools', 'mcp'], tools.mcp, snakeCase);
  return keys;
}

type Add = (path: readonly string[], value: unknown) => void;

function addTables(
  add: Add,
  above: readonly string[],
  tables: Readonly<Record<string, object>>,
  spell: (key: string) => string,
): void {
  for (const [name, values] of Object.entries(tables))
    addTable(add, [...above, name], values, spell);
}

function addTable(
  add: Add,
  above: readonly string[],
  values: object,
  spell: (key: string) => string,
): void {
  for (const [key, value] of Object.entries(values)) add([...above, spell(key)], value);
}

/** A table inside of a tool's options has its origins below it; the first one stands for all. */
function originOf(loaded: LoadedConfig, key: string): string {
  const origin = loaded.origin(key);
  if (origin !== 'default') return origin;
  const inner = loaded.keysSet.find((set) => set.startsWith(`${key}.`));
  return inner === undefined ? origin : loaded.origin(inner);
}

/** The environment of an MCP server, and its headers, are where its keys are, so that none of it is shown. */
function visible(path: readonly string[], value: unknown): unknown {
  if (value === undefined) return null;
  const isOfServer = path[0] === 'tools' && path[1] === 'mcp';
  const holdsKeys = isOfServer && (path[3] === 'env' || path[3] === 'headers');
  return masked(value, holdsKeys || isSecretKey(path.at(-1) ?? ''));
}

function masked(value: unknown, isSecret: boolean): unknown {
  if (Array.isArray(value)) return maskedList(value, isSecret);
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, masked(item, isSecret || isSecretKey(key))]),
    );
  }
  if (isSecret) return MASK;
  return typeof value === 'string' ? maskText(value) : value;
}

/** An item may be the value of the flag before it: `--token`, `abc`. */
function maskedList(items: readonly unknown[], isSecret: boolean): unknown[] {
  return items.map((item, index) => {
    const before = items[index - 1];
    const followsFlag = typeof before === 'string' && /^--?[\w-]+$/.test(before);
    if (isSecret || (followsFlag && isSecretKey(before))) return masked(item, true);
    const flag = typeof item === 'string' ? /^(--?[\w-]+)=/.exec(item)?.[1] : undefined;
    return flag !== undefined && isSecretKey(flag) ? `${flag}=${MASK}` : masked(item, false);
  });
}
