/**
 * Config is what the program is told, after files, profiles, environment and flags were merged and checked. One
 * interface per table of `llmspell.toml`; the table's keys in camelCase, sizes in bytes.
 */
export interface Config {
  readonly sessions: SessionsConfig;
  readonly storage: StorageConfig;
  readonly lua: LuaConfig;
  readonly durability: DurabilityConfig;
  readonly security: SecurityConfig;
  readonly llm: LlmConfig;
  readonly compat: CompatConfig;
  readonly providers: ProvidersConfig;
  /** What is known of single models, by their name. */
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly tools: ToolsConfig;
}

export type StorageBackend = 'memory' | 'lmdb';

/** `[runtime.sessions]` */
export interface SessionsConfig {
  readonly enabled: boolean;
  /** The most sessions that are active or suspended at once. */
  readonly maxSessions: number;
  readonly maxArtifactsPerSession: number;
  /** Bytes; larger contents are compressed when that pays. */
  readonly artifactCompressionThreshold: number;
  /** Seconds without activity after which a session is cleaned up; 0 means never. */
  readonly sessionTimeoutSeconds: number;
  /** See `LoadedConfig.backendNamed` for whether somebody chose it. */
  readonly storageBackend: StorageBackend;
  /** Bytes of one artifact's plain content. */
  readonly maxArtifactSize: number;
  readonly strictIsolation: boolean;
  /** Days that ended sessions are kept; `undefined` keeps them. */
  readonly retentionDays: number | undefined;
}

/** `[runtime.storage]` */
export interface StorageConfig {
  /** Absolute path of the folder that holds the data. */
  readonly path: string;
  /** Name of the environment variable that holds the PostgreSQL URL. */
  readonly postgresUrlEnv: string | undefined;
  /** Bytes that the storage may grow to; `undefined` leaves it to the disk. */
  readonly maxBytes: number | undefined;
}

export type LuaEngine = 'wasmoon';

/** `[runtime.lua]` */
export interface LuaConfig {
  readonly engine: LuaEngine;
  readonly memoryLimitBytes: number;
  /** Milliseconds that one run may take; `undefined` means no limit. */
  readonly timeoutMs: number | undefined;
  /** Bytes that one run may print; `undefined` means no limit. */
  readonly maxOutputBytes: number | undefined;
  /** From where on what scripts log is told. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'off';
  /** Scripts that may be hostile: their VM is kept away from the host's thread. */
  readonly untrusted: boolean;
  /** Milliseconds that an untrusted script may go on without calling the host or waiting. */
  readonly stallMs: number;
  /** Host calls that an untrusted script makes in a second at most; further ones wait. */
  readonly maxCallsPerSecond: number;
  /** Patterns that `require` tries in turn, relative to the script's folder. */
  readonly packagePath: readonly string[];
  readonly maxLiveVms: number;
}

/** `[runtime.durability]` */
export interface DurabilityConfig {
  readonly enabled: boolean;
  readonly sync: 'strict' | 'group' | 'relaxed';
  readonly snapshotEveryEntries: number;
  readonly snapshotEveryMs: number;
  readonly snapshotBeforeWaitMs: number;
  readonly keepSnapshots: number;
  readonly onUnknown: 'fail' | 'retry' | 'ask';
  readonly retentionDays: number | undefined;
}

/** `[runtime.security]`: what is not listed is closed. */
export interface SecurityConfig {
  /** Absolute paths of folders whose files scripts and tools may read. */
  readonly fileReadRoots: readonly string[];
  /** Absolute paths of folders whose files scripts and tools may write. */
  readonly fileWriteRoots: readonly string[];
  readonly networkHosts: readonly string[];
  readonly commands: readonly string[];
  /** Names of environment variables that scripts may read. */
  readonly environment: readonly string[];
  /** Names of environment variables that scripts may use without seeing their value. */
  readonly secrets: readonly string[];
  /** Globs of tool names; when there are any, only these tools run. */
  readonly allowTools: readonly string[];
  readonly denyTools: readonly string[];
  readonly approveTools: readonly string[];
}

/** `[runtime.llm]` */
export interface LlmConfig {
  readonly maxConcurrent: number;
  readonly maxTokensTotal: number | undefined;
  readonly maxCostUsd: number | undefined;
  readonly onOverflow: 'error' | 'truncate' | 'compact';
  /** What is downloaded to measure the network; `undefined` measures nothing. */
  readonly probeUrl: string | undefined;
}

/** `[runtime.compat]`: habits of rs-llmspell that can't hold together with ours. */
export interface CompatConfig {
  /** `Artifact.store` returns a table `{content_hash, session_id, sequence}` in place of a string. */
  readonly artifactIdTables: boolean;
  /** `Session.get` of a session that does not exist raises in place of returning nil. */
  readonly missingSessionRaises: boolean;
  /** `artifact_type` reads `UserInput` in place of `user_input`. */
  readonly artifactTypeNames: boolean;
}

/** `[providers]` */
export interface ProvidersConfig {
  readonly defaultProvider: string | undefined;
  readonly named: Readonly<Record<string, ProviderConfig>>;
}

/** `[providers.<name>]` */
export interface ProviderConfig {
  /** The wire protocol; the provider's name when absent. */
  readonly providerType?: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly defaultModel?: string;
  readonly timeoutSeconds?: number;
  readonly maxRetries?: number;
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly maxConcurrent?: number;
  /** Providers, or `provider/model`, to try in turn when this one fails. */
  readonly fallback?: readonly string[];
  /** Absolute path of the answers of a scripted provider. */
  readonly script?: string;
}

/** `[models."<name>"]` */
export interface ModelConfig {
  /** The provider that serves it. */
  readonly provider?: string;
  /** Tokens of prompt and answer together. */
  readonly contextWindow?: number;
  /** Tokens of an answer. */
  readonly maxOutput?: number;
  readonly vision?: boolean;
  readonly tools?: boolean;
  readonly json?: boolean;
  readonly reasoning?: boolean;
  /** False for a model that refuses requests with a temperature. */
  readonly temperature?: boolean;
  /** USD per million tokens. */
  readonly inputPrice?: number;
  /** USD per million tokens. */
  readonly outputPrice?: number;
  /** USD per million tokens that the provider still had. */
  readonly cachedInputPrice?: number;
}

/** `[tools]` */
export interface ToolsConfig {
  /** `[tools.<name>]`: options of one tool, with the keys as they are in the file; the tool checks them. */
  readonly named: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly mcp: Readonly<Record<string, McpServerConfig>>;
}

/** `[tools.mcp.<name>]` */
export interface McpServerConfig {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, ServerText>>;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, ServerText>>;
  readonly apiKeyEnv?: string;
  readonly timeoutMs?: number;
  readonly effects?: Readonly<Record<string, 'pure' | 'idempotent' | 'unsafe'>>;
}

/** A text, or the name of a variable whose value stands there. */
export type ServerText = string | { readonly secret: string };
