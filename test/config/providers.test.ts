import { describe, expect, it } from 'vitest';
import { explainConfig } from '../../config/explain.js';
import { testMachine } from './test-machine.js';

const machine = testMachine();

describe('providers that nobody describes', () => {
  const named = async (env: Record<string, string>, discover = true) =>
    (await machine.load({ env: { ...machine.env, ...env }, discover })).config.providers.named;

  it('are there when their keys are in the environment', async () => {
    expect(await named({})).toEqual({});
    expect(await named({ OPENAI_API_KEY: '' })).toEqual({});
    expect(await named({ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' })).toEqual({
      openai: { apiKeyEnv: 'OPENAI_API_KEY' },
      anthropic: { apiKeyEnv: 'ANTHROPIC_API_KEY' },
    });
    expect(await named({ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://proxy' })).toEqual({
      anthropic: { apiKeyEnv: 'ANTHROPIC_API_KEY', baseUrl: 'http://proxy' },
    });
  });

  it('are an Ollama where its variable says so', async () => {
    const url = async (host: string) => (await named({ OLLAMA_HOST: host })).ollama?.baseUrl;
    expect(await named({ OLLAMA_HOST: '' })).toEqual({});
    expect(await url('0.0.0.0')).toBe('http://127.0.0.1:11434/v1');
    expect(await url('gpu.example:8080')).toBe('http://gpu.example:8080/v1');
    expect(await url('https://gpu.example')).toBe('https://gpu.example/v1');
    expect(await named({ OLLAMA_HOST: 'no host' })).toEqual({});
    expect(Object.keys(await named({ OLLAMA_HOST: 'here', OPENAI_API_KEY: 'k' }))).toEqual([
      'openai',
      'ollama',
    ]);
  });

  it('are not there when a file names one, or nothing is to be looked for', async () => {
    expect(await named({ OPENAI_API_KEY: 'k' }, false)).toEqual({});
    machine.write('project/llmspell.toml', '[providers.ollama]\n');
    expect(await named({ OPENAI_API_KEY: 'k' })).toEqual({ ollama: {} });
  });

  it('say where they come from', async () => {
    const loaded = await machine.load({ env: { ...machine.env, OPENAI_API_KEY: 'sk-secret-key' } });
    const keys = explainConfig(loaded);
    expect(keys).toContainEqual({
      key: 'providers.openai.api_key_env',
      value: 'OPENAI_API_KEY',
      origin: 'OPENAI_API_KEY',
    });
    expect(JSON.stringify(keys)).not.toContain('sk-secret-key');
  });
});

describe('what a provider leaves out', () => {
  const shown = async (text: string) => {
    machine.write('project/llmspell.toml', text);
    const keys = explainConfig(await machine.load());
    const own = keys.filter(({ key }) => key.startsWith('providers.it.'));
    return Object.fromEntries(own.map(({ key, value }) => [key.split('.')[2], value]));
  };

  it('is decided by its type', async () => {
    expect(await shown('[providers.it]\nprovider_type = "anthropic"')).toEqual({
      provider_type: 'anthropic',
      base_url: 'https://api.anthropic.com',
      api_key_env: 'ANTHROPIC_API_KEY',
      default_model: 'claude-haiku-5-5',
      timeout_seconds: 300,
      max_retries: 2,
      fallback: [],
    });
    expect(await shown('[providers.it]\nprovider_type = "ollama"\nmax_retries = 0')).toEqual({
      provider_type: 'ollama',
      base_url: 'http://localhost:11434/v1',
      timeout_seconds: 300,
      max_retries: 0,
      fallback: [],
    });
  });

  it('never shows the key of a maker to another server', async () => {
    const text = '[providers.it]\nprovider_type = "openai"\nbase_url = "http://elsewhere/v1"';
    expect(await shown(text)).not.toHaveProperty('api_key_env');
  });

  it('finds the file of answers beside the file that names it', async () => {
    const text = '[providers.it]\nprovider_type = "scripted"\nscript = "answers.toml"';
    expect(await shown(text)).toMatchObject({ script: `${machine.project}/answers.toml` });
  });
});

describe('a mistake in the providers', () => {
  it.each([
    [
      '[providers]\ndefault_provider = "opneai"\n[providers.openai]',
      2,
      'providers.default_provider names no provider: "opneai"',
      'Did you mean "openai"?',
    ],
    [
      '[providers.local]\nbase_url = "http://localhost/v1"',
      2,
      'providers.local.provider_type is missing, and "local" is no type of its own',
      'provider_type = "openai"',
    ],
    [
      '[providers.demo]\nprovider_type = "scripted"',
      2,
      'providers.demo.script is missing',
      'script = "answers.toml"',
    ],
    [
      '[providers.openai]\nmax_retries = 1\nfallback = ["clade/x"]\n[providers.claude]\n' +
        'provider_type = "anthropic"',
      3,
      'providers.openai.fallback names no provider: "clade/x"',
      'Did you mean "claude"?',
    ],
    [
      '[providers.openai]\nprovider_type = "opnai"',
      2,
      'providers.openai.provider_type must be "openai", "anthropic"',
      undefined,
    ],
    ['[providers.openai]\ntimeout_seconds = 0', 2, 'must be a number above 0', undefined],
    [
      '[providers.openai]\napi_key_env = "sk-proj-hunter2hunter2hunter2"',
      2,
      'providers.openai.api_key_env must be a name of letters',
      undefined,
    ],
    [
      '[runtime.security]\nsecrets = ["sk_live_hunter2hunter2hunter2"]',
      2,
      'runtime.security.secrets[1] must be a name of letters',
      undefined,
    ],
    ['[models.x]\ncontext = 5', 2, 'unknown key context in [models.x]', 'context_window'],
  ])('is found at its line: %j', async (text, line, message, hint) => {
    const error = await machine.failure(text);
    expect(error).toMatchObject({ code: 'CONFIG', line, file: expect.stringMatching(/toml$/) });
    expect(error.message).toContain(message);
    expect(error.hint ?? '').toContain(hint ?? '');
    expect(error.message + error.hint).not.toContain('hunter2');
  });

  it('in a setting is told without a line', async () => {
    const overrides = [{ key: 'providers.default_provider', value: 'none', flag: 'settings' }];
    await expect(machine.load({ overrides })).rejects.toMatchObject({
      code: 'CONFIG',
      line: undefined,
      key: 'providers.default_provider',
    });
  });
});
