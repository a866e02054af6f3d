import { describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { SpellError } from '../../runtime/base/errors.js';
import { pause } from '../../runtime/base/pause.js';
import { createSystemRandom } from '../../runtime/base/random.js';
import {
  LanguageModels,
  type LanguageModelsParts,
} from '../../runtime/provider/language-models.js';
import type { Message } from '../../runtime/provider/message.js';
import { type ModelFacts, ModelTable, shippedModels } from '../../runtime/provider/model-table.js';
import type { Attempt, Delta, ModelRequest, Provider } from '../../runtime/provider/provider.js';
import type { NamedProvider } from '../../runtime/provider/registry.js';
import { readScript } from '../../runtime/provider/script.js';
import { scriptedProvider } from '../../runtime/provider/scripted.js';
import { failureOf, user } from '../contract/provider.js';

const messages = [user('hello')];
const table = new ModelTable(await shippedModels());

interface Recorded {
  readonly request: ModelRequest;
  readonly attempt: Attempt;
}

/** A provider that answers by rules, and what it was asked. */
function named(name: string, rules: readonly object[], more: Partial<NamedProvider> = {}) {
  const asked: Recorded[] = [];
  const script = scriptedProvider({ name, script: readScript({ rule: rules }) });
  const provider: Provider = {
    generate(request, attempt) {
      asked.push({ request, attempt });
      return script.generate(request, attempt);
    },
  };
  const entry: NamedProvider = {
    name,
    type: 'scripted',
    defaultModel: `${name}-model`,
    open: async () => provider,
    ...more,
  };
  return { entry, asked };
}

function models(providers: readonly NamedProvider[], more: Partial<LanguageModelsParts> = {}) {
  const pauses: number[] = [];
  let now = 0;
  const all = new LanguageModels({
    providers,
    table,
    maxConcurrent: 8,
    clock: { ...systemClock, monotonic: () => now },
    random: createSystemRandom(),
    pause: async (ms, signal) => {
      signal.throwIfAborted();
      pauses.push(ms);
      now += ms;
    },
    ...more,
  });
  return { all, pauses };
}

const OVERLOADED = { error: { status: 529, message: 'busy' } };
const OK = { text: 'ok' };

describe('attempts', () => {
  test('are made again after failures that pass, ever later and by chance', async () => {
    const { entry, asked } = named('a', [{ ...OVERLOADED, times: 3 }, OK]);
    // All bits set: the longest delays there are.
    const random = { bytes: (length: number) => new Uint8Array(length).fill(255) };
    const { all, pauses } = models([{ ...entry, maxRetries: 3 }], { random });
    const response = await all.generate({ messages });
    expect(response.failures.map(({ code }) => code)).toEqual(
      Array.from({ length: 3 }, () => 'PROVIDER_OVERLOADED'),
    );
    expect(asked).toHaveLength(4);
    expect(pauses).toEqual([500, 1000, 2000]);
    const none = { bytes: (length: number) => new Uint8Array(length) };
    const again = models([named('a', [{ ...OVERLOADED, times: 2 }, OK]).entry], { random: none });
    await again.all.generate({ messages });
    expect(again.pauses).toEqual([0, 0]);
  });

  test('wait as long as the server asks for', async () => {
    const error = { status: 429, message: 'slow down', retry_after_ms: 30 };
    const { all, pauses } = models([named('a', [{ error, times: 1 }, OK]).entry]);
    await all.generate({ messages });
    expect(pauses).toEqual([30]);
  });

  test('end when the server asks for too much patience', async () => {
    const error = { status: 429, message: 'slow down', retry_after_ms: 3_600_000 };
    const { entry, asked } = named('a', [{ error }]);
    const { all, pauses } = models([entry]);
    const failure = await failureOf(all.generate({ messages }));
    expect(failure).toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      details: { retry_after_ms: 3_600_000 },
    });
    expect([asked.length, pauses]).toEqual([1, []]);
  });

  test('end after max_retries', async () => {
    const { entry, asked } = named('a', [OVERLOADED]);
    const { all } = models([{ ...entry, maxRetries: 1 }]);
    expect(await failureOf(all.generate({ messages }))).toMatchObject({
      code: 'PROVIDER_OVERLOADED',
    });
    expect(asked).toHaveLength(2);
    await failureOf(all.generate({ messages, maxRetries: 0 }));
    expect(asked).toHaveLength(3);
  });

  test.each([400, 401, 404])('are not made again after the status %i', async (status) => {
    const { entry, asked } = named('a', [{ error: { status, message: 'a model' } }]);
    await failureOf(models([entry]).all.generate({ messages }));
    expect(asked).toHaveLength(1);
  });

  test('are made again when a stream breaks before anything was told', async () => {
    const { entry } = named('a', [{ text: 'lost', disconnect_after: 0, times: 1 }, OK]);
    const deltas: Delta[] = [];
    const { all } = models([entry]);
    const onDelta = (delta: Delta) => deltas.push(delta);
    const response = await all.generate({ messages }, { onDelta });
    expect(response.failures).toMatchObject([{ code: 'PROVIDER_DISCONNECTED' }]);
    expect(deltas).toEqual([{ type: 'text', text: 'ok' }]);
  });

  test('are not made again once something was told', async () => {
    const first = named('a', [{ text: 'one two three', disconnect_after: 2 }]);
    const other = named('b', [OK]);
    const { all } = models([{ ...first.entry, fallback: ['b'] }, other.entry]);
    const deltas: Delta[] = [];
    const onDelta = (delta: Delta) => deltas.push(delta);
    const error = await failureOf(all.generate({ messages }, { onDelta }));
    expect(error.code).toBe('PROVIDER_DISCONNECTED');
    expect([deltas.length, first.asked.length, other.asked.length]).toEqual([2, 1, 0]);
  });

  test('carry the same key', async () => {
    const { entry, asked } = named('a', [{ ...OVERLOADED, times: 1 }, OK]);
    await models([entry]).all.generate({ messages }, { idempotencyKey: 'k1' });
    expect(asked.map(({ attempt }) => attempt.idempotencyKey)).toEqual(['k1', 'k1']);
  });

  test('end with the caller, also while they wait', async () => {
    const controller = new AbortController();
    const { entry } = named('a', [OVERLOADED]);
    const { all } = models([entry], {
      pause: (_, signal) => {
        setTimeout(() => controller.abort(), 10);
        return pause(60_000, signal);
      },
    });
    const promise = all.generate({ messages }, { signal: controller.signal });
    expect(await failureOf(promise)).toMatchObject({ code: 'ABORTED' });
  });
});

