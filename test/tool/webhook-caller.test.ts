import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWebServer, type WebReply, type WebRequest } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';
import { errorOf, replayedAlone, resultOf } from './network-call.js';

const NAME = 'LLMSPELL_TEST_KEY';
const KEY = 't0p-secret-0123456789abcdef';

beforeEach(() => {
  process.env[NAME] = KEY;
});

afterEach(() => {
  delete process.env[NAME];
});

async function reach(reply: (request: WebRequest, count: number) => WebReply) {
  const server = await startWebServer(reply);
  const settings = {
    'runtime.security.network_hosts': [server.host],
    'runtime.security.secrets': [NAME],
  };
  const runtime = await openRuntime({ settings });
  const call = (args: object = {}) =>
    runtime.tools.execute('webhook-caller', { url: server.url, payload: { id: 7 }, ...args });
  return { server, settings, runtime, call };
}

describe('webhook-caller', () => {
  it('delivers a payload, signed with a secret that nobody sees', async () => {
    const { server, call } = await reach(() => ({ status: 202, body: `taken ${KEY}` }));
    const result = resultOf(
      await call({ secret: { secret: NAME }, headers: { 'X-Event': 'made' } }),
    );
    expect(result).toEqual({
      status: 202,
      attempts: 1,
      idempotency_key: expect.stringMatching(/^[\w-]+$/),
      body: 'taken ***',
    });
    const [request] = server.requests;
    const digest = createHmac('sha256', KEY).update('{"id":7}').digest('hex');
    expect(request).toMatchObject({
      method: 'POST',
      body: '{"id":7}',
      headers: {
        'x-signature-256': `sha256=${digest}`,
        'x-event': 'made',
        'content-type': 'application/json',
        'idempotency-key': result.idempotency_key,
      },
    });
    await call({
      secret: { secret: NAME },
      signature_header: 'X-Hub-Signature-256',
      method: 'PUT',
    });
    expect(server.requests[1]).toMatchObject({
      method: 'PUT',
      headers: { 'x-hub-signature-256': `sha256=${digest}` },
    });
  });

  it('tries again with the same key, until it is taken', async () => {
    const replies: WebReply[] = [{ status: 503 }, { breaks: true }, { status: 200 }];
    const { server, call, runtime } = await reach((_, count) => replies[count] ?? { status: 200 });
    expect(resultOf(await call())).toMatchObject({ status: 200, attempts: 3 });
    const keys = new Set(server.requests.map(({ headers }) => headers['idempotency-key']));
    expect(keys.size).toBe(1);
    await call();
    expect(server.requests[3]?.headers['idempotency-key']).not.toBe([...keys][0]);
    expect(runtime.tools.get('webhook-caller').effect).toBe('idempotent');
  });

  it('fails where it is not taken', async () => {
    const { server, call } = await reach(({ path }) =>
      path === '/moved' ? { status: 302, headers: { location: '/' } } : { status: 503 },
    );
    expect(errorOf(await call({ retries: 1 }))).toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/^the webhook was not taken: .* answered 503 /),
      details: { status: 503 },
    });
    expect(server.requests).toHaveLength(2);
    expect(errorOf(await call({ url: `${server.url}/moved` })).code).toBe('TOOL_FAILED');
    expect(server.requests).toHaveLength(3);
  });

  it('is closed where the host is, and is answered from the record', async () => {
    const runtime = await openRuntime();
    const closed = { url: 'https://example.com/', payload: 1 };
    expect(errorOf(await runtime.tools.execute('webhook-caller', closed)).code).toBe(
      'POLICY_DENIED',
    );
    const { server, settings } = await reach(() => ({ body: 'x' }));
    const code = `return Tool["webhook-caller"]{ url = "${server.url}", payload = "p" }.result.body`;
    expect(await replayedAlone(code, settings)).toEqual(['x', 'x']);
    expect(server.requests).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ secret: 'literal' }, '/secret'],
    [{ signature_header: 'a b' }, '/signature_header'],
    [{ method: 'GET' }, '/method'],
    [{ payload: undefined }, '/payload'],
  ])('refuses %j', async (args, key) => {
    const { call } = await reach(() => ({}));
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
