/** The contract of the provider port: one suite that every adapter passes, on every server that it is tried on. */
import { describe, expect, test } from 'vitest';
import { SpellError } from '../../runtime/base/errors.js';
import type { Message } from '../../runtime/provider/message.js';
import type { Attempt, Delta, ModelRequest, Provider } from '../../runtime/provider/provider.js';
import type { Reply } from '../fixtures/model-server.js';

/** What a server can be made to do. */
const ABILITIES = [
  'reasoning',
  'usage',
  'retry-after',
  'retry-after-ms',
  'malformed',
  'refusal',
  'break',
  'silence',
  'late',
  'unreachable',
  'auth',
] as const;

export type Ability = (typeof ABILITIES)[number];

export const EVERYTHING: ReadonlySet<Ability> = new Set(ABILITIES);

export interface ProviderHarness {
  readonly can: ReadonlySet<Ability>;
  /** A provider called `it` whose server answers like this. */
  open(replies: readonly Reply[]): Promise<Provider>;
}

const MODEL = 'model-1';

export function user(text: string): Message {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

const WEATHER = {
  name: 'weather',
  description: 'The weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
  },
};

export function attempt(more: Partial<Attempt> = {}): Attempt {
  return { signal: new AbortController().signal, timeoutMs: 10_000, traits: {}, ...more };
}

export async function failureOf(promise: Promise<unknown>): Promise<SpellError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof SpellError) return outcome;
  throw new Error(`expected a SpellError, got ${JSON.stringify(outcome)}`);
}

