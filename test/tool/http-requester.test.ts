import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Runtime, type ToolResult } from '../../bindings/node/index.js';
import { systemClock } from '../../runtime/base/clock.js';
import { Secrets } from '../../runtime/base/secret.js';
import { fromPlain, type PlainValue, type ValueMap } from '../../runtime/base/value.js';
import { httpRequester } from '../../runtime/tool/builtin/http-requester.js';
import { callTool } from '../../runtime/tool/call.js';
import { Network } from '../../runtime/tool/network/network.js';
import { ToolRegistry } from '../../runtime/tool/registry.js';
import { effectOf } from '../../runtime/tool/tool.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startWebServer, type WebReply, type WebRequest } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';

const JSON_TYPE = { 'content-type': 'application/json' };

async function reach(
  reply: (request: WebRequest, count: number) => WebReply,
  settings: Readonly<Record<string, unknown>> = {},
) {
  const server = await startWebServer(reply);
  const runtime = await openRuntime({
    settings: {
      'runtime.security.network_hosts': [server.host],
      'runtime.security.secrets': ['PATH'],
      ...settings,
    },
  });
  const call = (args: object) =>
    runtime.tools.execute('http-requester', { url: `${server.url}/a`, ...args });
  return { server, runtime, call };
}

function resultOf(reply: ToolResult) {
  if (!reply.success) throw new Error(`${reply.error.code}: ${reply.error.message}`);
  return reply.result as Record<string, PlainValue>;
}

function errorOf(reply: ToolResult) {
  if (reply.success) throw new Error(`no error: ${JSON.stringify(reply.result)}`);
  return reply.error;
}

describe('a request', () => {
  it('gets status, headers and body', async () => {
    const { server, call } = await reach(() => ({ body: 'grüße', headers: { 'x-a': 'b' } }));
    expect(resultOf(await call({ query: { q: 'a b', n: [1, 2], yes: true } }))).toMatchObject({
      status: 200,
      status_text: 'OK',
      ok: true,
      url: `${server.url}/a?q=a+b&n=1&n=2&yes=true`,
      headers: { 'x-a': 'b' },
      body: 'grüße',
      redirects: 0,
      attempts: 1,
    });
    expect(server.requests).toMatchObject([
      { method: 'GET', path: '/a?q=a+b&n=1&n=2&yes=true', headers: { 'user-agent': 'llmspell' } },
    ]);
  });

  it('takes an answer of an error for an answer', async () => {
    const { call } = await reach(() => ({ status: 404, body: '{"no":1}', headers: JSON_TYPE }));
    expect(resultOf(await call({}))).toMatchObject({ status: 404, ok: false, json: { no: 1 } });
  });

  it('reads JSON exactly, where it is JSON', async () => {
    const bodies = ['{"n":9007199254740993,"list":[]}', '{broken', ''];
    const { call } = await reach((_, count) => ({
      body: bodies[count] as string,
      headers: JSON_TYPE,
    }));
    expect(resultOf(await call({})).json).toEqual({ n: 9007199254740993n, list: [] });
    expect(resultOf(await call({}))).not.toHaveProperty('json');
    expect(resultOf(await call({}))).not.toHaveProperty('json');
  });

  it('unpacks, knows character sets, and leaves bytes alone', async () => {
    const replies: WebReply[] = [
      { body: gzipSync('packed'), headers: { 'content-encoding': 'gzip' } },
      {
        body: Buffer.from('grüße', 'latin1'),
        headers: { 'content-type': 'text/plain; charset=ISO-8859-1' },
      },
      { body: new Uint8Array([0, 255]) },
      { body: 'x', headers: { 'content-encoding': 'zstd' } },
    ];
    const { call } = await reach((_, count) => replies[count] as WebReply);
    expect(resultOf(await call({})).body).toBe('packed');
    expect(resultOf(await call({})).body).toBe('grüße');
    expect(resultOf(await call({})).body).toEqual(new Uint8Array([0, 255]));
    expect(errorOf(await call({}))).toMatchObject({
      code: 'TOOL_FAILED',
      message: 'the answer is packed as "zstd"',
    });
  });

  it('sends JSON, forms, text and bytes', async () => {
    const { server, call } = await reach(() => ({}));
    const method = 'POST';
    await call({ method, json: { a: [1, 'é'] } });
    await call({ method, form: { a: 'x y', b: [1, 2] } });
    await call({ method, body: 'hello', headers: { 'Content-Type': 'text/markdown' } });
    await call({ method, body: new Uint8Array([65, 255]) });
    await call({ method: 'DELETE' });
    expect(server.requests.map(({ body, headers }) => [headers['content-type'], body])).toEqual([
      ['application/json', '{"a":[1,"é"]}'],
      ['application/x-www-form-urlencoded', 'a=x+y&b=1&b=2'],
      ['text/markdown', 'hello'],
      ['application/octet-stream', 'A\ufffd'],
      [undefined, ''],
    ]);
  });

  it('takes the names of arguments of rs-llmspell', async () => {
    const { server, runtime } = await reach(() => ({ body: 'x' }));
    const reply = await runtime.tools.execute('http-requester', { input: `${server.url}/old` });
    expect(resultOf(reply).body).toBe('x');
  });

  it('sends the values behind handles, and shows them nowhere', async () => {
    const { PATH: value = '' } = process.env;
    const { server, call } = await reach(({ headers }) => ({
      body: `you sent ${headers['x-key']} and ${headers.authorization}`,
    }));
    const key = { secret: 'PATH' };
    const replies = [
      await call({ headers: { 'X-Key': key } }),
      await call({ auth: { type: 'bearer', token: key } }),
      await call({ auth: { type: 'basic', username: 'me', password: key } }),
    ];
    const basic = Buffer.from(`me:${value}`).toString('base64');
    expect(server.requests[0]?.headers['x-key']).toBe(value);
    expect(server.requests[1]?.headers.authorization).toBe(`Bearer ${value}`);
    expect(server.requests[2]?.headers.authorization).toBe(`Basic ${basic}`);
    expect(resultOf(replies[0] as ToolResult).body).toBe('you sent *** and undefined');
    expect(resultOf(replies[2] as ToolResult).body).toBe('you sent undefined and ***');
    expect(JSON.stringify(replies)).not.toContain(value);
  });

  it('is of the class that its method has', () => {
    const tool = httpRequester(new Network({ hosts: [], settings: {}, clock: systemClock }));
    const classOf = (args: object) => effectOf(tool, fromPlain(args) as ValueMap);
    expect(tool.effect).toBe('unsafe');
    for (const method of [undefined, 'GET', 'HEAD', 'OPTIONS']) {
      expect(classOf({ method })).toBe('pure');
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'BREW', 5]) {
      expect(classOf({ method })).toBe('unsafe');
      expect(classOf({ method, idempotency_key: false })).toBe('unsafe');
      expect(classOf({ method, idempotency_key: true })).toBe('idempotent');
      expect(classOf({ method, idempotency_key: 'X-Id' })).toBe('idempotent');
    }
  });
});

