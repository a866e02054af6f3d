import type { StorageBackend } from './config.js';
import { MIN_MEMORY_LIMIT_BYTES } from './defaults.js';
import {
  formatKeyPath,
  isTable,
  type Table,
  valueAt,
  withoutValue,
  withValue,
} from './key-path.js';
import { isConfigPath } from './paths.js';

/** What was rewritten of one file: our keys only, and for keys that moved where they came from. */
export interface Rewritten {
  readonly table: Table;
  /** Old paths by the new ones, both as text. */
  readonly moved: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly Warning[];
}

export interface Warning {
  /** Warnings of one subject are given once, however many sources cause them. */
  readonly subject: string;
  readonly path: readonly string[];
  readonly text: string;
}

/**
 * Rewrites the keys of rs-llmspell in checked tables. Those that mean something here become our keys (ours win when
 * a file has both), the rest is left out with a warning:
 *
 * | rs-llmspell | here |
 * | --- | --- |
 * | `storage_backend = "sled"`, `"file"`, `"sqlite"` | `"lmdb"` |
 * | `allow_file_access`, `[tools.file_operations] allowed_paths` | `file_read_roots`, `file_write_roots` |
 * | `allow_network_access`, `[tools.http_request] allowed_hosts` | `network_hosts` |
 * | `allow_process_spawn`, `[tools.system] allowed_commands` | `commands`, with any arguments |
 * | `max_memory_bytes` of `[runtime.security]`, `[engines.lua]` | `runtime.lua.memory_limit_bytes` |
 * | `max_execution_time_ms`, `script_timeout_seconds`, `[engines.lua] timeout_ms` | `runtime.lua.timeout_ms` |
 * | `[providers.x] enabled = false` | no such provider |
 */
export function rewriteLegacy(table: Table): Rewritten {
  const rewriter: Rewriter = { table, moved: new Map(), warnings: [] };
  rewriteBackend(rewriter);
  for (const access of ACCESSES) rewriteAccess(rewriter, access);
  for (const limit of LIMITS) rewriteLimit(rewriter, limit);
  rewriteProviders(rewriter);
  rewriteEngine(rewriter);
  for (const path of WITHOUT_MEANING) dropKey(rewriter, path);
  return rewriter;
}

interface Rewriter {
  table: Table;
  readonly moved: Map<string, readonly string[]>;
  readonly warnings: Warning[];
}

const BACKEND = ['runtime', 'sessions', 'storage_backend'];

function rewriteBackend(rewriter: Rewriter): void {
  const name = valueAt(rewriter.table, BACKEND);
  if (name === undefined || name === 'memory' || name === 'lmdb') return;
  const backend: StorageBackend = 'lmdb';
  rewriter.table = withValue(rewriter.table, BACKEND, backend);
  const text = `the storage backend "${String(name)}" means "${backend}" here`;
  rewriter.warnings.push({ subject: 'storage_backend', path: BACKEND, text });
}

/** One of the three switches of rs-llmspell, and the lists that say what it opens. */
interface Access {
  readonly allow: readonly string[];
  readonly list: readonly string[];
  /** The list opens something even where the switch is not set. */
  readonly listOpens: boolean;
  readonly targets: readonly string[];
  /** What an item of the list is here; itself when absent. */
  readonly item?: (text: string) => string;
  /** What the switch opens where no list is given. */
  readonly open: readonly string[];
}

const ACCESSES: readonly Access[] = [
  {
    allow: ['runtime', 'security', 'allow_file_access'],
    list: ['tools', 'file_operations', 'allowed_paths'],
    listOpens: true,
    targets: ['file_read_roots', 'file_write_roots'],
    open: ['@cwd', '@tmp'],
  },
  {
    allow: ['runtime', 'security', 'allow_network_access'],
    list: ['tools', 'http_request', 'allowed_hosts'],
    listOpens: true,
    targets: ['network_hosts'],
    open: ['*'],
  },
  {
    allow: ['runtime', 'security', 'allow_process_spawn'],
    list: ['tools', 'system', 'allowed_commands'],
    listOpens: false,
    targets: ['commands'],
    // There a program's name stood for all its calls.
    item: (text) => (/^\S+$/.test(text) && text !== '*' ? `${text} *` : text),
    open: ['*'],
  },
];

function rewriteAccess(rewriter: Rewriter, access: Access): void {
  const allow = valueAt(rewriter.table, access.allow);
  const list = textList(valueAt(rewriter.table, access.list));
  rewriter.table = withoutValue(rewriter.table, access.allow);
  const listCounts = list !== undefined && (allow === true || access.listOpens);
  if (allow === undefined && !listCounts) return;
  const items = list?.map(access.item ?? ((item) => item)) ?? [];
  const opened = allow === false ? [] : listCounts ? items : access.open;
  const source = allow !== undefined ? access.allow : access.list;
  for (const key of access.targets) {
    const target = ['runtime', 'security', key];
    if (valueAt(rewriter.table, target) === undefined) move(rewriter, source, target, opened);
  }
  if (allow !== true || listCounts) return;
  const keys = access.targets.join(' and ');
  const opens = `${formatKeyPath(access.allow)} opens ${opened.join(' and ')}`;
  const text = `${opens}; say what you need in ${keys}`;
  rewriter.warnings.push({ subject: formatKeyPath(access.allow), path: access.allow, text });
}

