/** What becomes of a run when something else than an entry of its journal is changed or lost. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { decodeRecord, encodeRecord } from '../../runtime/base/encoding.js';
import { loadHash } from '../../runtime/content/content-address.js';
import { linkOf } from '../../runtime/journal/journal-entry.js';
import { encodeHead, entryKey, headKey } from '../../runtime/journal/journal-writer.js';
import { backendOf, flipped, interrupted, overwrite, recordsOf, workshop } from './kept-runs.js';

const WAITING = `local s = Session.create({ name = 'x' })
Artifact.store(s, 'tool_result', 'a', 'first')
local total = Tool.execute('count', { step = 4 }).result
Session.checkpoint(s, 'half')
print('waiting') os.execute('sleep 0.06')
return total + #Artifact.list(s)`;
const VALUE = 41;

/** A photograph at each rest, and room for the sessions of many forks. */
const EAGER = {
  'runtime.durability.snapshot_every_entries': 1,
  'runtime.sessions.max_sessions': 1000,
};

/** Every so many bytes one is changed. */
const STRIDE = 29;

async function put(runtime: Runtime, key: string, value: Uint8Array | undefined): Promise<void> {
  const backend = await backendOf(runtime);
  await backend.commit({ preconditions: [], writes: [{ key, value }] });
}

async function bytesAt(runtime: Runtime, key: string): Promise<Uint8Array> {
  return (await (await backendOf(runtime)).get(key)) as Uint8Array;
}

async function keysBelow(runtime: Runtime, prefix: string): Promise<string[]> {
  return [...(await recordsOf(runtime, prefix)).keys()];
}

async function problems(runtime: Runtime, id?: string) {
  const found = [];
  const verification = runtime.archive.verify(id);
  for (let step = await verification.next(); step.done !== true; step = await verification.next())
    found.push(step.value);
  return found;
}

describe('a journal that does not tell where it ends', () => {
  test.each<[string, (head: Uint8Array) => Uint8Array | undefined]>([
    ['at all', () => undefined],
    ['in a record', () => new Uint8Array()],
    ['in fields of their names', () => encodeRecord({ sep: 5, hash: new Uint8Array(32) })],
    ['by a number of an entry', () => encodeRecord({ seq: -5, hash: new Uint8Array(32) })],
  ])('%s is shown, and nothing is written over it', async (_, change) => {
    const { open } = workshop();
    const runtime = await open(EAGER);
    const id = await interrupted(runtime, WAITING);
    const { entries: last = 0 } = (await runtime.runs.get(id)) ?? {};
    const other = await interrupted(runtime, WAITING);
    const sound = await bytesAt(runtime, headKey(id));
    await put(runtime, headKey(id), change(sound));
    const before = await recordsOf(runtime, `j/${id}/`);
    const damage = { code: 'JOURNAL_CORRUPT', details: { run: id, seq: last + 1 } };
    expect((await runtime.runs.resume(id).outcome).error).toMatchObject(damage);
    await expect(runtime.runs.entries(id)).rejects.toMatchObject(damage);
    expect((await runtime.runs.replay(id)).outcome.error).toMatchObject(damage);
    expect((await runtime.runs.soundEntries(id)).entries).toHaveLength(last);
    expect(await problems(runtime)).toMatchObject([{ run: id, seq: last + 1, part: 'entry' }]);
    expect(await recordsOf(runtime, `j/${id}/`)).toEqual(before);
    // Others are listed and go on, and so does a fork of what there is.
    expect((await runtime.runs.list()).items.map((run) => run.id).sort()).toEqual([id, other]);
    expect((await runtime.runs.resume(other)).value).toBe(VALUE);
    const fork = await runtime.runs.fork(id, { at: last });
    expect((await runtime.runs.resume(fork.id)).value).toBe(VALUE);
    await put(runtime, headKey(id), sound);
    expect((await runtime.runs.resume(id)).value).toBe(VALUE);
  });

  test('is no damage in a fork that was never run', async () => {
    const { open } = workshop();
    const runtime = await open(EAGER);
    const id = await interrupted(runtime, WAITING);
    const fork = await runtime.runs.fork(id);
    expect(await keysBelow(runtime, headKey(fork.id))).toEqual([]);
    expect(await problems(runtime)).toEqual([]);
    expect((await runtime.runs.replay(fork.id)).outcome.status).toBe('completed');
    expect((await runtime.runs.resume(fork.id)).value).toBe(VALUE);
  });
});

