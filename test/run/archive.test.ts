/** Runs as a whole: verified, carried to another storage, removed when they are old. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { decodeCheckpoint } from '../../runtime/run/checkpoint.js';
import { sourceOf } from '../fixtures/content.js';
import {
  AGENT,
  backendOf,
  completed,
  flipped,
  interrupted,
  overwrite,
  recordsOf,
  replayed,
  script,
  workshop,
} from './kept-runs.js';

/** Snapshots at every chance. */
const EAGER = { 'runtime.durability.snapshot_every_entries': 2 };

/** Long answers, long arguments and pictures of the VM: all that a run can refer to. */
const HEAVY = `local session = Session.create({ name = 'heavy' })
local text = ('x'):rep(9000)
Session.updateMetadata(session, { text = text })
Artifact.store(session, 'tool_result', 'large', text .. 'y')
Artifact.store(session, 'tool_result', 'same', text .. 'y')
os.execute('sleep 0.01')
local length = #Artifact.get(session, Artifact.list(session)[1].id).content + #Session.get(session).metadata.text
os.execute('sleep 0.01')
Session.complete(session)
print('length', length)
return length`;

const PAUSED = `local session = Session.create({ name = 'paused' })
Session.setCurrent(session)
Artifact.store(session, 'tool_result', 'first', 'one')
os.execute('sleep 0.01')
local keep = ('z'):rep(100)
print('waiting')
os.execute('sleep 0.2')
Artifact.store(session, 'tool_result', 'second', keep)
Session.complete(session)
return #Artifact.list(session), Session.getCurrent() == session, #keep`;

async function verified(runtime: Runtime, id?: string) {
  const verification = runtime.archive.verify(id);
  const problems = [];
  for (;;) {
    const step = await verification.next();
    if (step.done === true) return { problems, summary: step.value };
    problems.push(step.value);
  }
}

