/**
 * A storm of kills: processes that work on one run after the other are killed at random moments, and the next ones go
 * on. What comes of each run must be what comes of one that nobody disturbed. STORM_KILLS and STORM_SEED choose another
 * storm.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';

const PROGRAM = 'test/fixtures/storm-run.mjs';
const SCRIPT = 'test/fixtures/storm.lua';
const BRANCHES = 4;
const STEPS = 3;
const KILLS = Number(process.env.STORM_KILLS ?? 300);
/**
 * A process lives at most so many times as long as one that nobody disturbs: some die before they have begun, some come
 * to the end. Where a run was killed often, the machine is slower by now, and the next ones live longer.
 */
const LONGEST_LIFE = 1.1;
const OFTEN = 8;
const LONGER = 1.5;
/** A run that was killed so often is left alone, on a machine that is too slow for it to get anywhere. */
const MOST_KILLS_OF_A_RUN = 40;

const NEVER = 2 ** 30;

const CALM = [
  [1, 2, 3, 4].map((branch) => 10 * branch * STEPS + 6).join(' '),
  [1, 2, 3, 4].flatMap((branch) => [1, 2, 3].map((step) => `${branch}-${step}`)).join(' '),
  'completed',
];
const LINE = /^bought\t([1-4])\t([1-3])\t(\d+)$/;

interface Life {
  readonly run: string;
  readonly killed: boolean;
  readonly output: string;
  readonly errors: string;
  /** Requests that reached the server meanwhile. */
  readonly requests: number;
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A server that answers after a moment and keeps what it was asked: path and key, in order. */
async function countingServer(random: () => number) {
  const asked: { readonly path: string; readonly key: string }[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push({ path: url, key: String(headers['idempotency-key']) });
    const [, branch = '', step = ''] = url.split('/');
    setTimeout(() => response.end(String(10 * Number(branch) + Number(step))), random() * 20);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { asked, url: `http://127.0.0.1:${port}` };
}

function live(args: readonly string[], lifeMs: number, asked: readonly unknown[]): Promise<Life> {
  const before = asked.length;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [PROGRAM, ...args]);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const death = setTimeout(() => child.kill('SIGKILL'), lifeMs);
    child.on('close', (_, signal) => {
      clearTimeout(death);
      resolve({
        run: errors.split('\n')[0] ?? '',
        killed: signal === 'SIGKILL',
        output,
        errors,
        requests: asked.length - before,
      });
    });
  });
}

const STORM = { timeout: 900_000 };

test('runs with branches side by side survive a storm of kills', STORM, async ({ annotate }) => {
  expect(inject('buildError')).toBe('');
  const seed = Number(process.env.STORM_SEED ?? 20261121);
  const random = seeded(seed);
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-storm-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { asked, url } = await countingServer(random);
  const calm = async (name: string) => {
    const [start, from] = [performance.now(), asked.length];
    const lives = [await live([join(folder, name), url, 'start', SCRIPT], NEVER, asked)];
    expectCalm(lives, asked.slice(from), { seed });
    return performance.now() - start;
  };
  // The first one finds nothing in the caches of the system.
  const calmMs = Math.min(await calm('0'), await calm('00'));
  const totals = { runs: 0, steps: 0, requests: 0, atMostInFlight: 0 };
  let kills = 0;
  for (let number = 1; kills < KILLS; number += 1) {
    const data = join(folder, String(number));
    const from = asked.length;
    const lives: Life[] = [];
    let run = '';
    let killsOfRun = 0;
    for (;;) {
      const longest = calmMs * LONGEST_LIFE * LONGER ** Math.floor(killsOfRun / OFTEN);
      const life = killsOfRun < MOST_KILLS_OF_A_RUN ? random() * longest : NEVER;
      const args = run === '' ? ['start', SCRIPT] : ['resume', run];
      const ended = await live([data, url, ...args], life, asked);
      lives.push(ended);
      if (!ended.killed) {
        // Killed before its record was there, the run never was; it is started again.
        if (!ended.errors.includes('RUN_NOT_FOUND') && !ended.output.includes('RUN_NOT_FOUND'))
          break;
        run = '';
        continue;
      }
      kills += 1;
      killsOfRun += 1;
      if (run === '') run = ended.run;
    }
    const inFlight = expectCalm(lives, asked.slice(from), { seed, number, run });
    totals.runs += 1;
    totals.steps += BRANCHES * STEPS;
    totals.requests += asked.length - from;
    totals.atMostInFlight += inFlight;
    rmSync(data, { recursive: true, force: true });
  }
  expect(kills).toBeGreaterThanOrEqual(KILLS);
  // Processes were killed in the middle of what they did, and not only before.
  expect(totals.atMostInFlight).toBeGreaterThan(0);
  await annotate(JSON.stringify({ kills, ...totals }));
});

/** @returns How many requests may have been on their way when processes were killed, at the most. */
function expectCalm(
  lives: readonly Life[],
  asked: readonly { readonly path: string; readonly key: string }[],
  place: object,
): number {
  const last = lives.at(-1)?.output.trim().split('\n').at(-1) ?? '';
  const outcome = last.startsWith('{') ? JSON.parse(last) : { message: lives.at(-1)?.errors };
  // A run that was killed behind its last entry had ended, and there is nothing to resume.
  if (outcome.code !== 'RUN_STATE') {
    expect({ ...place, ...outcome }).toMatchObject({ status: 'completed', values: CALM });
  }
  expectLines(lives, place);
  // What was asked again was in flight when a process was killed, and had the key that it had before.
  const keys = new Map<string, Set<string>>();
  for (const { path, key } of asked) keys.set(path, (keys.get(path) ?? new Set()).add(key));
  expect({ ...place, asked: keys.size }).toMatchObject({ asked: BRANCHES * STEPS });
  expect([...keys.values()].filter((found) => found.size !== 1)).toEqual([]);
  const inFlight = lives
    .filter(({ killed }) => killed)
    .reduce((sum, { requests }) => sum + Math.min(requests, BRANCHES), 0);
  expect(asked.length).toBeLessThanOrEqual(BRANCHES * STEPS + inFlight);
  return inFlight;
}

/** No line is torn, none is missing, and one comes again only where a process was killed right behind it. */
function expectLines(lives: readonly Life[], place: object): void {
  const times = new Map<string, number>();
  for (const { output } of lives) {
    const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    for (const line of lines) {
      expect({ ...place, line }).toMatchObject({ line: expect.stringMatching(LINE) });
      times.set(line, (times.get(line) ?? 0) + 1);
    }
  }
  expect({ ...place, lines: times.size }).toMatchObject({ lines: BRANCHES * STEPS });
  const repeated = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
  expect(repeated).toBeLessThanOrEqual(lives.filter(({ killed }) => killed).length);
}