describe('redirects', () => {
  it('are followed, and turn a POST into a GET where they say so', async () => {
    const { server, call } = await reach(({ path }) => {
      const statuses: Record<string, number> = { '/303': 303, '/301': 301, '/307': 307 };
      const status = statuses[path];
      return status === undefined ? { body: path } : { status, headers: { location: '/end' } };
    });
    for (const path of ['/303', '/301', '/307']) {
      const url = `${server.url}${path}`;
      const result = resultOf(await call({ url, method: 'POST', body: 'x' }));
      expect(result).toMatchObject({ url: `${server.url}/end`, redirects: 1, body: '/end' });
    }
    const ends = server.requests.filter(({ path }) => path === '/end');
    expect(ends.map(({ method, body }) => `${method} ${body}`)).toEqual(['GET ', 'GET ', 'POST x']);
    expect(ends[0]?.headers).not.toHaveProperty('content-type');
  });

  it('are judged like every request', async () => {
    const inside = await startWebServer(() => ({ body: 'inside' }));
    const targets = [
      `${inside.url}/x`,
      'http://169.254.169.254/latest/meta-data/',
      'http://2130706433/',
      'file:///etc/passwd',
      'http://',
    ];
    const { server, call } = await reach((_, count) => ({
      status: 302,
      headers: { location: targets[count] as string },
    }));
    const errors = [];
    for (const _ of targets) errors.push(errorOf(await call({})));
    expect(errors.map(({ code }) => code)).toEqual([
      ...Array.from({ length: 4 }, () => 'POLICY_DENIED'),
      'TOOL_FAILED',
    ]);
    expect(errors[0]?.details).toMatchObject({ rule: 'network_hosts', port: inside.port });
    expect(errors[1]?.message).toContain('clouds keep the keys');
    expect(errors[3]?.details).toEqual({ rule: 'protocol' });
    expect(inside.requests).toEqual([]);
    expect(server.requests).toHaveLength(targets.length);
  });

  it('take no credentials to another origin', async () => {
    const other = await startWebServer(() => ({ body: 'other' }));
    const { server, call } = await reach(
      ({ path }) => ({
        status: 307,
        headers: { location: path === '/a' ? '/b' : `${other.url}/c` },
      }),
      { 'runtime.security.network_hosts': ['127.0.0.1'] },
    );
    const key = { secret: 'PATH' };
    const headers = { Cookie: 'a=1', 'X-Key': key, 'X-Plain': 'stays' };
    expect(resultOf(await call({ headers, auth: { type: 'bearer', token: key } })).body).toBe(
      'other',
    );
    const seen = (request: WebRequest | undefined) =>
      ['cookie', 'x-key', 'authorization', 'x-plain'].map(
        (name) => name in (request?.headers ?? {}),
      );
    expect(seen(server.requests[0])).toEqual([true, true, true, true]);
    expect(seen(server.requests[1])).toEqual([true, true, true, true]);
    expect(seen(other.requests[0])).toEqual([false, false, false, true]);
  });

  it('end', async () => {
    const { server, call } = await reach(() => ({ status: 302, headers: { location: '/again' } }));
    expect(errorOf(await call({}))).toMatchObject({
      code: 'TOOL_FAILED',
      details: { max_redirects: 5 },
    });
    expect(server.requests).toHaveLength(6);
    expect(errorOf(await call({ max_redirects: 1 })).message).toContain('more than 1 redirect');
    expect(resultOf(await call({ max_redirects: 0 }))).toMatchObject({
      status: 302,
      headers: { location: '/again' },
    });
  });
});