describe('a checkpoint', () => {
  test('of which nothing can be read costs time, and is gone when the run has gone on', async () => {
    const { open, calls } = workshop();
    const runtime = await open(EAGER);
    const id = await interrupted(runtime, WAITING);
    const keys = await keysBelow(runtime, `k/${id}/`);
    expect(keys.length).toBeGreaterThan(1);
    await put(runtime, keys.at(-1) as string, new Uint8Array());
    await put(runtime, keys.at(-2) as string, encodeRecord({ v: 1 }));
    expect(await problems(runtime)).toMatchObject([{ part: 'checkpoint' }, { part: 'checkpoint' }]);
    const fork = await runtime.runs.fork(id);
    expect((await runtime.runs.resume(fork.id)).value).toBe(VALUE);
    expect((await runtime.runs.resume(id)).value).toBe(VALUE);
    expect(calls).toHaveLength(1);
    expect(await problems(runtime)).toEqual([]);
  });

  test('of which one byte is changed is found, or means the same', {
    timeout: 120_000,
  }, async () => {
    const { open, calls } = workshop();
    const runtime = await open(EAGER);
    const id = await interrupted(runtime, WAITING);
    const key = (await keysBelow(runtime, `k/${id}/`)).at(-1) as string;
    const sound = await bytesAt(runtime, key);
    let found = 0;
    for (let index = 0; index < sound.length; index += STRIDE) {
      await overwrite(runtime, key, () => flipped(sound, index));
      if ((await problems(runtime, id)).some(({ part }) => part === 'checkpoint')) found += 1;
      const fork = await runtime.runs.fork(id);
      const { value, error } = await runtime.runs.resume(fork.id).outcome;
      expect({ index, value, error }).toEqual({ index, value: VALUE, error: undefined });
    }
    expect(calls).toHaveLength(1);
    expect(found / Math.ceil(sound.length / STRIDE)).toBeGreaterThan(0.95);
  });
});

test('verify names what lists and owners tell wrongly', async () => {
  const { open } = workshop();
  const runtime = await open(EAGER);
  const id = await interrupted(runtime, WAITING);
  const [note] = await keysBelow(runtime, `j-note/${id}/`);
  const [byTime] = (await keysBelow(runtime, 'r-time/')).filter((key) => key.includes(id));
  const [byStatus] = (await keysBelow(runtime, 'r-status/')).filter((key) => key.includes(id));
  const whole = { run: id, seq: null, part: 'run' };
  for (const [key, problem] of [
    [note, { run: id, seq: 2, part: 'entry' }],
    [`k-list/${id}`, whole],
    [byTime, whole],
    [byStatus, whole],
    [`r-owner/${id}`, whole],
  ] as const) {
    const sound = await bytesAt(runtime, key as string);
    await put(runtime, key as string, new Uint8Array([0xc1]));
    expect({ key, found: await problems(runtime) }).toMatchObject({ key, found: [problem] });
    await put(runtime, key as string, sound);
  }
  // What is damaged there alone keeps nobody from the list.
  await put(runtime, note as string, new Uint8Array([0xc1]));
  await put(runtime, `k-list/${id}`, new Uint8Array([0xc1]));
  expect((await runtime.runs.list()).items).toMatchObject([{ id, checkpoints: [] }]);
});

