/** How fast the network is, as a download from the address of the configuration tells. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ModelType, monitors } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { startWebServer, type WebReply } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';

const MIB = 1024 * 1024;

/** A runtime with a model elsewhere, and a probe that answers so. */
async function measuring(reply: () => WebReply, settings = {}) {
  const { url, host, requests } = await startWebServer(reply);
  const runtime = await openRuntime(using(url, host, settings));
  return { runtime, host, requests };
}

function using(url: string, host: string, settings = {}) {
  return {
    dataDir: temporaryFolder(),
    settings: {
      'providers.near.provider_type': 'scripted',
      'providers.near.script': 'test/lua/orchestrate/answers.toml',
      'providers.far.provider_type': 'openai',
      'providers.far.base_url': url,
      'runtime.llm.probe_url': `${url}/probe`,
      'runtime.security.network_hosts': [host],
      ...settings,
    },
  };
}

const CHECK = `LLM.hookModel({ type = 'far', name = 'large', location = 'cloud' })
  LLM.hookAgent('connectivity', { latency_threshold = 10000 })
  return LLM.checkAgents().connectivity`;

describe('the bandwidth', () => {
  test('is measured once for all runs of a minute, on record, and never by a replay', async () => {
    const { runtime, host, requests } = await measuring(() => ({ body: Buffer.alloc(3 * MIB) }));
    const first = await runtime.eval(CHECK);
    expect(first.value).toMatchObject({ state: 'optimal', bandwidth_mbps: expect.any(Number) });
    expect((first.value as { bandwidth_mbps: number }).bandwidth_mbps).toBeGreaterThan(5);
    expect((await runtime.eval(CHECK)).value).toMatchObject({
      bandwidth_mbps: (first.value as { bandwidth_mbps: number }).bandwidth_mbps,
    });
    expect(requests).toMatchObject([
      { method: 'GET', path: '/probe', headers: { 'accept-encoding': 'identity' } },
    ]);
    const { outcome, diverged } = await runtime.runs.replay(first.run);
    expect({ value: outcome.value, diverged }).toEqual({ value: first.value, diverged: null });
    expect(requests).toHaveLength(1);
    const { entries } = await runtime.runs.soundEntries(first.run);
    const decided = entries.flatMap(({ event }) =>
      event.type === 'call' ? (event.policy ?? []).map((decision) => [event.op, decision]) : [],
    );
    const open = { allowed: true, rule: 'network_hosts', target: host, by: host };
    expect(decided).toEqual([['monitor.bandwidth', open]]);
  });

  test('below the threshold leaves a call on this machine', async () => {
    const server = createServer(async (_, response) => {
      response.writeHead(200);
      while (!response.destroyed) {
        response.write(Buffer.alloc(1024));
        await pause(20);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { llm } = await openRuntime(using(`http://${host}`, host));
    await llm.hookModel({ type: 'near', name: 'small' });
    await llm.hookModel({ type: ModelType.OPENAI, name: 'large', location: 'cloud' });
    await llm.hookAgent(monitors.connectivity({ latencyThreshold: 10_000 }));
    const { routingDecision, agentChecks } = await llm.execute('Hello');
    expect(routingDecision).toMatchObject({ target: 'local', reason: 'the network is slow' });
    const { state, bandwidthMbps } = agentChecks.connectivity ?? {};
    expect(state).toBe('degraded');
    expect(bandwidthMbps).toBeGreaterThan(0);
    expect(bandwidthMbps).toBeLessThan(5);
    await llm.hookAgent(monitors.connectivity({ latencyThreshold: 1e4, bandwidthThreshold: 0 }));
    expect((await llm.checkAgents()).connectivity).toMatchObject({ state: 'optimal' });
  });

  test.each<[string, WebReply, string]>([
    ['is not there', { status: 404 }, 'answered with the status 404'],
    ['is too small', { body: 'tiny' }, 'answered with too little to measure'],
    ['breaks off', { body: 'half', breaks: true }, 'aborted'],
    ['never answers', { silent: 'all' }, 'has not answered in 2000 ms'],
  ])('of a probe that %s is absent, and speaks against nothing', async (_, reply, problem) => {
    const { runtime } = await measuring(() => reply);
    const { value } = await runtime.eval(CHECK);
    expect(value).toMatchObject({
      state: 'optimal',
      bandwidth_problem: expect.stringContaining(problem),
    });
    expect(value).not.toHaveProperty('bandwidth_mbps');
  });

  test('is absent without an address, and without a connection nobody asks for it', async () => {
    const { runtime, requests } = await measuring(() => ({}), {
      'runtime.llm.probe_url': undefined,
    });
    expect((await runtime.eval(CHECK)).value).toMatchObject({
      state: 'optimal',
      bandwidth_problem: 'probe_url is not set in [runtime.llm]',
    });
    const cutOff = await measuring(() => ({}), { 'providers.far.base_url': 'http://127.0.0.1:9' });
    expect((await cutOff.runtime.eval(CHECK)).value).toMatchObject({ state: 'disconnected' });
    expect([...requests, ...cutOff.requests]).toEqual([]);
  });

  test('of an address that is closed is refused with the line that opens it', async () => {
    const { runtime, host, requests } = await measuring(() => ({}), {
      'runtime.security.network_hosts': [],
    });
    await expect(runtime.eval(CHECK)).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      hint: expect.stringContaining(host),
    });
    expect(requests).toEqual([]);
  });

  test.each(['ftp://example.com/x', 'example.com', 'https://me:word@example.com/x'])(
    'has no address such as %s',
    async (address) => {
      const settings = { 'runtime.llm.probe_url': address };
      await expect(openRuntime({ settings })).rejects.toMatchObject({
        code: 'CONFIG',
        key: 'runtime.llm.probe_url',
      });
    },
  );
});
