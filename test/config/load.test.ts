import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../config/defaults.js';
import { failureOf, testMachine } from './test-machine.js';

const machine = testMachine();
const GUIDE = `
[runtime.sessions]
enabled = true                           # Enable session management
max_sessions = 100                       # Maximum concurrent sessions
max_artifacts_per_session = 1000        # Per-session artifact limit
artifact_compression_threshold = 10240   # Compress artifacts > 10KB
session_timeout_seconds = 3600          # Auto-cleanup after 1 hour
storage_backend = "sled"                # Use persistent storage
`;

describe('without any file', () => {
  it('the defaults hold and nothing is named', async () => {
    const loaded = await machine.load();
    const { storage, ...config } = loaded.config;
    const { storage: _, ...defaults } = DEFAULTS;
    expect(config).toStrictEqual(defaults);
    expect(storage.path).toBe(join(machine.home, '.local/share/llmspell'));
    expect(loaded).toMatchObject({ files: [], warnings: [], backendNamed: false, keysSet: [] });
    expect(loaded.origin('runtime.sessions.max_sessions')).toBe('default');
  });

  it('the configuration can not be changed', async () => {
    const { config } = await machine.load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.security.fileReadRoots)).toBe(true);
  });

  it('neither the schema nor the TOML parser is loaded', () => {
    const root = resolve(import.meta.dirname, '../..');
    const packages = staticPackages(join(root, 'config/load.ts'));
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual([]);
  });
});

/** The packages that a file loads at its start, directly or through others. */
function staticPackages(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*?from '([^']+)';/gms,
  );
  for (const [, target = ''] of imports) {
    if (!target.startsWith('.')) packages.add(target);
    else {
      const next = join(dirname(file), target.replace(/\.js$/, '.ts'));
      for (const name of staticPackages(next, seen)) packages.add(name);
    }
  }
  return packages;
}

describe('the file of the guide', () => {
  it('loads, and its "sled" means lmdb with one warning', async () => {
    machine.write('project/llmspell.toml', GUIDE);
    machine.write('.config/llmspell/config.toml', GUIDE);
    const loaded = await machine.load({
      env: { ...machine.env, LLMSPELL_SESSIONS_BACKEND: 'sled' },
    });
    expect(loaded.config.sessions).toMatchObject({
      enabled: true,
      maxSessions: 100,
      maxArtifactsPerSession: 1000,
      artifactCompressionThreshold: 10240,
      sessionTimeoutSeconds: 3600,
      storageBackend: 'lmdb',
    });
    expect(loaded.backendNamed).toBe(true);
    expect(loaded.warnings).toHaveLength(1);
    expect(loaded.warnings[0]).toMatch(/config\.toml:8: .*"sled".*"lmdb"/);
  });

  it.each(['file', 'sqlite'])('"%s" means lmdb too', async (name) => {
    machine.write('project/llmspell.toml', `[runtime.sessions]\nstorage_backend = "${name}"`);
    const loaded = await machine.load();
    expect(loaded.config.sessions.storageBackend).toBe('lmdb');
    expect(loaded.warnings).toHaveLength(1);
  });
});