test('verify names a run that nothing would wake', async () => {
  const { open } = workshop();
  const runtime = await open();
  const waits = (call: string) =>
    `local s = Session.create({ name = 'w' }) Session.setCurrent(s) ${call} return 1`;
  const timed = runtime.eval(waits('Session.sleep(3600)'), { detach: true });
  const event = runtime.eval(waits("Session.waitForEvent('paid')"), { detach: true });
  expect([await timed.outcome, await event.outcome]).toMatchObject([
    { status: 'sleeping' },
    { status: 'sleeping' },
  ]);
  expect(await problems(runtime)).toEqual([]);
  for (const [prefix, id] of [
    ['r-due/', timed.id],
    ['r-wait/', event.id],
    [`r-sleep/${timed.id}`, timed.id],
  ] as const) {
    const [key = ''] = await keysBelow(runtime, prefix);
    const sound = await bytesAt(runtime, key);
    await put(runtime, key, undefined);
    expect(await problems(runtime)).toMatchObject([{ run: id, seq: null, part: 'run' }]);
    await put(runtime, key, sound);
  }
  await put(runtime, `r-sleep/${timed.id}`, new Uint8Array([0xc1]));
  expect(await problems(runtime)).toMatchObject([{ run: timed.id, seq: null, part: 'run' }]);
});

test('a damaged record of a run is named by whoever meets it', async () => {
  const { open } = workshop();
  const runtime = await open();
  const id = await interrupted(runtime, WAITING);
  const sound = await bytesAt(runtime, `r/${id}`);
  const args = Buffer.from(sound).indexOf('seed') + 8;
  await put(runtime, `r/${id}`, flipped(sound, args));
  expect(await problems(runtime)).toMatchObject([{ run: id, seq: null, part: 'run' }]);
  await put(runtime, `r/${id}`, sound.subarray(0, 20));
  const damage = { code: 'STORAGE_CORRUPT', message: expect.stringContaining(`run ${id}`) };
  await expect(runtime.runs.list()).rejects.toMatchObject(damage);
  await expect(runtime.runs.find(id.slice(0, 20))).rejects.toMatchObject(damage);
  expect((await runtime.runs.resume(id).outcome).error).toMatchObject(damage);
  // Others go on, and are removed when they are old.
  const other = await interrupted(runtime, WAITING);
  expect(await runtime.runs.resumable()).toEqual([other]);
  expect((await runtime.runs.resume(other)).value).toBe(VALUE);
  const before = new Date(Date.now() + 60_000);
  expect((await runtime.archive.prune({ before })).removed).toEqual([other]);
  await put(runtime, `r/${id}`, sound);
  await put(runtime, `r-owner/${id}`, new Uint8Array());
  expect((await runtime.runs.resume(id).outcome).error).toMatchObject(damage);
  const ended = (await runtime.eval('return 1')).run;
  const statuses = ['completed', 'interrupted'] as const;
  const later = new Date(Date.now() + 60_000);
  expect((await runtime.archive.prune({ before: later, statuses })).removed).toEqual([ended]);
});

test('a journal of a newer version is refused, and left as it is', async () => {
  const { open } = workshop();
  const runtime = await open();
  const id = await interrupted(runtime, WAITING);
  const { entries: last = 0 } = (await runtime.runs.get(id)) ?? {};
  const hash = await loadHash();
  const [, ...fields] = decodeRecord(
    (await bytesAt(runtime, entryKey(id, last))).subarray(32),
  ) as readonly (string | number)[];
  const bytes = encodeRecord([99, ...fields], 32);
  bytes.set(linkOf(await bytesAt(runtime, entryKey(id, last - 1))));
  bytes.set(hash(bytes));
  await put(runtime, entryKey(id, last), bytes);
  await put(runtime, headKey(id), encodeHead({ seq: last, hash: linkOf(bytes) }));
  const before = await recordsOf(runtime, 'j');
  const newer = { code: 'STORAGE_NEWER', exitStatus: 10, message: expect.stringContaining('99') };
  expect((await runtime.runs.resume(id).outcome).error).toMatchObject(newer);
  expect((await runtime.runs.replay(id)).outcome.error).toMatchObject(newer);
  await expect(runtime.runs.entries(id)).rejects.toMatchObject(newer);
  await expect(runtime.runs.fork(id)).rejects.toMatchObject(newer);
  const exported = async () => {
    for await (const _ of runtime.archive.export(id));
  };
  await expect(exported()).rejects.toMatchObject(newer);
  expect(await problems(runtime)).toMatchObject([{ run: id, part: 'entry' }]);
  expect(await recordsOf(runtime, 'j')).toEqual(before);
});
