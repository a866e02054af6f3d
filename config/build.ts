import type { Config, McpServerConfig, ModelConfig, ProviderConfig } from './config.js';
import { DEFAULTS, deepFreeze } from './defaults.js';
import { isTable, type Table } from './key-path.js';
import type { Paths } from './paths.js';

/** The configuration of merged tables: they were checked by the schema, which is what the casts below rely on. */
export function buildConfig(table: Table, paths: Paths): Config {
  const runtime = tableAt(table, 'runtime');
  const over = <T extends object>(defaults: T, key: string): T => ({
    ...defaults,
    ...camelKeys(tableAt(runtime, key)),
  });
  return deepFreeze({
    sessions: over(DEFAULTS.sessions, 'sessions'),
    storage: over({ ...DEFAULTS.storage, path: paths.dataDir }, 'storage'),
    lua: over(DEFAULTS.lua, 'lua'),
    durability: over(DEFAULTS.durability, 'durability'),
    security: over(DEFAULTS.security, 'security'),
    llm: over(DEFAULTS.llm, 'llm'),
    compat: over(DEFAULTS.compat, 'compat'),
    providers: providers(tableAt(table, 'providers')),
    models: mapTables(tableAt(table, 'models'), (model) => camelKeys(model) as ModelConfig),
    tools: tools(tableAt(table, 'tools')),
  });
}

function providers({ default_provider: name, ...named }: Table): Config['providers'] {
  return {
    defaultProvider: typeof name === 'string' ? name : undefined,
    named: mapTables(named, (provider) => camelKeys(provider) as ProviderConfig),
  };
}

function tools({ mcp, ...named }: Table): Config['tools'] {
  const servers = isTable(mcp) ? mcp : {};
  return {
    // Copies, because what is built here is frozen and the tables belong to the caller.
    named: mapTables(named, (options) => structuredClone(options)),
    mcp: mapTables(servers, (server) => camelKeys(structuredClone(server)) as McpServerConfig),
  };
}

function tableAt(table: Table, key: string): Table {
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  return isTable(value) ? value : {};
}

function mapTables<T>(table: Table, build: (inner: Table) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(table).map(([name, inner]) => [name, build(isTable(inner) ? inner : {})]),
  );
}

function camelKeys(table: Table): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [camelCase(key), value]));
}

/** `max_sessions` as `maxSessions`. */
export function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `maxSessions` as `max_sessions`. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
