/** Runs that ask models: their record, their events, their budget. */
import { expect, test } from 'vitest';
import { startModelServer } from '../fixtures/model-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';
import { replayed } from './kept-runs.js';
import { eventsOf } from './run-fixture.js';

const SCRIPT = `
  local session = Session.create()
  local pieces = {}
  local text = Session.generate(session, "one", { on_token = function(token) pieces[#pieces + 1] = token end })
  local again = LLM.generate("two")
  print(text, again)
  Session.complete(session)
  return pieces, text
`;

function settingsFor(url: string): Record<string, unknown> {
  return {
    'providers.near.provider_type': 'openai',
    'providers.near.base_url': url,
    'providers.near.default_model': 'priced',
    'providers.near.max_retries': 0,
    'models.priced.input_price': 1000,
    'models.priced.output_price': 2000,
    'models.priced.max_output': 100,
  };
}

test.each(['memory', 'lmdb'] as const)(
  'a run on %s tells and counts what models say',
  async (storage) => {
    const reply = { text: 'a fine answer', chunkDelayMs: 5, usage: { input: 10, output: 4 } };
    const server = await startModelServer([reply]);
    const settings = settingsFor(server.url);
    const runtime = await openRuntime({ storage, dataDir: temporaryFolder(), settings });
    const run = runtime.eval(SCRIPT);
    const events = await eventsOf(run);
    const { usage, values } = await run.outcome;
    expect(usage).toMatchObject({ modelCalls: 2, inputTokens: 20, outputTokens: 8 });
    expect(usage.costUsd).toBeCloseTo(0.036, 9);
    const deltas = events.filter((event) => event.type === 'llm.delta');
    expect(deltas.map(({ text }) => text)).toEqual(values[0]);
    const opened = events.find((event) => event.type === 'call.start' && event.op === 'llm.open');
    expect(new Set(deltas.map(({ call, kind }) => `${call} ${kind}`))).toEqual(
      new Set([`${(opened as { call: number }).call} text`]),
    );
  },
);

test('a replay asks nobody, and tells the same pieces in the same order', async () => {
  const reply = { text: 'a fine answer', chunkDelayMs: 5 };
  const server = await startModelServer([reply]);
  const settings = settingsFor(server.url);
  const runtime = await openRuntime({ dataDir: temporaryFolder(), settings });
  const { run, values, usage } = await runtime.eval(SCRIPT);
  expect(server.requests).toHaveLength(2);
  await server.close();
  const { outcome, output, diverged } = await replayed(runtime, run);
  expect(diverged).toBeNull();
  expect(outcome.values).toEqual(values);
  expect((values[0] as string[]).join('')).toBe('a fine answer');
  expect(outcome.usage).toEqual(usage);
  expect(output).toBe('a fine answer\ta fine answer\n');
});

test('a fork counts what it shares, and asks only for what is new', async () => {
  const server = await startModelServer([{ text: 'first' }, { text: 'second' }, { text: 'third' }]);
  const settings = settingsFor(server.url);
  const runtime = await openRuntime({ dataDir: temporaryFolder(), settings });
  const { run, values } = await runtime.eval(`
    local session = Session.create()
    local one = Session.generate(session, "one")
    Session.checkpoint(session, "between")
    return one, (Session.generate(session, "two")), #Session.history(session)
  `);
  expect(values).toEqual(['first', 'second', 4]);
  const { id } = await runtime.runs.fork(run, { at: 'between' });
  expect((await runtime.runs.resume(id).outcome).values).toEqual(['first', 'third', 4]);
  expect(server.requests).toHaveLength(3);
});

test('a fork can be given another answer, as a text', async () => {
  const server = await startModelServer([{ text: 'first' }, { text: 'second' }]);
  const settings = settingsFor(server.url);
  const runtime = await openRuntime({ dataDir: temporaryFolder(), settings });
  const { run } = await runtime.eval(`
    local session = Session.create()
    Session.generate(session, "one")
    Session.generate(session, "two")
    return Session.history(session)[2].content, Session.history(session)[4].content
  `);
  const entries = await runtime.runs.entries(run);
  const seq = entries.find(
    ({ event }) => event.type === 'call' && event.op === 'llm.generate',
  )?.seq;
  const { id } = await runtime.runs.fork(run, { set: { seq: seq as number, value: 'another' } });
  expect((await runtime.runs.resume(id).outcome).values).toEqual(['another', 'second']);
  expect(server.requests).toHaveLength(3);
});

