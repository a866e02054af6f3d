/** Photographs that somebody has exchanged in the storage are refused by their hash; the journal tells the same anyway. */
import { expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../runtime/run/checkpoint.js';
import { backendOf, interrupted, recordsOf, workshop } from '../run/kept-runs.js';

const EVERY_3 = { 'runtime.durability.snapshot_every_entries': 3 };

/** A run that stops while it waits, with checkpoints behind it. */
function steps(answer: string): string {
  return `local answer = ${JSON.stringify(answer)}
    for i = 1, 9 do Session.sleep(0.001) os.time() end
    print("waiting") Session.sleep(0.2) return answer`;
}

async function checkpointsOf(runtime: Runtime, run: string): Promise<string[]> {
  return [...(await recordsOf(runtime, `k/${run}/`)).keys()];
}

async function bytesAt(runtime: Runtime, key: string): Promise<Uint8Array> {
  return (await (await backendOf(runtime)).get(key)) as Uint8Array;
}

async function write(runtime: Runtime, key: string, value: Uint8Array): Promise<void> {
  await (await backendOf(runtime)).commit({ preconditions: [], writes: [{ key, value }] });
}

async function problems(runtime: Runtime, run: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { part, problem } of runtime.archive.verify(run))
    found.push(`${part}: ${problem}`);
  return found;
}

test('a run does not go on as another one whose photographs were put in the place of its own', async () => {
  const runtime = await workshop().open(EVERY_3);
  const mine = await interrupted(runtime, steps('mine'));
  const other = await interrupted(runtime, steps('other'));
  const [own, theirs] = [await checkpointsOf(runtime, mine), await checkpointsOf(runtime, other)];
  expect(own.length).toBeGreaterThan(1);
  const foreign = await bytesAt(runtime, theirs.at(-1) as string);
  for (const key of own) await write(runtime, key, foreign);
  expect(await problems(runtime, mine)).toContainEqual(
    expect.stringMatching(
      /^checkpoint: .*(not the one that was made there|tells of no checkpoint)/,
    ),
  );
  expect((await runtime.runs.resume(mine)).value).toBe('mine');
  expect((await runtime.runs.resume(other)).value).toBe('other');
});

test('pages that have changed their places are refused', async () => {
  const runtime = await workshop().open(EVERY_3);
  const run = await interrupted(runtime, steps('mine'));
  for (const key of await checkpointsOf(runtime, run)) {
    const checkpoint = decodeCheckpoint(await bytesAt(runtime, key));
    const [numbers, hashes] = [[...checkpoint.pages.keys()], [...checkpoint.pages.values()]];
    const pages = new Map(numbers.map((page, i) => [page, hashes.at(i - 1) as string]));
    await write(runtime, key, encodeCheckpoint({ ...checkpoint, pages }));
  }
  expect(await problems(runtime, run)).not.toEqual([]);
  expect((await runtime.runs.resume(run)).value).toBe('mine');
});

test('what the engine remembers beside the pages cannot be exchanged', async () => {
  const runtime = await workshop().open(EVERY_3);
  const run = await interrupted(runtime, steps('mine'));
  for (const key of await checkpointsOf(runtime, run)) {
    const checkpoint = decodeCheckpoint(await bytesAt(runtime, key));
    const host = new Map([['branches', null]]);
    await write(runtime, key, encodeCheckpoint({ ...checkpoint, host }));
  }
  expect(await problems(runtime, run)).not.toEqual([]);
  expect((await runtime.runs.resume(run)).value).toBe('mine');
});
