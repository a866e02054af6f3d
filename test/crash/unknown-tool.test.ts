/** Kills a process in the middle of an unsafe tool that a model has called, and goes on by each setting. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { type ModelServer, type Reply, startModelServer } from '../fixtures/model-server.js';

const FIXTURE = 'test/fixtures/crash-run.mjs';
const SCRIPT = 'test/fixtures/unknown-conversation.lua';

beforeEach(() => {
  expect(inject('buildError')).toBe('');
});

/** The answers depend on what was said so far: two tools one after the other, then an end. */
function reply({ messages }: { messages: { role: string; content: string }[] }): Reply {
  const results = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
  if (results.length === 0) return call('call_1', 'count-idempotent', 1);
  if (results.length === 1) return call('call_2', 'stuck-once', 3);
  return { text: `It is ${results[1]}.` };
}

function call(id: string, name: string, step: number): Reply {
  return { calls: [{ id, name, arguments: JSON.stringify({ step }) }] };
}

class Crash {
  readonly #folder = mkdtempSync(join(tmpdir(), 'llmspell-crash-'));

  constructor(readonly server: ModelServer) {
    onTestFinished(() => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** Executions of tools: what they were called with, and their keys. */
  get calls(): string[] {
    const file = join(this.#folder, 'calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** @returns The run whose process was killed while the unsafe tool was working. */
  async killed(): Promise<string> {
    const child = this.#start('fail', 'start', SCRIPT);
    let run = '';
    child.stderr?.on('data', (bytes) => {
      run += bytes;
    });
    while (!this.calls.some((line) => line.startsWith('stuck'))) {
      expect(child.exitCode).toBeNull();
      await delay(10);
    }
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    expect(child.signalCode).toBe('SIGKILL');
    return run.trim();
  }

  // biome-ignore lint/suspicious/noExplicitAny: what the fixture prints.
  async resumed(run: string, onUnknown: string): Promise<any> {
    const child = this.#start(onUnknown, 'resume', run);
    let printed = '';
    child.stdout?.on('data', (bytes) => {
      printed += bytes;
    });
    await new Promise((resolve) => child.once('close', resolve));
    return JSON.parse(printed.trim().split('\n').at(-1) ?? '');
  }

  #start(onUnknown: string, action: string, target: string): ChildProcess {
    const settings = {
      'runtime.durability.on_unknown': onUnknown,
      'providers.local.provider_type': 'openai',
      'providers.local.base_url': this.server.url,
      'providers.local.default_model': 'small',
    };
    const child = spawn(process.execPath, [FIXTURE, join(this.#folder, 'data'), action, target], {
      env: { PATH: process.env.PATH, CRASH_SETTINGS: JSON.stringify(settings) },
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return child;
  }
}

async function crash(): Promise<{ readonly it: Crash; readonly run: string }> {
  const it = new Crash(await startModelServer(reply));
  const run = await it.killed();
  expect(kindsOf(it.calls)).toEqual(['idempotent', 'stuck']);
  expect(it.server.requests).toHaveLength(2);
  return { it, run };
}

function kindsOf(calls: readonly string[]): string[] {
  return calls.map((line) => line.split(' ')[0] as string);
}

const FIRST_ROUND = 'user:begin assistant: tool:10';
const WHOLE = `${FIRST_ROUND} assistant: tool:30 assistant:It is 30.`;

describe('an unsafe tool of a tool loop whose process was killed', () => {
  test('is not called again with "fail": the script is told, and nobody is asked', async () => {
    const { it, run } = await crash();
    const outcome = await it.resumed(run, 'fail');
    const values = ['EFFECT_UNKNOWN', FIRST_ROUND];
    expect(outcome).toMatchObject({ status: 'completed', values, twice: 0 });
    expect(it.calls).toHaveLength(2);
    expect(it.server.requests).toHaveLength(2);
  });

  test('is called again with "retry", with the same key, and no model is asked twice', async () => {
    const { it, run } = await crash();
    const outcome = await it.resumed(run, 'retry');
    expect(outcome).toMatchObject({ status: 'completed', values: ['It is 30.', WHOLE], twice: 0 });
    expect(kindsOf(it.calls)).toEqual(['idempotent', 'stuck', 'stuck']);
    expect(it.calls[2]).toBe(it.calls[1]);
    expect(it.server.requests).toHaveLength(3);
  });

  test('is left as it is with "ask", and goes on once somebody has decided', async () => {
    const { it, run } = await crash();
    for (const _ of [1, 2]) {
      const asked = await it.resumed(run, 'ask');
      expect(asked).toMatchObject({ status: 'interrupted', code: 'EFFECT_UNKNOWN' });
    }
    expect(it.calls).toHaveLength(2);
    expect(it.server.requests).toHaveLength(2);
    const outcome = await it.resumed(run, 'retry');
    expect(outcome).toMatchObject({ status: 'completed', values: ['It is 30.', WHOLE] });
    expect(it.calls).toHaveLength(3);
    expect(it.server.requests).toHaveLength(3);
  });
});
