import * as sdk from 'openai';
import { expect, test } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { openaiProvider } from '../../runtime/provider/openai.js';
import { isTransient } from '../../runtime/provider/retry.js';
import { sdkFailure } from '../../runtime/provider/sdk-failure.js';
import { attempt, EVERYTHING, failureOf, providerContract, user } from '../contract/provider.js';
import { startMock } from '../fixtures/mock-of-makers.js';
import { type Reply, startModelServer } from '../fixtures/model-server.js';

const KEY = 'sk-test-0123456789abcdef';

function provider(url: string, key: string | undefined = KEY) {
  return openaiProvider({ name: 'it', baseUrl: `${url}/v1`, key: () => key, clock: systemClock });
}

providerContract('openai over a mock of the makers', {
  can: new Set(['reasoning', 'usage', 'retry-after', 'malformed', 'auth']),
  open: async (replies) => provider(await startMock(replies, 'openai')),
});

providerContract('openai over a server by hand', {
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
  expect(server.requests[0]?.headers).toMatchObject({
    authorization: `Bearer ${KEY}`,
    'idempotency-key': 'run-1/0/3',
    'x-stainless-retry-count': '0',
  });
  const error = await failureOf(it.generate(request, attempt()));
  expect(error.message).toContain('bad ***');
  expect(JSON.stringify([error, error.message, error.hint, error.details])).not.toContain(KEY);
});

test('a server that wants no key gets none', async () => {
  const server = await startModelServer([{ text: 'hi' }]);
  const key = () => undefined;
  const it = openaiProvider({ name: 'it', baseUrl: server.url, key, clock: systemClock });
  await it.generate(request, attempt());
  expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('everything that is asked for is in the request', async () => {
  const { server, it } = await serve({ text: 'hi' });
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const parameters = { type: 'object', properties: {} };
  const { warnings } = await it.generate(
    {
      ...request,
      tools: [{ name: 'look', description: 'Looks', parameters }],
      toolChoice: { name: 'look' },
      temperature: 0.5,
      maxTokens: 99,
      stop: ['END'],
      responseFormat: { name: 'thing', schema },
      extra: { seed: 7, reasoning_effort: 'low' },
    },
    attempt(),
  );
  expect(warnings).toEqual([]);
  expect(server.requests[0]?.path).toBe('/v1/chat/completions');
  expect(server.requests[0]?.body).toEqual({
    model: 'm',
    messages: [{ role: 'user', content: 'hello' }],
    tools: [{ type: 'function', function: { name: 'look', description: 'Looks', parameters } }],
    tool_choice: { type: 'function', function: { name: 'look' } },
    temperature: 0.5,
    max_tokens: 99,
    stop: ['END'],
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'thing', schema, strict: true },
    },
    seed: 7,
    reasoning_effort: 'low',
  });
});

test('a schema that leaves something open is not enforced', async () => {
  const { server, it } = await serve({ text: 'hi' });
  const schema = { type: 'object', properties: { a: {} } };
  await it.generate({ ...request, responseFormat: { schema } }, attempt());
  expect(server.requests[0]?.body.response_format.json_schema).toEqual({
    name: 'answer',
    schema,
    strict: false,
  });
});

test('a temperature is left out for models that take none, and the answer says so', async () => {
  const { server, it } = await serve({ text: 'hi' });
  const traits = { temperature: false };
  const { warnings } = await it.generate({ ...request, temperature: 1 }, attempt({ traits }));
  expect(warnings).toEqual(['temperature was left out: m takes none']);
  expect(server.requests[0]?.body).not.toHaveProperty('temperature');
});

test('cached input is told apart', async () => {
  const { it } = await serve({ text: 'hi', usage: { input: 100, output: 5, cached: 80 } });
  const { usage } = await it.generate(request, attempt());
  expect(usage).toEqual({ inputTokens: 100, outputTokens: 5, cachedTokens: 80 });
});

test('an answer of something that is no model is told of', async () => {
  const { it } = await serve({ body: '<html>Welcome</html>' });
  expect(await failureOf(it.generate(request, attempt()))).toMatchObject({
    code: 'PROVIDER_BAD_RESPONSE',
    hint: expect.stringContaining('base_url'),
  });
});

test('a server without accounts has its tokens guessed', async () => {
  const body = JSON.stringify({
    id: '',
    choices: [
      {
        message: {
          content: 'hi',
          tool_calls: [{ type: 'function', function: { name: 'look', arguments: '' } }],
        },
        finish_reason: 'stop',
      },
    ],
  });
  const { it } = await serve({ body, headers: { 'content-type': 'application/json' } });
  const response = await it.generate(request, attempt());
  expect(response.usage).toMatchObject({ estimated: true });
  expect(response.finishReason).toBe('tool_calls');
  expect(response.message.parts[1]).toEqual({
    type: 'tool_call',
    id: '_0',
    name: 'look',
    arguments: {},
  });
});

test('an answer that may take longer than fetch waits for one is streamed', async () => {
  const { server, it } = await serve({ text: 'hi' });
  await it.generate(request, attempt({ timeoutMs: 600_000 }));
  await it.generate(request, attempt({ timeoutMs: 300_000 }));
  expect(server.requests.map(({ body }) => body.stream)).toEqual([true, undefined]);
});

test('what a call says of the stream wins', async () => {
  const { server, it } = await serve({ text: 'hi' });
  const extra = { stream_options: { include_usage: false } };
  await it.generate({ ...request, extra }, attempt({ onDelta: () => {} }));
  expect(server.requests[0]?.body.stream_options).toEqual({ include_usage: false });
});

test('a server that wants no other attempt is obeyed', async () => {
  const { it } = await serve({ status: 503, headers: { 'x-should-retry': 'false' } });
  const error = await failureOf(it.generate(request, attempt()));
  expect(error.details).toMatchObject({ retry: false });
  expect(isTransient(error)).toBe(false);
});

test.each(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])(
  'the patience of fetch has an end: %s',
  (code) => {
    const cause = Object.assign(new Error('Timeout Error'), { code });
    const thrown = new TypeError('fetch failed', { cause });
    const place = { provider: 'it', model: 'm', url: 'http://x', key: undefined };
    const error = sdkFailure(thrown, sdk, { place, now: 0, hasStarted: true });
    expect(error).toMatchObject({ code: 'PROVIDER_TIMEOUT', details: { timeout_ms: 300_000 } });
  },
);

test('what is no failure of a request is thrown as it is', () => {
  const place = { provider: 'it', model: 'm', url: 'http://x', key: undefined };
  const bug = new TypeError('x is not a function');
  expect(() => sdkFailure(bug, sdk, { place, now: 0, hasStarted: false })).toThrow(bug);
});
