import { describe, expect, it } from 'vitest';
import { explainConfig } from '../../config/explain.js';
import { testMachine } from './test-machine.js';

const machine = testMachine();

describe('the tables for models and tools', () => {
  it('are carried with their keys', async () => {
    machine.write(
      'project/llmspell.toml',
      `
[providers]
default_provider = "local"
[providers.local]
provider_type = "openai"
base_url = "http://localhost:11434/v1"
api_key_env = "LOCAL_KEY"
max_tokens = 100
fallback = ["openai/gpt"]
[providers.openai]
[models."gpt-4.1"]
context_window = 1000
input_price = 0.4
[tools.web-search]
max_results = 3
since = 2020-01-01
[tools.mcp.files]
command = "npx"
args = ["server"]
env = { TOKEN = "t" }
`,
    );
    const { config, warnings } = await machine.load();
    expect(config.providers).toEqual({
      defaultProvider: 'local',
      named: {
        local: {
          providerType: 'openai',
          baseUrl: 'http://localhost:11434/v1',
          apiKeyEnv: 'LOCAL_KEY',
          maxTokens: 100,
          fallback: ['openai/gpt'],
        },
        openai: {},
      },
    });
    expect(config.models).toEqual({ 'gpt-4.1': { contextWindow: 1000, inputPrice: 0.4 } });
    expect(config.tools).toEqual({
      named: { 'web-search': { max_results: 3, since: '2020-01-01' } },
      mcp: { files: { command: 'npx', args: ['server'], env: { TOKEN: 't' } } },
    });
    expect(warnings).toEqual([]);
  });
});

