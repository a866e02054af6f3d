/** Artifacts on LMDB: storing and reading beside npm's cacache, and queries as the number of artifacts grows. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cacache from 'cacache';
import { Runtime } from '../../bindings/node/index.js';
import { formatRatio, formatTime, measure, median, printTable } from './measure.js';

const KB = 1024;
const SIZES = [
  ['1 KB', KB, 40],
  ['100 KB', 100 * KB, 20],
  ['10 MB', 10 * KB * KB, 3],
] as const;
const KINDS = [
  ['text', textOf],
  ['random', (bytes: number): Buffer => randomBytes(bytes)],
] as const;
const WARM_UPS = 2;
const ROUNDS = 7;
const COUNTS = [1_000, 10_000, 100_000];
const BATCH = 1_000;
const QUERIES = 50;

export async function benchArtifacts(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'llmspell-bench-'));
  try {
    await benchStoreAndGet(folder);
    await benchQueries(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchStoreAndGet(folder: string): Promise<void> {
  await using runtime = await openRuntime(join(folder, 'store'));
  const { id: sessionId } = await runtime.sessions.create({ name: 'bench' });
  const cache = join(folder, 'cacache');
  const rows = [['store and get', 'llmspell', 'cacache', 'cacache / llmspell', 'kept']];
  for (const [label, size, repeats] of SIZES) {
    for (const [kind, make] of KINDS) {
      // Every round stores contents of its own: the same one again would cost nothing.
      const fresh = () => Array.from({ length: ROUNDS * repeats }, () => make(size));
      const own = async (content: Buffer, name: string) => {
        const { id } = await runtime.artifacts.store({ sessionId, name, content });
        return (await runtime.artifacts.read(id)).length;
      };
      const sample = await runtime.artifacts.store({ sessionId, name: 's', content: make(size) });
      const kept = `${((100 * sample.storedSize) / sample.size).toFixed(0)} %`;
      const other = async (content: Buffer, name: string) => {
        await cacache.put(cache, name, content);
        return (await cacache.get(cache, name)).data.length;
      };
      const times = await measure(
        [own, other].map((storeAndGet) => ({
          name: storeAndGet.name,
          run: takeTurns(fresh(), repeats, `${label} ${kind}`, size, storeAndGet),
        })),
        { warmUps: WARM_UPS, rounds: ROUNDS - WARM_UPS },
      );
      const [ours = 0, theirs = 0] = times;
      const cells = times.map((ms) => formatTime(ms / repeats));
      rows.push([`${label} ${kind}`, ...cells, formatRatio(theirs / ours), kept]);
    }
  }
  printTable(
    'Storing and reading artifacts on LMDB beside cacache, which does not compress; per content',
    rows,
  );
}

/** A function that stores and reads the next `repeats` contents each time it is called. */
function takeTurns(
  contents: Buffer[],
  repeats: number,
  name: string,
  size: number,
  storeAndGet: (content: Buffer, name: string) => Promise<number>,
): () => Promise<void> {
  return async () => {
    for (let i = 0; i < repeats; i += 1) {
      const read = await storeAndGet(contents.pop() as Buffer, `${name} ${contents.length}`);
      if (read !== size) throw new Error(`expected ${size} bytes, got ${read}`);
    }
  };
}

async function benchQueries(folder: string): Promise<void> {
  const rows = [['artifacts', 'query, limit 20', 'by name', 'by tag']];
  await using runtime = await openRuntime(join(folder, 'query'));
  const { id: sessionId } = await runtime.sessions.create({ name: 'bench' });
  let stored = 0;
  for (const count of COUNTS) {
    for (; stored < count; stored += BATCH) {
      await runtime.artifacts.storeMany(
        Array.from({ length: BATCH }, (_, i) => ({
          sessionId,
          name: `n${stored + i}`,
          content: `content ${stored + i}`,
          metadata: { tags: [`t${(stored + i) % 50}`] },
        })),
      );
    }
    const cells = [];
    for (const filter of [{}, { namePattern: `n${count - 7}` }, { tags: ['t7'] }]) {
      const times: number[] = [];
      for (let i = 0; i < QUERIES; i += 1) {
        const started = performance.now();
        await runtime.artifacts.query({ sessionId, limit: 20, ...filter });
        times.push(performance.now() - started);
      }
      cells.push(formatTime(median(times)));
    }
    rows.push([String(count), ...cells]);
  }
  printTable(`Queries on LMDB, median of ${QUERIES}`, rows);
}

function openRuntime(dataDir: string): Promise<Runtime> {
  return Runtime.open({
    storage: 'lmdb',
    dataDir,
    settings: { 'runtime.sessions.max_artifacts_per_session': 10_000_000 },
  });
}

/** Text with the redundancy of a log. */
function textOf(bytes: number): Buffer {
  const lines: string[] = [];
  for (let size = 0; size < bytes; ) {
    const line = `${Math.random()} GET /items/${lines.length % 1000} 200 OK\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join('').slice(0, bytes));
}