describe('limits', () => {
  it('of size hold for what is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    const { call } = await reach(({ path }) =>
      path === '/a'
        ? { body: bomb, headers: { 'content-encoding': 'gzip' } }
        : { body: 'x'.repeat(11) },
    );
    expect(errorOf(await call({}))).toMatchObject({
      code: 'TOO_LARGE',
      details: { max_bytes: 10 * 1024 * 1024 },
    });
    expect(errorOf(await call({ max_bytes: 1000 })).code).toBe('TOO_LARGE');
  });

  it('of time end a server that says nothing, and one that stops', async () => {
    const { call } = await reach((_, count) => ({ silent: count === 0 ? 'all' : 'body' }));
    for (const _ of [1, 2]) {
      expect(errorOf(await call({ timeout_ms: 100, retries: 0 }))).toMatchObject({
        code: 'TOOL_TIMEOUT',
        details: { timeout_ms: 100 },
      });
    }
  });

  it('come from the configuration', async () => {
    const { call, server } = await reach(() => ({ body: 'x'.repeat(100) }), {
      'tools.http-requester.max_bytes': 50,
      'tools.http-requester.timeout_ms': 5000,
      'tools.http-requester.requests_per_minute': 2,
    });
    expect(errorOf(await call({})).details).toEqual({ max_bytes: 50 });
    await expect(call({ max_bytes: 51 })).rejects.toMatchObject({ key: '/max_bytes' });
    await expect(call({ timeout_ms: 5001 })).rejects.toMatchObject({ key: '/timeout_ms' });
    expect(errorOf(await call({})).code).toBe('TOO_LARGE');
    expect(errorOf(await call({}))).toMatchObject({
      code: 'POLICY_DENIED',
      message: 'the tool "http-requester" has sent 2 requests in a minute',
      details: { rule: 'requests_per_minute', limit: 2 },
    });
    expect(server.requests).toHaveLength(2);
    const settings = { 'tools.http-requester.max_bytes': 'many' };
    await expect(openRuntime({ settings })).rejects.toMatchObject({
      code: 'CONFIG',
      key: 'tools.http-requester.max_bytes',
    });
  });

  it('end with the run', async () => {
    const { runtime, server } = await reach(() => ({ silent: 'all' }));
    const abort = new AbortController();
    const call = runtime.tools.execute(
      'http-requester',
      { url: server.url },
      { signal: abort.signal },
    );
    const check = expect(call).rejects.toMatchObject({ code: 'ABORTED' });
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    await check;
  });
});

