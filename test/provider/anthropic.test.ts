import { expect, test } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { anthropicProvider } from '../../runtime/provider/anthropic.js';
import { attempt, EVERYTHING, failureOf, providerContract, user } from '../contract/provider.js';
import { startMock } from '../fixtures/mock-of-makers.js';
import { type Reply, startModelServer } from '../fixtures/model-server.js';

const KEY = 'sk-ant-test-0123456789abcdef';

function provider(url: string) {
  return anthropicProvider({ name: 'it', baseUrl: url, key: () => KEY, clock: systemClock });
}

providerContract('anthropic over a mock of the makers', {
  can: new Set(['reasoning', 'usage', 'retry-after', 'auth']),
  open: async (replies) => provider(await startMock(replies, 'anthropic')),
});

providerContract('anthropic over a server by hand', {
  can: EVERYTHING,
  open: async (replies) => {
    const server = await startModelServer(replies);
    if (replies.length === 0) await server.close();
    return provider(server.url);
  },
});

async function serve(...replies: Reply[]) {
  const server = await startModelServer(replies);
  return { server, it: provider(server.url) };
}

const request = { model: 'm', messages: [user('hello')] };

test('the key goes with the request, and nowhere else', async () => {
  const { server, it } = await serve(
    { text: 'hi' },
    { status: 401, error: { message: `bad ${KEY}` } },
  );
  await it.generate(request, attempt({ idempotencyKey: 'run-1/0/3' }));
  const { headers } = server.requests[0] ?? {};
  expect(headers).toMatchObject({ 'x-api-key': KEY, 'idempotency-key': 'run-1/0/3' });
  expect(headers).not.toHaveProperty('authorization');
  const error = await failureOf(it.generate(request, attempt()));
  expect(error.message).toContain('bad ***');
  expect(JSON.stringify([error, error.message, error.hint, error.details])).not.toContain(KEY);
});

test('everything that is asked for is in the request', async () => {
  const { server, it } = await serve({ text: 'hi' });
  const parameters = { type: 'object', properties: {} };
  const { warnings } = await it.generate(
    {
      ...request,
      tools: [{ name: 'look', description: 'Looks', parameters }],
      toolChoice: 'required',
      temperature: 0.5,
      maxTokens: 99,
      stop: ['END'],
      responseFormat: { schema: { type: 'object', properties: { a: { type: 'object' } } } },
      extra: { metadata: { user_id: 'u' } },
    },
    attempt(),
  );
  expect(warnings).toEqual(['temperature was left out: Anthropic takes none']);
  expect(server.requests[0]?.path).toBe('/v1/messages');
  expect(server.requests[0]?.body).toEqual({
    model: 'm',
    max_tokens: 99,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
    tools: [{ name: 'look', description: 'Looks', input_schema: parameters }],
    tool_choice: { type: 'any' },
    stop_sequences: ['END'],
    output_config: {
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: { a: { type: 'object', additionalProperties: false } },
        },
      },
    },
    metadata: { user_id: 'u' },
    stream: true,
  });
});

test.each([
  [{}, 4096],
  [{ maxOutput: 8000 }, 8000],
  [{ maxOutput: 128_000 }, 16_384],
])('the limit of an answer is chosen for models with %j', async (traits, tokens) => {
  const { server, it } = await serve({ text: 'hi' });
  await it.generate(request, attempt({ traits }));
  expect(server.requests[0]?.body.max_tokens).toBe(tokens);
});

test('cached input is a part of the input', async () => {
  const { it } = await serve({ text: 'hi', usage: { input: 100, output: 5, cached: 80 } });
  const { usage } = await it.generate(request, attempt());
  expect(usage).toEqual({ inputTokens: 100, outputTokens: 5, cachedTokens: 80 });
});

test('thoughts come with their proof, and with who thought them', async () => {
  const { it } = await serve({ reasoning: 'Hm.', text: 'hi' });
  const { message } = await it.generate(request, attempt());
  expect(message.parts[0]).toEqual({
    type: 'reasoning',
    text: 'Hm.',
    signature: 'c2ln',
    origin: 'it/m',
  });
});

test('an answer of something that is no model is told of', async () => {
  const { it } = await serve({ body: '<html>Welcome</html>' });
  expect(await failureOf(it.generate(request, attempt()))).toMatchObject({
    code: 'PROVIDER_BAD_RESPONSE',
    hint: expect.stringContaining('base_url'),
  });
});

test('an error in the middle of a stream is told of', async () => {
  const event = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const { it } = await serve({
    body: `event: error\ndata: ${JSON.stringify(event)}\n\n`,
    headers: { 'content-type': 'text/event-stream' },
  });
  const error = await failureOf(it.generate(request, attempt()));
  expect(error).toMatchObject({ code: 'PROVIDER_OVERLOADED' });
  expect(error.message).toContain('Overloaded');
});
