/**
 * What runs take that sleep without a process, each for an event of its own: disk for a run, the time to find those
 * that are due among all that are not, and to wake one; and the memory of a process that watches them.
 *
 * `all.js sleeping 300` lets so many sleep.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../../bindings/node/index.js';
import { transact } from '../../runtime/storage/transaction.js';
import { formatTime, measure, median, printTable } from './measure.js';

const BINDINGS = new URL('../../bindings/node/index.js', import.meta.url).href;
const RUNS = 10_000;
const AT_ONCE = 50;
const WOKEN = 100;
const ROUNDS = { warmUps: 1, rounds: 5 };

/** It has something in memory, waits for its event, and ends with both. */
const SLEEPER = `
  local number = ...
  local plan = {}
  for i = 1, 100 do plan[i] = { step = i, name = 'step ' .. i } end
  local payload = Session.waitForEvent('go' .. number)
  return #plan + payload`;

export async function benchSleeping(count: number = RUNS): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    await benchSleepers(folder, count);
  } finally {
    for (const left of [folder, `${folder}-empty`]) {
      rmSync(left, { recursive: true, force: true });
    }
  }
}

async function benchSleepers(dataDir: string, count: number): Promise<void> {
  const ids: string[] = [];
  const asleep = await laidDown(dataDir, count, ids);
  const bytes = sizeOf(dataDir);
  await using runtime = await open(dataDir);
  const { sleepers } = await runtime.services.stores();
  const [none = 0] = await measure([{ name: 'due', run: () => sleepers.due(Date.now()) }], ROUNDS);
  const [listed = 0] = await measure(
    [{ name: 'list', run: () => runtime.runs.list({ limit: 50 }) }],
    ROUNDS,
  );
  const woken = await wakeTimes(runtime, ids);
  printTable(`${count} runs asleep, each until an event of its own comes`, [
    ['', 'takes'],
    ['laying one down', formatTime(asleep / count)],
    ['stored bytes of a run', `${(bytes / count / 1024).toFixed(1)} KB`],
    ['finding those that are due, none is', formatTime(none)],
    ['a list of 50', formatTime(listed)],
    ['an event, until its run has ended, p50', formatTime(median(woken))],
    ['the same, p99', formatTime(percentile(woken, 0.99))],
    ['memory of a process that watches them', memoryOfWatch(dataDir)],
    ['the same, of one that watches none', memoryOfWatch(`${dataDir}-empty`)],
  ]);
}

/** Milliseconds that it took to let all of them fall asleep. */
async function laidDown(dataDir: string, count: number, ids: string[]): Promise<number> {
  await using runtime = await open(dataDir);
  const { id: sessionId } = await runtime.sessions.create({ id: 'desk' });
  const started = performance.now();
  for (let first = 0; first < count; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i);
    const runs = numbers.map((number) =>
      runtime.eval(SLEEPER, { args: [String(number)], sessionId, detach: true }),
    );
    for (const { run, status } of await Promise.all(runs)) {
      if (status !== 'sleeping') throw new Error(`run ${run} is ${status}`);
      ids.push(run);
    }
  }
  return performance.now() - started;
}

/** Milliseconds from the sending of an event to the end of the run that it wakes, for some of them, one by one. */
async function wakeTimes(runtime: Runtime, ids: readonly string[]): Promise<number[]> {
  const { backend, events } = await runtime.services.stores();
  const times: number[] = [];
  const step = Math.max(1, Math.floor(ids.length / WOKEN));
  for (let number = 0; number < ids.length; number += step) {
    const started = performance.now();
    const event = { session: 'desk', name: `go${number}` };
    await transact(backend, (tx) => events.send(tx, event, number));
    const [due] = await runtime.runs.resumable();
    if (due === undefined || due !== ids[number])
      throw new Error(`run ${due} is due, and not ${ids[number]}`);
    const { value } = await runtime.runs.resume(due, { detach: true });
    if (value !== 100 + number) throw new Error(`run ${due} has lost its memory`);
    times.push(performance.now() - started);
  }
  return times;
}

function open(dataDir: string): Promise<Runtime> {
  return Runtime.open({ dataDir, settings: { 'runtime.durability.snapshot_before_wait_ms': 1 } });
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  // What a file takes, and not how long it is: that of the storage has holes.
  return files.reduce((sum, name) => sum + statSync(join(folder, name)).blocks * 512, 0);
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

/** What a process holds that watches for a second. */
function memoryOfWatch(dataDir: string): string {
  const code = `
    const { Runtime } = await import(${JSON.stringify(BINDINGS)});
    const runtime = await Runtime.open({ dataDir: ${JSON.stringify(dataDir)} });
    await runtime.runs.watch({ signal: AbortSignal.timeout(1000) });
    process.stdout.write(String(process.memoryUsage().rss));
    await runtime.close();`;
  const args = ['--input-type=module', '-e', code];
  const rss = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  return `${(rss / 2 ** 20).toFixed(0)} MB`;
}