describe('another attempt', () => {
  it('is made for reads that may succeed later', async () => {
    const replies: WebReply[] = [{ breaks: true }, { status: 503 }, { body: 'late' }];
    const { server, call } = await reach((_, count) => replies[count] as WebReply);
    expect(resultOf(await call({}))).toMatchObject({ body: 'late', attempts: 3 });
    expect(server.requests).toHaveLength(3);
  });

  it('carries the same key', async () => {
    const { server, call } = await reach((_, count) => ({ status: count === 0 ? 429 : 201 }));
    const args = { method: 'POST', json: {}, idempotency_key: true };
    expect(resultOf(await call(args))).toMatchObject({ status: 201, attempts: 2 });
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
    expect(keys[0]).toMatch(/^[\w-]{16,}$/);
    await call({ ...args, idempotency_key: 'X-Request-Id' });
    expect(server.requests[2]?.headers['x-request-id']).toMatch(/^[\w-]{16,}$/);
    expect(server.requests[2]?.headers['x-request-id']).not.toBe(keys[0]);
  });

  it('is not made for what may do harm twice, and not when it is not wanted', async () => {
    const { server, call } = await reach(() => ({ status: 503 }));
    expect(resultOf(await call({ method: 'POST' }))).toMatchObject({ status: 503, attempts: 1 });
    expect(resultOf(await call({ retries: 0 }))).toMatchObject({ status: 503, attempts: 1 });
    expect(errorOf(await call({ method: 'POST', retries: 1 }))).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      hint: 'Give idempotency_key = true if the server knows that header.',
    });
    expect(server.requests).toHaveLength(2);
  });

  it('waits as long as the server asks, and not for hours', async () => {
    const waits = ['1', '7200'];
    const { server, call } = await reach((_, count) =>
      count === 1
        ? { body: 'x' }
        : { status: 429, headers: { 'retry-after': waits[count / 2] ?? '' } },
    );
    expect(resultOf(await call({})).attempts).toBe(2);
    expect(resultOf(await call({}))).toMatchObject({ status: 429, attempts: 1 });
    expect(server.requests).toHaveLength(3);
  });

  it('does not help where nobody listens', async () => {
    const { call } = await reach(() => ({}), {
      'runtime.security.network_hosts': ['127.0.0.1', 'localhost'],
    });
    expect(errorOf(await call({ url: 'http://127.0.0.1:1/x', retries: 1 }))).toMatchObject({
      code: 'TOOL_FAILED',
      message: 'GET http://127.0.0.1:1 failed (ECONNREFUSED)',
      details: { host: '127.0.0.1:1', cause: 'ECONNREFUSED' },
    });
  });
});

describe('what is refused', () => {
  it.each([
    'http://127.0.0.1:1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://169.254.169.254/latest/meta-data/',
    'https://example.com.evil.test/',
    'http://evil.test/?http://127.0.0.1',
    'http://127.0.0.1.evil.test/',
    'http://①②⑦.⓪.⓪.①/',
  ])('by the policy: %s', async (url) => {
    const { server, call } = await reach(() => ({}));
    expect(errorOf(await call({ url }))).toMatchObject({
      code: 'POLICY_DENIED',
      hint: expect.stringMatching(
        /^To open it write network_hosts = \["127\.0\.0\.1:\d+",".+"\] under \[runtime\.security\]/,
      ),
      details: { rule: 'network_hosts' },
    });
    expect(server.requests).toEqual([]);
  });

  it.each<[object, string]>([
    [{ url: 'no url' }, '/url'],
    [{ url: '/path' }, '/url'],
    [{ url: 'file:///etc/passwd' }, '/url'],
    [{ url: 'ftp://x/' }, '/url'],
    [{ url: 'http://127.0.0.1@evil.test/' }, '/url'],
    [{ url: 'http://user:pw@127.0.0.1/' }, '/url'],
    [{ headers: { Host: 'other' } }, '/headers/Host'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, '/headers/Transfer-Encoding'],
    [{ headers: { 'a b': 'x' } }, '/headers/a b'],
    [{ headers: { a: 'x\r\nInjected: y' } }, '/headers/a'],
    [{ body: 'x', json: 1 }, '/json'],
    [{ form: {}, json: 1 }, '/form'],
    [{ idempotency_key: 'a b' }, '/idempotency_key'],
  ])('as an argument: %j', async (args, path) => {
    const { server, call } = await reach(() => ({}));
    expect(errorOf(await call(args))).toMatchObject({ code: 'TOOL_ARGUMENTS', details: { path } });
    expect(server.requests).toEqual([]);
  });

  it.each<[object, string]>([
    [{ url: 5 }, '/url'],
    [{ method: 'get' }, '/method'],
    [{ headers: { a: true } }, '/headers/a'],
    [{ auth: { type: 'bearer', token: 'literal' } }, '/auth/token'],
    [{ auth: { type: 'basic', username: 'x' } }, '/auth/password'],
    [{ auth: { type: 'digest', token: {} } }, '/auth/type'],
    [{ timeout_ms: 0 }, '/timeout_ms'],
    [{ retries: 11 }, '/retries'],
    [{ verify: false }, '/verify'],
  ])('by the schema: %j', async (args, key) => {
    const { call } = await reach(() => ({}));
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });

  it('as a handle', async () => {
    const { server, call } = await reach(() => ({}));
    expect(errorOf(await call({ headers: { a: { secret: 'HOME' } } })).code).toBe('POLICY_DENIED');
    expect(errorOf(await call({ headers: { a: { text: 'x' } } })).code).toBe('BAD_ARGUMENT');
    expect(server.requests).toEqual([]);
  });
});

