/** When a run is photographed: never while the journal has an answer that Lua lacks. */
import { expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../../runtime/run/checkpoint.js';
import { backendOf, interrupted, overwrite, recordsOf, replayed, workshop } from './kept-runs.js';

test('a call whose answer is being committed when the run is photographed is not made again', async () => {
  const { open, calls } = workshop();
  const runtime = await open({ 'runtime.durability.snapshot_before_wait_ms': 60 });
  const backend = await backendOf(runtime);
  const commit = backend.commit.bind(backend);
  backend.commit = async (batch) => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return commit(batch);
  };
  const id = await interrupted(
    runtime,
    "local got = Tool.execute('count', { step = 1 }).result print('waiting') os.execute('sleep 0.3') return got",
    1,
  );
  backend.commit = commit;
  expect((await runtime.runs.resume(id)).value).toBe(10);
  expect(calls).toHaveLength(1);
});

test('a run that is gone through again from its first line is photographed where it is new', async () => {
  const { open, calls } = workshop();
  const settings = { 'runtime.durability.snapshot_every_entries': 4 };
  const runtime = await open(settings);
  const code = `local s = Session.create()
    local id = Artifact.store(s, 'tool_result', 'long', ('x'):rep(100000))
    local size = 0
    for step = 1, 8 do
      size = size + #Artifact.get(s, id).content
      Tool.execute('count', { step = step })
    end
    print('waiting') os.execute('sleep 0.2') print('waiting') os.execute('sleep 0.2') return size`;
  const id = await interrupted(runtime, code);
  for (const key of (await recordsOf(runtime, `k/${id}/`)).keys()) {
    await overwrite(runtime, key, (bytes) =>
      encodeCheckpoint({ ...decodeCheckpoint(bytes), build: 'another' }),
    );
  }
  const entries = (await runtime.runs.get(id))?.entries ?? 0;
  const controller = new AbortController();
  const again = runtime.runs.resume(id, {
    signal: controller.signal,
    onOutput: (_, bytes) => {
      if (String(Buffer.from(bytes)).includes('waiting')) controller.abort();
    },
  });
  expect((await again.outcome).status).toBe('interrupted');
  const seqs = ((await runtime.runs.get(id))?.checkpoints ?? []).map(({ seq }) => seq);
  // It was photographed anew, behind all that was known of it before.
  expect(Math.max(...seqs)).toBeGreaterThan(entries);
  expect((await runtime.runs.resume(id)).value).toBe(800_000);
  expect(calls).toHaveLength(8);
  expect((await replayed(runtime, id)).diverged).toBeNull();
});