describe('a file of rs-llmspell', () => {
  it('loads: what means something here holds, the rest is warned of', async () => {
    machine.write(
      'project/llmspell.toml',
      `
default_engine = "lua"
[engines.lua]
stdlib = "standard"
max_memory_bytes = 52428800
timeout_ms = 30000
[runtime]
max_concurrent_scripts = 10
script_timeout_seconds = 300
[runtime.security]
allow_file_access = true
allow_network_access = true
allow_process_spawn = false
max_memory_bytes = 1000
[runtime.state_persistence]
enabled = true
[runtime.state_persistence.backup]
backup_dir = "./backups"
[tools]
enabled = true
[tools.file_operations]
allowed_paths = ["/srv", "rel"]
max_file_size = 50000000
[tools.system]
allowed_commands = ["ls"]
[providers.ollama]
enabled = false
[providers.openai]
enabled = true
name = "openai"
[providers.openai.rate_limit]
requests_per_minute = 3
[rag]
enabled = false
`,
    );
    const loaded = await machine.load();
    const { config } = loaded;
    expect(config.security).toMatchObject({
      fileReadRoots: ['/srv', `${machine.project}/rel`],
      fileWriteRoots: ['/srv', `${machine.project}/rel`],
      networkHosts: ['*'],
      commands: [],
    });
    expect(config.lua).toMatchObject({ memoryLimitBytes: 32 * 1024 ** 2, timeoutMs: 300_000 });
    expect(config.providers.named).toEqual({ openai: {} });
    expect(config.tools.named).toHaveProperty('file_operations.max_file_size', 50_000_000);
    expect(loaded.origin('runtime.security.network_hosts')).toMatch(/llmspell\.toml:12$/);
    const subjects = loaded.warnings.map((warning) => warning.replace(/^.*?toml:(\d+): /, '$1 '));
    expect(subjects.sort()).toEqual([
      '12 runtime.security.allow_network_access opens *; say what you need in network_hosts',
      '14 runtime.security.max_memory_bytes = 1000 is too small; ' +
        'runtime.lua.memory_limit_bytes is 33554432',
      '15 [runtime.state_persistence] of rs-llmspell has no effect here',
      '20 tools.enabled of rs-llmspell has no effect here',
      '30 providers.openai.name of rs-llmspell has no effect here',
      '31 [providers.openai.rate_limit] of rs-llmspell has no effect here',
      '33 [rag] of rs-llmspell has no effect here',
      '8 runtime.max_concurrent_scripts of rs-llmspell has no effect here',
    ]);
  });

  it('keeps files closed when it says so', async () => {
    machine.write(
      'project/llmspell.toml',
      '[runtime.security]\nallow_file_access = false\n' +
        '[tools.file_operations]\nallowed_paths = ["/tmp"]',
    );
    const { config, warnings } = await machine.load();
    expect(config.security.fileReadRoots).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('opens the current and the temporary folder when it names none', async () => {
    const env = { ...machine.env, TMPDIR: '/t', LLMSPELL_ALLOW_FILE_ACCESS: 'true' };
    const loaded = await machine.load({ env });
    expect(loaded.config.security.fileWriteRoots).toEqual([machine.project, '/t']);
    expect(loaded.origin('runtime.security.file_write_roots')).toBe('LLMSPELL_ALLOW_FILE_ACCESS');
    expect(loaded.warnings).toHaveLength(1);
  });

  it('leaves our own keys as they are', async () => {
    machine.write(
      'project/llmspell.toml',
      '[runtime.security]\nallow_file_access = true\nfile_read_roots = ["/a"]\n' +
        'max_execution_time_ms = 5\n[runtime.lua]\ntimeout_ms = 7',
    );
    const { config } = await machine.load({ env: { ...machine.env, TMPDIR: '/t' } });
    expect(config.security.fileReadRoots).toEqual(['/a']);
    expect(config.security.fileWriteRoots).toEqual([machine.project, '/t']);
    expect(config.lua.timeoutMs).toBe(7);
  });
});

describe('explainConfig', () => {
  it('lists every key with its value and origin', async () => {
    machine.write('project/llmspell.toml', '[runtime.lua]\nmax_live_vms = 3');
    const env = { ...machine.env, LLMSPELL_STORAGE: 'lmdb' };
    const keys = explainConfig(await machine.load({ env }));
    const find = (key: string) => keys.find((entry) => entry.key === key);
    expect(find('runtime.lua.max_live_vms')).toEqual({
      key: 'runtime.lua.max_live_vms',
      value: 3,
      origin: `${machine.project}/llmspell.toml:2`,
    });
    expect(find('runtime.sessions.storage_backend')?.origin).toBe('LLMSPELL_STORAGE');
    expect(find('runtime.sessions.retention_days')).toMatchObject({
      value: null,
      origin: 'default',
    });
    expect(find('runtime.storage.path')?.value).toBe(`${machine.home}/.local/share/llmspell`);
    expect(find('providers.default_provider')?.value).toBeNull();
  });

  it('never shows a secret', async () => {
    machine.write(
      'project/llmspell.toml',
      `
[providers.p]
provider_type = "openai"
base_url = "https://me:hunter2@host/v1?api_key=hunter2"
api_key_env = "VISIBLE_NAME"
[tools.web]
api_key = "hunter2"
nested = { auth = { user = "hunter2" }, n = 1 }
note = "use sk-proj-hunter2hunter2hunter2"
[tools.mcp.m]
command = "x"
args = ["--token", "hunter2", "--api-key=hunter2", "--port", "80"]
env = { HARMLESS = "hunter2" }
url = "https://h/?token=hunter2"
`,
    );
    const text = JSON.stringify(explainConfig(await machine.load()));
    expect(text).not.toContain('hunter2');
    expect(text).toContain('VISIBLE_NAME');
    expect(text).toContain('"--port","80"');
    expect(text).toContain('https://me:***@host');
    const nested = explainConfig(await machine.load()).find(
      ({ key }) => key === 'tools.web.nested',
    );
    expect(nested?.value).toEqual({ auth: { user: '***' }, n: 1 });
    expect(nested?.origin).toMatch(/llmspell\.toml:8$/);
  });
});
