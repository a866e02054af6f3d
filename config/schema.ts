import * as z from 'zod';
import { MIN_MEMORY_LIMIT_BYTES } from './defaults.js';
import { PROVIDER_TYPES } from './provider-types.js';
import {
  anything,
  commands,
  count,
  countAllowingZero,
  flag,
  globs,
  hosts,
  name,
  names,
  number,
  oneOf,
  path,
  positive,
  refused,
  roots,
  secretTexts,
  size,
  table,
  text,
  texts,
  variable,
  variables,
  webAddress,
} from './schema-types.js';

/**
 * The one schema of `llmspell.toml`. Every key is optional, what is missing has its default in `defaults.ts`. The
 * description of a key is its line in the documentation.
 *
 * Keys under "rs-llmspell" are those of its files: they load, and `legacy.ts` says what becomes of them.
 */

/** The names of the storage backends: ours, and what older files call an embedded store. */
export const LEGACY_BACKENDS = ['sled', 'file', 'sqlite'] as const;

const sessions = table({
  enabled: flag('Sessions and artifacts can be used.'),
  max_sessions: count('The most sessions that are active or suspended at once.'),
  max_artifacts_per_session: count('The most artifacts of one session.'),
  artifact_compression_threshold: size(0, 'Larger contents are compressed when that pays.'),
  session_timeout_seconds: countAllowingZero(
    'Seconds without activity after which a session is cleaned up; 0 means never.',
  ),
  storage_backend: oneOf(
    ['memory', 'lmdb', ...LEGACY_BACKENDS],
    'Where sessions are kept: memory, or lmdb (a folder on this machine).',
    '"memory" or "lmdb"',
  ),
  max_artifact_size: size(1, 'The largest plain content of one artifact.'),
  strict_isolation: flag('A session reads only its own artifacts.'),
  retention_days: count('Days that completed and failed sessions are kept; always when missing.'),
});

const storage = table({
  path: path("Folder of the data; the user's data folder when missing."),
  postgres_url_env: name('Name of the environment variable that holds the PostgreSQL URL.'),
  max_bytes: size(1, 'Bytes that the storage may grow to; what the disk holds when missing.'),
  // rs-llmspell
  base_dir: anything(),
  database_path: anything(),
  sessions_dir: anything(),
  sqlite: anything(),
});

const lua = table({
  engine: oneOf(['wasmoon'], 'The Lua engine.'),
  memory_limit_bytes: size(MIN_MEMORY_LIMIT_BYTES, 'Memory of one Lua state.'),
  timeout_ms: count('Milliseconds that one run may take; no limit when missing.'),
  max_output_bytes: size(1, 'Bytes that one run may print; no limit when missing.'),
  log_level: oneOf(
    ['debug', 'info', 'warn', 'error', 'off'],
    'From which level on what scripts log is told.',
  ),
  untrusted: flag('Scripts may be hostile: each runs on a thread of its own, which ends with it.'),
  stall_ms: count('Milliseconds that an untrusted script may go on without a call or a wait.'),
  max_calls_per_second: count('Host calls of an untrusted script in a second; further ones wait.'),
  package_path: texts("Patterns that require tries, relative to the script's folder."),
  max_live_vms: count(
    'The most Lua states that are in memory at once; further runs queue, and runs that wait give way.',
  ),
});

const durability = table({
  enabled: flag('Runs are recorded, so that they can be resumed and replayed.'),
  sync: oneOf(['strict', 'group', 'relaxed'], 'When records are flushed to the disk.'),
  snapshot_every_entries: count('Host calls between two snapshots.'),
  snapshot_every_ms: count('Milliseconds of host time between two snapshots.'),
  snapshot_before_wait_ms: count('Waits at least this long are preceded by a snapshot.'),
  keep_snapshots: count('Newest snapshots of a run that are kept, besides labelled ones.'),
  on_unknown: oneOf(
    ['fail', 'retry', 'ask'],
    'What becomes of an unsafe call whose outcome a crash has hidden.',
  ),
  retention_days: count('Days that the records of ended runs are kept; always when missing.'),
});

const security = table({
  file_read_roots: roots('Folders and files that may be read.'),
  file_write_roots: roots('Folders and files that may be written.'),
  network_hosts: hosts(
    'Hosts that may be called, such as api.example.com, *.example.org, 10.0.0.0/8.',
  ),
  commands: commands(
    'Programs with arguments that may be started, such as "git status *": * for any, at the end for any more.',
  ),
  environment: names(
    'Environment variables that scripts may read, and give to the programs that they start.',
  ),
  secrets: variables('Environment variables that scripts may use without seeing their value.'),
  allow_tools: globs('When there are any: the only tools that run.'),
  deny_tools: globs('Tools that never run.'),
  approve_tools: globs('Tools that ask before they run.'),
  // rs-llmspell
  allow_file_access: flag('rs-llmspell: opens the allowed paths.'),
  allow_network_access: flag('rs-llmspell: opens the allowed hosts.'),
  allow_process_spawn: flag('rs-llmspell: opens the allowed commands.'),
  max_memory_bytes: size(1, 'rs-llmspell: runtime.lua.memory_limit_bytes.'),
  max_execution_time_ms: count('rs-llmspell: runtime.lua.timeout_ms.'),
});