function textList(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((item): item is string => typeof item === 'string' && isConfigPath(item));
}

function move(
  rewriter: Rewriter,
  from: readonly string[],
  to: readonly string[],
  value: unknown,
): void {
  rewriter.table = withValue(rewriter.table, to, value);
  rewriter.moved.set(formatKeyPath(to), from);
}

/** A limit that several keys of rs-llmspell name; the first one that is there counts. */
interface Limit {
  readonly target: readonly string[];
  readonly sources: readonly { readonly path: readonly string[]; readonly factor: number }[];
  readonly min: number;
}

const LIMITS: readonly Limit[] = [
  {
    target: ['runtime', 'lua', 'memory_limit_bytes'],
    sources: [
      { path: ['runtime', 'security', 'max_memory_bytes'], factor: 1 },
      { path: ['engines', 'lua', 'max_memory_bytes'], factor: 1 },
    ],
    min: MIN_MEMORY_LIMIT_BYTES,
  },
  {
    target: ['runtime', 'lua', 'timeout_ms'],
    sources: [
      { path: ['runtime', 'security', 'max_execution_time_ms'], factor: 1 },
      { path: ['runtime', 'script_timeout_seconds'], factor: 1000 },
      { path: ['engines', 'lua', 'timeout_ms'], factor: 1 },
    ],
    min: 1,
  },
];

function rewriteLimit(rewriter: Rewriter, limit: Limit): void {
  for (const { path, factor } of limit.sources) {
    const value = valueAt(rewriter.table, path);
    rewriter.table = withoutValue(rewriter.table, path);
    if (typeof value !== 'number' || !Number.isSafeInteger(value * factor) || value < 1) continue;
    if (valueAt(rewriter.table, limit.target) !== undefined) continue;
    const amount = Math.max(limit.min, value * factor);
    move(rewriter, path, limit.target, amount);
    if (amount === value * factor) continue;
    const small = `${formatKeyPath(path)} = ${value} is too small`;
    const text = `${small}; ${formatKeyPath(limit.target)} is ${amount}`;
    rewriter.warnings.push({ subject: formatKeyPath(path), path, text });
  }
}

const PROVIDER_KEYS_WITHOUT_MEANING = ['name', 'rate_limit', 'retry', 'options'];

function rewriteProviders(rewriter: Rewriter): void {
  const providers = valueAt(rewriter.table, ['providers']);
  if (!isTable(providers)) return;
  for (const [name, provider] of Object.entries(providers)) {
    if (!isTable(provider)) continue;
    const path = ['providers', name];
    if (provider.enabled === false) {
      rewriter.table = withoutValue(rewriter.table, path);
      continue;
    }
    rewriter.table = withoutValue(rewriter.table, [...path, 'enabled']);
    for (const key of PROVIDER_KEYS_WITHOUT_MEANING) dropKey(rewriter, [...path, key]);
  }
}

function rewriteEngine(rewriter: Rewriter): void {
  const path = ['default_engine'];
  if (valueAt(rewriter.table, path) === 'lua') rewriter.table = withoutValue(rewriter.table, path);
  else dropKey(rewriter, path);
  rewriter.table = withoutValue(rewriter.table, ['engines', 'lua']);
  const others = valueAt(rewriter.table, ['engines']);
  const isEmpty = isTable(others) && Object.keys(others).length === 0;
  if (isEmpty) rewriter.table = withoutValue(rewriter.table, ['engines']);
  else dropKey(rewriter, ['engines']);
}

const WITHOUT_MEANING: readonly (readonly string[])[] = [
  ['runtime', 'max_concurrent_scripts'],
  ['runtime', 'enable_streaming'],
  ['runtime', 'state_persistence'],
  ['runtime', 'memory'],
  ['runtime', 'rag'],
  ['runtime', 'events'],
  ['runtime', 'hooks'],
  ['runtime', 'debug'],
  ['runtime', 'storage', 'base_dir'],
  ['runtime', 'storage', 'database_path'],
  ['runtime', 'storage', 'sessions_dir'],
  ['runtime', 'storage', 'sqlite'],
  ['tools', 'enabled'],
  ['tools', 'rate_limit_per_minute'],
  ['rag'],
  ['memory'],
  ['events'],
  ['hooks'],
  ['debug'],
];

function dropKey(rewriter: Rewriter, path: readonly string[]): void {
  const value = valueAt(rewriter.table, path);
  if (value === undefined) return;
  rewriter.table = withoutValue(rewriter.table, path);
  const what = isTable(value) ? `[${formatKeyPath(path)}]` : formatKeyPath(path);
  rewriter.warnings.push({
    subject: formatKeyPath(path),
    path,
    text: `${what} of rs-llmspell has no effect here`,
  });
}
