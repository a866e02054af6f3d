/** Pages of snapshots that are damaged on the disk are written anew as soon as a run has their bytes again. */
import { expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { backendOf, flipped, interrupted, overwrite, recordsOf, workshop } from './kept-runs.js';

const STEPS = `for i = 1, 12 do os.execute('sleep 0.002') os.time() end
print('waiting') os.execute('sleep 0.2') return 'done'`;
const EVERY_4 = {
  'runtime.durability.snapshot_every_entries': 4,
  'runtime.durability.keep_snapshots': 2,
};

async function pageKeys(runtime: Runtime): Promise<string[]> {
  return [...(await recordsOf(runtime, 'p/')).keys()];
}

async function damage(runtime: Runtime, keys: readonly string[]): Promise<void> {
  for (const key of keys)
    await overwrite(runtime, key, (bytes) => flipped(bytes, bytes.length >> 1));
}

async function removePages(runtime: Runtime, keys: readonly string[]): Promise<void> {
  const writes = keys.map((key) => ({ key, value: undefined }));
  await (await backendOf(runtime)).commit({ preconditions: [], writes });
}

async function problems(runtime: Runtime): Promise<string[]> {
  const found: string[] = [];
  for await (const { part, problem } of runtime.archive.verify()) found.push(`${part}: ${problem}`);
  return found;
}

test.each([
  ['damaged', damage],
  ['missing', removePages],
])('a resumed run writes its %s pages anew', async (word, harm) => {
  const runtime = await workshop().open(EVERY_4);
  const id = await interrupted(runtime, STEPS);
  expect(await problems(runtime)).toEqual([]);
  await harm(runtime, await pageKeys(runtime));
  const found = await problems(runtime);
  expect(found).toHaveLength(2);
  for (const problem of found)
    expect(problem).toMatch(new RegExp(`^checkpoint: page .* is ${word}`));
  expect((await runtime.runs.resume(id)).value).toBe('done');
  expect(await problems(runtime)).toEqual([]);
});

test('pages that come back after a collection are kept as long as a checkpoint has them', async () => {
  const runtime = await workshop().open({
    ...EVERY_4,
    'runtime.durability.snapshot_every_entries': 1,
  });
  const id = await interrupted(
    runtime,
    `local session, things = Session.create(), {}
     for i = 1, 3000 do things[i] = { i } end
     for i = 1, 12 do
       collectgarbage()
       if i % 5 == 0 then Session.checkpoint(session, 'step ' .. i) end
       os.execute('sleep 0.002')
     end
     print('waiting') os.execute('sleep 0.2')
     local sum = 0
     for _, thing in ipairs(things) do sum = sum + thing[1] end
     return sum`,
  );
  expect(await problems(runtime)).toEqual([]);
  for (const at of ['step 5', 'step 10']) {
    const fork = await runtime.runs.fork(id, { at });
    expect((await runtime.runs.resume(fork.id)).value).toBe(4_501_500);
  }
  expect((await runtime.runs.resume(id)).value).toBe(4_501_500);
  expect(await problems(runtime)).toEqual([]);
});

test('another run that has the same page writes it anew for both', async () => {
  const runtime = await workshop().open(EVERY_4);
  const first = await interrupted(runtime, STEPS);
  const before = await pageKeys(runtime);
  await interrupted(runtime, STEPS);
  const own = new Set(await pageKeys(runtime)).size - before.length;
  // Most pages are those of the first run too.
  expect(own).toBeLessThan(before.length);
  await damage(runtime, before);
  await interrupted(runtime, STEPS);
  // Pages that hold what the clock said are the first run's alone; the others are sound again.
  const { backend } = await runtime.services.stores();
  const { PageStore } = await import('../../runtime/content/page-store.js');
  const { loadHash } = await import('../../runtime/content/content-address.js');
  const hash = await loadHash();
  const pages = new PageStore(backend, (bytes) => Buffer.from(hash(bytes)).toString('hex'), 4096);
  const isSound = (key: string) =>
    pages.read(key.slice(2)).then(
      () => true,
      () => false,
    );
  const sound = await Promise.all(before.map(isSound));
  expect(sound.filter(Boolean).length).toBeGreaterThan(before.length / 4);
  expect((await runtime.runs.resume(first)).value).toBe('done');
});

test('a run that sleeps and whose photograph is damaged meanwhile is interrupted, and resumed', async () => {
  const runtime = await workshop().open({ 'runtime.durability.snapshot_before_wait_ms': 10 });
  const run = runtime.eval("os.time() os.execute('sleep 0.5') return 'awake'");
  const backend = await backendOf(runtime);
  while ((await recordsOf(runtime, `k/${run.id}/`)).size === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await damage(runtime, await pageKeys(runtime));
  const { status, error } = await run.outcome;
  expect({ status, code: error?.code }).toEqual({ status: 'interrupted', code: 'JOURNAL_CORRUPT' });
  expect(await backend.get(`r/${run.id}`)).toBeInstanceOf(Uint8Array);
  expect((await runtime.runs.resume(run.id)).value).toBe('awake');
  expect(await problems(runtime)).toEqual([]);
});
