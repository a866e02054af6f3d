/**
 * A loop of steps that are kept: here, on LangGraph with its SQLite checkpointer, as rows of SQLite, and as the same
 * bytes at the end of a file. The packages of the others are in a folder of their own, for whoever wants to compare.
 */
import { closeSync, existsSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineTool, type Runtime } from '../../bindings/node/index.js';
import { FAMILY, key, prefixRange } from '../../runtime/storage/key-space.js';
import { formatGoal, formatRatio, formatTime, measure, printTable } from './measure.js';

const STEPS = 1_000;
const MORE_STEPS = 20_000;
/** Everyone's loops get quicker for about so many rounds, until V8 has compiled what they run. */
const ROUNDS = { warmUps: 15, rounds: 7 };
const WARM = `after ${ROUNDS.warmUps} loops of each`;

/** The goals: steps per second that need no flush, how many times faster than LangGraph, how near to a bare file. */
const STEPS_PER_SECOND = 50_000;
const UNFLUSHED_GOAL = 20;
const FLUSHED_GOAL = 3;
const FILE_GOAL = 2;

const PEERS = new URL('../../../scripts/bench/peers/', import.meta.url);

/** The tool that a step calls; it answers at once, so that only what is kept of it takes time. */
export const nothing = defineTool({
  name: 'nothing',
  description: 'Answers at once',
  parameters: { type: 'object' },
  effect: 'idempotent',
  execute: () => 1,
});

const CALL = { time: 'os.time()', value: "State.get('x')", tool: "Tool.execute('nothing', {})" };

/** A loop that makes its steps; for the others, a step is a function of JavaScript. */
type Loop = (steps: number, step: () => unknown) => Promise<void>;

/** What the others are loaded by; each when it is needed, since nobody should carry the heap of another. */
interface Peers {
  readonly langgraph: () => Promise<{
    readonly langgraphLoop: (file: string, options: { readonly flushed: boolean }) => Loop;
  }>;
  readonly sqlite: () => Promise<{
    readonly sqliteRows: (file: string) => (rows: readonly Uint8Array[]) => void;
  }>;
}

/** @param runtime Keeps runs in a folder, has {@link nothing}, and takes no snapshots that nobody asked for. */
export async function benchSteps(folder: string, runtime: Runtime): Promise<void> {
  const peers = installedPeers();
  await benchBytes(folder, runtime, peers);
  await benchUnflushed(folder, runtime, peers);
  await benchFlushed(folder, runtime, peers);
}

async function benchUnflushed(folder: string, runtime: Runtime, peers: Peers | undefined) {
  const langgraph = await peers?.langgraph();
  const theirs = langgraph?.langgraphLoop(join(folder, 'unflushed.db'), { flushed: false });
  const rows = [['step', 'per step', 'per second', 'goal', 'langgraph', 'ratio', 'goal']];
  for (const [name, call, steps] of [
    ['os.time()', CALL.time, STEPS],
    [`os.time(), ${MORE_STEPS} times`, CALL.time, MORE_STEPS],
    ['State.get', CALL.value, STEPS],
  ] as const) {
    const [ours = 0, other] = await measure(
      [
        { name: 'llmspell', run: () => ownLoop(runtime, call, steps) },
        ...(theirs === undefined ? [] : [{ name: 'langgraph', run: () => theirs(STEPS, now) }]),
      ],
      ROUNDS,
    );
    const own = ours / steps;
    rows.push([
      name,
      formatTime(own),
      String(Math.round(1000 / own)),
      goal(1000 / own >= STEPS_PER_SECOND, `>= ${STEPS_PER_SECOND}`),
      ...besides(other, own, (ratio) => ratio >= UNFLUSHED_GOAL, `>= ${UNFLUSHED_GOAL}x`),
    ]);
  }
  printTable(
    `Steps that need no flush, in a loop, ${WARM}; langgraph with its SQLite, unflushed`,
    rows,
  );
}