describe('fallbacks', () => {
  test('answer in turn when a provider fails', async () => {
    const a = named('a', [OVERLOADED], { maxRetries: 0, fallback: ['b', 'c/special'] });
    const b = named('b', [{ error: { status: 401, message: 'who?' } }]);
    const c = named('c', [OK]);
    const { all } = models([a.entry, b.entry, c.entry]);
    const response = await all.generate({ messages });
    expect(response).toMatchObject({
      provider: 'c',
      failures: [
        { provider: 'a', model: 'a-model', code: 'PROVIDER_OVERLOADED' },
        { provider: 'b', model: 'b-model', code: 'PROVIDER_AUTH' },
      ],
    });
    expect(c.asked[0]?.request.model).toBe('special');
  });

  test('of the call take the place of those of the provider', async () => {
    const a = named('a', [OVERLOADED], { maxRetries: 0, fallback: ['b'] });
    const [b, c] = [named('b', [OK]), named('c', [OK])];
    const { all } = models([a.entry, b.entry, c.entry]);
    expect((await all.generate({ messages, fallback: ['c'] })).provider).toBe('c');
    const error = await failureOf(all.generate({ messages, fallback: [] }));
    expect(error.code).toBe('PROVIDER_OVERLOADED');
  });

  test('that fail too are named with the first failure', async () => {
    const a = named('a', [OVERLOADED], { maxRetries: 0, fallback: ['b'] });
    const b = named('b', [{ error: { status: 500, message: 'oops' } }], { maxRetries: 0 });
    const error = await failureOf(models([a.entry, b.entry]).all.generate({ messages }));
    expect(error.code).toBe('PROVIDER_OVERLOADED');
    expect(error.message).toContain('its fallbacks failed too: b/b-model PROVIDER_FAILED');
  });

  test('are not asked for what the request is to blame for', async () => {
    const bad = { error: { status: 400, message: 'what?' } };
    const a = named('a', [bad], { fallback: ['b'] });
    const b = named('b', [OK]);
    const error = await failureOf(models([a.entry, b.entry]).all.generate({ messages }));
    expect([error.code, b.asked.length]).toEqual(['PROVIDER_BAD_REQUEST', 0]);
  });

  test('do not get the key of a call', async () => {
    const a = named('a', [OVERLOADED], { maxRetries: 0, fallback: ['b'] });
    const b = named('b', [OK]);
    const { all } = models([a.entry, b.entry]);
    await all.generate({ messages, apiKey: { secret: 'MINE' } });
    expect(a.asked[0]?.attempt.apiKey).toMatchObject({ secret: 'MINE' });
    expect(b.asked[0]?.attempt.apiKey).toBeUndefined();
  });
});

