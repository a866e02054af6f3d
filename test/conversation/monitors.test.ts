/** The readings by which calls are routed: real processors, real connections. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { readGpuLoad } from '../../runtime/conversation/gpu-load.js';
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

describe('the load of graphics processors', () => {
  /** A program that says so, as NVIDIA's would. */
  function program(said: string, status = 0): string {
    const path = join(temporaryFolder(), 'nvidia-smi');
    const script = `#!/bin/sh\n[ "$1" = --query-gpu=utilization.gpu ] || exit 9\nprintf '${said}'\nexit ${status}\n`;
    writeFileSync(path, script, { mode: 0o755 });
    return path;
  }

  /** The kernel's view of cards, each with how busy it is. */
  function cards(...loads: (string | undefined)[]): string {
    const folder = temporaryFolder();
    for (const [n, load] of loads.entries()) {
      mkdirSync(join(folder, `card${n}`, 'device'), { recursive: true });
      if (load !== undefined) {
        writeFileSync(join(folder, `card${n}`, 'device/gpu_busy_percent'), load);
      }
    }
    return folder;
  }

  test('is the mean of all that tell, whoever made them', async () => {
    const read = (programs: readonly string[], folder: string) =>
      readGpuLoad(never, { programs, cards: folder });
    expect(await read([program('40\\n60\\n')], cards())).toBe(50);
    expect(await read([program('[N/A]\\n90\\n')], cards())).toBe(90);
    expect(await read([], cards('73\n', undefined))).toBe(73);
    expect(await read(['/no/where', program('10\\n')], cards('20\n'))).toBe(15);
  });

  test('is absent where nothing tells', async () => {
    const folder = cards(undefined);
    expect(await readGpuLoad(never, { programs: ['/no/where'], cards: '/no/where' })).toBe(
      undefined,
    );
    expect(await readGpuLoad(never, { programs: [program('50', 9)], cards: folder })).toBe(
      undefined,
    );
  });

  test('that is absent speaks against nothing', async () => {
    await using runtime = await Runtime.open();
    const { value } = await runtime.eval(
      `LLM.hookAgent('resource', { cpu_max = 100, memory_max = 100, gpu_max = -1 })
       local seen = LLM.checkAgents().resource
       return { seen.state, seen.gpu_percent }`,
    );
    const isAbsent = (await readGpuLoad(never)) === undefined;
    expect(value).toEqual(isAbsent ? ['available'] : ['constrained', expect.any(Number)]);
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
     LLM.hookAgent('resource', { cpu_max = 101, memory_max = 101, gpu_max = 101 })
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
