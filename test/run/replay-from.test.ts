/** Replays that start from a checkpoint in place of the first line. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { entryKey } from '../../runtime/journal/journal-writer.js';
import { checkpointKey, decodeCheckpoint, encodeCheckpoint } from '../../runtime/run/checkpoint.js';
import {
  completed,
  flipped,
  interrupted,
  overwrite,
  recordsOf,
  replayed,
  script,
  workshop,
} from './kept-runs.js';

/** Locals, a coroutine and random numbers that lie behind the checkpoint are on its photograph only. */
const CODE = `local s = Session.create({ name = 'x' })
local draw = coroutine.wrap(function() while true do coroutine.yield(math.random(1000000)) end end)
local first = draw()
print('before', first)
local long = Artifact.get(s, Artifact.store(s, 'tool_result', 'long', ('x'):rep(50000))).content
Session.checkpoint(s, 'half')
print('half', draw(), #long)
local total = first
for step = 1, 3 do total = total + Tool.execute('count', { step = step }).result end
Session.checkpoint(s, 'late')
print('after', draw(), os.time())
Session.complete(s)
return total`;

async function seqOf(runtime: Runtime, id: string, label: string): Promise<number> {
  const checkpoints = (await runtime.runs.get(id))?.checkpoints ?? [];
  return checkpoints.find((checkpoint) => checkpoint.label === label)?.seq ?? 0;
}

describe('a replay from a checkpoint', () => {
  test('goes on from its photograph and shows what came after it', async () => {
    const { open, calls } = workshop();
    const runtime = await open();
    const id = await completed(runtime, CODE);
    const before = await recordsOf(runtime);
    const whole = await replayed(runtime, id);
    const lines = whole.output.split(/(?<=\n)/);
    const half = await seqOf(runtime, id, 'half');
    for (const from of ['half', half, String(half)]) {
      const part = await replayed(runtime, id, { from });
      expect(part).toMatchObject({ from: half, diverged: null, output: lines.slice(1).join('') });
      expect(part.outcome).toMatchObject({
        status: 'completed',
        value: whole.outcome.value,
        sessions: whole.outcome.sessions,
        usage: whole.outcome.usage,
      });
      // The calls that made the checkpoint are answered behind it; create, store and get lie before.
      expect(part.verifiedEntries).toBe(whole.verifiedEntries - 3);
    }
    const late = await replayed(runtime, id, { from: 'late' });
    expect(late).toMatchObject({ diverged: null, output: lines.slice(2).join('') });
    expect(whole.from).toBeNull();
    expect(calls).toHaveLength(3);
    expect(await recordsOf(runtime)).toEqual(before);
  });

  test('stops behind the entry that it is told', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    const [half, late] = [await seqOf(runtime, id, 'half'), await seqOf(runtime, id, 'late')];
    const part = await replayed(runtime, id, { from: 'half', to: late });
    expect(part).toMatchObject({ diverged: null, verifiedEntries: 4 });
    expect(part.output).toMatch(/^half\t\d+\t50000\n$/);
    await expect(runtime.runs.replay(id, { from: 'late', to: half })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: `entry ${half} lies before the checkpoint at entry ${late}`,
    });
  });

  test('does not care what has become of the journal before it', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    await overwrite(runtime, entryKey(id, 2), (bytes) => flipped(bytes, 50));
    expect((await replayed(runtime, id)).outcome.error?.code).toBe('JOURNAL_CORRUPT');
    expect(await replayed(runtime, id, { from: 'half' })).toMatchObject({
      diverged: null,
      outcome: { status: 'completed' },
    });
  });

  test('of a run that waits still ends where its record ends', async () => {
    const runtime = await workshop().open();
    const id = await interrupted(
      runtime,
      `local s = Session.create() Session.checkpoint(s, 'begun')
       print('waiting') os.execute('sleep 60') print('never')`,
    );
    const part = await replayed(runtime, id, { from: 'begun' });
    expect(part).toMatchObject({ diverged: null, output: 'waiting\n', verifiedEntries: 1 });
    expect(part.outcome).toMatchObject({ status: 'completed', error: undefined });
  });

  test('finds the checkpoints that a fork shares, and the sessions that are its own', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    const fork = await runtime.runs.fork(id, { at: 'late' });
    const { sessions, value } = await runtime.runs.resume(fork.id);
    const second = await runtime.runs.fork(fork.id);
    await runtime.runs.resume(second.id);
    for (const run of [fork.id, second.id]) {
      for (const from of ['half', 'late']) {
        const part = await replayed(runtime, run, { from });
        expect(part, `${run} from ${from}`).toMatchObject({ diverged: null, outcome: { value } });
      }
    }
    expect((await replayed(runtime, fork.id, { from: 'half' })).outcome.sessions).toEqual(sessions);
  });

  test('takes the newest of the checkpoints with one label', async () => {
    const runtime = await workshop().open();
    const id = await completed(
      runtime,
      `local s = Session.create()
       for i = 1, 3 do Session.checkpoint(s, 'round') print(i) end`,
    );
    expect((await replayed(runtime, id, { from: 'round' })).output).toBe('3\n');
    const { checkpoints = [] } = (await runtime.runs.get(id)) ?? {};
    expect((await replayed(runtime, id, { from: checkpoints[0]?.seq ?? 0 })).output).toBe(
      '1\n2\n3\n',
    );
  });
});

