/** Kills real processes that ask models, at every commit, and counts what reaches the server. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type ModelServer, type Reply, startModelServer } from '../fixtures/model-server.js';

const FIXTURE = 'test/fixtures/crash-run.mjs';

beforeEach(() => {
  expect(inject('buildError')).toBe('');
});

interface Ended {
  readonly run: string;
  readonly killed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: what the fixture prints.
  readonly outcome: any;
}

function temporaryData(): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-crash-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'data');
}

function settingsFor(server: ModelServer): Record<string, unknown> {
  return {
    'providers.local.provider_type': 'openai',
    'providers.local.base_url': server.url,
    'providers.local.default_model': 'small',
  };
}

/** The server answers in this process, so the child must not block it. */
async function node(
  settings: object,
  data: string,
  action: 'start' | 'resume',
  ...rest: string[]
): Promise<Ended> {
  const child = spawn(process.execPath, [FIXTURE, data, action, ...rest], {
    env: { PATH: process.env.PATH, CRASH_SETTINGS: JSON.stringify(settings) },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
  });
  const signal = await new Promise((resolve) => {
    child.on('close', (_, signal) => resolve(signal));
  });
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return {
    run: stderr.trim().split('\n')[0] ?? '',
    killed: signal === 'SIGKILL',
    outcome: last.startsWith('{') ? JSON.parse(last) : { code: stderr },
  };
}

/** How many requests there were for each thing that the user said. */
function requestsByPrompt({ requests }: ModelServer): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of requests) {
    const prompt = JSON.stringify(body.messages);
    counts.set(prompt, (counts.get(prompt) ?? 0) + 1);
  }
  return counts;
}

/** Kills the run at every third of its commits, before or after it, and goes on with it. */
async function killEverywhere(
  script: string,
  reply: Parameters<typeof startModelServer>[0],
  check: (ended: Ended, server: ModelServer, commit: number) => void,
): Promise<void> {
  for (let commit = 1; ; commit += 3) {
    const server = await startModelServer(reply);
    const settings = settingsFor(server);
    const data = temporaryData();
    const when = commit % 2 === 0 ? 'before' : 'after';
    const first = await node(settings, data, 'start', script, when, String(commit));
    if (!first.killed) return;
    const second = await node(settings, data, 'resume', first.run);
    await server.close();
    // Killed before its record was there, or behind its last entry.
    if (['RUN_NOT_FOUND', 'RUN_STATE'].includes(second.outcome.code)) continue;
    check(second, server, commit);
  }
}

describe('a run that asks models and is killed', () => {
  test('asks for no answered call again, at whichever commit it is killed', {
    timeout: 240_000,
  }, async () => {
    const answer = 'A fine answer.';
    const said = `user:one assistant:${answer} user:two assistant:${answer}`;
    const values = [answer, answer, answer, `system:Be brief. ${said}`];
    const reply = { text: answer, usage: { input: 10, output: 4 } };
    await killEverywhere('test/fixtures/conversation.lua', [reply], (ended, server, commit) => {
      const { outcome } = ended;
      expect({ commit, ...outcome }).toMatchObject({ status: 'completed', values });
      expect({ commit, ...outcome.usage }).toMatchObject({ inputTokens: 30, outputTokens: 12 });
      const counts = [...requestsByPrompt(server).values()];
      const again = server.requests.length - counts.length;
      expect({ commit, different: counts.length }).toEqual({ commit, different: 3 });
      // Only a call whose answer nobody had seen is made again, and it is told.
      expect(again).toBeLessThanOrEqual(outcome.twice);
      expect(outcome.twice).toBeLessThanOrEqual(1);
    });
  });

  test('makes no answered step of a tool loop again', { timeout: 240_000 }, async () => {
    // By what was said so far, so that a request that is made again gets the same answer.
    const reply = ({ messages }: { messages: { role: string; content: string }[] }): Reply => {
      const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
      if (results.length === 0) return call('call_1', 'count-idempotent', 3);
      if (results.length === 1) return call('call_2', 'double', Number(results[0]));
      return { text: `It is ${results[1]}.` };
    };
    const said = 'user:begin assistant: tool:30 assistant: tool:60 assistant:It is 60.';
    await killEverywhere('test/fixtures/tool-conversation.lua', reply, (ended, server, commit) => {
      const { outcome } = ended;
      const values = ['It is 60.', said];
      expect({ commit, ...outcome }).toMatchObject({ status: 'completed', values });
      const different = requestsByPrompt(server).size;
      expect({ commit, different }).toEqual({ commit, different: 3 });
      expect(server.requests.length - different).toBeLessThanOrEqual(outcome.twice);
      expect(outcome.twice).toBeLessThanOrEqual(1);
    });
  });

  test('tells who reads a stream that it starts anew', { timeout: 240_000 }, async () => {
    const text = 'one two three four five six';
    const restarts: number[] = [];
    const reply = { text, chunkDelayMs: 30 };
    await killEverywhere('test/fixtures/streamed.lua', [reply], ({ outcome }, server, commit) => {
      const [whole, pieces, restarted] = outcome.values;
      expect({ commit, whole, pieces }).toEqual({ commit, whole: text, pieces: text });
      expect(server.requests.length - 1).toBeLessThanOrEqual(outcome.twice);
      // An answer of which nothing had been read starts without anybody knowing.
      expect(restarted).toBeLessThanOrEqual(outcome.twice);
      restarts.push(restarted);
    });
    expect(new Set(restarts)).toEqual(new Set([0, 1]));
  });
});

function call(id: string, name: string, step: number): Reply {
  return { calls: [{ id, name, arguments: JSON.stringify({ step }) }] };
}