describe('limits', () => {
  /** A provider that counts who is inside at once, and lets nobody out before the door opens. */
  function crowded(name: string, more: Partial<NamedProvider> = {}) {
    const state = { inside: 0, peak: 0, served: 0 };
    const entry: NamedProvider = {
      name,
      type: 'scripted',
      defaultModel: name,
      open: async () => ({
        async generate(request, { signal }) {
          state.inside += 1;
          state.peak = Math.max(state.peak, state.inside);
          await pause(5, signal);
          state.inside -= 1;
          state.served += 1;
          return {
            message: { role: 'assistant', parts: [] } as Message,
            model: request.model,
            provider: name,
            finishReason: 'stop',
            usage: { inputTokens: 0, outputTokens: 0 },
            id: '',
            warnings: [],
          };
        },
      }),
      ...more,
    };
    return { entry, state };
  }

  test('hold for one provider', async () => {
    const { entry, state } = crowded('a', { maxConcurrent: 2 });
    const { all } = models([entry]);
    await Promise.all(Array.from({ length: 9 }, () => all.generate({ messages })));
    expect([state.peak, state.served]).toEqual([2, 9]);
  });

  test('hold for all providers together', async () => {
    const [a, b] = [crowded('a'), crowded('b')];
    let peak = 0;
    const { all } = models([a.entry, b.entry], { maxConcurrent: 3 });
    const watch = setInterval(() => {
      peak = Math.max(peak, a.state.inside + b.state.inside);
    }, 1);
    const names = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
    await Promise.all(names.map((provider) => all.generate({ messages, provider })));
    clearInterval(watch);
    expect(peak).toBe(3);
    expect([a.state.served, b.state.served]).toEqual([6, 6]);
  });

  test('a call that is stopped leaves the queue', async () => {
    const { entry, state } = crowded('a', { maxConcurrent: 1 });
    const { all } = models([entry]);
    const controller = new AbortController();
    const first = all.generate({ messages });
    const second = all.generate({ messages }, { signal: controller.signal });
    const third = all.generate({ messages });
    controller.abort();
    expect(await failureOf(second)).toMatchObject({ code: 'ABORTED' });
    await Promise.all([first, third]);
    expect(state.served).toBe(2);
  });

  test('after a 429 nobody calls before the server wants it', async () => {
    const error = { status: 429, message: 'slow down', retry_after_ms: 120 };
    const { entry, asked } = named('a', [{ error, times: 1 }, OK], { maxRetries: 0 });
    const { all, pauses } = models([entry]);
    await failureOf(all.generate({ messages }));
    await all.generate({ messages });
    await all.generate({ messages });
    expect(pauses).toEqual([120]);
    expect(asked).toHaveLength(3);
  });
});

