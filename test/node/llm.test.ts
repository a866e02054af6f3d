import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { describe, expect, it } from 'vitest';
import {
  type Delta,
  openaiProvider,
  type Provider,
  scriptedProvider,
} from '../../bindings/node/index.js';
import { startModelServer } from '../fixtures/model-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const messages = [{ role: 'user', parts: [{ type: 'text', text: 'Hello there' }] }] as const;

function file(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

function scripted(path: string) {
  return {
    settings: {
      'providers.demo.provider_type': 'scripted',
      'providers.demo.script': path,
      'providers.demo.temperature': 0.1,
    },
  };
}

describe('models of a program', () => {
  it.each([
    ['answers.toml', '[[rule]]\ntext = "You said: {{input}}"'],
    ['answers.json', '{"rule": [{"text": "You said: {{input}}"}]}'],
    [
      'answers.lua',
      'local said = "You said: "\nreturn { rule = { { text = said .. "{{input}}" } } }',
    ],
  ])('answer from a script: %s', async (name, text) => {
    const { llm } = await openRuntime(scripted(file(name, text)));
    const deltas: Delta[] = [];
    const response = await llm.generate({ messages }, { onDelta: (delta) => deltas.push(delta) });
    expect(response).toMatchObject({
      message: { role: 'assistant', parts: [{ type: 'text', text: 'You said: Hello there' }] },
      provider: 'demo',
      model: 'scripted',
      finishReason: 'stop',
      cost: null,
      failures: [],
    });
    expect(deltas.length).toBe(4);
    expect(await llm.providers()).toEqual([
      {
        name: 'demo',
        type: 'scripted',
        baseUrl: null,
        defaultModel: 'scripted',
        apiKeyEnv: null,
        hasKey: true,
        isDefault: true,
        fallback: [],
      },
    ]);
  });

  it.each([
    [
      'answers.toml',
      '[[rule]]\ntext = "a"\n[[rule]]\nturm = 1',
      4,
      'rule 2 has the unknown key turm',
    ],
    ['answers.toml', '[[rule]]\ntext = a', 2, 'TOML syntax'],
    ['answers.json', '{"rule":\n [}', 2, 'the script of answers'],
    ['answers.lua', 'return {\n rule = {', 2, 'expected'],
    [
      'answers.lua',
      'return {\n rule = { { text = "a" },\n { turm = 1 } } }',
      3,
      'unknown key turm',
    ],
    ['answers.lua', '\nreturn io.read()', 2, "index a nil value (global 'io')"],
    ['answers.lua', '\nerror("no answers today")', 2, 'no answers today'],
    ['answers.lua', 'while true do end', undefined, 'the time limit'],
    ['answers.lua', 'local x = 1', undefined, 'the file returns nothing'],
  ])('name the line of a mistake in a script: %s %j', async (name, text, line, message) => {
    const path = file(name, text);
    const { llm } = await openRuntime(scripted(path));
    await expect(llm.generate({ messages })).rejects.toMatchObject({
      code: 'CONFIG',
      file: path,
      line,
      message: expect.stringContaining(message),
    });
  });

  it('that have no script say so', async () => {
    for (const name of ['/no/where.toml', '/no/where.json']) {
      const { llm } = await openRuntime(scripted(name));
      await expect(llm.generate({ messages })).rejects.toMatchObject({
        code: 'CONFIG',
        file: name,
      });
    }
  });

  it.each(['openai', 'anthropic'])('answer over the protocol %s', async (type) => {
    const server = await startModelServer([{ text: 'Hi.' }]);
    const { llm } = await openRuntime({
      settings: {
        'providers.near.provider_type': type,
        'providers.near.base_url': `${server.url}${type === 'openai' ? '/v1' : ''}`,
        'providers.near.api_key_env': 'PATH',
        'models.local-1.input_price': 1000,
        'models.local-1.output_price': 10_000,
        'runtime.security.secrets': ['HOME'],
      },
    });
    const response = await llm.generate({ messages, model: 'local-1' });
    expect(response).toMatchObject({
      message: { parts: [{ text: 'Hi.' }] },
      usage: { inputTokens: 11, outputTokens: 7 },
    });
    expect(response.cost).toBeCloseTo(0.081, 10);
    await llm.generate({ messages, model: 'local-1', apiKey: { secret: 'HOME' } });
    const keys = server.requests.map(
      ({ headers }) => headers.authorization ?? headers['x-api-key'],
    );
    const bearer = type === 'openai' ? 'Bearer ' : '';
    expect(keys).toEqual([`${bearer}${process.env.PATH}`, `${bearer}${process.env.HOME}`]);
    await expect(
      llm.generate({ messages, model: 'local-1', apiKey: { secret: 'USER' } }),
    ).rejects.toMatchObject({ code: 'POLICY_DENIED' });
  });

  it('whose key is not set say which variable and which line', async () => {
    const { llm } = await openRuntime({
      settings: { 'providers.openai.api_key_env': 'NOT_SET_AT_ALL' },
    });
    expect((await llm.providers())[0]).toMatchObject({ name: 'openai', hasKey: false });
    await expect(llm.generate({ messages })).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      exitStatus: 5,
      message: expect.stringContaining('the environment variable NOT_SET_AT_ALL is not set'),
      hint: expect.stringContaining('api_key_env = "..." under [providers.openai]'),
    });
  });

  it('answer through a client of the program', async () => {
    const server = await startModelServer([{ status: 500 }, { text: 'Hi.' }]);
    const client = new OpenAI({ apiKey: 'of-the-program', baseURL: `${server.url}/v1` });
    const { llm } = await openRuntime({ providers: { mine: openaiProvider(client) } });
    const response = await llm.generate({ messages, model: 'm' });
    expect(response).toMatchObject({
      provider: 'mine',
      message: { parts: [{ text: 'Hi.' }] },
      failures: [{ code: 'PROVIDER_FAILED' }],
    });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer of-the-program',
      'Bearer of-the-program',
    ]);
  });

  it('answer by rules of the program', async () => {
    const demo = scriptedProvider({ rule: [{ text: 'You said: {{input}}' }] });
    const bad = scriptedProvider({ rules: [] });
    const { llm } = await openRuntime({ providers: { demo, bad } });
    const { message } = await llm.generate({ messages, model: 'm' });
    expect(message.parts).toEqual([{ type: 'text', text: 'You said: Hello there' }]);
    await expect(llm.generate({ messages, provider: 'bad', model: 'm' })).rejects.toMatchObject({
      code: 'CONFIG',
    });
  });

  it('of a program may be named and tuned by settings', async () => {
    const rules = (text: string) => scriptedProvider({ rule: [{ text }] });
    const down = scriptedProvider({ rule: [{ error: { status: 500 } }] });
    const { llm } = await openRuntime({
      providers: { first: rules('1'), second: down, scripted: rules('3') },
      settings: {
        'providers.default_provider': 'second',
        'providers.second.default_model': 'm2',
        'providers.second.max_retries': 0,
        'providers.second.fallback': ['scripted/m3'],
      },
    });
    expect(await llm.generate({ messages })).toMatchObject({
      provider: 'scripted',
      model: 'm3',
      failures: [{ provider: 'second', model: 'm2', code: 'PROVIDER_FAILED' }],
    });
    const providers = await llm.providers();
    expect(providers.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ['first', false],
      ['second', true],
      ['scripted', false],
    ]);
  });

  it.each([
    [{}, 'no messages'],
    [{ messages: [] }, 'no messages'],
    [{ messages: 'Hello' }, 'no messages'],
    [
      { messages: [messages[0], { role: 'user', content: 'Hello' }] },
      'message 2 has no role or no parts',
    ],
    [{ messages: [{ role: 'boss', parts: [] }] }, 'message 1 has no role or no parts'],
  ])('are not asked for what is no request: %j', async (request, fault) => {
    const demo = scriptedProvider({ rule: [{ text: 'ok' }] });
    const { llm } = await openRuntime({ providers: { demo } });
    await expect(llm.generate({ model: 'm', ...request } as never)).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringContaining(fault),
    });
  });

  it('may be brought along', async () => {
    const own: Provider = {
      generate: async ({ model }) => ({
        message: { role: 'assistant', parts: [{ type: 'text', text: 'mine' }] },
        model,
        provider: 'own',
        finishReason: 'stop',
        usage: { inputTokens: 1, outputTokens: 1 },
        id: '1',
        warnings: [],
      }),
    };
    const { llm } = await openRuntime({ providers: { own } });
    const { message } = await llm.generate({ messages, model: 'any' });
    expect(message.parts).toEqual([{ type: 'text', text: 'mine' }]);
  });
});