test('a budget of tokens stops a run before the call that could exceed it', async () => {
  const server = await startModelServer([{ text: 'ok', usage: { input: 40, output: 50 } }]);
  const settings = { ...settingsFor(server.url), 'runtime.llm.max_tokens_total': 200 };
  const runtime = await openRuntime({ dataDir: temporaryFolder(), settings });
  const run = runtime.eval(`
    for i = 1, 10 do LLM.generate{ prompt = "x", max_tokens = 50 } end
  `);
  const { status, error, usage } = await run.outcome;
  expect({ status, code: error?.code }).toEqual({ status: 'limit', code: 'LIMIT_BUDGET' });
  expect(error?.message).toContain('180 of 200 tokens are used');
  expect(server.requests).toHaveLength(2);
  expect(usage).toMatchObject({ modelCalls: 2, inputTokens: 80, outputTokens: 100 });
  const { outcome } = await replayed(runtime, run.id);
  expect(outcome.error?.code).toBe('LIMIT_BUDGET');
  expect(server.requests).toHaveLength(2);
});

test('calls without a limit of their own get what the budget leaves', async () => {
  const server = await startModelServer([{ text: 'ok', usage: { input: 40, output: 50 } }]);
  const settings = { ...settingsFor(server.url), 'runtime.llm.max_tokens_total': 160 };
  const runtime = await openRuntime({ settings });
  const { value } = await runtime.eval(`
    LLM.generate("x")
    LLM.generate("x")
    local ok, err = pcall(LLM.generate, "x")
    return err.code
  `);
  expect(value).toBe('LIMIT_BUDGET');
  const limits = server.requests.map(({ body }) => body.max_tokens);
  expect(limits[0]).toBeUndefined();
  expect(limits[1]).toBeGreaterThan(50);
  expect(limits[1]).toBeLessThan(70);
});

test('runs that are told what was used before share a budget', async () => {
  const server = await startModelServer([{ text: 'ok', usage: { input: 40, output: 50 } }]);
  const settings = { ...settingsFor(server.url), 'runtime.llm.max_tokens_total': 200 };
  const runtime = await openRuntime({ dataDir: temporaryFolder(), settings });
  const code = 'LLM.generate{ prompt = "x", max_tokens = 50 }';
  const first = await runtime.eval(code);
  await runtime.eval(code, { usedBefore: first.usage });
  const usedBefore = { ...first.usage, inputTokens: 80, outputTokens: 100 };
  const { error, usage } = await runtime.eval(code, { usedBefore }).outcome;
  expect(error).toMatchObject({ code: 'LIMIT_BUDGET' });
  expect(error?.message).toContain('180 of 200 tokens are used');
  expect(usage).toMatchObject({ modelCalls: 0, inputTokens: 0 });
  expect(server.requests).toHaveLength(2);
});

test('calls side by side do not exceed a budget together', async () => {
  const reply = { text: 'ok', delayMs: 50, usage: { input: 10, output: 50 } };
  const server = await startModelServer([reply]);
  const settings = { ...settingsFor(server.url), 'runtime.llm.max_tokens_total': 130 };
  const runtime = await openRuntime({ settings });
  const { value } = await runtime.eval(`
    local ended = LLM.parallel({
      function() return LLM.generate{ prompt = "x", max_tokens = 50 } end,
      function() return LLM.generate{ prompt = "x", max_tokens = 50 } end,
      function() return LLM.generate{ prompt = "x", max_tokens = 50 } end,
    }, { settle = true })
    local codes = {}
    for i, one in ipairs(ended) do codes[i] = one.ok and "ok" or one.error.code end
    return table.concat(codes, " ")
  `);
  expect(value).toBe('ok ok LIMIT_BUDGET');
  expect(server.requests).toHaveLength(2);
});

test('a budget of money needs prices, and stops before it is exceeded', async () => {
  const server = await startModelServer([{ text: 'ok', usage: { input: 10, output: 50 } }]);
  const settings = { ...settingsFor(server.url), 'runtime.llm.max_cost_usd': 0.25 };
  const runtime = await openRuntime({ settings });
  const { value, usage } = await runtime.eval(`
    local _, unknown = pcall(LLM.generate, { prompt = "x", model = "near/unknown" })
    local codes = { unknown.code, unknown.hint }
    LLM.generate{ prompt = "x", max_tokens = 50 }
    LLM.generate{ prompt = "x", max_tokens = 50 }
    local _, over = pcall(LLM.generate, { prompt = "x", max_tokens = 50 })
    codes[3] = over.code
    return codes
  `);
  expect(value).toEqual([
    'LIMIT_BUDGET',
    expect.stringContaining('[models."unknown"]'),
    'LIMIT_BUDGET',
  ]);
  expect(usage.costUsd).toBeCloseTo(0.22, 9);
});
