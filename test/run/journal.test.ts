import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { entryKey } from '../../runtime/journal/journal-writer.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../runtime/run/checkpoint.js';
import {
  AGENT,
  backendOf,
  completed,
  flipped,
  interrupted,
  overwrite,
  recordsOf,
  replayed,
  workshop,
} from './kept-runs.js';

/** A run with a few entries that waits, and goes on to its end when it is resumed. */
const WAITING = `local s = Session.create({ name = 'x' })
Artifact.store(s, 'tool_result', 'a', 'first')
print('waiting') os.execute('sleep 0.2')
return #Artifact.list(s)`;

/** How many calls a resumed run makes that the gate sees: those before a snapshot are not among them. */
async function callsWhenResumed(runtime: Runtime, id: string): Promise<[number, unknown]> {
  const run = runtime.runs.resume(id);
  let calls = 0;
  for await (const event of run) if (event.type === 'call.start') calls += 1;
  return [calls, (await run).value];
}

describe('a journal', () => {
  test('of which one byte is changed is refused at that entry, and not written to', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(runtime, WAITING);
    const { entries = 0 } = (await runtime.runs.get(id)) ?? {};
    expect(entries).toBe(4);
    const backend = await backendOf(runtime);
    for (let seq = 1; seq <= entries; seq += 1) {
      const sound = (await backend.get(entryKey(id, seq))) as Uint8Array;
      for (let index = 0; index < sound.length; index += 7) {
        await overwrite(runtime, entryKey(id, seq), () => flipped(sound, index));
        const before = await recordsOf(runtime);
        const error = await runtime.runs.entries(id).catch((thrown) => thrown);
        expect({ seq, index, code: error.code }).toEqual({ seq, index, code: 'JOURNAL_CORRUPT' });
        expect(error.details).toMatchObject({ run: id, seq });
        expect(await recordsOf(runtime)).toEqual(before);
      }
      const { error } = await runtime.runs.resume(id).outcome;
      expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT', details: { seq } });
      const written = [...(await recordsOf(runtime, `j/${id}/`)).keys()];
      expect(written).toHaveLength(entries);
      if (seq > 1) {
        const { value, status } = await runtime.runs.resume(
          (await runtime.runs.fork(id, { at: seq - 1 })).id,
        );
        expect({ value, status }).toEqual({ value: 1, status: 'completed' });
      }
      await overwrite(runtime, entryKey(id, seq), () => sound);
    }
    expect((await runtime.runs.resume(id)).value).toBe(1);
  });

  test('of which an entry is missing is refused', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, AGENT);
    const backend = await backendOf(runtime);
    const last = (await runtime.runs.get(id))?.entries ?? 0;
    for (const seq of [3, last]) {
      const key = entryKey(id, seq);
      const value = await backend.get(key);
      await backend.commit({ preconditions: [], writes: [{ key, value: undefined }] });
      await expect(runtime.runs.replay(id).then(({ outcome }) => outcome)).resolves.toMatchObject({
        error: { code: 'JOURNAL_CORRUPT', details: { seq } },
      });
      await backend.commit({ preconditions: [], writes: [{ key, value }] });
    }
  });

  test('keeps long answers apart from its entries', async () => {
    const { open } = workshop();
    const runtime = await open();
    const { run, value } = await runtime.eval(
      `local s = Session.create()
       local id = Artifact.store(s, 'tool_result', 'long', ('x'):rep(100000))
       local got = Artifact.get(s, id)
       return #(got.content or got)`,
    );
    expect(value).toBe(100_000);
    const backend = await backendOf(runtime);
    const entries = await backend.range({ start: `j/${run}/`, end: `j/${run}0` });
    expect(entries).toHaveLength(5);
    expect(Math.max(...entries.map((entry) => entry.value.length))).toBeLessThan(2000);
    expect((await replayed(runtime, run)).outcome.value).toBe(100_000);
  });

  test('whose long answer is gone ends the replay and does not mislead the script', async () => {
    const { open } = workshop();
    const runtime = await open();
    const { run } = await runtime.eval(
      `local s = Session.create()
       local id = Artifact.store(s, 'tool_result', 'long', ('x'):rep(100000))
       local ok, got = pcall(Artifact.get, s, id)
       return ok`,
    );
    const backend = await backendOf(runtime);
    const contents = await backend.range({ start: 'b/', end: 'b0' });
    const script = (await runtime.runs.get(run))?.script.hash;
    const writes = contents
      .filter(({ key }) => key !== `b/${script}`)
      .map(({ key }) => ({ key, value: undefined }));
    await backend.commit({ preconditions: [], writes });
    const { outcome, diverged } = await replayed(runtime, run);
    expect(diverged).toBeNull();
    expect(outcome).toMatchObject({ values: [], error: { code: 'ARTIFACT_CORRUPT' } });
  });
});