describe('what is known of models', () => {
  it('is told, checked and chosen from', async () => {
    const { llm } = await openRuntime({
      settings: { 'providers.openai.default_model': 'gpt-4.1' },
    });
    expect(await llm.capabilities()).toMatchObject({ name: 'gpt-4.1', vision: true });
    expect(await llm.capabilities('nobody')).toBeUndefined();
    expect(await llm.validateForTask({ vision: true, max_context_tokens: 32_000 })).toEqual({
      ok: true,
      reasons: [],
    });
    expect(await llm.select({ vision: true })).toEqual({ provider: 'openai', model: 'gpt-5-nano' });
    expect((await llm.models())[0]).toMatchObject({ servedBy: 'openai' });
    const usage = { inputTokens: 1_000_000, outputTokens: 0 };
    expect(await llm.costOf(usage, 'gpt-4.1')).toBeCloseTo(2, 10);
    expect(await llm.estimateTokens('four ascii words here')).toBe(6);
    expect(await llm.estimateTokens(messages)).toBe(7);
  });

  it('is told without a provider', async () => {
    const { llm } = await openRuntime();
    expect(await llm.providers()).toEqual([]);
    expect(await llm.capabilities('claude-opus-5-5')).toMatchObject({ contextWindow: 1_000_000 });
    expect(await llm.select({})).toBeUndefined();
    await expect(llm.generate({ messages })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
      hint: expect.stringContaining('OPENAI_API_KEY'),
    });
  });
});