export function providerContract(name: string, harness: ProviderHarness): void {
  const { can } = harness;
  const ask = async (
    reply: Reply,
    request: Partial<ModelRequest> = {},
    more: Partial<Attempt> = {},
  ) => {
    const provider = await harness.open([reply]);
    const messages = [user('Is it cold in Bern?')];
    return provider.generate({ model: MODEL, messages, ...request }, attempt(more));
  };

  describe(`${name} as a provider`, () => {
    describe.each(['at once', 'in pieces'] as const)('answers %s', (way) => {
      const listener = () => {
        const deltas: Delta[] = [];
        const onDelta = (delta: Delta) => deltas.push(delta);
        return { deltas, ...(way === 'in pieces' ? { onDelta } : {}) };
      };

      test('with text', async () => {
        const { deltas, ...more } = listener();
        const response = await ask({ text: 'It is quite cold there.' }, {}, more);
        expect(response).toMatchObject({
          message: {
            role: 'assistant',
            parts: [{ type: 'text', text: 'It is quite cold there.' }],
          },
          provider: 'it',
          finishReason: 'stop',
          warnings: [],
        });
        expect(response.model).toContain(MODEL);
        expect(response.id).not.toBe('');
        const told = deltas.map((delta) => (delta.type === 'text' ? delta.text : '')).join('');
        if (way === 'in pieces') {
          expect(told).toBe('It is quite cold there.');
          expect(deltas.length).toBeGreaterThan(1);
        }
      });

      test('with calls of tools, several at once', async () => {
        const { deltas, ...more } = listener();
        const calls = [
          { id: 'call_a', name: 'weather', arguments: '{"city":"Bern","days":2}' },
          { id: 'call_b', name: 'weather', arguments: '{"city":"Zürich"}' },
        ];
        const response = await ask({ calls }, { tools: [WEATHER] }, more);
        expect(response.finishReason).toBe('tool_calls');
        expect(response.message.parts).toEqual([
          {
            type: 'tool_call',
            id: 'call_a',
            name: 'weather',
            arguments: { city: 'Bern', days: 2 },
          },
          { type: 'tool_call', id: 'call_b', name: 'weather', arguments: { city: 'Zürich' } },
        ]);
        if (way === 'at once') return;
        const told = [0, 1].map((index) =>
          deltas
            .map((delta) =>
              delta.type === 'tool_call' && delta.index === index ? delta.arguments : '',
            )
            .join(''),
        );
        expect(told.map((text) => JSON.parse(text))).toEqual([
          { city: 'Bern', days: 2 },
          { city: 'Zürich' },
        ]);
        const named = deltas.filter(
          (delta) => delta.type === 'tool_call' && delta.id !== undefined,
        );
        expect(named).toMatchObject([
          { index: 0, id: 'call_a', name: 'weather' },
          { index: 1, id: 'call_b', name: 'weather' },
        ]);
      });

      test('with text and a call', async () => {
        const { deltas, ...more } = listener();
        const calls = [{ id: 'call_a', name: 'weather', arguments: '{"city":"Bern"}' }];
        const response = await ask({ text: 'Let me look.', calls }, { tools: [WEATHER] }, more);
        expect(response.message.parts).toMatchObject([
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_call', id: 'call_a' },
        ]);
        expect(deltas.filter(({ type }) => type === 'tool_call').length > 0).toBe(
          way === 'in pieces',
        );
      });

      test.runIf(can.has('reasoning'))('with thoughts in front', async () => {
        const { deltas, ...more } = listener();
        const response = await ask({ reasoning: 'Winter. So yes.', text: 'Yes.' }, {}, more);
        expect(response.message.parts).toMatchObject([
          { type: 'reasoning', text: 'Winter. So yes.' },
          { type: 'text', text: 'Yes.' },
        ]);
        const thought = deltas.map((d) => (d.type === 'reasoning' ? d.text : '')).join('');
        expect(thought).toBe(way === 'in pieces' ? 'Winter. So yes.' : '');
      });

      test.runIf(can.has('malformed'))('with arguments that are no JSON, as written', async () => {
        const { onDelta } = listener();
        const calls = [{ id: 'call_a', name: 'weather', arguments: '{"city": Bern}' }];
        const response = await ask({ calls }, { tools: [WEATHER] }, { onDelta });
        expect(response.message.parts).toEqual([
          {
            type: 'tool_call',
            id: 'call_a',
            name: 'weather',
            arguments: {},
            malformed: '{"city": Bern}',
          },
        ]);
      });

      test.runIf(can.has('usage'))('with what it used', async () => {
        const { onDelta } = listener();
        const response = await ask(
          { text: 'Yes.', usage: { input: 120, output: 30 } },
          {},
          { onDelta },
        );
        expect(response.usage).toEqual({ inputTokens: 120, outputTokens: 30 });
      });

      test('with nothing', async () => {
        const { onDelta } = listener();
        const response = await ask({ text: '' }, {}, { onDelta });
        expect(response.message).toEqual({ role: 'assistant', parts: [] });
        expect(response.finishReason).toBe('stop');
      });

      test.runIf(can.has('refusal'))('with a refusal', async () => {
        const { onDelta } = listener();
        const response = await ask(
          { text: 'I would rather not.', finish: 'refusal' },
          {},
          { onDelta },
        );
        expect(response.finishReason).toBe('refusal');
        expect(response.message.parts).toMatchObject([{ text: 'I would rather not.' }]);
      });
    });

    test('goes on with the results of tools', async () => {
      const provider = await harness.open([
        { calls: [{ id: 'call_a', name: 'weather', arguments: '{"city":"Bern"}' }] },
        { text: 'It is 2 degrees.' },
      ]);
      const messages = [user('Is it cold in Bern?')];
      const first = await provider.generate(
        { model: MODEL, messages, tools: [WEATHER] },
        attempt(),
      );
      const result: Message = {
        role: 'tool',
        parts: [
          {
            type: 'tool_result',
            id: 'call_a',
            name: 'weather',
            content: [{ type: 'text', text: '2 degrees' }],
            isError: false,
          },
        ],
      };
      const second = await provider.generate(
        { model: MODEL, messages: [...messages, first.message, result], tools: [WEATHER] },
        attempt(),
      );
      expect(second.message.parts).toEqual([{ type: 'text', text: 'It is 2 degrees.' }]);
    });

    test.each([
      [500, 'PROVIDER_FAILED'],
      [503, 'PROVIDER_OVERLOADED'],
      [529, 'PROVIDER_OVERLOADED'],
      [429, 'PROVIDER_RATE_LIMITED'],
      [400, 'PROVIDER_BAD_REQUEST'],
    ])('tells of the status %i', async (status, code) => {
      const reply = { status, error: { message: 'the reason of the server' } };
      const error = await failureOf(ask(reply));
      expect(error.code).toBe(code);
      expect(error.message).toContain('the reason of the server');
      expect(error.message).toContain('"it"');
      expect(error.details).toMatchObject({ provider: 'it', model: MODEL, status });
      expect(error.exitStatus).toBe(5);
    });

    test('tells of a model that the server does not have', async () => {
      const reply = {
        status: 404,
        error: { message: 'The model `model-1` does not exist', code: 'model_not_found' },
      };
      expect(await failureOf(ask(reply))).toMatchObject({ code: 'MODEL_NOT_FOUND', exitStatus: 4 });
    });

    test('tells of a conversation that is too long', async () => {
      const message = "This model's maximum context length is 8192 tokens. prompt is too long";
      const error = await failureOf(ask({ status: 400, error: { message } }));
      expect(error).toMatchObject({ code: 'CONTEXT_OVERFLOW', exitStatus: 8 });
    });

    test.runIf(can.has('auth'))('tells of a key that is refused', async () => {
      const error = await failureOf(ask({ status: 401 }));
      expect(error.code).toBe('PROVIDER_AUTH');
      expect(error.hint).toContain('api_key_env');
    });

    test.runIf(can.has('retry-after'))('passes on when to come back, in seconds', async () => {
      const error = await failureOf(ask({ status: 429, headers: { 'retry-after': '2' } }));
      expect(error.details).toMatchObject({ retry_after_ms: 2000 });
    });

    test.runIf(can.has('retry-after-ms'))('passes on when to come back, exactly', async () => {
      const headers = { 'retry-after-ms': '350', 'retry-after': '9' };
      const error = await failureOf(ask({ status: 429, headers }));
      expect(error.details).toMatchObject({ retry_after_ms: 350 });
    });

    test.runIf(can.has('break'))('tells of an answer that breaks off', async () => {
      const deltas: Delta[] = [];
      const reply = { text: 'one two three four five', breakAfter: 5 };
      const error = await failureOf(ask(reply, {}, { onDelta: (delta) => deltas.push(delta) }));
      expect(error.code).toBe('PROVIDER_DISCONNECTED');
      expect(deltas.length).toBeGreaterThan(0);
    });

    test.runIf(can.has('break'))('tells of a stream that ends too early', async () => {
      const reply = { text: 'one two three four five', endAfter: 5 };
      const error = await failureOf(ask(reply, {}, { onDelta: () => {} }));
      expect(error.code).toBe('PROVIDER_DISCONNECTED');
    });

    test.runIf(can.has('late'))('tells of an answer that takes too long', async () => {
      const error = await failureOf(ask({ text: 'late', delayMs: 5000 }, {}, { timeoutMs: 60 }));
      expect(error.code).toBe('PROVIDER_TIMEOUT');
      expect(error.hint).toContain('timeout_seconds');
    });

    test.runIf(can.has('silence'))('tells of a stream that falls silent', async () => {
      const reply = { text: 'one two three', silentAfter: 4 };
      const more = { timeoutMs: 200, onDelta: () => {} };
      expect(await failureOf(ask(reply, {}, more))).toMatchObject({ code: 'PROVIDER_TIMEOUT' });
    });

    test.runIf(can.has('late'))('stops when it is told to', async () => {
      const controller = new AbortController();
      const promise = ask({ text: 'late', delayMs: 5000 }, {}, { signal: controller.signal });
      setTimeout(() => controller.abort(), 30);
      expect(await failureOf(promise)).toMatchObject({ code: 'ABORTED', exitStatus: 130 });
    });

    test.runIf(can.has('silence'))('stops in the middle of an answer', async () => {
      const controller = new AbortController();
      const reason = new SpellError('LIMIT_TIME', 'enough');
      const deltas: Delta[] = [];
      const onDelta = (delta: Delta) => {
        deltas.push(delta);
        controller.abort(reason);
      };
      const reply = { text: 'one two three four', silentAfter: 5 };
      const error = await failureOf(ask(reply, {}, { signal: controller.signal, onDelta }));
      expect(error).toBe(reason);
      expect(deltas.length).toBeGreaterThan(0);
    });

    test('does not begin when it was stopped before', async () => {
      const error = await failureOf(ask({ text: 'no' }, {}, { signal: AbortSignal.abort() }));
      expect(error.code).toBe('ABORTED');
    });

    test.runIf(can.has('unreachable'))('tells of a server that is not there', async () => {
      const provider = await harness.open([]);
      const request = { model: MODEL, messages: [user('hello')] };
      const error = await failureOf(provider.generate(request, attempt()));
      expect(error.code).toBe('PROVIDER_UNREACHABLE');
      expect(error.message).toContain('"it"');
    });
  });
}