const STEPS = `for i = 1, 12 do os.execute('sleep 0.002') os.time() end
print('waiting') os.execute('sleep 0.2') return 'done'`;
const EVERY_4 = { 'runtime.durability.snapshot_every_entries': 4 };

describe('a snapshot', () => {
  test('is where a resumed run goes on', async () => {
    const { open } = workshop();
    const runtime = await open(EVERY_4);
    const id = await interrupted(runtime, STEPS);
    const [calls, value] = await callsWhenResumed(runtime, id);
    expect(value).toBe('done');
    expect(calls).toBeLessThan(10);
  });

  test('with damaged pages is passed over for an older one, and all for the journal', async () => {
    const { open } = workshop();
    const runtime = await open({ ...EVERY_4, 'runtime.durability.keep_snapshots': 2 });
    const id = await interrupted(runtime, STEPS);
    for (const { key } of await (await backendOf(runtime)).range({ start: 'p/', end: 'p0' })) {
      await overwrite(runtime, key, (bytes) => flipped(bytes, bytes.length >> 1));
    }
    expect(await callsWhenResumed(runtime, id)).toEqual([25, 'done']);
  });

  test('of another build is passed over for the journal', async () => {
    const { open } = workshop();
    const runtime = await open(EVERY_4);
    const id = await interrupted(runtime, STEPS);
    const checkpoints = [...(await recordsOf(runtime, `k/${id}/`)).keys()];
    expect(checkpoints.length).toBeGreaterThan(1);
    for (const key of checkpoints) {
      await overwrite(runtime, key, (bytes) =>
        encodeCheckpoint({ ...decodeCheckpoint(bytes), build: 'another' }),
      );
    }
    expect(await callsWhenResumed(runtime, id)).toEqual([25, 'done']);
  });

  test('shares its pages with others, and goes when newer ones are there', async () => {
    const { open } = workshop();
    const runtime = await open({ ...EVERY_4, 'runtime.durability.keep_snapshots': 2 });
    const id = await interrupted(runtime, STEPS);
    const backend = await backendOf(runtime);
    const kept = (await backend.range({ start: `k/${id}/`, end: `k/${id}0` })).map(({ value }) =>
      decodeCheckpoint(value),
    );
    expect(kept).toHaveLength(2);
    const used = new Set(kept.flatMap(({ pages }) => [...pages.values()]));
    const stored = [...(await recordsOf(runtime, 'p/')).keys()].map((key) => key.slice(2));
    expect(new Set(stored)).toEqual(used);
    expect(stored.length).toBeLessThan((kept[0]?.pages.size ?? 0) * 2);
    const other = await interrupted(runtime, STEPS);
    const together = (await recordsOf(runtime, 'p/')).size;
    expect(together).toBeLessThan(stored.length * 2);
    expect((await callsWhenResumed(runtime, other))[1]).toBe('done');
    expect((await callsWhenResumed(runtime, id))[1]).toBe('done');
  });

  test('does not forget a call that was in flight on it', async () => {
    for (const wait of [100, 1_000_000]) {
      const { open, calls } = workshop();
      const runtime = await open({ 'runtime.durability.snapshot_before_wait_ms': wait });
      const code = `print('waiting') local ok, err = pcall(Tool.execute, 'hang', {}) return ok, err.code`;
      const id = await interrupted(runtime, code, 300);
      expect((await runtime.runs.get(id))?.checkpoints).toHaveLength(wait === 100 ? 1 : 0);
      const asked = await runtime.runs.resume(id, { onUnknown: 'ask' }).outcome;
      expect(asked).toMatchObject({ status: 'interrupted', error: { code: 'EFFECT_UNKNOWN' } });
      expect((await runtime.runs.resume(id)).value).toEqual([false, 'EFFECT_UNKNOWN']);
      expect(calls).toHaveLength(1);
    }
  });

  test('lets a run go on whatever its history before it has become', async () => {
    const { open } = workshop();
    const runtime = await open(EVERY_4);
    const id = await interrupted(runtime, STEPS);
    await overwrite(runtime, entryKey(id, 2), (bytes) => flipped(bytes, 40));
    expect((await callsWhenResumed(runtime, id))[1]).toBe('done');
    await expect(runtime.runs.entries(id)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  test('makes a run of 2,000 entries go on at once', { timeout: 60_000 }, async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(
      runtime,
      `local seen = 0
       for i = 1, 1000 do os.execute('sleep 0') seen = seen + (os.time() > 0 and 1 or 0) end
       print('waiting') os.execute('sleep 0.2') return seen`,
    );
    expect((await runtime.runs.get(id))?.entries).toBeGreaterThan(2000);
    const [calls, value] = await callsWhenResumed(runtime, id);
    expect(value).toBe(1000);
    expect(calls).toBeLessThan(220);
    const { diverged, verifiedEntries } = await replayed(runtime, id);
    expect({ diverged, verifiedEntries }).toEqual({ diverged: null, verifiedEntries: 2001 });
  });
});

describe('whatever a script does', () => {
  test('its replay does the same', { timeout: 90_000 }, async () => {
    const { open } = workshop();
    const runtime = await open({
      'runtime.durability.snapshot_every_entries': 5,
      'runtime.sessions.max_sessions': 10_000,
    });
    await fc.assert(
      fc.asyncProperty(program(), async (code) => {
        let output = '';
        const run = await runtime.eval(code, {
          onOutput: (_, bytes) => {
            output += Buffer.from(bytes).toString();
          },
        }).outcome;
        expect(run.error).toBeUndefined();
        const report = await replayed(runtime, run.run);
        expect(report).toMatchObject({ diverged: null, output });
        expect(report.verifiedEntries).toBe(run.usage.calls);
        expect(report.outcome.value).toEqual(run.value);
      }),
      { numRuns: 40 },
    );
  });

  test('stopped anywhere, it goes on with what it knew', { timeout: 90_000 }, async () => {
    const made = workshop();
    const runtime = await made.open({
      'runtime.durability.snapshot_every_entries': 3,
      'runtime.sessions.max_sessions': 10_000,
    });
    await fc.assert(
      fc.asyncProperty(program(), fc.nat({ max: 12 }), async (code, stop) => {
        const controller = new AbortController();
        made.calls.length = 0;
        const run = runtime.eval(code, { signal: controller.signal });
        let calls = 0;
        for await (const event of run) {
          if (event.type === 'call.end' && calls++ === stop) controller.abort();
        }
        let outcome = await run.outcome;
        if (outcome.status === 'interrupted') {
          // Nothing was kept of a run that was stopped before it began.
          if ((await runtime.runs.get(run.id)) === undefined) return;
          outcome = await runtime.runs.resume(run.id).outcome;
        }
        expect(outcome.error).toBeUndefined();
        const value = outcome.value as { values: string[]; contents: string[] };
        expect(value.contents).toEqual(value.values);
        // An answered call was made once; one that was in flight has the key that it had.
        const keys = made.calls.map(({ key }) => key);
        expect(keys.length - new Set(keys).size).toBeLessThanOrEqual(MOST_BRANCHES);
        expect((await replayed(runtime, run.id)).diverged).toBeNull();
      }),
      { numRuns: 40 },
    );
  });
});

/** Three functions side by side, each of which may have three of its own, and so once more. */
const MOST_BRANCHES = 27;

/** Lua programs that note every answer they get, and store each note as an artifact. */
function program(): fc.Arbitrary<string> {
  const text = fc.constantFrom('a', 'b c', 'ü', '\\0\\255', '');
  const step = fc.integer({ min: 1, max: 9 });
  const leaf = fc.oneof(
    step.map((n) => `note(Tool.execute('count', { step = ${n} }).result)`),
    fc.constant('note(os.time() > 0)'),
    fc.constant('note(math.random(1, 1000000000))'),
    fc.constant('note(os.clock() >= 0, os.date() ~= nil)'),
    text.map((value) => `State.set('name', '${value}') note(State.get('name'))`),
    fc.constant("os.execute('sleep 0')"),
    fc.constant("os.execute('sleep 0.002')"),
    step.map((n) => `Session.updateMetadata(session, { step = ${n} })`),
    fc.constant('note(Session.get(session).metadata.step or 0)'),
    fc.constant("note((select(2, pcall(Session.complete, 'nobody'))).code)"),
    fc.constant('for key, value in pairs({ x = 1, y = 2, z = {} }) do note(key, type(value)) end'),
    text.map((value) => `print('${value}', #notes)`),
  );
  const { block } = fc.letrec<{ block: string; statement: string }>((tie) => ({
    statement: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      { weight: 5, arbitrary: leaf },
      { weight: 1, arbitrary: tie('block').map((body) => `pcall(function() ${body} end)`) },
      {
        weight: 1,
        arbitrary: tie('block').map(
          (body) => `pcall(function() ${body} error({ code = 'OWN' }) end)`,
        ),
      },
      {
        weight: 1,
        arbitrary: tie('block').map(
          (body) =>
            `for i in coroutine.wrap(function() for i = 1, 2 do ${body} coroutine.yield(i) end end) do note(i) end`,
        ),
      },
      {
        weight: 1,
        arbitrary: tie('block').map(
          (body) => `table.sort({ 2, 1 }, function(a, b) ${body} return a < b end)`,
        ),
      },
      {
        weight: 1,
        arbitrary: tie('block').map(
          (body) => `(('ab'):gsub('a', function(c) ${body} return c end))`,
        ),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(tie('block'), tie('block'), fc.integer({ min: 1, max: 3 }))
          .map(
            ([one, other, limit]) =>
              `parallel({ function() ${one} end, function() ${other} end, function() ${one} end }, { max_parallel = ${limit} })`,
          ),
      },
    ),
    block: fc
      .array(tie('statement'), { minLength: 1, maxLength: 3 })
      .map((statements) => statements.map(asStatement).join('\n')),
  }));
  return fc.array(block, { minLength: 1, maxLength: 4 }).map(
    (blocks) => `local session = Session.create({ name = 'random' })
      local notes = {}
      local function note(...)
        local text = table.concat({ tostring((...)), tostring(#notes) }, ' ')
        notes[#notes + 1] = text
        Artifact.store(session, 'tool_result', ('%04d'):format(#notes), text)
      end
      ${blocks.join('\n')}
      local list = Artifact.list(session, { limit = 1000 })
      table.sort(list, function(a, b) return a.name < b.name end)
      local contents = {}
      for i, artifact in ipairs(list) do contents[i] = Artifact.get(session, artifact.id).content end
      return { values = JSON.array(notes), contents = JSON.array(contents) }`,
  );
}

/** An expression in parentheses would be a call of what stands before it. */
function asStatement(text: string): string {
  return text.startsWith('(') ? `local _ = ${text}` : text;
}
