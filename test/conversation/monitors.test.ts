/** The readings by which calls are routed: real processors, real connections. */
import { createServer, type Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { readMachineLoad } from '../../runtime/conversation/machine-load.js';
import { isLocal, probe } from '../../runtime/conversation/reachability.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const never = new AbortController().signal;

async function listening(): Promise<{ server: Server; url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { server, url: `http://127.0.0.1:${port}/v1`, connections: () => connections };
}

describe('the load of the machine', () => {
  test('is in percent, and sees a processor that is kept busy', async () => {
    const load = await readMachineLoad(async () => {
      const end = Date.now() + 200;
      while (Date.now() < end);
    });
    expect(load.cpuPercent).toBeGreaterThan(0);
    expect(load.cpuPercent).toBeLessThanOrEqual(100);
    expect(load.memoryPercent).toBeGreaterThan(0);
    expect(load.memoryPercent).toBeLessThanOrEqual(100);
    expect(load.processors).toBeGreaterThan(0);
  });
});

describe('the way to a server', () => {
  test('is measured with connections of its own', async () => {
    const { url, connections } = await listening();
    const found = await probe(url, never);
    expect(found).toEqual({ url, latencyMs: expect.any(Number), lossPercent: 0 });
    expect(connections()).toBe(3);
  });

  test('is lost when nobody listens', async () => {
    const { server, url } = await listening();
    await new Promise((resolve) => server.close(resolve));
    expect(await probe(url, never)).toEqual({ url, latencyMs: null, lossPercent: 100 });
  });

  test('is given up when the run ends', async () => {
    const { url, connections } = await listening();
    expect(await probe(url, AbortSignal.abort())).toMatchObject({ latencyMs: null });
    expect(connections()).toBe(0);
  });

  test.each([
    ['http://localhost:11434/v1', true],
    ['http://127.0.0.1:8080', true],
    ['http://[::1]:8080', true],
    ['https://api.openai.com/v1', false],
    ['http://127.example.org', false],
  ])('%s is on this machine: %s', (url, expected) => {
    expect(isLocal(url)).toBe(expected);
  });
});

test('a replay decides as the run did, and connects to nobody', async () => {
  const { url, connections } = await listening();
  const runtime = await Runtime.open({
    dataDir: temporaryFolder(),
    settings: {
      'providers.near.provider_type': 'scripted',
      'providers.near.script': 'test/lua/orchestrate/answers.toml',
      'providers.far.provider_type': 'openai',
      'providers.far.base_url': url,
    },
  });
  onTestFinished(() => runtime.close());
  const { run, value } = await runtime.eval(
    `LLM.hookModel({ type = 'near', name = 'small' })
     LLM.hookModel({ type = 'far', name = 'large', location = 'cloud' })
     LLM.hookAgent('resource', { cpu_max = 101, memory_max = 101 })
     LLM.hookAgent('connectivity', { latency_threshold = 10000 })
     local result = LLM.execute('hello')
     print(JSON.stringify(result.agent_checks))
     return { result.routing_decision.target, result.agent_checks.connectivity.state }`,
  );
  expect(value).toEqual(['local', 'optimal']);
  expect(connections()).toBe(3);
  const { outcome, diverged } = await runtime.runs.replay(run);
  expect({ value: outcome.value, diverged }).toEqual({ value, diverged: null });
  expect(connections()).toBe(3);
});
