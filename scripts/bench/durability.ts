/**
 * What it costs that runs are kept: loops beside other ways to keep them, and each kind of call against the same script
 * on storage that forgets.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runtime } from '../../bindings/node/index.js';
import { formatRatio, formatTime, measure, printTable } from './measure.js';
import { benchSteps, nothing } from './steps.js';

const ROUNDS = { warmUps: 1, rounds: 5 };
const NEVER = 1_000_000_000;

/** Snapshots that nobody asked for are not part of what is measured. */
export const WITHOUT_SNAPSHOTS = {
  'runtime.durability.snapshot_every_entries': NEVER,
  'runtime.durability.snapshot_every_ms': NEVER,
  'runtime.durability.snapshot_before_wait_ms': NEVER,
};

export async function benchDurability(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    await benchLoops(folder);
    await benchCalls(join(folder, 'calls'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A runtime that keeps its data in a folder and knows no limits, with the tool that does nothing. */
export function open(
  dataDir: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Runtime> {
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
