/**
 * Going on with a run by the length of its history: from its snapshot, beside a new run that reads the same, and from
 * the journal alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../../bindings/node/index.js';
import { open, WITHOUT_SNAPSHOTS } from './durability.js';
import { formatGoal, formatRatio, formatTime, median, printTable } from './measure.js';

const LENGTHS = [100, 1000, 10_000, 100_000];
/** Many, and the first ones don't count: a few milliseconds are soon twice as many for some other reason. */
const ROUNDS = { warmUps: 5, rounds: 31 };

/** The goals: how many times as long the longest history takes, and milliseconds more than a new run. */
const FLAT_GOAL = 1.5;
const MORE_GOAL_MS = 100;

const SNAPSHOT_AT_WAIT = { ...WITHOUT_SNAPSHOTS, 'runtime.durability.snapshot_before_wait_ms': 1 };

/** A run that waits for input, with the runtime that keeps it. */
interface WaitingRun {
  readonly runtime: Runtime;
  readonly id: string;
}

export async function benchResume(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    const photographed = await waitingRuns(join(folder, 'photographed'), SNAPSHOT_AT_WAIT);
    const told = await waitingRuns(join(folder, 'told'), WITHOUT_SNAPSHOTS);
    // All of them in turn: what else the machine does slows all down alike.
    const times = LENGTHS.map(() => ({ resumed: [] as number[], fresh: [] as number[] }));
    for (let round = -ROUNDS.warmUps; round < ROUNDS.rounds; round += 1) {
      for (const [index, run] of photographed.entries()) {
        const resumed = await resumeTime(run);
        const fresh = await newRunTime(run.runtime);
        if (round < 0) continue;
        times[index]?.resumed.push(resumed);
        times[index]?.fresh.push(fresh);
      }
    }
    const rows = [['entries', 'with a snapshot', 'a new run', 'more', 'goal', 'from the journal']];
    for (const [index, length] of LENGTHS.entries()) {
      const { resumed = [], fresh = [] } = times[index] ?? {};
      const [with_, new_] = [median(resumed), median(fresh)];
      const fromJournal = await resumeTime(told[index] as WaitingRun);
      rows.push([
        ...[
          String(length),
          formatTime(with_),
          formatTime(new_),
          formatTime(Math.max(0, with_ - new_)),
        ],
        `< ${MORE_GOAL_MS} ms ${formatGoal(with_ - new_ < MORE_GOAL_MS)}`,
        formatTime(fromJournal),
      ]);
    }
    printTable('Going on with a run, by the length of its history', rows);
    const ratio = median(times.at(-1)?.resumed ?? []) / median(times[0]?.resumed ?? []);
    console.log(
      `  last / first: ${formatRatio(ratio)} (<= ${FLAT_GOAL}x ${formatGoal(ratio <= FLAT_GOAL)})`,
    );
    for (const { runtime } of [...photographed, ...told]) await runtime.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function waitingRuns(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<WaitingRun[]> {
  const runs: WaitingRun[] = [];
  for (const length of LENGTHS) {
    const runtime = await open(`${folder}-${length}`, settings);
    runs.push({ runtime, id: await waitingRun(runtime, length) });
  }
  return runs;
}

async function resumeTime({ runtime, id }: WaitingRun): Promise<number> {
  // Each time another run with the same history: one that was resumed has ended.
  const fork = await runtime.runs.fork(id);
  const started = performance.now();
  await runtime.runs.resume(fork.id, { readInput: async () => Buffer.from('go\n') });
  return performance.now() - started;
}

async function newRunTime(runtime: Runtime): Promise<number> {
  const started = performance.now();
  await runtime.eval("return io.read('l')", { readInput: async () => Buffer.from('go\n') });
  return performance.now() - started;
}

/** A run with so many entries that waits for input, stopped there. */
async function waitingRun(runtime: Runtime, length: number): Promise<string> {
  const controller = new AbortController();
  const run = runtime.eval(`for i = 1, ${length} do os.time() end return io.read('l')`, {
    signal: controller.signal,
    readInput: () => {
      // Long enough for a snapshot where one is taken.
      setTimeout(() => controller.abort(), 500);
      return new Promise(() => {});
    },
  });
  await run.outcome;
  return run.id;
}
