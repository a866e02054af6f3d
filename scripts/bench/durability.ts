/**
 * What it costs that runs are kept: loops beside other ways to keep them, each kind of call against the same script on
 * storage that forgets, a snapshot by the size of the heap, and going on with a run by the length of its history.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../../bindings/node/index.js';
import { formatRatio, formatTime, measure, median, printTable } from './measure.js';
import { benchSteps, nothing } from './steps.js';

const ROUNDS = { warmUps: 1, rounds: 5 };
const NEVER = 1_000_000_000;

/** Snapshots that nobody asked for are not part of what is measured. */
const WITHOUT_SNAPSHOTS = {
  'runtime.durability.snapshot_every_entries': NEVER,
  'runtime.durability.snapshot_every_ms': NEVER,
  'runtime.durability.snapshot_before_wait_ms': NEVER,
};

export async function benchDurability(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    await benchLoops(folder);
    await benchCalls(join(folder, 'calls'));
    await benchSnapshots(join(folder, 'snapshots'));
    await benchResume(join(folder, 'resume'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function open(dataDir: string, settings: Readonly<Record<string, unknown>>): Promise<Runtime> {
  return Runtime.open({
    dataDir,
    tools: [nothing],
    settings: {
      'runtime.sessions.max_sessions': NEVER,
      'runtime.sessions.max_artifacts_per_session': NEVER,
      ...settings,
    },
  });
}

async function benchLoops(folder: string): Promise<void> {
  await using runtime = await open(join(folder, 'loops'), WITHOUT_SNAPSHOTS);
  await benchSteps(folder, runtime);
}

// Calls.

const CALLS: readonly { kind: string; count: number; call: string }[] = [
  { kind: 'state: os.time()', count: 20_000, call: 'os.time()' },
  { kind: 'store: State.set', count: 500, call: "State.set('n', i)" },
  { kind: 'store: Artifact.store, 1 KB', count: 200, call: "Artifact.store(s, 'x', 'n', text)" },
  { kind: 'external: a tool', count: 500, call: "Tool.execute('nothing', {})" },
];

async function benchCalls(folder: string): Promise<void> {
  const kept = await open(folder, WITHOUT_SNAPSHOTS);
  const unkept = await open(`${folder}-unkept`, { 'runtime.durability.enabled': false });
  const memory = await Runtime.open({
    tools: [nothing],
    settings: { 'runtime.sessions.max_artifacts_per_session': NEVER },
  });
  const rows = [['call', 'memory', 'lmdb, not kept', 'lmdb, kept', 'kept / memory']];
  for (const { kind, count, call } of CALLS) {
    const code = `local s, text = Session.create(), ('x'):rep(1024)
      for i = 1, ${count} do ${call} end Session.delete(s)`;
    const contenders = [memory, unkept, kept].map((runtime, index) => ({
      name: String(index),
      run: () => runtime.eval(code),
    }));
    const times = (await measure(contenders, ROUNDS)).map((ms) => ms / count);
    const [forgotten = 0, , recorded = 0] = times;
    rows.push([kind, ...times.map(formatTime), formatRatio(recorded / forgotten)]);
  }
  printTable('Cost of a call, by what is kept', rows);
  for (const runtime of [kept, unkept, memory]) await runtime.close();
}

// Snapshots.

const HEAPS = [
  { name: 'small (10 KB)', items: 100 },
  { name: 'medium (1 MB)', items: 10_000 },
  { name: 'large (50 MB)', items: 500_000 },
];
const SNAPSHOTS = 20;

async function benchSnapshots(folder: string): Promise<void> {
  const often = await open(folder, {
    ...WITHOUT_SNAPSHOTS,
    'runtime.durability.snapshot_every_entries': 1,
  });
  const never = await open(`${folder}-never`, WITHOUT_SNAPSHOTS);
  const rows = [['heap', 'per snapshot', 'memory that it stands for']];
  for (const { name, items } of HEAPS) {
    const code = `local heap = {}
      for i = 1, ${items} do heap[i] = ('item %08d '):format(i):rep(4) end
      os.execute('sleep 0.005')
      for i = 1, ${SNAPSHOTS} do heap[i] = i os.execute('sleep 0.005') end
      return #heap`;
    const [with_ = 0, without = 0] = await measure(
      [often, never].map((runtime, index) => ({
        name: String(index),
        run: () => runtime.eval(code),
      })),
      { warmUps: 1, rounds: 3 },
    );
    const { run } = await often.eval(code);
    const stored = (await often.runs.get(run))?.checkpoints ?? [];
    const size = stored.at(-1)?.bytes ?? 0;
    const perSnapshot = (with_ - without) / (SNAPSHOTS + 1);
    rows.push([name, formatTime(perSnapshot), `${(size / 1e6).toFixed(1)} MB`]);
  }
  printTable('Cost of a snapshot, by the size of the heap', rows);
  await often.close();
  await never.close();
}

// Resume.

const LENGTHS = [100, 1000, 10_000];

async function benchResume(folder: string): Promise<void> {
  const rows = [['entries', 'with a snapshot', 'from the journal alone', 'a new run']];
  for (const length of LENGTHS) {
    const times: number[] = [];
    for (const settings of [SNAPSHOT_AT_WAIT, WITHOUT_SNAPSHOTS]) {
      const runtime = await open(join(folder, `${length}-${times.length}`), settings);
      times.push(await resumeTime(runtime, length));
      if (times.length === 2) {
        const run = () => runtime.eval('return 1');
        times.push(...(await measure([{ name: 'new', run }], ROUNDS)));
      }
      await runtime.close();
    }
    rows.push([String(length), ...times.map(formatTime)]);
  }
  printTable('Going on with a run, by the length of its history', rows);
}

const SNAPSHOT_AT_WAIT = { ...WITHOUT_SNAPSHOTS, 'runtime.durability.snapshot_before_wait_ms': 1 };

async function resumeTime(runtime: Runtime, length: number): Promise<number> {
  const id = await waitingRun(runtime, length);
  const times: number[] = [];
  for (let round = -ROUNDS.warmUps; round < ROUNDS.rounds; round += 1) {
    // Each time another run with the same history: one that was resumed has ended.
    const fork = await runtime.runs.fork(id);
    const started = performance.now();
    await runtime.runs.resume(fork.id, { readInput: async () => Buffer.from('go\n') });
    if (round >= 0) times.push(performance.now() - started);
  }
  return median(times);
}

/** A run with so many entries that waits for input, stopped there. */
async function waitingRun(runtime: Runtime, length: number): Promise<string> {
  const controller = new AbortController();
  const run = runtime.eval(`for i = 1, ${length} do os.time() end return io.read('l')`, {
    signal: controller.signal,
    readInput: () => {
      // Long enough for a snapshot where one is taken.
      setTimeout(() => controller.abort(), 200);
      return new Promise(() => {});
    },
  });
  await run.outcome;
  return run.id;
}
