/** What a program says when it opens a runtime, or makes a session, in place of a configuration file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ConfigError,
  loadConfig,
  ModelRegistry,
  type Prompt,
  Runtime,
  SpellError,
  scriptedProvider,
} from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const demo = () => ({
  providers: { demo: scriptedProvider({ rule: [{ text: '{{model}}: {{input}}' }] }) },
});

describe('storagePath', () => {
  test('is where the data is kept', async () => {
    const storagePath = join(temporaryFolder(), 'custom_storage');
    const first = await Runtime.open({ storagePath });
    const { id } = await first.sessions.create({ storagePath });
    await first.close();
    const second = await openRuntime({ dataDir: storagePath });
    expect(await second.sessions.get(id)).toMatchObject({ id });
    await expect(second.sessions.create({ storagePath: './elsewhere' })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      key: 'storagePath',
      message: expect.stringContaining(`kept in ${storagePath}`),
    });
  });

  test('of a session that is kept in memory is refused', async () => {
    const { sessions } = await openRuntime();
    await expect(sessions.create({ storagePath: '.' })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('kept in memory'),
    });
    expect((await sessions.list()).items).toEqual([]);
  });
});

describe('config', () => {
  test('has tables as they are in a file, and settings win over it', async () => {
    const { config } = await openRuntime({
      config: {
        runtime: { sessions: { max_sessions: 7 }, llm: { max_concurrent: 2 } },
        providers: { ollama: {}, near: { provider_type: 'ollama', default_model: 'llama3' } },
        models: { 'org/model-1.5': { context_window: 4096 } },
      },
      settings: { 'runtime.llm.max_concurrent': 3 },
    });
    expect(config.sessions.maxSessions).toBe(7);
    expect(config.llm.maxConcurrent).toBe(3);
    expect(Object.keys(config.providers.named)).toEqual(['ollama', 'near']);
    expect(config.models['org/model-1.5']).toEqual({ contextWindow: 4096 });
  });

  test('that is wrong is a ConfigError that names the key', async () => {
    const thrown = await Runtime.open({
      config: { runtime: { sessions: { max_sessions: 'many' } } },
    }).catch((error: unknown) => error);
    expect(thrown instanceof ConfigError && thrown.key).toBe('runtime.sessions.max_sessions');
    expect(new SpellError('BAD_ARGUMENT', 'x') instanceof ConfigError).toBe(false);
    expect(({ code: 'CONFIG' } as unknown) instanceof ConfigError).toBe(false);
  });

  test('of a session holds where its options are silent', async () => {
    const { sessions } = await openRuntime(demo());
    const config = { systemPrompt: 'Be brief.', provider: 'demo', model: 'small' };
    const { id } = await sessions.create({ config, model: 'large' });
    expect(await sessions.getProvider(id)).toEqual({ provider: 'demo', model: 'large' });
    expect(`${await sessions.generate(id, 'Hi')}`).toBe('large: Hi');
    expect((await sessions.history(id))[0]).toMatchObject({ role: 'system', content: 'Be brief.' });
    const provider = { provider: 'demo', model: 'own' };
    const other = await sessions.create({ config, provider });
    expect(await sessions.getProvider(other.id)).toEqual(provider);
  });

  test('is what loadConfig tells of files', async () => {
    const cwd = temporaryFolder();
    const file = join(cwd, 'llmspell.toml');
    writeFileSync(file, '[runtime.sessions]\nmax_sessions = 12\n');
    expect((await loadConfig({ cwd })).sessions.maxSessions).toBe(12);
    expect((await loadConfig({ cwd, discover: false })).sessions.maxSessions).toBe(100);
    expect((await loadConfig({ configPath: file, discover: false })).sessions.maxSessions).toBe(12);
    writeFileSync(file, '[runtime.sessions]\nmax_session = 12\n');
    await expect(loadConfig({ cwd })).rejects.toMatchObject({ code: 'CONFIG', file, line: 2 });
  });
});

describe('apiKey', () => {
  test('names a variable or is a handle, and is never the key', async () => {
    const { sessions } = await openRuntime();
    await sessions.create({ apiKey: 'CHAT_KEY' });
    await sessions.create({ apiKey: { secret: 'CHAT_KEY' } });
    const thrown = await sessions.create({ apiKey: 'sk-123-456' }).catch((error) => error);
    expect(thrown).toMatchObject({ code: 'BAD_ARGUMENT' });
    expect(String(thrown.stack) + JSON.stringify(thrown)).not.toContain('sk-123');
    expect((await sessions.list()).items).toHaveLength(2);
  });
});

describe('registry', () => {
  const registry = new ModelRegistry({ house: { contextWindow: 32_000, tools: true } })
    .registerModel('house', { vision: true })
    .registerModel('gpt-4.1', { contextWindow: 5 });

  test('is what the program knows of models, for all runtimes that it gives it to', async () => {
    const settings = { 'models.house.vision': false };
    const [one, two] = [await openRuntime({ registry }), await openRuntime({ registry, settings })];
    expect(await one.llm.capabilities('house')).toEqual({
      name: 'house',
      contextWindow: 32_000,
      tools: true,
      vision: true,
    });
    expect(await two.llm.capabilities('house')).toMatchObject({ vision: false, tools: true });
    expect(await one.llm.capabilities('gpt-4.1')).toMatchObject({ contextWindow: 5, tools: true });
    const { value } = await one.eval('return LLM.capabilities("house").context_window');
    expect(value).toBe(32_000);
  });

  test('does not learn what a runtime is told', async () => {
    const { llm } = await openRuntime({ registry });
    await llm.registerModel('other', { tools: true });
    expect([...registry].map(({ name }) => name)).toEqual(['house', 'gpt-4.1']);
    expect(registry.get('other')).toBeUndefined();
  });

  test('decides whether the model of a session is fit for a task', async () => {
    const { sessions } = await openRuntime({ ...demo(), registry });
    const { id } = await sessions.create({ provider: 'demo', model: 'house' });
    const task = { vision: true, max_context_tokens: 32_000 };
    expect(await sessions.validateModelForTask(id, task)).toEqual({ ok: true, reasons: [] });
    const other = await sessions.create({ provider: 'demo', model: 'gpt-4.1' });
    expect(await sessions.validateModelForTask(other.id, task)).toMatchObject({ ok: false });
    await expect(sessions.validateModelForTask('nobody', task)).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    });
  });
});

describe('promptLoader', () => {
  const prompts: Readonly<Record<string, readonly Prompt[]>> = {
    talks: [
      { name: 'facts', userPrompt: 'Facts of {{city}}', variables: { city: 'Bern' } },
      { name: 'plan', userPrompt: 'Plan {{facts}}', systemPrompt: 'Be brief.', dependsOn: 'facts' },
    ],
  };

  test('is where scripts and programs get prompts from, and replays ask it nothing', async () => {
    const asked: string[] = [];
    const runtime = await openRuntime({
      ...demo(),
      settings: { 'providers.demo.default_model': 'm' },
      dataDir: temporaryFolder(),
      promptLoader: async (folder) => {
        asked.push(folder);
        return prompts[folder] ?? [];
      },
    });
    expect(await runtime.llm.loadPrompts('talks')).toEqual({
      facts: prompts.talks?.[0],
      plan: prompts.talks?.[1],
    });
    const { run, value } = await runtime.eval(`
      local prompts = LLM.loadPrompts('talks')
      local s = Session.create()
      local ids = Session.executeParallel(s, { prompts.plan, prompts.facts })
      return Session.getMessage(s, ids[1]).content`);
    expect(value).toBe('m: Plan m: Facts of Bern');
    const { outcome, diverged } = await runtime.runs.replay(run);
    expect({ value: outcome.value, diverged }).toEqual({ value, diverged: null });
    expect(asked).toEqual(['talks', 'talks']);
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, 'it answers no list'],
    ['a prompt without a name', [{ userPrompt: 'x' }], 'prompt 1 has no name'],
    ['a prompt without a text', [{ name: 'x' }], 'prompt 1 has no name and userPrompt'],
    [
      'two of one name',
      [
        { name: 'x', userPrompt: 'x' },
        { name: 'x', userPrompt: 'y' },
      ],
      'two prompts have the name "x"',
    ],
  ])('that answers %s says what is wrong', async (_, answer, problem) => {
    const runtime = await openRuntime({ promptLoader: () => answer as Prompt[] });
    const wrong = { code: 'BAD_ARGUMENT', message: expect.stringContaining(problem) };
    await expect(runtime.llm.loadPrompts('talks')).rejects.toMatchObject(wrong);
    await expect(runtime.eval(`LLM.loadPrompts('talks')`)).rejects.toMatchObject(wrong);
  });

  test('gives scripts data alone, and its errors are those of the call', async () => {
    const when = () => true;
    const withFunction = await openRuntime({
      promptLoader: () => [{ name: 'x', userPrompt: 'x', when }],
    });
    await expect(withFunction.eval(`LLM.loadPrompts('x')`)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining('"x" holds what is no data'),
    });
    const broken = await openRuntime({
      promptLoader: () => {
        throw new SpellError('FILE_NOT_FOUND', 'no such prompts');
      },
    });
    await expect(broken.eval(`LLM.loadPrompts('x')`)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    const wrong = { promptLoader: 'prompts' as unknown as () => Prompt[] };
    await expect(Runtime.open(wrong)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

test('sessions are found by filterMetadata, and their metadata is there alone', async () => {
  const { sessions } = await openRuntime();
  const metadata = { category: 'support', priority: 'high' };
  const { id } = await sessions.create({ metadata });
  await sessions.create({ metadata: { category: 'support', priority: 'low' } });
  const { items } = await sessions.list({ filterMetadata: metadata });
  expect(items.map((session) => session.id)).toEqual([id]);
  expect(await sessions.getMetadata(id)).toEqual(metadata);
  expect(await sessions.getMetadata('nobody')).toBeUndefined();
});
