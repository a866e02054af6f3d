import { describe, expect, it } from 'vitest';
import { machine } from './command-line.js';

const KEY = 'sk-proj-0123456789abcdefghij';

describe('llmspell model list', () => {
  it('lists what the providers of the environment serve', async () => {
    const { call, json } = machine();
    const env = { OPENAI_API_KEY: KEY };
    const { status, stdout, stderr } = await call(['model', 'list'], { env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^MODEL +PROVIDER +CONTEXT +OUTPUT +IN \$\/M +OUT \$\/M +CAN\n/);
    expect(stdout).toMatch(
      /^gpt-4\.1-mini +openai +1047576 +32768 +0\.4 +1\.6 +vision tools json$/m,
    );
    expect(stdout).not.toContain('claude');
    expect(stderr).toBe('');
    const { data } = await json(['model', 'list'], { env });
    expect(data.providers).toEqual([
      {
        name: 'openai',
        type: 'openai',
        base_url: 'https://api.openai.com/v1',
        default_model: 'gpt-6-luna',
        api_key_env: 'OPENAI_API_KEY',
        has_key: true,
        default: true,
        fallback: [],
      },
    ]);
    expect(data.items).toContainEqual(
      expect.objectContaining({
        name: 'gpt-4.1',
        provider: 'openai',
        vision: true,
        input_price: 2,
      }),
    );
    expect(JSON.stringify(data)).not.toContain(KEY);
  });

  it('filters by requirements and by provider', async () => {
    const { call, write } = machine();
    write(
      'llmspell.toml',
      '[providers.anthropic]\n[providers.local]\nprovider_type = "ollama"\n' +
        'default_model = "llama3"\n[models.llama3]\ncontext_window = 8192\nvision = true\n',
    );
    const names = async (...args: string[]) => {
      const { stdout } = await call(['model', 'list', '-q', ...args]);
      return stdout.split('\n').flatMap((line) => /^[a-z]\S*/.exec(line)?.[0] ?? []);
    };
    expect(await names('--provider', 'local')).toEqual(['llama3']);
    expect(await names('--needs', 'vision', '--needs', 'input_price=0.5')).toEqual([
      'claude-haiku-5-5',
    ]);
    expect(await names('--all', '--needs', 'context_window=1040000')).toContain('gpt-4.1');
  });

  it('notes what is missing', async () => {
    const { call, write } = machine();
    const nothing = await call(['model', 'list']);
    expect([nothing.status, nothing.stdout]).toEqual([0, '']);
    expect(nothing.stderr).toContain('no provider is configured');
    write('llmspell.toml', '[providers.anthropic]\n');
    const { stderr } = await call(['model', 'list']);
    expect(stderr).toContain('anthropic: the environment variable ANTHROPIC_API_KEY is not set');
  });

  it.each([
    [['--needs', 'visoin'], 2, 'USAGE', 'Known: vision'],
    [['--needs', 'context_window=many'], 2, 'USAGE', 'Known: vision'],
    [['--provider', 'opneai'], 4, 'PROVIDER_NOT_FOUND', 'openai'],
  ])('refuses %j', async (args, status, code, hint) => {
    const { call } = machine();
    const env = { OPENAI_API_KEY: KEY };
    const { stdout, status: ended } = await call(['model', 'list', '--json', ...args], { env });
    const { error } = JSON.parse(stdout);
    expect([ended, error.code]).toEqual([status, code]);
    expect(error.hint).toContain(hint);
  });
});
