/** What a checkpoint costs and what is stored for it, by the size of the heap and by what changes in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAMILY, prefixRange } from '../../runtime/storage/key-space.js';
import { open, WITHOUT_SNAPSHOTS } from './durability.js';
import { formatTime, median, printTable } from './measure.js';

const HEAPS = [
  { name: 'small (10 KB)', items: 100 },
  { name: 'medium (1 MB)', items: 10_000 },
  { name: 'large (50 MB)', items: 500_000 },
];
const CHECKPOINTS = 20;
const ROUNDS = 3;

/** What happens before each checkpoint behind the first. */
const CHANGES = [
  { name: 'nothing', code: '' },
  { name: 'one item changes', code: "heap[i] = ('changed %d'):format(i)" },
  { name: 'all is collected', code: 'collectgarbage()' },
];

/** How long a script took, and how many bytes the pages of its checkpoints take. */
interface Cost {
  readonly ms: number;
  readonly bytes: number;
  /** Memory that the last checkpoint stands for. */
  readonly size: number;
}

export async function benchSnapshots(): Promise<void> {
  const rows = [['heap', 'before each', 'memory', 'first', 'stored', 'others', 'stored']];
  for (const { name, items } of HEAPS) {
    for (const change of CHANGES) {
      const code = (checkpoints: number) => scriptOf(items, change.code, checkpoints);
      // In turn: what else the machine does slows all down alike.
      const costs: Cost[][] = [[], [], []];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [index, count] of [0, 1, 1 + CHECKPOINTS].entries()) {
          costs[index]?.push(await costOf(code(count)));
        }
      }
      const [none, first, all] = costs.map(middle) as [Cost, Cost, Cost];
      rows.push([
        ...[name, change.name, formatBytes(all.size)],
        ...[formatTime(first.ms - none.ms), formatBytes(first.bytes)],
        formatTime((all.ms - first.ms) / CHECKPOINTS),
        formatBytes((all.bytes - first.bytes) / CHECKPOINTS),
      ]);
    }
  }
  printTable('Cost of a checkpoint, by the size of the heap', rows);
}

/** A script that does the same work whatever number of checkpoints it makes. */
function scriptOf(items: number, change: string, checkpoints: number): string {
  return `local session, heap = Session.create(), {}
    for i = 1, ${items} do heap[i] = ('item %08d '):format(i):rep(4) end
    for i = 0, ${CHECKPOINTS} do
      if i > 0 then ${change} end
      if i < ${checkpoints} then Session.checkpoint(session, 'number ' .. i) end
    end
    return #heap`;
}

/** In a folder of its own: pages are stored once for all runs that have them. */
async function costOf(code: string): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    await using runtime = await open(folder, WITHOUT_SNAPSHOTS);
    await runtime.eval('return 1');
    const started = performance.now();
    const { run } = await runtime.eval(code);
    const ms = performance.now() - started;
    const { backend } = await runtime.services.stores();
    const pages = await backend.range(prefixRange(FAMILY.page));
    const bytes = pages.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const size = (await runtime.runs.get(run))?.checkpoints.at(-1)?.bytes ?? 0;
    return { ms, bytes, size };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function middle(costs: readonly Cost[]): Cost {
  const of = (field: keyof Cost) => median(costs.map((cost) => cost[field]));
  return { ms: of('ms'), bytes: of('bytes'), size: of('size') };
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
