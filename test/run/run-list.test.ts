import { expect, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { ended, type Machine, machine, said } from '../cli/command-line.js';
import { completed, interrupted, overwrite, recordsOf, workshop } from './kept-runs.js';

const LISTENING = `local s = Session.create({ name = 'listener' })
io.stderr:write('listening\\n')
print('heard ' .. io.read('l'))`;

/** A process that executes a run until it is killed. */
async function listener(on: Machine) {
  const child = on.start(['run', on.write('listen.lua', LISTENING)]);
  await said(child, 'listening\n');
  return child;
}

async function killed(on: Machine): Promise<void> {
  const child = await listener(on);
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
}

async function pages(on: Machine, status: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string[] = []; ; ) {
    const { data } = await on.json(['runs', '--status', status, '--limit', '1', ...cursor]);
    ids.push(...data.items.map((run: { id: string }) => run.id));
    if (data.next === null) return ids;
    expect(data.items).toHaveLength(1);
    cursor = ['--cursor', data.next];
  }
}

test('runs whose process was killed are found among the interrupted ones, page by page', {
  timeout: 60_000,
}, async () => {
  const on = machine();
  await killed(on);
  await on.call(['eval', 'return 1']);
  const file = on.write('slow.lua', "os.execute('sleep 5')");
  await on.call(['run', '--timeout', '200ms', file]);
  await killed(on);
  const living = await listener(on);
  const all: { id: string; status: string; sessions: string[] }[] = (await on.json(['runs'])).data
    .items;
  // Also those that never came to their end know the sessions that they created.
  expect(all.map(({ sessions }) => sessions.length)).toEqual([1, 1, 0, 0, 1]);
  expect(all.map(({ status }) => status)).toEqual([
    ...['running', 'interrupted', 'limit', 'completed', 'interrupted'],
  ]);
  for (const status of ['running', 'interrupted', 'limit', 'completed', 'failed']) {
    const ids = all.filter((run) => run.status === status).map(({ id }) => id);
    expect(await pages(on, status)).toEqual(ids);
    const { data } = await on.json(['runs', '--status', status]);
    expect(data.items.map((run: { id: string }) => run.id)).toEqual(ids);
    expect(data.next).toBeNull();
  }
  const { data } = await on.json(['stats']);
  expect(data.runs.by_status).toEqual({ running: 1, interrupted: 2, limit: 1, completed: 1 });
  const runtime = await Runtime.open({ dataDir: data.location });
  const { items } = await runtime.runs.list({ status: 'interrupted' });
  expect(items.map(({ id, status }) => ({ id, status }))).toEqual(
    all.filter(({ status }) => status === 'interrupted').map(({ id, status }) => ({ id, status })),
  );
  await runtime.close();
  living.kill('SIGKILL');
});

test('a run that was stopped and one that goes on are told apart in one process', async () => {
  const runtime = await workshop().open();
  const done = await completed(runtime, 'return 1');
  const stopped = await interrupted(runtime, "print('waiting') os.execute('sleep 60')");
  const controller = new AbortController();
  let begun: () => void = () => {};
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const run = runtime.eval("print('on') os.execute('sleep 60')", {
    signal: controller.signal,
    onOutput: () => begun(),
  });
  await isBegun;
  const ids = async (status: 'running' | 'interrupted' | 'completed' | 'waiting') =>
    (await runtime.runs.list({ status })).items.map(({ id }) => id);
  expect(await ids('running')).toEqual([run.id]);
  expect(await ids('interrupted')).toEqual([stopped]);
  expect(await ids('completed')).toEqual([done]);
  expect(await ids('waiting')).toEqual([]);
  controller.abort();
  await run.outcome;
  expect(await ids('interrupted')).toEqual([run.id, stopped]);
  await expect(runtime.runs.list({ status: 'lost' as 'failed' })).rejects.toMatchObject({
    code: 'BAD_ARGUMENT',
  });
});

test('a list reads no journal and no checkpoint, however many there are', async () => {
  const shop = workshop();
  const runtime = await shop.open({ 'runtime.durability.snapshot_every_entries': 1 });
  const stopped = await interrupted(
    runtime,
    `local s = Session.create({ name = 'one' })
     Session.checkpoint(s, 'half')
     print('waiting')
     os.execute('sleep 60')`,
  );
  await runtime.runs.fork(stopped);
  const { items } = await runtime.runs.list();
  expect(items.map(({ sessions }) => sessions.length)).toEqual([1, 1]);
  expect(items[1]?.checkpoints.map(({ label }) => label)).toContain('half');
  expect(items[0]?.checkpoints).toEqual([items[1]?.checkpoints.at(-1)]);
  for (const family of ['j/', 'k/']) {
    const rows = await recordsOf(runtime, family);
    expect(rows.size).toBeGreaterThan(1);
    for (const key of rows.keys()) await overwrite(runtime, key, () => new Uint8Array([0xc1]));
  }
  expect((await runtime.runs.list()).items).toEqual(items);
});

test('a run that was imported is listed like the one that was exported', async () => {
  const runtime = await workshop().open();
  const id = await completed(
    runtime,
    `local s = Session.create() Session.checkpoint(s, 'here') Session.complete(s)`,
  );
  const pieces: Uint8Array[] = [];
  for await (const piece of runtime.archive.export(id, { checkpoints: true })) pieces.push(piece);
  const elsewhere = await workshop().open();
  await elsewhere.archive.import(pieces);
  expect((await elsewhere.runs.list()).items).toEqual((await runtime.runs.list()).items);
});