async function exported(runtime: Runtime, id: string, options = {}): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of runtime.archive.export(id, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function keys(runtime: Runtime, ...families: string[]): Promise<string[]> {
  const all = [...(await recordsOf(runtime)).keys()];
  return all.filter((key) => families.includes(key.slice(0, key.indexOf('/'))));
}

const OF_RUNS = [
  'r',
  'r-time',
  'r-status',
  'r-owner',
  'r-forks',
  'r-gone',
  'j',
  'j-head',
  'k',
  'p',
  'p-use',
];

const LATER = new Date(Date.now() + 60_000);

describe('verify', () => {
  test('finds nothing wrong with sound runs and counts what it read', async () => {
    const runtime = await workshop().open(EAGER);
    const id = await completed(runtime, HEAVY);
    const fork = await runtime.runs.fork(id, { at: 4 });
    await runtime.runs.resume(fork.id);
    const entries = await runtime.runs.entries(id);
    const { problems, summary } = await verified(runtime);
    expect(problems).toEqual([]);
    expect(summary).toMatchObject({ runs: 2 });
    expect(summary.entries).toBeGreaterThan(entries.length);
    expect(summary.checkpoints).toBeGreaterThan(1);
    expect(summary.pages).toBeGreaterThan(5);
    expect(summary.contents).toBeGreaterThan(2);
    expect((await verified(runtime, id.slice(0, 30))).summary.runs).toBe(1);
    expect((await verified(runtime, fork.id)).summary.runs).toBe(2);
    await expect(verified(runtime, 'nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
  });

  test('names the first bad entry of a journal', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, AGENT);
    const sound = await completed(runtime, AGENT);
    const [third] = (await keys(runtime, 'j')).filter((key) => key.includes(id)).slice(2);
    await overwrite(runtime, third as string, (bytes) => flipped(bytes, bytes.length - 1));
    const { problems } = await verified(runtime);
    expect(problems).toMatchObject([{ run: id, seq: 3, part: 'entry' }]);
    expect((await verified(runtime, sound)).problems).toEqual([]);
  });

  test('names entries without their content, damaged pages, and damaged records', async () => {
    const runtime = await workshop().open(EAGER);
    const id = await completed(runtime, HEAVY);
    const entries = await runtime.runs.entries(id);
    const entry = entries.find(({ event }) => event.type === 'call' && 'ref' in event.args);
    const reference =
      entry?.event.type === 'call' && 'ref' in entry.event.args ? entry.event.args.ref : '';
    const backend = await backendOf(runtime);
    await backend.commit({
      preconditions: [],
      writes: [{ key: `b/${reference}`, value: undefined }],
    });
    const [page] = await keys(runtime, 'p');
    await overwrite(runtime, page as string, () => new Uint8Array(20));
    const { problems } = await verified(runtime);
    expect(problems).toContainEqual(
      expect.objectContaining({ run: id, seq: entry?.seq, part: 'content' }),
    );
    expect(problems.map(({ part }) => part)).toContain('checkpoint');
    await overwrite(runtime, `r/${id}`, () => new Uint8Array([0xc1]));
    expect((await verified(runtime)).problems).toMatchObject([{ run: id, seq: null, part: 'run' }]);
  });
});

describe('an exported run', () => {
  test('replays in another storage, with its sessions and artifacts', async () => {
    const here = await workshop().open();
    const there = await workshop().open();
    const id = await completed(here, HEAVY);
    const before = await replayed(here, id);
    expect(await there.archive.import(sourceOf(await exported(here, id)))).toBe(id);
    const after = await replayed(there, id);
    expect(after).toMatchObject({ diverged: null, output: before.output });
    expect(after.verifiedEntries).toBe(before.verifiedEntries);
    expect(await there.runs.entries(id)).toEqual(await here.runs.entries(id));
    const [session] = (await there.runs.get(id))?.sessions ?? [];
    expect(await there.sessions.get(session ?? '')).toEqual(await here.sessions.get(session ?? ''));
    const list = (runtime: Runtime) => runtime.artifacts.query({ sessionId: session as string });
    expect((await list(there)).items).toEqual((await list(here)).items);
    expect((await verified(there)).problems).toEqual([]);
  });

  test('holds a changed script against the old record: a regression test', async () => {
    const here = await workshop().open();
    const there = await workshop().open();
    const file = await exported(here, await completed(here, AGENT));
    const id = await there.archive.import([file]);
    const same = AGENT.replace('local total = 0', 'local total = 1 - 1');
    expect((await replayed(there, id, { script: script(same) })).diverged).toBeNull();
    const other = AGENT.replace("'total '", "'sum '");
    const report = await replayed(there, id, { script: script(other) });
    expect(report.diverged).toMatchObject({ class: 'input', recorded: { op: 'artifact.store' } });
  });

  test('is the same file each time, and small', async () => {
    const runtime = await workshop().open(EAGER);
    const id = await completed(runtime, AGENT);
    const file = await exported(runtime, id);
    expect(Buffer.from(file).equals(await exported(runtime, id))).toBe(true);
    expect(file.length).toBeLessThan(20_000);
    expect(Buffer.from(file.subarray(0, 15)).toString()).toBe('llmspell-run 2\n');
    const withPages = await exported(runtime, id, { checkpoints: true });
    expect(withPages.length).toBeGreaterThan(file.length);
  });

  test.each([{ checkpoints: true }, { checkpoints: false }])(
    'goes on where it was interrupted, with $checkpoints',
    async (options) => {
      const here = await workshop().open(EAGER);
      const there = await workshop().open(EAGER);
      const id = await interrupted(here, PAUSED);
      const file = await exported(here, id, options);
      await there.archive.import([file]);
      expect(await there.runs.get(id)).toMatchObject({ status: 'interrupted' });
      const kept = (await there.runs.get(id))?.checkpoints.length ?? 0;
      expect(kept > 0).toBe(options.checkpoints);
      expect((await there.runs.resume(id)).value).toEqual([2, true, 100]);
      const copy = await here.archive.import([file], { newId: true });
      const { value, sessions } = await here.runs.resume(copy);
      expect(value).toEqual([2, true, 100]);
      expect(await here.sessions.get(sessions[0] ?? '')).toMatchObject({ status: 'completed' });
    },
  );

  test('of a fork holds the history that it shares', async () => {
    const here = await workshop().open(EAGER);
    const there = await workshop().open(EAGER);
    const id = await completed(here, AGENT);
    const tool = (await here.runs.entries(id)).filter(
      ({ event }) => event.type === 'call' && event.op === 'tool.execute',
    );
    const set = { seq: tool[1]?.seq as number, value: new Map([['result', 1000]]) };
    const fork = await here.runs.fork(id, { set });
    const { value } = await here.runs.resume(fork.id);
    await there.archive.import([await exported(here, fork.id, { checkpoints: true })]);
    expect((await there.runs.list()).items.map((run) => run.id)).toEqual([fork.id]);
    expect(await replayed(there, fork.id)).toMatchObject({ diverged: null, outcome: { value } });
    expect((await verified(there)).problems).toEqual([]);
    const again = await there.runs.fork(fork.id, { at: set.seq });
    expect((await there.runs.resume(again.id)).value).toBe(value);
  });
});

describe('an import', () => {
  test('takes along the checkpoints that are sound', async () => {
    const here = await workshop().open(EAGER);
    const there = await workshop().open();
    const id = await interrupted(here, PAUSED);
    const newest = (await keys(here, 'k')).at(-1) as string;
    const [page = ''] = decodeCheckpoint(
      (await (await backendOf(here)).get(newest)) as Uint8Array,
    ).pages.values();
    const count = (await here.runs.get(id))?.checkpoints.length ?? 0;
    await overwrite(here, `p/${page}`, () => new Uint8Array(20));
    await there.archive.import([await exported(here, id, { checkpoints: true })]);
    expect((await there.runs.get(id))?.checkpoints.length).toBeLessThan(count);
    expect((await verified(there)).problems).toEqual([]);
    expect((await there.runs.resume(id).outcome).values).toEqual([2, true, 100]);
  });

  test('of a fork with another script is sound where it was imported', async () => {
    const here = await workshop().open();
    const there = await workshop().open();
    const id = await completed(here, AGENT);
    const edited = script(AGENT.replace('return total', "return 'edited'"), 'another');
    const fork = await here.runs.fork(id, { at: 4, script: edited });
    await here.runs.resume(fork.id);
    const file = await exported(here, fork.id);
    await there.archive.import([file]);
    const copy = await there.archive.import([file], { newId: true });
    expect((await verified(there)).problems).toEqual([]);
    expect((await replayed(there, copy)).outcome.value).toBe('edited');
  });

  test('is refused over a run that is there, and welcome under a new id', async () => {
    const runtime = await workshop().open(EAGER);
    const id = await completed(runtime, AGENT);
    const file = await exported(runtime, id);
    const before = await recordsOf(runtime);
    const attempt = runtime.archive.import([file]);
    await expect(attempt).rejects.toMatchObject({ code: 'RUN_EXISTS', details: { run: id } });
    expect(await recordsOf(runtime)).toEqual(before);
    const copy = await runtime.archive.import([file], { newId: true });
    expect(copy).not.toBe(id);
    expect((await replayed(runtime, copy)).diverged).toBeNull();
    const [session] = (await runtime.runs.get(copy))?.sessions ?? [];
    expect(await runtime.sessions.get(session ?? '')).toMatchObject({
      run: copy,
      status: 'completed',
    });
    expect((await runtime.artifacts.query({ sessionId: session as string })).items).toHaveLength(3);
    expect((await verified(runtime)).problems).toEqual([]);
  });

  test('of a broken file changes nothing', { timeout: 60_000 }, async () => {
    const here = await workshop().open();
    const there = await workshop().open();
    const file = await exported(here, await completed(here, AGENT), { checkpoints: true });
    const before = await recordsOf(there);
    const broken: Uint8Array[] = [
      new Uint8Array(),
      file.subarray(0, -1),
      Buffer.concat([file, file]),
    ];
    for (let at = 0; at < file.length; at += Math.ceil(file.length / 60))
      broken.push(flipped(file, at));
    for (let at = 1; at < file.length; at += Math.ceil(file.length / 20))
      broken.push(file.subarray(0, at));
    for (const bytes of broken) {
      const error = await there.archive.import([bytes]).catch((thrown) => thrown);
      expect(['RUN_FILE_CORRUPT', 'STORAGE_NEWER']).toContain(error.code);
    }
    expect(await recordsOf(there)).toEqual(before);
    const newer = Buffer.concat([Buffer.from('llmspell-run 3\n'), file.subarray(15)]);
    await expect(there.archive.import([newer])).rejects.toMatchObject({ code: 'STORAGE_NEWER' });
    // A file may come in pieces of any size.
    const bytes = Array.from({ length: Math.ceil(file.length / 7) }, (_, i) =>
      file.subarray(i * 7, i * 7 + 7),
    );
    await there.archive.import(sourceOf(...bytes));
  });

  test('keeps contents of several megabytes, and counts what refers to them', async () => {
    const here = await workshop().open();
    const there = await workshop().open();
    const id = await completed(
      here,
      `local session = Session.create()
       local parts = {}
       for i = 1, 300000 do parts[i] = tostring(math.random(1 << 40)) end
       local text = table.concat(parts)
       Artifact.store(session, 'tool_result', 'a', text)
       Artifact.store(session, 'tool_result', 'b', text)
       Session.complete(session)
       return #text`,
    );
    await there.archive.import([await exported(here, id)]);
    expect((await replayed(there, id)).diverged).toBeNull();
    const [session] = (await there.runs.get(id))?.sessions ?? [];
    const { items } = await there.artifacts.query({ sessionId: session as string });
    expect(items[0]?.size).toBe((await there.runs.replay(id)).outcome.value);
    await there.sessions.delete(session as string);
    expect(await there.archive.prune({ before: LATER })).toEqual({ removed: [id], shared: [] });
    expect(await keys(there, ...OF_RUNS, 'b', 'c', 'w')).toEqual([]);
  });
});

describe('prune', () => {
  test('leaves nothing behind when the last run and session are gone', async () => {
    const runtime = await workshop().open(EAGER);
    const id = await completed(runtime, HEAVY);
    const fork = await runtime.runs.fork(id, { at: 6 });
    await runtime.runs.resume(fork.id);
    await runtime.runs.fork(fork.id);
    await interrupted(runtime, PAUSED);
    await completed(runtime, 'return 1');
    const statuses = ['completed', 'failed', 'interrupted', 'limit'] as const;
    const { removed, shared } = await runtime.archive.prune({ before: LATER, statuses });
    expect([removed.length, shared]).toEqual([5, []]);
    expect(removed.indexOf(fork.id)).toBeLessThan(removed.indexOf(id));
    expect(await keys(runtime, ...OF_RUNS)).toEqual([]);
    // Artifacts stay readable; with their sessions the last contents go.
    for (const { id: artifact } of (await runtime.artifacts.query()).items) {
      await runtime.artifacts.read(artifact);
    }
    for (const session of (await runtime.sessions.list()).items)
      await runtime.sessions.delete(session.id);
    expect(await keys(runtime, 'b', 'c', 'w')).toEqual([]);
  });

  test('keeps a run that a fork needs, and one that is going on', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, AGENT);
    const fork = await runtime.runs.fork(id, { at: 3 });
    const controller = new AbortController();
    let started: () => void = () => {};
    const isWaiting = new Promise<void>((resolve) => {
      started = resolve;
    });
    const live = runtime.eval("print('waiting') os.execute('sleep 60')", {
      signal: controller.signal,
      onOutput: () => started(),
    });
    await isWaiting;
    expect(await runtime.archive.prune({ before: LATER })).toEqual({ removed: [], shared: [id] });
    const statuses = ['interrupted', 'running'] as const;
    expect(await runtime.archive.prune({ before: LATER, statuses, dryRun: true })).toEqual({
      removed: [fork.id],
      shared: [],
    });
    expect((await runtime.runs.resume(fork.id)).value).toBe(60);
    expect((await runtime.archive.prune({ before: LATER })).removed).toEqual([fork.id, id]);
    controller.abort();
    await live.outcome;
    expect((await runtime.runs.list()).items.map((run) => run.id)).toEqual([live.id]);
  });

  test('by two at once removes each run once, and blames no fork for what the other took', async () => {
    const { open } = workshop();
    const runtimes = [await open(), await open()];
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) ids.push(await completed(runtimes[0] as Runtime, 'return 1'));
    const reports = await Promise.all(
      runtimes.map((runtime) => runtime.archive.prune({ before: LATER })),
    );
    expect(reports.flatMap(({ removed }) => removed).sort()).toEqual(ids);
    expect(reports.map(({ shared }) => shared)).toEqual([[], []]);
  });

  test('takes only runs that ended before the time', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, 'return 1');
    const between = new Date((await runtime.runs.get(id))?.endedAt?.getTime() ?? 0);
    expect((await runtime.archive.prune({ before: between })).removed).toEqual([]);
    expect((await runtime.archive.prune({ olderThanDays: 1 })).removed).toEqual([]);
    await expect(runtime.archive.prune()).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    await expect(runtime.archive.prune({ olderThanDays: -1 })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
    });
    expect((await runtime.archive.prune({ olderThanDays: 0 })).removed).toEqual([id]);
    expect((await runtime.archive.prune({ before: LATER })).removed).toEqual([]);
  });

  test('happens by itself as runs start, when the configuration says how long runs are kept', async () => {
    const { open } = workshop();
    const id = await completed(await open(), 'return 1');
    const runtime = await open({ 'runtime.durability.retention_days': 1 });
    const day = 24 * 60 * 60 * 1000;
    const record = await (await runtime.services.stores()).runs.get(id);
    const old = { ...record, startedAt: Date.now() - 3 * day, endedAt: Date.now() - 2 * day };
    const { transact } = await import('../../runtime/storage/transaction.js');
    const { runs, backend } = await runtime.services.stores();
    await transact(backend, (tx) => runs.write(tx, old as NonNullable<typeof record>));
    const next = await completed(runtime, 'return 2');
    expect((await runtime.runs.list()).items.map((run) => run.id)).toEqual([next]);
    expect((await keys(runtime, 'j')).every((key) => key.includes(next))).toBe(true);
  });

  test('finishes what an interrupted removal left', async () => {
    const runtime = await workshop().open(EAGER);
    const id = await completed(runtime, AGENT);
    const backend = await backendOf(runtime);
    const commit = backend.commit.bind(backend);
    let commits = 0;
    backend.commit = async (batch) => {
      commits += 1;
      if (commits === 4) throw new Error('the machine stopped');
      return commit(batch);
    };
    await expect(runtime.archive.prune({ before: LATER })).rejects.toThrow('the machine stopped');
    backend.commit = commit;
    expect(await runtime.runs.get(id)).toBeUndefined();
    expect(await keys(runtime, 'r-gone', 'j')).not.toEqual([]);
    await runtime.archive.prune({ before: LATER });
    expect(await keys(runtime, ...OF_RUNS)).toEqual([]);
  });
});

test('the numbers of the archive are those of what is stored', async () => {
  const runtime = await workshop().open(EAGER);
  const id = await completed(runtime, HEAVY);
  const stats = await runtime.archive.stats();
  expect(stats.runs).toMatchObject({ count: 1, byStatus: { completed: 1 } });
  expect(stats.entries.count).toBe((await runtime.runs.entries(id)).length);
  expect(stats.snapshots.count).toBe((await keys(runtime, 'k')).length);
  expect(stats.pages.count).toBe((await keys(runtime, 'p')).length);
  expect([stats.sessions.count, stats.artifacts.count]).toEqual([1, 2]);
  expect(stats.contents.count).toBe((await keys(runtime, 'b')).length);
  expect(stats.contents.bytes).toBeGreaterThan(0);
});