async function benchFlushed(folder: string, runtime: Runtime, peers: Peers | undefined) {
  const langgraph = await peers?.langgraph();
  const theirs = langgraph?.langgraphLoop(join(folder, 'flushed.db'), { flushed: true });
  const [ours = 0, other] = await measure(
    [
      { name: 'llmspell', run: () => ownLoop(runtime, CALL.tool, STEPS) },
      ...(theirs === undefined ? [] : [{ name: 'langgraph', run: () => theirs(STEPS, one) }]),
    ],
    ROUNDS,
  );
  const own = ours / STEPS;
  printTable(`Steps that leave the process, each flushed before it starts, ${WARM}`, [
    ['step', 'per step', 'langgraph', 'ratio', 'goal'],
    [
      'a tool',
      formatTime(own),
      ...besides(other, own, (ratio) => ratio >= FLUSHED_GOAL, `>= ${FLUSHED_GOAL}x`),
    ],
  ]);
}

/** What a step that leaves the process writes, written by others with one flush for each step. */
async function benchBytes(folder: string, runtime: Runtime, peers: Peers | undefined) {
  const bytes = await bytesOfSteps(runtime);
  const sqliteModule = await peers?.sqlite();
  const insert = sqliteModule?.sqliteRows(join(folder, 'rows.db'));
  const [ours = 0, file = 0, sqlite] = await measure(
    [
      { name: 'llmspell', run: () => ownLoop(runtime, CALL.tool, STEPS) },
      { name: 'file', run: () => appendToFile(join(folder, 'rows.log'), bytes) },
      ...(insert === undefined ? [] : [{ name: 'sqlite', run: () => insert(bytes) }]),
    ],
    ROUNDS,
  );
  const ratio = ours / file;
  const size = bytes.reduce((sum, { length }) => sum + length, 0) / bytes.length;
  printTable(
    `The same beside the writing of its bytes (${size.toFixed(0)} B per step), flushed step by step`,
    [
      ['step', 'per step', 'append + fdatasync', 'better-sqlite3', 'llmspell / append', 'goal'],
      [
        'a tool',
        formatTime(ours / STEPS),
        formatTime(file / STEPS),
        sqlite === undefined ? '-' : formatTime(sqlite / STEPS),
        formatRatio(ratio),
        goal(ratio <= FILE_GOAL, `<= ${FILE_GOAL}x`),
      ],
    ],
  );
}

async function ownLoop(runtime: Runtime, call: string, steps: number): Promise<void> {
  await runtime.eval(`for i = 1, ${steps} do ${call} end`);
}

/** The entries of a run's journal, those of a step as one. */
async function bytesOfSteps(runtime: Runtime): Promise<Uint8Array[]> {
  const { run } = await runtime.eval(`for i = 1, ${STEPS} do ${CALL.tool} end`);
  const { backend } = await runtime.services.stores();
  const entries = await backend.range(prefixRange(key(FAMILY.journal, run)));
  // Behind the start: intent and answer of each step.
  return Array.from({ length: STEPS }, (_, step) =>
    Buffer.concat(entries.slice(1 + 2 * step, 3 + 2 * step).map(({ value }) => value)),
  );
}

function appendToFile(path: string, rows: readonly Uint8Array[]): void {
  const file = openSync(path, 'a');
  for (const row of rows) {
    writeSync(file, row);
    fdatasyncSync(file);
  }
  closeSync(file);
}

function installedPeers(): Peers | undefined {
  if (!existsSync(new URL('node_modules', PEERS))) {
    const folder = fileURLToPath(PEERS);
    console.log(
      `\nLangGraph and SQLite are not installed, and left out: npm ci --prefix ${folder}`,
    );
    return undefined;
  }
  return {
    langgraph: () => import(new URL('langgraph.mjs', PEERS).href),
    sqlite: () => import(new URL('sqlite.mjs', PEERS).href),
  };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function one(): number {
  return 1;
}

/**
 * Cells for another one's time per step, how many times ours it is, and whether that is enough.
 *
 * @param loop What all its steps took.
 */
function besides(
  loop: number | undefined,
  own: number,
  isMet: (ratio: number) => boolean,
  wanted: string,
): string[] {
  if (loop === undefined) return ['-', '-', '-'];
  const other = loop / STEPS;
  return [formatTime(other), formatRatio(other / own), goal(isMet(other / own), wanted)];
}

function goal(isMet: boolean, wanted: string): string {
  return `${wanted} ${formatGoal(isMet)}`;
}
