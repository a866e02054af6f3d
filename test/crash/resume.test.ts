/** Kills real processes at every commit of a run, and goes on with the run in another process. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';

const FIXTURE = 'test/fixtures/crash-run.mjs';
const AGENT = 'test/fixtures/agent.lua';
const EXPECTED = ['1=10 2=20 3=30 4=40', 4, 'completed'];

let folder: string;

beforeEach(() => {
  expect(inject('buildError')).toBe('');
  folder = mkdtempSync(join(tmpdir(), 'llmspell-crash-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly run: string;
  readonly killed: boolean;
  readonly outcome: { readonly status: string; readonly values: unknown[]; readonly code?: string };
  readonly output: string;
}

function start(script: string, ...death: string[]): Ended {
  return node('start', script, ...death);
}

function node(action: string, target: string, ...death: string[]): Ended {
  const child = spawnSync(
    process.execPath,
    [FIXTURE, join(folder, 'data'), action, target, ...death],
    { encoding: 'utf8' },
  );
  const lines = child.stdout.trim().split('\n');
  const last = lines.pop() ?? '';
  return {
    run: child.stderr.trim().split('\n')[0] ?? '',
    killed: child.signal === 'SIGKILL',
    outcome: last.startsWith('{')
      ? JSON.parse(last)
      : { status: 'none', values: [], code: child.stderr },
    output: lines.join('\n'),
  };
}

/** Steps of the calls that reached the tool. */
function callsMade(): string[] {
  const file = join(folder, 'calls');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

describe('a run whose process is killed', () => {
  test('ends as if nothing had happened, at whichever commit it is killed', {
    timeout: 180_000,
  }, () => {
    let survived = false;
    for (let commit = 1; !survived; commit += 1) {
      const when = commit % 2 === 0 ? 'before' : 'after';
      const first = start(AGENT, when, String(commit));
      survived = !first.killed;
      if (survived) break;
      const second = node('resume', first.run);
      // Killed before its record was there, the run never was.
      if (second.outcome.code === 'RUN_NOT_FOUND') {
        expect(commit).toBeLessThanOrEqual(2);
      } else {
        expectCompleted(second, { commit });
        expectNoAnsweredCallTwice();
      }
      rmSync(folder, { recursive: true, force: true });
      folder = mkdtempSync(join(tmpdir(), 'llmspell-crash-'));
    }
  });

  test('survives being killed again and again while it is resumed', { timeout: 120_000 }, () => {
    const { run } = start(AGENT, 'after', '5');
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const ended = node('resume', run, 'after', '6');
      if (ended.killed) continue;
      expectCompleted(ended, { attempt });
      expectNoAnsweredCallTwice();
      return;
    }
    expect.unreachable('the run never got to its end');
  });

  test('does not repeat an unsafe call whose answer it never saw, and says so', () => {
    const script = join(folder, 'unsafe.lua');
    writeFileSync(
      script,
      `local ok, err = pcall(Tool.execute, 'count-unsafe', { step = 1 })
       return ok, ok and 'answered' or err.code`,
    );
    // Commits: owner, start, intent, outcome.
    const { run, killed } = start(script, 'before', '4');
    expect(killed).toBe(true);
    expect(callsMade()).toHaveLength(1);
    expect(node('resume', run).outcome).toMatchObject({ values: [false, 'EFFECT_UNKNOWN'] });
    expect(callsMade()).toHaveLength(1);
  });

  test('sends a paid call again with the same key when its answer was never seen', () => {
    const script = join(folder, 'paid.lua');
    writeFileSync(script, `return Tool.execute('count-paid', { step = 1 }).result`);
    const { run } = start(script, 'before', '4');
    expect(node('resume', run).outcome).toMatchObject({ status: 'completed', values: [10] });
    const [first, second] = callsMade();
    expect(callsMade()).toHaveLength(2);
    expect(second).toBe(first);
  });

  test('goes on with the script that it started with, although the file has changed', () => {
    const script = join(folder, 'changing.lua');
    writeFileSync(script, `Session.create() Session.create() return 'old'`);
    const { run } = start(script, 'after', '3');
    writeFileSync(script, `return 'new'`);
    expect(node('resume', run).outcome).toMatchObject({ values: ['old'] });
  });
});

/** The run ended as it should; one that was killed behind its last entry had ended already. */
function expectCompleted({ outcome }: Ended, place: object): void {
  if (outcome.code === 'RUN_STATE') return;
  expect({ ...place, ...outcome }).toMatchObject({ status: 'completed', values: EXPECTED });
}

/** A step is called twice only when its first call was in flight, and then under the same key. */
function expectNoAnsweredCallTwice(): void {
  const calls = callsMade();
  const times = [...new Set(calls)].map((call) => calls.filter((other) => other === call).length);
  expect(times).toHaveLength(4);
  expect(Math.max(...times)).toBeLessThanOrEqual(2);
}