describe('a replay from a checkpoint is refused', () => {
  test('together with another script', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    const options = { from: 'half', script: script(CODE) };
    await expect(runtime.runs.replay(id, options)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  });

  test.each([
    ['nowhere', /has no checkpoint "nowhere": it has half, late$/],
    [2, /entry 2 of run .* is no checkpoint: it has \d+ "half", \d+ "late"$/],
    [99, /has no entry 99/],
  ])('where there is none: %s', async (from, message) => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    await expect(runtime.runs.replay(id, { from })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });

  test('when its photograph is of another build, damaged or gone, and says what to do', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    const key = checkpointKey(id, await seqOf(runtime, id, 'half'));
    const refusal = (problem: string) => ({
      code: 'SNAPSHOT_UNUSABLE',
      message: expect.stringContaining(problem),
      hint: expect.stringContaining('from its first line'),
    });
    const from = 'half';
    let sound: Uint8Array = new Uint8Array();
    await overwrite(runtime, key, (bytes) => {
      sound = bytes;
      return encodeCheckpoint({ ...decodeCheckpoint(bytes), build: 'another' });
    });
    await expect(runtime.runs.replay(id, { from })).rejects.toMatchObject(
      refusal('the snapshot "half" was made by another version of llmspell'),
    );
    await overwrite(runtime, key, () => sound);
    const [page = ''] = decodeCheckpoint(sound).pages.values();
    await overwrite(runtime, `p/${page}`, (bytes) => flipped(bytes, bytes.length >> 1));
    await expect(runtime.runs.replay(id, { from })).rejects.toMatchObject(refusal('is damaged'));
    const { backend } = await runtime.services.stores();
    await backend.commit({ preconditions: [], writes: [{ key, value: undefined }] });
    await expect(runtime.runs.replay(id, { from })).rejects.toMatchObject(
      refusal('no snapshot is kept of entry'),
    );
    expect(await replayed(runtime, id)).toMatchObject({ diverged: null });
  });

  test('when it is of the script that a fork has left behind', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CODE);
    const other = CODE.replace("'after'", "'behind'");
    const fork = await runtime.runs.fork(id, { at: 'late', script: script(other) });
    await runtime.runs.resume(fork.id);
    await expect(runtime.runs.replay(fork.id, { from: 'half' })).rejects.toMatchObject({
      code: 'SNAPSHOT_UNUSABLE',
      message: expect.stringContaining('is of the script that the run was forked from'),
    });
    expect((await replayed(runtime, fork.id, { from: 'late' })).output).toMatch(/^behind/);
  });
});
