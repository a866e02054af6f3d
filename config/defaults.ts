import type { Config } from './config.js';

const MIB = 1024 * 1024;

/** The smallest memory in which the VM and its prelude do useful work. */
export const MIN_MEMORY_LIMIT_BYTES = 32 * MIB;

/** What holds where nobody says otherwise; the path of the storage depends on the user and is in `paths.ts`. */
export const DEFAULTS = deepFreeze({
  sessions: {
    enabled: true,
    maxSessions: 100,
    maxArtifactsPerSession: 1000,
    artifactCompressionThreshold: 10240,
    sessionTimeoutSeconds: 3600,
    storageBackend: 'memory',
    maxArtifactSize: 100 * MIB,
    strictIsolation: false,
    retentionDays: undefined,
  },
  storage: { postgresUrlEnv: undefined, maxBytes: undefined },
  lua: {
    engine: 'wasmoon',
    memoryLimitBytes: 256 * MIB,
    timeoutMs: undefined,
    maxOutputBytes: undefined,
    logLevel: 'info',
    untrusted: false,
    stallMs: 10_000,
    maxCallsPerSecond: 10_000,
    packagePath: ['./?.lua', './?/init.lua'],
    maxLiveVms: 500,
  },
  durability: {
    enabled: true,
    sync: 'strict',
    snapshotEveryEntries: 100,
    snapshotEveryMs: 5000,
    snapshotBeforeWaitMs: 1000,
    keepSnapshots: 3,
    onUnknown: 'fail',
    retentionDays: undefined,
  },
  security: {
    fileReadRoots: [],
    fileWriteRoots: [],
    networkHosts: [],
    commands: [],
    environment: [],
    secrets: [],
    allowTools: [],
    denyTools: [],
    approveTools: [],
  },
  llm: {
    maxConcurrent: 8,
    maxTokensTotal: undefined,
    maxCostUsd: undefined,
    onOverflow: 'error',
    probeUrl: undefined,
  },
  compat: {
    artifactIdTables: false,
    missingSessionRaises: false,
    artifactTypeNames: false,
  },
  providers: { defaultProvider: undefined, named: {} },
  models: {},
  tools: { named: {}, mcp: {} },
} as const satisfies Omit<Config, 'storage'> & { storage: Omit<Config['storage'], 'path'> });

/** Freezes plain data with all that it holds. */
export function deepFreeze<T extends object>(value: T): T {
  for (const item of Object.values(value)) {
    if (typeof item === 'object' && item !== null) deepFreeze(item);
  }
  return Object.freeze(value);
}