describe('precedence', () => {
  it('is flag, environment, profile, project, user, default', async () => {
    const table = (keys: string) => `[runtime.sessions]\n${keys}`;
    machine.write(
      '.config/llmspell/config.toml',
      table(
        'max_sessions = 1\nmax_artifacts_per_session = 1\nmax_artifact_size = 1\n' +
          'retention_days = 1\nsession_timeout_seconds = 1',
      ),
    );
    machine.write(
      'project/llmspell.toml',
      table(
        'max_sessions = 2\nmax_artifacts_per_session = 2\nmax_artifact_size = 2\n' +
          'retention_days = 2',
      ),
    );
    machine.write(
      'project/one.toml',
      table('max_sessions = 3\nmax_artifacts_per_session = 3\nmax_artifact_size = 3'),
    );
    machine.write('project/two.toml', table('max_artifact_size = 4'));
    const loaded = await machine.load({
      env: {
        ...machine.env,
        LLMSPELL_SESSIONS_MAX_SESSIONS: '5',
        LLMSPELL_SESSIONS_MAX_ARTIFACTS: '5',
      },
      profiles: ['one.toml', './two.toml'],
      overrides: [{ key: 'runtime.sessions.max_sessions', value: 6, flag: '--max-sessions' }],
    });
    expect(loaded.config.sessions).toMatchObject({
      maxSessions: 6,
      maxArtifactsPerSession: 5,
      maxArtifactSize: 4,
      retentionDays: 2,
      sessionTimeoutSeconds: 1,
      artifactCompressionThreshold: 10240,
    });
    const project = join(machine.project, 'llmspell.toml');
    expect(loaded.origin('runtime.sessions.max_sessions')).toBe('--max-sessions');
    expect(loaded.origin('runtime.sessions.max_artifacts_per_session')).toBe(
      'LLMSPELL_SESSIONS_MAX_ARTIFACTS',
    );
    expect(loaded.origin('runtime.sessions.max_artifact_size')).toBe(
      `profile ./two.toml (${join(machine.project, 'two.toml')}:2)`,
    );
    expect(loaded.origin('runtime.sessions.retention_days')).toBe(`${project}:5`);
    expect(loaded.files.map((file) => file.slice(machine.home.length))).toEqual([
      '/.config/llmspell/config.toml',
      '/project/llmspell.toml',
      '/project/one.toml',
      '/project/two.toml',
    ]);
  });

  it('replaces lists as a whole and joins tables key by key', async () => {
    machine.write(
      '.config/llmspell/config.toml',
      '[runtime.security]\ncommands = ["a", "b"]\nsecrets = ["S"]',
    );
    machine.write('project/llmspell.toml', '[runtime.security]\ncommands = ["c"]');
    const { config } = await machine.load();
    expect(config.security.commands).toEqual(['c']);
    expect(config.security.secrets).toEqual(['S']);
  });
});

describe('the search for the file of the project', () => {
  it('goes up to the root of the repository and no further', async () => {
    machine.write('project/llmspell.toml', '[runtime.lua]\nmax_live_vms = 7');
    mkdirSync(join(machine.project, 'inner/deep'), { recursive: true });
    const cwd = join(machine.project, 'inner/deep');
    expect((await machine.load({ cwd })).config.lua.maxLiveVms).toBe(7);
    mkdirSync(join(machine.project, 'inner/.git'));
    expect((await machine.load({ cwd })).files).toEqual([]);
  });

  it('ends at the home folder', async () => {
    machine.write('llmspell.toml', '[runtime.lua]\nmax_live_vms = 8');
    expect((await machine.load()).config.lua.maxLiveVms).toBe(8);
    const env = { HOME: machine.project };
    expect((await machine.load({ env })).files).toEqual([]);
  });

  it('stays in the current folder where neither is above it', async () => {
    machine.write('llmspell.toml', '[runtime.lua]\nmax_live_vms = 8');
    const env = { HOME: join(machine.home, 'elsewhere') };
    expect((await machine.load({ env })).files).toEqual([]);
    expect((await machine.load({ env, cwd: machine.home })).config.lua.maxLiveVms).toBe(8);
  });

  it('is not made when a file is named, by a flag before the environment', async () => {
    machine.write('project/llmspell.toml', '[runtime.lua]\nmax_live_vms = 1');
    machine.write('project/a.toml', '[runtime.lua]\nmax_live_vms = 2');
    machine.write('project/b.toml', '[runtime.lua]\nmax_live_vms = 3');
    const env = { ...machine.env, LLMSPELL_CONFIG: 'a.toml' };
    expect((await machine.load({ env })).config.lua.maxLiveVms).toBe(2);
    expect((await machine.load({ env, configPath: 'b.toml' })).config.lua.maxLiveVms).toBe(3);
  });
});

