import { describe, expect, it } from 'vitest';
import { startWebServer, type WebReply } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';
import { errorOf, replayedAlone, resultOf } from './network-call.js';

async function reach(reply: () => WebReply, hosts: readonly string[] = []) {
  const server = await startWebServer(reply);
  const settings = { 'runtime.security.network_hosts': [server.host, ...hosts] };
  const runtime = await openRuntime({ settings });
  const call = (args: object) => runtime.tools.execute('service-checker', { ...args });
  return { server, settings, call };
}

describe('service-checker', () => {
  it('asks a web server', async () => {
    const { server, call } = await reach(() => ({ status: 503 }));
    const target = server.url;
    expect(resultOf(await call({ target }))).toEqual({
      target,
      type: 'http',
      available: false,
      status: 503,
      error: 'it answered 503',
      response_time_ms: expect.any(Number),
    });
    expect(resultOf(await call({ target, expected_status: 503 }))).toMatchObject({
      available: true,
    });
    expect(server.requests).toHaveLength(2);
  });

  it('knocks at a port', async () => {
    const { server, call } = await reach(() => ({}), ['127.0.0.1:1']);
    const found = resultOf(await call({ operation: 'tcp', target: server.host }));
    expect(found).toMatchObject({ available: true, address: '127.0.0.1' });
    const other = { operation: 'tcp', target: '127.0.0.1', port: server.port };
    expect(resultOf(await call(other)).available).toBe(true);
    expect(resultOf(await call({ ...other, port: 1 }))).toMatchObject({
      available: false,
      error: expect.stringContaining('ECONNREFUSED'),
    });
    expect(server.requests).toEqual([]);
  });

  it('looks a name up', async () => {
    const { call } = await reach(() => ({}), ['localhost', '*.invalid']);
    const found = resultOf(await call({ operation: 'dns', target: 'localhost' }));
    expect(found.available).toBe(true);
    expect(found.addresses).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(127\.0\.0\.1|::1)$/)]),
    );
    expect(resultOf(await call({ operation: 'dns', target: 'no.invalid' }))).toMatchObject({
      available: false,
      error: expect.stringMatching(/^the host no\.invalid was not found/),
    });
  });

  it('waits as long as it is told', async () => {
    const { server, call } = await reach(() => ({ silent: 'all' }));
    expect(resultOf(await call({ target: server.url, timeout_ms: 50 }))).toMatchObject({
      available: false,
      error: 'no answer within 50 ms',
    });
  });

  it.each([
    { target: 'http://example.com/' },
    { operation: 'tcp', target: 'example.com:22' },
    { operation: 'tcp', target: '2130706433', port: 22 },
    { operation: 'tcp', target: '::1', port: 22 },
    { operation: 'dns', target: 'example.com' },
  ])('is closed where the host is: %j', async (args) => {
    const runtime = await openRuntime();
    const reply = await runtime.tools.execute('service-checker', args);
    expect(errorOf(reply)).toMatchObject({
      code: 'POLICY_DENIED',
      details: { rule: 'network_hosts' },
    });
  });

  it('is answered from the record', async () => {
    const { server, settings } = await reach(() => ({}));
    const code = `return Tool["service-checker"]{ target = "${server.url}" }.result.available`;
    expect(await replayedAlone(code, settings)).toEqual([true, true]);
    expect(server.requests).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ operation: 'tcp', target: '127.0.0.1' }, '/port'],
    [{ operation: 'tcp', target: 'a b:1' }, '/target'],
    [{ operation: 'tcp', target: 'user@host:1' }, '/target'],
    [{ target: 'localhost' }, '/target'],
  ])('refuses %j', async (args, path) => {
    const { call } = await reach(() => ({}));
    expect(errorOf(await call(args))).toMatchObject({ code: 'TOOL_ARGUMENTS', details: { path } });
  });

  it.each<[object, string]>([
    [{ target: '' }, '/target'],
    [{ operation: 'icmp', target: 'x' }, '/operation'],
    [{ operation: 'dns', target: 'x', port: 1 }, '/port'],
  ])('refuses by its schema: %j', async (args, key) => {
    const { call } = await reach(() => ({}));
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
