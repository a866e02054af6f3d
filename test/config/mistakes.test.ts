import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, testMachine } from './test-machine.js';

const machine = testMachine();

describe('a mistake in the schema', () => {
  it.each([
    [
      'a\nb',
      '[runtime.sessions]\n  max_sessions = "many"',
      2,
      3,
      'runtime.sessions.max_sessions',
      'must be a whole number of at least 1, got "many"',
    ],
    [
      'zero',
      '[runtime.sessions]\nmax_sessions = 0',
      2,
      1,
      'runtime.sessions.max_sessions',
      'got 0',
    ],
    [
      'fraction',
      'runtime.sessions.max_sessions = 1.5',
      1,
      1,
      'runtime.sessions.max_sessions',
      'got 1.5',
    ],
    [
      'flag',
      '[runtime]\nsessions = { enabled = 1 }',
      2,
      14,
      'runtime.sessions.enabled',
      'must be true or false, got 1',
    ],
    [
      'backend',
      '[runtime.sessions]\nstorage_backend = "redis"',
      2,
      1,
      'runtime.sessions.storage_backend',
      'must be "memory" or "lmdb", got "redis"',
    ],
    [
      'memory',
      '[runtime.lua]\nmemory_limit_bytes = "1mb"',
      2,
      1,
      'runtime.lua.memory_limit_bytes',
      'at least 32 MiB',
    ],
    [
      'unit',
      '[runtime.storage]\nmax_bytes = "10 apples"',
      2,
      1,
      'runtime.storage.max_bytes',
      'got "10 apples"',
    ],
    [
      'sync',
      '[runtime.durability]\nsync = "never"',
      2,
      1,
      'runtime.durability.sync',
      '"strict", "group" or "relaxed"',
    ],
    [
      'list',
      '[runtime.security]\ncommands = "git"',
      2,
      1,
      'runtime.security.commands',
      'must be a list in [ ], got "git"',
    ],
    [
      'item',
      '[runtime.security]\nsecrets = ["A", "B C"]',
      2,
      17,
      'runtime.security.secrets[2]',
      'a name of letters',
    ],
    ['table', '[runtime]\nlua = 5', 2, 1, 'runtime.lua', 'must be a table, got 5'],
    [
      'quoted',
      '[models."gpt-4.1"]\nvision = "yes"',
      2,
      1,
      'models."gpt-4.1".vision',
      'true or false',
    ],
    [
      'big',
      '[runtime.sessions]\nmax_sessions = 99999999999999999999',
      2,
      1,
      'runtime.sessions.max_sessions',
      'whole number',
    ],
    [
      'provider',
      '[providers]\ndefault_providr = "x"',
      2,
      1,
      'providers.default_providr',
      'must be a table, got "x"',
    ],
  ])('is located (%s)', async (_, text, line, column, key, message) => {
    const error = await machine.failure(text);
    expect(error).toMatchObject({ code: 'CONFIG', line, column, key });
    expect(error.file).toBe(join(machine.project, 'llmspell.toml'));
    expect(error.message).toContain(message);
    expect(error.exitStatus).toBe(3);
  });

  it.each([
    [
      '[runtime.sessions]\nmax_sesions = 1',
      2,
      'unknown key max_sesions in [runtime.sessions]',
      'Did you mean "max_sessions"?',
    ],
    [
      '[runtime.sesions]\nmax_sessions = 1',
      1,
      'unknown key sesions in [runtime]',
      'Did you mean "sessions"?',
    ],
    ['[runtim]\nx = 1', 1, 'unknown table or key runtim', 'Did you mean "runtime"?'],
    [
      '[runtime]\nmax_sessions = 1',
      2,
      'unknown key max_sessions in [runtime]',
      'runtime.sessions.max_sessions',
    ],
    [
      '[runtime.compat]\nnonsense = 1',
      2,
      'unknown key nonsense in [runtime.compat]',
      'Known here: artifact_id_tables',
    ],
    [
      '[providers.openai]\nbase_ulr = "x"',
      2,
      'unknown key base_ulr in [providers.openai]',
      'Did you mean "base_url"?',
    ],
    [
      '[tools.mcp.x]\ncomand = "x"',
      2,
      'unknown key comand in [tools.mcp.x]',
      'Did you mean "command"?',
    ],
    ['[__proto__]\nx = 1', 1, 'unknown table or key __proto__', ''],
    [
      '[runtime.sessions]\nmaxSessions = 1',
      2,
      'unknown key maxSessions',
      'Did you mean "max_sessions"?',
    ],
  ])('names the key that was meant: %j', async (text, line, message, hint) => {
    const error = await machine.failure(text);
    expect(error).toMatchObject({ code: 'CONFIG', line });
    expect(error.message).toContain(message);
    expect(error.hint ?? '').toContain(hint);
  });

  it('is told with the number of those behind it', async () => {
    const error = await machine.failure(
      '[runtime.lua]\nmax_live_vms = 0\ntimeout_ms = 0\nuntrusted = 0',
    );
    expect(error.hint).toBe('2 more mistakes follow.');
  });

  it('never shows a literal key, and says where it belongs', async () => {
    const error = await machine.failure(
      '[providers.openai]\napi_key = "sk-very-secret-0123456789"',
    );
    expect(error).toMatchObject({ code: 'CONFIG', line: 2, key: 'providers.openai.api_key' });
    expect(error.message).toContain('api_key_env');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('sk-very');
  });
});

describe('TOML that can not be read', () => {
  it.each([
    ['a = 1\nb = = 2', 2, 5],
    ['[runtime.sessions]\nmax_sessions = "x\n', 2, 18],
    ['[a]\n[a]\n', 2, 3],
    ['x', 1, 4],
  ])('is located: %j', async (text, line, column) => {
    const error = await machine.failure(text);
    expect(error).toMatchObject({ code: 'CONFIG', line, column });
    expect(error.message).toMatch(/^TOML syntax: [^\n]+$/);
    expect(error.file).toBe(join(machine.project, 'llmspell.toml'));
  });

  it('because it is not UTF-8 is located', async () => {
    const text = Buffer.concat([
      Buffer.from('# é\nx = "'),
      Buffer.from([0xe9]),
      Buffer.from('"\n'),
    ]);
    expect(await machine.failure(text)).toMatchObject({ code: 'CONFIG', line: 2, column: 6 });
  });

  it('because it is a folder says so', async () => {
    mkdirSync(join(machine.project, 'llmspell.toml'));
    const error = await failureOf(machine.load());
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect(error.message).toContain('is a folder');
  });

  it('because it is missing says so', async () => {
    const error = await failureOf(machine.load({ configPath: 'none.toml' }));
    expect(error).toMatchObject({ code: 'CONFIG', file: join(machine.project, 'none.toml') });
    expect(error.message).toContain('does not exist');
  });

  it.skipIf(process.getuid?.() === 0)('because of its permissions says so', async () => {
    chmodSync(machine.write('project/llmspell.toml', ''), 0o000);
    const error = await failureOf(machine.load());
    expect(error.message).toContain('permission denied');
  });
});