describe('the folder of the data', () => {
  it.each(['LLMSPELL_SESSION_PATH', 'LLMSPELL_DATA_DIR', 'LLMSPELL_STORAGE_PATH'])(
    'set by %s wins over the file and means lmdb',
    async (name) => {
      machine.write(
        'project/llmspell.toml',
        '[runtime.sessions]\nstorage_backend = "memory"\n[runtime.storage]\npath = "here"',
      );
      const before = await machine.load();
      expect(before.config.storage.path).toBe(join(machine.project, 'here'));
      const loaded = await machine.load({ env: { ...machine.env, [name]: '/data' } });
      expect(loaded.config.storage.path).toBe('/data');
      expect(loaded.config.sessions.storageBackend).toBe('lmdb');
      expect(loaded.origin('runtime.sessions.storage_backend')).toBe(name);
    },
  );

  it('leaves the backend to the environment and to flags when they name one', async () => {
    const env = { ...machine.env, LLMSPELL_SESSION_PATH: 'data', LLMSPELL_STORAGE: 'memory' };
    const loaded = await machine.load({ env });
    expect(loaded.config.sessions.storageBackend).toBe('memory');
    expect(loaded.config.storage.path).toBe(join(machine.project, 'data'));
    const flagged = await machine.load({
      env: { ...machine.env, LLMSPELL_SESSION_PATH: 'data' },
      overrides: [{ key: 'runtime.sessions.storage_backend', value: 'memory', flag: '--storage' }],
    });
    expect(flagged.config.sessions.storageBackend).toBe('memory');
  });

  it('set by a flag means lmdb whatever the environment says', async () => {
    const loaded = await machine.load({
      env: { ...machine.env, LLMSPELL_STORAGE: 'memory' },
      overrides: [{ key: 'runtime.storage.path', value: '/d', flag: '--data-dir' }],
    });
    expect(loaded.config.sessions.storageBackend).toBe('lmdb');
    expect(loaded.config.storage.path).toBe('/d');
  });
});