describe('names', () => {
  /** A client whose names lead where the test says, one answer after the other. */
  async function named(answers: readonly string[][], location: string | undefined) {
    const server = await startWebServer(({ path }) =>
      path === '/end' || location === undefined
        ? { body: 'end' }
        : { status: 302, headers: { location } },
    );
    const asked: string[] = [];
    const network = new Network({
      hosts: ['a.test', server.host],
      settings: {},
      clock: systemClock,
      resolve: async (name) => {
        asked.push(name);
        return answers[asked.length - 1] ?? [];
      },
    });
    const url = `http://a.test:${server.port}/`;
    const args = fromPlain({ url }) as ValueMap;
    const reply = await callTool(
      new ToolRegistry([httpRequester(network)]),
      'http-requester',
      args,
      {
        signal: new AbortController().signal,
        callId: 'call-1',
        clock: systemClock,
        secrets: new Secrets(() => undefined, []),
      },
    );
    return { reply, asked, server };
  }

  it('are resolved once for each request, and the connection goes where it was judged', async () => {
    const { reply, asked, server } = await named([['127.0.0.1'], ['10.0.0.1']], undefined);
    expect(reply).toMatchObject({ success: true, result: { body: 'end' } });
    expect(asked).toEqual(['a.test']);
    expect(server.requests[0]?.headers.host).toBe(`a.test:${server.port}`);
  });

  it('are judged again when a redirect names them again', async () => {
    const { reply, asked, server } = await named([['127.0.0.1'], ['127.0.0.2']], '/end');
    expect(reply).toMatchObject({
      success: false,
      error: { code: 'POLICY_DENIED', details: { host: 'a.test', address: '127.0.0.2' } },
    });
    expect(asked).toEqual(['a.test', 'a.test']);
    expect(server.requests).toHaveLength(1);
  });

  it('that nobody knows are an error', async () => {
    const runtime = await openRuntime({
      settings: { 'runtime.security.network_hosts': ['*.invalid'] },
    });
    const reply = await runtime.tools.execute('http-requester', {
      url: 'http://no.such.invalid/',
      retries: 0,
    });
    expect(errorOf(reply)).toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/^the host no\.such\.invalid was not found \(E/),
    });
  });
});

it('is answered from the record when a run is replayed', async () => {
  const server = await startWebServer((_, count) => ({ body: `answer ${count}` }));
  const dataDir = temporaryFolder();
  const settings = { 'runtime.security.network_hosts': [server.host] };
  const script = `return Tool["http-requester"]{ url = "${server.url}" }.result.body`;
  const first = await Runtime.open({ dataDir, settings });
  const { run, value } = await first.eval(script);
  await first.close();
  expect(value).toBe('answer 0');
  const second = await Runtime.open({ dataDir });
  const { outcome, diverged } = await second.runs.replay(run);
  await second.close();
  expect(diverged).toBeNull();
  expect(outcome.value).toBe('answer 0');
  expect(server.requests).toHaveLength(1);
});

it('keeps what was decided with the record of the call', async () => {
  const server = await startWebServer(() => ({
    status: 302,
    headers: { location: 'http://10.0.0.1/' },
  }));
  const settings = { 'runtime.security.network_hosts': [server.host] };
  const runtime = await openRuntime({ dataDir: temporaryFolder(), settings });
  const { run } = await runtime.eval(`Tool["http-requester"]{ url = "${server.url}" }`);
  const policies: unknown[] = [];
  for (const { event } of await runtime.runs.entries(run)) {
    if (event.type === 'call' && event.op === 'tool.execute') policies.push(event.policy);
  }
  expect(policies).toEqual([
    [
      { allowed: true, rule: 'network_hosts', target: server.host, by: server.host },
      { allowed: false, rule: 'network_hosts', target: '10.0.0.1:80' },
    ],
  ]);
});
