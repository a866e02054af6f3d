/** Artifacts that are stored as checkpoints, as scripts do that know of no others, and are saved with their session. */
import { expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { completed, interrupted, replayed, workshop } from './kept-runs.js';

const STEPS = `local s = Session.create({ session_id = 'work' })
local function store(step)
  Artifact.store(s, 'system_generated', 'checkpoint_' .. step .. '.json', '{}', {
    checkpoint = true, step_name = step, tags = { 'checkpoint', step },
  })
end
local done = {}
for i, step in ipairs({ 'validate', 'transform', 'report' }) do
  print('step', step, math.random(1000))
  done[i] = step .. Tool.execute('count', { step = i }).result
  store(step)
  Session.save(s)
end
Session.save(s)
Session.complete(s)
return table.concat(done, ' ')`;

async function labels(runtime: Runtime, id: string): Promise<(string | null)[]> {
  return ((await runtime.runs.get(id))?.checkpoints ?? []).map(({ label }) => label);
}

test('a save makes a checkpoint of each step that was stored since the one before', async () => {
  const { open, calls } = workshop();
  const runtime = await open();
  const id = await completed(runtime, STEPS);
  expect(await labels(runtime, id)).toEqual(['validate', 'transform', 'report']);
  const lines = (await replayed(runtime, id)).output.split(/(?<=\n)/);
  const part = await replayed(runtime, id, { from: 'validate' });
  expect(part).toMatchObject({ diverged: null, output: lines.slice(1).join('') });
  calls.length = 0;
  const fork = await runtime.runs.fork(id, { at: 'transform' });
  const { value, sessions } = await runtime.runs.resume(fork.id);
  expect(value).toBe('validate10 transform20 report30');
  expect(calls.map(({ step }) => step)).toEqual([3]);
  // The fork saves its own session from there on.
  expect(await labels(runtime, fork.id)).toEqual(['transform', 'transform', 'report']);
  const { items } = await runtime.artifacts.query({ sessionId: sessions[0] ?? '' });
  expect(items).toHaveLength(3);
  expect((await runtime.runs.replay(fork.id)).diverged).toBeNull();
});

test('steps of several sessions, stored together or saved later, keep their own labels', async () => {
  const runtime = await workshop().open();
  const id = await completed(
    runtime,
    `local a, b = Session.create('a'), Session.create('b')
     local function step(name) return { checkpoint = true, step_name = name } end
     Artifact.storeMany(a, {
       { type = 'tool_result', name = 'one', content = '1', metadata = step('one') },
       { type = 'tool_result', name = 'two', content = '2', metadata = step('two') },
       { type = 'tool_result', name = 'none', content = '3' },
     })
     Artifact.store(b, 'tool_result', 'named.json', '4', { checkpoint = true })
     Session.save(b)
     Session.save(a)
     Session.save(b)
     Artifact.store(a, 'tool_result', 'no step', '5', { checkpoint = false, step_name = 'no' })
     Session.save(a)`,
  );
  expect(await labels(runtime, id)).toEqual(['named.json', 'one', 'two']);
});

test('a step that was stored before a stop is saved after it', async () => {
  const runtime = await workshop().open({ 'runtime.durability.snapshot_every_entries': 2 });
  const id = await interrupted(
    runtime,
    `local s = Session.create()
     Artifact.store(s, 'tool_result', 'a', '1', { checkpoint = true, step_name = 'stored' })
     os.execute('sleep 0') os.execute('sleep 0')
     print('waiting') os.execute('sleep 0.2')
     Session.save(s) print('saved')`,
  );
  expect((await labels(runtime, id)).length).toBeGreaterThan(0);
  expect(await labels(runtime, id)).not.toContain('stored');
  await runtime.runs.resume(id);
  expect(await labels(runtime, id)).toContain('stored');
  expect((await replayed(runtime, id, { from: 'stored' })).output).toBe('saved\n');
});

test('a step that nobody saved can be forked from, but has no photograph to replay from', async () => {
  const { open, calls } = workshop();
  const runtime = await open();
  const id = await completed(runtime, STEPS.replaceAll('Session.save(s)', 'os.time()'));
  expect(await labels(runtime, id)).toEqual([]);
  calls.length = 0;
  const fork = await runtime.runs.fork(id, { at: 'transform' });
  expect((await runtime.runs.resume(fork.id)).value).toBe('validate10 transform20 report30');
  expect(calls.map(({ step }) => step)).toEqual([3]);
  await expect(runtime.runs.replay(id, { from: 'transform' })).rejects.toMatchObject({
    code: 'SNAPSHOT_UNUSABLE',
  });
  await expect(runtime.runs.fork(id, { at: 'publish' })).rejects.toThrow(
    'has no checkpoint "publish": it has validate, transform, report',
  );
});

test('a fork of a run whose photographs are elsewhere prints nothing twice', async () => {
  const here = await workshop().open();
  const there = await workshop().open();
  const id = await completed(
    here,
    "local s = Session.create() print('one') print('two') Session.checkpoint(s, 'half') print('three')",
  );
  await there.archive.import(here.archive.export(id) as never);
  const fork = await there.runs.fork(id, { at: 'half' });
  let output = '';
  await there.runs.resume(fork.id, {
    onOutput: (_, bytes) => {
      output += Buffer.from(bytes).toString();
    },
  });
  expect(output).toBe('three\n');
});