describe('the environment', () => {
  it('sets every single value of the runtime tables in its type', async () => {
    const { config, warnings } = await machine.load({
      env: {
        ...machine.env,
        LLMSPELL_SESSIONS_ENABLED: 'false',
        LLMSPELL_SESSIONS_MAX: '7',
        LLMSPELL_SESSIONS_TIMEOUT_SECONDS: '8',
        LLMSPELL_SESSIONS_STRICT_ISOLATION: '1',
        LLMSPELL_LUA_MEMORY_LIMIT_BYTES: '64mb',
        LLMSPELL_LUA_TIMEOUT_MS: '1000',
        LLMSPELL_DURABILITY_SYNC: 'group',
        LLMSPELL_LLM_MAX_COST_USD: '1.5',
        LLMSPELL_COMPAT_ARTIFACT_ID_TABLES: 'yes',
        LLMSPELL_STORAGE_POSTGRES_URL_ENV: 'PG',
        LLMSPELL_LUA_UNTRUSTED: '',
      },
    });
    expect(config.sessions).toMatchObject({
      enabled: false,
      maxSessions: 7,
      sessionTimeoutSeconds: 8,
      strictIsolation: true,
    });
    expect(config.lua).toMatchObject({
      memoryLimitBytes: 64 * 1024 ** 2,
      timeoutMs: 1000,
      untrusted: false,
    });
    expect(config.durability.sync).toBe('group');
    expect(config.llm.maxCostUsd).toBe(1.5);
    expect(config.compat.artifactIdTables).toBe(true);
    expect(config.storage.postgresUrlEnv).toBe('PG');
    expect(warnings).toEqual([]);
  });

  it('that is wrong is an error which names the variable', async () => {
    const error = await failureOf(
      machine.load({ env: { ...machine.env, LLMSPELL_SESSIONS_MAX: 'many' } }),
    );
    expect(error).toMatchObject({ code: 'CONFIG', key: 'runtime.sessions.max_sessions' });
    expect(error.message).toBe(
      'LLMSPELL_SESSIONS_MAX: runtime.sessions.max_sessions must be a whole number of at least 1' +
        ', got "many"',
    );
    const storage = machine.load({ env: { ...machine.env, LLMSPELL_STORAGE: 'lmbd' } });
    expect((await failureOf(storage)).message).toContain('LLMSPELL_STORAGE');
  });

  it('warns of a variable that looks like a setting and is none', async () => {
    const { warnings } = await machine.load({
      env: { ...machine.env, LLMSPELL_SESSIONS_MAX_SESIONS: '1', LLMSPELL_OWN_THING: '2' },
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Did you mean "LLMSPELL_SESSIONS_MAX_SESSIONS"');
  });
});

describe('a flag', () => {
  it('that is wrong is an error which names it', async () => {
    const overrides = [{ key: 'runtime.lua.memory_limit_bytes', value: '1mb', flag: '--memory' }];
    const error = await failureOf(machine.load({ overrides }));
    expect(error).toMatchObject({ code: 'CONFIG', key: 'runtime.lua.memory_limit_bytes' });
    expect(error.message).toContain(
      '--memory: runtime.lua.memory_limit_bytes must be a size of at least 32 MiB',
    );
  });

  it('may set lists', async () => {
    const overrides = [
      { key: 'runtime.security.allow_tools', value: ['json-*'], flag: '--allow-tool' },
    ];
    const { config } = await machine.load({ overrides });
    expect(config.security.allowTools).toEqual(['json-*']);
  });
});

describe('paths in files', () => {
  it('are relative to the file, or to a named folder', async () => {
    machine.write(
      '.config/llmspell/config.toml',
      '[runtime.security]\nfile_read_roots = ["notes", "@tmp", "@tmp/x", "@cwd", "@home/y", ' +
        '"~", "~/z", "/abs"]',
    );
    const { config } = await machine.load({ env: { ...machine.env, TMPDIR: '/t' } });
    expect(config.security.fileReadRoots).toEqual([
      join(machine.home, '.config/llmspell/notes'),
      '/t',
      '/t/x',
      machine.project,
      join(machine.home, 'y'),
      machine.home,
      join(machine.home, 'z'),
      '/abs',
    ]);
  });

  it('name only folders that exist as names', async () => {
    const error = await machine.failure(
      '[runtime.security]\nfile_read_roots = [\n  "a",\n  "@temp",\n]',
    );
    expect(error).toMatchObject({
      code: 'CONFIG',
      key: 'runtime.security.file_read_roots[2]',
      line: 4,
      column: 3,
    });
  });
});

describe('profiles', () => {
  it('are found by name', async () => {
    const { config, files } = await machine.load({
      profiles: ['rs-llmspell'],
      env: { ...machine.env, TMPDIR: '/t' },
    });
    expect(config.compat).toEqual({
      artifactIdTables: true,
      missingSessionRaises: true,
      artifactTypeNames: true,
    });
    expect(config.security.fileReadRoots).toEqual(['/t']);
    expect(config.security.fileWriteRoots).toEqual(['/t']);
    expect(files).toHaveLength(1);
  });

  it('come from LLMSPELL_PROFILE when no flag names any', async () => {
    machine.write('project/p.toml', '[runtime.lua]\nmax_live_vms = 9');
    const env = { ...machine.env, LLMSPELL_PROFILE: 'rs-llmspell, ./p.toml' };
    const { config } = await machine.load({ env });
    expect(config.lua.maxLiveVms).toBe(9);
    expect(config.compat.artifactIdTables).toBe(true);
    expect(
      (await machine.load({ env, profiles: ['./p.toml'] })).config.compat.artifactIdTables,
    ).toBe(false);
  });

  it('that do not exist are an error which lists those that do', async () => {
    const error = await failureOf(machine.load({ profiles: ['rs-lmspell'] }));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain('"rs-lmspell"');
    expect(error.hint).toContain('Did you mean "rs-llmspell"?');
    expect((await failureOf(machine.load({ profiles: ['./none.toml'] }))).file).toBe(
      join(machine.project, 'none.toml'),
    );
  });
});