const llm = table({
  max_concurrent: count('The most model calls that are under way at once.'),
  max_tokens_total: count('Tokens that one run may use; no limit when missing.'),
  max_cost_usd: number(0, 'USD that one run may cost; no limit when missing.'),
  on_overflow: oneOf(
    ['error', 'truncate', 'compact'],
    "What becomes of a conversation that outgrows the model's window.",
  ),
  probe_url: webAddress(
    'File of some megabytes whose download measures the network; network_hosts has to open its host.',
  ),
});

const compat = table({
  artifact_id_tables: flag('Artifact.store returns the id as a table.'),
  missing_session_raises: flag('Session.get of a missing session raises.'),
  artifact_type_names: flag('artifact_type reads UserInput instead of user_input.'),
});

const runtime = table({
  sessions,
  storage,
  lua,
  durability,
  security,
  llm,
  compat,
  // rs-llmspell
  max_concurrent_scripts: anything(),
  script_timeout_seconds: count('rs-llmspell: runtime.lua.timeout_ms, in seconds.'),
  enable_streaming: anything(),
  state_persistence: anything(),
  memory: anything(),
  rag: anything(),
  events: anything(),
  hooks: anything(),
  debug: anything(),
});

const provider = table({
  provider_type: oneOf(
    Object.keys(PROVIDER_TYPES),
    `${Object.keys(PROVIDER_TYPES).join(', ')}; the provider's name when missing.`,
  ),
  base_url: text('URL of the server; that of the type when missing.'),
  api_key_env: variable('Name of the environment variable that holds the key.'),
  default_model: text('Model of calls that name none.'),
  timeout_seconds: positive('Seconds without a sign of the server after which a call has failed.'),
  max_retries: countAllowingZero('Tries after the first one.'),
  temperature: number(0, 'Temperature of calls that name none.'),
  max_tokens: count('Tokens of an answer, for calls that name no number.'),
  max_concurrent: count('The most calls to this provider that are under way at once.'),
  fallback: texts('Providers, or provider/model, to try in turn when this one fails.'),
  script: path('File with the answers of a scripted provider, in TOML, JSON or Lua.'),
  api_key: refused(
    'must not stand in a file: put the key into a variable of the environment, and its name here ' +
      'as api_key_env',
  ),
  // rs-llmspell
  name: anything(),
  enabled: anything(),
  rate_limit: anything(),
  retry: anything(),
  options: anything(),
});

const model = table({
  provider: text('The provider that serves it.'),
  context_window: count('Tokens of prompt and answer together.'),
  max_output: count('Tokens of an answer.'),
  vision: flag('The model reads images.'),
  tools: flag('The model calls tools.'),
  json: flag('The model can be held to JSON.'),
  reasoning: flag('The model thinks before it answers.'),
  temperature: flag('False for a model that refuses requests with a temperature.'),
  input_price: number(0, 'USD per million tokens.'),
  output_price: number(0, 'USD per million tokens.'),
  cached_input_price: number(0, 'USD per million tokens that the provider still had.'),
});

const EFFECTS = ['pure', 'idempotent', 'unsafe'] as const;
const EFFECTS_TEXT = '"pure", "idempotent" or "unsafe"';

const mcpServer = table({
  command: text('Command that starts the server.'),
  args: texts('Arguments of the command.'),
  env: secretTexts('Variables of the environment of the server: texts, or { secret = "NAME" }.'),
  url: text('URL of a server that runs already.'),
  headers: secretTexts('Headers of every request to the URL: texts, or { secret = "NAME" }.'),
  api_key_env: variable('Name of the variable whose value is sent as the token of the URL.'),
  timeout_ms: count('Milliseconds that a call may take; 60000 when missing.'),
  effects: z
    .record(z.string(), z.enum(EFFECTS, EFFECTS_TEXT), 'a table of effects')
    .optional()
    .describe('What may become of lost calls, by tool, in place of what the server says.'),
});

/** Tools may have further options, and those of rs-llmspell have. */
const tool = z.looseObject(
  {
    timeout_ms: count("Milliseconds that one call may take; the tool's own limit when missing."),
    max_bytes: size(
      1,
      "Bytes that one call may read, write or give back; the tool's own limit when missing.",
    ),
    max_calls_per_minute: count('The most calls within a minute; no limit when missing.'),
    max_redirects: countAllowingZero(
      'Tools that call hosts: redirects that one request may follow; 5 when missing.',
    ),
    requests_per_minute: count(
      'Tools that call hosts: the most requests within a minute; no limit when missing.',
    ),
  },
  'a table of options of one tool',
);

export const configSchema = table({
  runtime,
  providers: z
    .object(
      { default_provider: text('Provider of calls that name none; the first one when missing.') },
      'a table',
    )
    .catchall(provider)
    .optional(),
  models: z.record(z.string(), model, 'a table').optional(),
  tools: z
    .object(
      {
        mcp: z.record(z.string(), mcpServer, 'a table').optional(),
        // rs-llmspell
        enabled: anything(),
        rate_limit_per_minute: anything(),
      },
      'a table',
    )
    .catchall(tool)
    .optional(),
  // rs-llmspell
  default_engine: anything(),
  engines: anything(),
  rag: anything(),
  memory: anything(),
  events: anything(),
  hooks: anything(),
  debug: anything(),
});
