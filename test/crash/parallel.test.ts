/** Kills real processes at every commit of a run whose branches all do something, and goes on in other processes. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';

const FIXTURE = 'test/fixtures/crash-run.mjs';
const AGENTS = 'test/fixtures/parallel-agents.lua';
/** An unsafe call that was in flight is not made again: nobody knows what became of it. */
const RESULT =
  /^110\+120\+130\+(140|EFFECT_UNKNOWN)\+150 210\+220\+230\+(240|EFFECT_UNKNOWN)\+250 310\+320\+330\+(340|EFFECT_UNKNOWN)\+350$/;

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
  readonly lines: readonly string[];
}

/** Each process has another time zone and locale: nothing in the record may hang on them. */
const ZONES = ['UTC', 'Asia/Kathmandu', 'America/St_Johns'];
let processes = 0;

function node(action: string, target: string, ...death: string[]): Ended {
  processes += 1;
  const child = spawnSync(
    process.execPath,
    [FIXTURE, join(folder, 'data'), action, target, ...death],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        TZ: ZONES[processes % ZONES.length],
        LC_ALL: processes % 2 === 0 ? 'C' : 'de_DE.UTF-8',
      },
    },
  );
  const lines = child.stdout.split(/(?<=\n)/);
  const last = lines.at(-1) ?? '';
  const hasEnded = last.startsWith('{');
  return {
    run: child.stderr.trim().split('\n')[0] ?? '',
    killed: child.signal === 'SIGKILL',
    outcome: hasEnded ? JSON.parse(last) : { status: 'none', values: [], code: child.stderr },
    lines: hasEnded ? lines.slice(0, -1) : lines,
  };
}

/** What the tools have noted under a name: `calls` are effect, step and key of those that reached one. */
function noted(name: 'calls' | 'bookings' | 'asked'): string[] {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

describe('a run with branches whose process is killed', () => {
  test('ends as if nothing had happened, at whichever commit it is killed', {
    timeout: 300_000,
  }, () => {
    let survived = false;
    for (let commit = 1; !survived; commit += 2) {
      const when = commit % 4 === 1 ? 'before' : 'after';
      const first = node('start', AGENTS, when, String(commit));
      survived = !first.killed;
      if (survived) break;
      const second = node('resume', first.run);
      // Killed before its record was there, the run never was.
      if (second.outcome.code === 'RUN_NOT_FOUND') expect(commit).toBeLessThanOrEqual(2);
      else expectGoneOn([first, second], 1);
      rmSync(folder, { recursive: true, force: true });
      folder = mkdtempSync(join(tmpdir(), 'llmspell-crash-'));
    }
  });

  test('survives being killed again and again while it is resumed', { timeout: 180_000 }, () => {
    const all = [node('start', AGENTS, 'after', '5')];
    const { run } = all[0] as Ended;
    for (let attempt = 0; attempt < 60; attempt += 1) {
      const ended = node('resume', run, 'after', '7');
      all.push(ended);
      if (ended.killed) continue;
      expectGoneOn(all, all.length - 1);
      return;
    }
    expect.unreachable('the run never got to its end');
  });
});

test('a call in flight that can be asked for takes effect once, in whatever branch it was', () => {
  const script = join(folder, 'bookings.lua');
  writeFileSync(
    script,
    `local function book(step) return Tool.execute('book', { step = step }).result end
     return parallel({
       function() return book(1) end,
       function() return book(2) end,
       function() return book(3) + book(4) end,
     })`,
  );
  const first = node('start', script);
  expect(first.killed).toBe(true);
  expect(bookedSteps()).toEqual(['1', '3', '4']);
  const second = node('resume', first.run);
  expect(second.outcome).toMatchObject({ status: 'completed', values: [[10, 20, 70]] });
  expect(bookedSteps()).toEqual(['1', '2', '3', '4']);
  // The one that was answered is not asked for; of the others, one had not happened.
  const asked = noted('asked').map((line) => line.split(' ')[0]);
  expect(asked.sort()).toEqual(['booked', 'booked', 'open']);
  expect(node('replay', first.run).outcome.values).toEqual([[10, 20, 70]]);
});

/**
 * The run ended as it should; what the processes said together is what a replay says.
 *
 * @param deaths How often it was killed.
 */
function expectGoneOn(all: readonly Ended[], deaths: number): void {
  const last = all.at(-1) as Ended;
  // Killed behind its last entry it had ended already.
  if (last.outcome.code !== 'RUN_STATE') {
    expect(last.outcome).toMatchObject({
      status: 'completed',
      values: [expect.anything(), 6, 'completed'],
    });
    expect(last.outcome.values[0]).toMatch(RESULT);
  }
  expectNoAnsweredCallTwice(deaths);
  const { run } = all[0] as Ended;
  const replay = node('replay', run);
  expect(replay.outcome).toMatchObject({ status: 'completed', diverged: null });
  if (last.outcome.code !== 'RUN_STATE') expect(replay.outcome.values).toEqual(last.outcome.values);
  expect(told(all)).toBe(replay.lines.join(''));
}

/** What was said, without the last line of a process that the next one said again: it could not know. */
function told(all: readonly Ended[]): string {
  const lines: string[] = [];
  for (const ended of all) {
    const again = ended.lines[0] !== undefined && ended.lines[0] === lines.at(-1);
    lines.push(...(again ? ended.lines.slice(1) : ended.lines));
  }
  return lines.join('');
}

/** Under one key a call is made once more for each time that it was in flight; an unsafe one never. */
function expectNoAnsweredCallTwice(deaths: number): void {
  const calls = noted('calls');
  const steps = new Map<string, Set<string>>();
  const times = new Map<string, number>();
  for (const line of calls) {
    const [effect, step, key] = line.split(' ') as [string, string, string];
    times.set(line, (times.get(line) ?? 0) + 1);
    steps.set(`${effect} ${step}`, (steps.get(`${effect} ${step}`) ?? new Set()).add(key));
  }
  for (const keys of steps.values()) expect(keys.size).toBe(1);
  for (const [line, count] of times) {
    expect([line, count <= (line.startsWith('unsafe') ? 1 : 1 + deaths)]).toEqual([line, true]);
  }
  // A process has at most this many calls in flight when it dies: two agents, with three inner branches each.
  expect(calls.length - times.size).toBeLessThanOrEqual(6 * deaths);
  expect([...steps.keys()].filter((step) => !step.startsWith('unsafe'))).toHaveLength(12);
  // What can be asked for takes effect once, whenever the process died.
  expect(bookedSteps()).toEqual(['15', '25', '35']);
}

/** The steps that took effect, each as often as it did. */
function bookedSteps(): string[] {
  return noted('bookings')
    .map((line) => line.split(' ')[1] as string)
    .sort();
}