describe('who is asked', () => {
  const openai = named('openai', [OK], {
    type: 'openai',
    maker: 'openai',
    defaultModel: 'gpt-4.1',
  });
  const claude = named('claude', [OK], { type: 'anthropic', maker: 'anthropic' });
  const local = named('local', [OK], { type: 'ollama', defaultModel: 'vendor/llama' });
  const { all } = models([openai.entry, claude.entry, local.entry]);
  const who = (names: object) => {
    const { provider, model } = all.resolve(names);
    return `${provider.name}: ${model}`;
  };

  test.each([
    [{}, 'openai: gpt-4.1'],
    [{ provider: 'local' }, 'local: vendor/llama'],
    [{ provider: 'local', model: 'claude/x' }, 'local: claude/x'],
    [{ model: 'claude/x' }, 'claude: x'],
    [{ model: 'vendor/llama' }, 'local: vendor/llama'],
    [{ model: 'claude-opus-5-5' }, 'claude: claude-opus-5-5'],
    [{ model: 'gpt-4.1-mini-2025-04-14' }, 'openai: gpt-4.1-mini-2025-04-14'],
    [{ model: 'of-next-year' }, 'openai: of-next-year'],
  ])('by %j', (names, expected) => {
    expect(who(names)).toBe(expected);
  });

  test('a provider that is not there is told with those that come near', () => {
    expect(() => all.resolve({ provider: 'opneai' })).toThrow(
      expect.objectContaining({
        code: 'PROVIDER_NOT_FOUND',
        exitStatus: 4,
        hint: 'Did you mean "openai"?',
      }),
    );
    const nothing = models([]).all;
    expect(() => nothing.resolve({})).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('OPENAI_API_KEY') }),
    );
    expect(() => nothing.resolve({ model: 'gpt-4.1' })).toThrow(/no provider of models/);
  });

  test('a model of a provider that is not configured is not asked of another maker', () => {
    const only = models([openai.entry]).all;
    expect(() => only.resolve({ model: 'claude-opus-5-5' })).toThrow(
      expect.objectContaining({ code: 'PROVIDER_NOT_FOUND' }),
    );
  });

  test('a provider without a model of its own wants one named', () => {
    const bare = models([named('a', [OK], { defaultModel: undefined }).entry]).all;
    expect(() => bare.resolve({})).toThrow(
      expect.objectContaining({
        code: 'MODEL_NOT_FOUND',
        hint: expect.stringContaining('[providers.a]'),
      }),
    );
  });

  test('a model that the server does not have is told with those that come near', async () => {
    const error = { status: 404, message: 'no such model' };
    const entry = named('a', [{ error }]).entry;
    const failure = await failureOf(
      models([entry]).all.generate({ messages, model: 'gpt-4.1-mni' }),
    );
    expect(failure).toMatchObject({
      code: 'MODEL_NOT_FOUND',
      hint: expect.stringContaining('"gpt-4.1-mini"'),
    });
  });

  test('a provider that can not be opened is opened again by the next call', async () => {
    let tries = 0;
    const entry = named('a', [OK]).entry;
    const { all: flaky } = models([
      {
        ...entry,
        open: async () => {
          tries += 1;
          if (tries === 1) throw new SpellError('CONFIG', 'broken');
          return entry.open();
        },
      },
    ]);
    expect(await failureOf(flaky.generate({ messages }))).toMatchObject({ code: 'CONFIG' });
    expect((await flaky.generate({ messages })).finishReason).toBe('stop');
  });
});

describe('requests', () => {
  test('get the defaults of the provider and what the model wants with tools', async () => {
    const { entry, asked } = named('a', [OK], { temperature: 0.2, maxTokens: 50 });
    const { all } = models([entry]);
    const tools = [{ name: 't', description: 'd', parameters: { type: 'object' } }];
    await all.generate({ messages, model: 'gpt-6-luna', tools, maxTokens: 9 });
    await all.generate({ messages, model: 'gpt-6-luna' });
    expect(asked[0]?.request).toMatchObject({
      model: 'gpt-6-luna',
      temperature: 0.2,
      maxTokens: 9,
      extra: { reasoning_effort: 'none' },
    });
    expect(asked[0]?.attempt.traits).toMatchObject({ temperature: false, maxOutput: 128_000 });
    expect(asked[1]?.request.extra).toBeUndefined();
  });

  test('that a model can not meet are refused before anything is sent', async () => {
    const own: Record<string, ModelFacts> = { blind: { vision: false, tools: false, json: false } };
    const { entry, asked } = named('a', [OK]);
    const { all } = models([entry], { table: new ModelTable([], own) });
    const bytes = { kind: 'bytes', bytes: Uint8Array.of(1) } as const;
    const image = { type: 'image', mimeType: 'image/png', source: bytes } as const;
    const tool = { name: 't', description: 'd', parameters: {} };
    const picture: Message = { role: 'user', parts: [image] };
    for (const [request, lacks] of [
      [{ messages: [picture] }, 'vision'],
      [{ messages, tools: [tool] }, 'tools'],
      [{ messages, responseFormat: { schema: {} } }, 'json'],
    ] as const) {
      const error = await failureOf(all.generate({ model: 'blind', ...request }));
      expect(error).toMatchObject({ code: 'MODEL_UNFIT', details: { lacks } });
    }
    expect(asked).toEqual([]);
  });

  test('cost what the table says', async () => {
    const usage = { input_tokens: 1_000_000, output_tokens: 100_000 };
    const { all } = models([named('a', [{ text: 'ok', usage }]).entry]);
    expect((await all.generate({ messages, model: 'gpt-4.1' })).cost).toBeCloseTo(2.8, 10);
    expect((await all.generate({ messages, model: 'unheard-of' })).cost).toBeNull();
  });
});
