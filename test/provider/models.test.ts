import { describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { pause } from '../../runtime/base/pause.js';
import { createSystemRandom } from '../../runtime/base/random.js';
import { costOf } from '../../runtime/provider/cost.js';
import { LanguageModels } from '../../runtime/provider/language-models.js';
import { ModelTable, shippedModels } from '../../runtime/provider/model-table.js';
import type { NamedProvider } from '../../runtime/provider/registry.js';
import { checkRequirements } from '../../runtime/provider/requirements.js';
import { retryAfterMs } from '../../runtime/provider/retry-after.js';
import { tokensOfMessages, tokensOfText } from '../../runtime/provider/token-estimate.js';

const shipped = await shippedModels();

describe('the models of the package', () => {
  test('are complete, and say where their figures are from', () => {
    expect(new Set(shipped.map(({ name }) => name)).size).toBe(shipped.length);
    for (const model of shipped) {
      expect(['openai', 'anthropic']).toContain(model.provider);
      expect(model.source).toMatch(/^https:\/\//);
      expect(model.checked).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      const { contextWindow = 0, maxOutput = 0, inputPrice = 0, outputPrice = 0 } = model;
      expect(contextWindow).toBeGreaterThan(maxOutput);
      expect(maxOutput).toBeGreaterThan(0);
      expect(outputPrice).toBeGreaterThan(inputPrice);
      expect(inputPrice).toBeGreaterThan(0);
    }
  });

  test('are found with the date of a version and with the maker in front', () => {
    const table = new ModelTable(shipped);
    for (const name of ['gpt-4.1-2025-04-14', 'openai/gpt-4.1', 'gpt-4.1-latest']) {
      expect(table.find(name)?.name).toBe('gpt-4.1');
    }
    expect(table.find('claude-haiku-4-5-20251001')?.contextWindow).toBe(200_000);
    expect(table.find('gpt-4.1-turbo')).toBeUndefined();
  });

  test('are completed and corrected by the configuration', () => {
    const table = new ModelTable(shipped, {
      'gpt-4.1': { inputPrice: 9 },
      'llama-4': { provider: 'local', contextWindow: 8192 },
      'gpt-4.1-2025-04-14': { vision: false },
    });
    expect(table.find('gpt-4.1')).toMatchObject({ inputPrice: 9, outputPrice: 8, vision: true });
    expect(table.find('llama-4')).toEqual({
      name: 'llama-4',
      provider: 'local',
      contextWindow: 8192,
    });
    expect(table.find('gpt-4.1-2025-04-14')).toMatchObject({ inputPrice: 9, vision: false });
  });
});

describe('requirements', () => {
  const facts = { vision: true, tools: false, contextWindow: 32_000, inputPrice: 2 };

  test.each([
    [{}, []],
    [{ vision: true, max_context_tokens: 32_000 }, []],
    [{ supports_vision: true, tools: false, context_window: 1 }, []],
    [{ input_price: 2 }, []],
    [{ tools: true }, ['it has no tools']],
    [{ json: true }, ['whether it has json is not known']],
    [{ context_window: 32_001 }, ['its context_window is 32000, at least 32001 is needed']],
    [{ input_price: 1 }, ['its input_price is 2, at most 1 is needed']],
    [{ max_output: 1 }, ['its max_output is not known']],
    [{ vision: 3 }, ['vision is true or false, not 3']],
    [{ context_window: true }, ['context_window is a number']],
    [
      { visoin: true, tools: true },
      ['visoin is nothing that is known of models. Did you mean "vision"?', 'it has no tools'],
    ],
  ])('%j', (requirements, reasons) => {
    expect(checkRequirements(requirements as never, facts)).toEqual({
      ok: reasons.length === 0,
      reasons,
    });
  });

  test('of a model of which nothing is known are not met', () => {
    const { all } = choice([]);
    expect(all.validateForTask({ vision: true }, { model: 'gpt-4.1-mni' })).toEqual({
      ok: false,
      reasons: [
        expect.stringMatching(/nothing is known of the model "gpt-4.1-mni" .*gpt-4.1-mini/),
      ],
    });
  });
});

function choice(providers: readonly Partial<NamedProvider>[], own = {}) {
  const all = new LanguageModels({
    providers: providers.map((provider) => ({
      name: 'p',
      type: 'openai',
      open: () => Promise.reject(new Error('nobody is asked here')),
      ...provider,
    })),
    table: new ModelTable(shipped, own),
    maxConcurrent: 1,
    clock: systemClock,
    random: createSystemRandom(),
    pause,
  });
  return {
    all,
    select: (requirements: object) => {
      const found = all.select(requirements as never);
      return found && `${found.provider.name}/${found.model}`;
    },
  };
}

describe('the choice of a model', () => {
  const openai = { name: 'openai', maker: 'openai' };
  const claude = { name: 'claude', maker: 'anthropic' };

  test('is the cheapest that meets the requirements', () => {
    const { select } = choice([openai, claude]);
    expect(select({})).toBe('openai/gpt-5-nano');
    expect(select({ context_window: 500_000 })).toBe('openai/gpt-4.1-nano');
    expect(select({ context_window: 1_040_000, reasoning: true })).toBe('openai/gpt-6-luna');
    expect(choice([claude]).select({ vision: true })).toBe('claude/claude-haiku-5-5');
  });

  test('is made among the providers that are there', () => {
    expect(choice([]).select({})).toBeUndefined();
    expect(choice([{ name: 'local' }]).select({})).toBeUndefined();
    expect(choice([openai]).select({ context_window: 9_000_000 })).toBeUndefined();
  });

  test('takes models of the configuration in, those without prices last', () => {
    const local = { name: 'local', type: 'ollama', defaultModel: 'llama-4' };
    const own = { 'llama-4': { contextWindow: 8192, tools: true } };
    expect(choice([openai, local], own).select({ tools: true })).toBe('openai/gpt-5-nano');
    expect(choice([local], own).select({ tools: true })).toBe('local/llama-4');
    const free = { 'llama-4': { ...own['llama-4'], inputPrice: 0, outputPrice: 0 } };
    expect(choice([openai, local], free).select({ tools: true })).toBe('local/llama-4');
    const elsewhere = { 'qwen-4': { provider: 'local', tools: true } };
    expect(choice([local], elsewhere).select({ tools: true })).toBe('local/qwen-4');
  });

  test('lists what is served first', () => {
    const { all } = choice([claude, { name: 'local', defaultModel: 'llama-4' }]);
    const listed = all.list();
    expect(listed[0]).toMatchObject({ name: 'llama-4', servedBy: 'local' });
    expect(listed[1]).toMatchObject({ name: 'claude-fable-5-1', servedBy: 'claude' });
    expect(listed.at(-1)).toMatchObject({ servedBy: null });
    expect(listed).toHaveLength(shipped.length + 1);
  });
});

describe('costs', () => {
  const facts = { inputPrice: 2, outputPrice: 10, cachedInputPrice: 0.5, cacheWritePrice: 3 };
  const million = 1_000_000;

  test('count cached input by its own prices', () => {
    const usage = {
      inputTokens: million,
      outputTokens: million / 10,
      cachedTokens: million / 2,
      cacheWriteTokens: million / 10,
    };
    expect(costOf(usage, facts)).toBeCloseTo(0.4 * 2 + 0.5 * 0.5 + 0.1 * 3 + 1, 10);
  });

  test('of long prompts are higher for the whole call', () => {
    const long = { ...facts, longPrompt: { above: 1000, inputPrice: 4, outputPrice: 15 } };
    const cost = (inputTokens: number) => costOf({ inputTokens, outputTokens: 1000 }, long);
    expect(cost(1000)).toBeCloseTo(0.002 + 0.01, 10);
    expect(cost(2000)).toBeCloseTo(0.008 + 0.015, 10);
  });

  test('are not known without prices', () => {
    expect(costOf({ inputTokens: 1, outputTokens: 1 }, { inputPrice: 1 })).toBeUndefined();
  });
});

test('tokens are guessed by letters', () => {
  expect([
    tokensOfText(''),
    tokensOfText('abcd'),
    tokensOfText('größer'),
    tokensOfText('東京タワー'),
  ]).toEqual([0, 1, 2, 5]);
  expect(tokensOfText('lorem ipsum '.repeat(1000))).toBe(3000);
  const messages = [{ role: 'user', parts: [{ type: 'text', text: 'abcd' }] }] as const;
  expect(tokensOfMessages(messages)).toBe(5);
});

test.each([
  [{ 'retry-after-ms': '12.5', 'retry-after': '3' }, 13],
  [{ 'retry-after': '3' }, 3000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': 'Sat, 21 Nov 2026 10:00:05 GMT' }, 5000],
  [{ 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after-ms': '-1' }, undefined],
  [{}, undefined],
])('when to come back: %j', (headers, ms) => {
  const now = Date.parse('2026-11-21T10:00:00Z');
  expect(retryAfterMs(new Headers(headers as Record<string, string>), now)).toBe(ms);
});
