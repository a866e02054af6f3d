import { describe, expect, test } from 'vitest';
import {
  AGENT,
  completed,
  interrupted,
  recordsOf,
  replayed,
  script,
  workshop,
} from './kept-runs.js';

describe('a replay', () => {
  test('prints the same, calls no tool and writes nothing', async () => {
    const { open, calls } = workshop();
    const runtime = await open();
    let output = '';
    const run = await runtime.eval(AGENT, {
      onOutput: (_, bytes) => {
        output += Buffer.from(bytes).toString();
      },
    });
    const before = await recordsOf(runtime);
    const report = await replayed(runtime, run.run);
    expect(report).toMatchObject({ run: run.run, diverged: null, output });
    expect(report.outcome).toMatchObject({
      status: 'completed',
      value: 60,
      sessions: run.sessions,
    });
    expect(report.verifiedEntries).toBe(run.usage.calls);
    expect(await recordsOf(runtime)).toEqual(before);
    expect(calls).toHaveLength(3);
  });

  test('works in another process that has none of the tools', async () => {
    const { open, dataDir } = workshop();
    const first = await open();
    const id = await completed(first, AGENT);
    await first.close();
    const { Runtime } = await import('../../bindings/node/index.js');
    const runtime = await Runtime.open({ dataDir });
    expect((await replayed(runtime, id)).diverged).toBeNull();
    await runtime.close();
  });

  test('gives long answers at once that were given at once', async () => {
    const { open } = workshop();
    const runtime = await open();
    const { run, value } = await runtime.eval(`return #os.date(('%Y '):rep(2000))`);
    expect(value).toBe(10_000);
    const { diverged, outcome } = await replayed(runtime, run);
    expect(diverged).toBeNull();
    expect(outcome.value).toBe(10_000);
  });

  test('fails as the run failed', async () => {
    const { open } = workshop();
    const runtime = await open();
    const { run, error } = await runtime.eval("Session.get('nobody').x = 1").outcome;
    const { outcome, diverged } = await replayed(runtime, run);
    expect(diverged).toBeNull();
    expect(outcome.error).toMatchObject({ code: error?.code, message: error?.message });
  });

  test('of a run that caught errors catches them again', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(
      runtime,
      `local ok, err = pcall(Session.complete, 'nobody')
       print(ok, err.code, pcall(Tool.execute, 'none', {}))`,
    );
    const { diverged, output } = await replayed(runtime, id);
    expect(diverged).toBeNull();
    expect(output).toContain('false\tSESSION_NOT_FOUND');
  });

  test('of a run that was interrupted stops at the end of its record', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(
      runtime,
      "local a = Session.create() print('waiting') os.execute('sleep 60') Session.complete(a)",
    );
    const { diverged, verifiedEntries, outcome } = await replayed(runtime, id);
    expect(diverged).toBeNull();
    expect(verifiedEntries).toBe(1);
    expect(outcome).toMatchObject({ status: 'completed', error: undefined });
  });

  test('stops behind the entry that it is told', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, "print('a') os.time() print('b') os.time() print('c')");
    const { output, verifiedEntries, diverged } = await replayed(runtime, id, { to: 2 });
    expect({ output, verifiedEntries, diverged }).toEqual({
      output: 'a\nb\n',
      verifiedEntries: 1,
      diverged: null,
    });
  });

  test('of a fork and of a run that was resumed tell all that happened', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(
      runtime,
      `local s = Session.create({ name = 'x' })
       print('waiting') os.execute('sleep 0.2')
       Artifact.store(s, 'tool_result', 'a', 'text')
       return Session.get(s).artifact_count`,
    );
    const resumed = await runtime.runs.resume(id);
    expect((await replayed(runtime, id)).outcome.value).toEqual(resumed.value);
    const fork = await runtime.runs.fork(id, { at: 2 });
    const forked = await runtime.runs.resume(fork.id);
    const report = await replayed(runtime, fork.id);
    expect(report).toMatchObject({ diverged: null, outcome: { value: forked.value } });
    expect(report.outcome.sessions).toEqual(forked.sessions);
    expect(forked.sessions).not.toEqual(resumed.sessions);
  });

  test('that runs out of its own time does not blame the script', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, 'os.time() for i = 1, 1e6 do end os.time()');
    const text = 'os.time() while true do end os.time()';
    const { diverged, outcome } = await replayed(runtime, id, {
      script: script(text),
      timeoutMs: 100,
    });
    expect(diverged).toBeNull();
    expect(outcome.error?.code).toBe('LIMIT_TIME');
  });
});

const ORIGINAL = `local s = Session.create({ name = 'one' })
os.time()
Artifact.store(s, 'tool_result', 'a', 'text')
os.clock()`;

describe('a script that parts from the record', () => {
  test.each([
    {
      kind: 'input',
      text: ORIGINAL.replace("'text'", "'other'"),
      seq: 4,
      recorded: { op: 'artifact.store', where: 'eval:3', line: ORIGINAL.split('\n')[2] },
      actual: {
        op: 'artifact.store',
        where: 'edited:3',
        line: "Artifact.store(s, 'tool_result', 'a', 'other')",
      },
    },
    {
      kind: 'name',
      text: ORIGINAL.replace('os.time()', "\n\nos.getenv('HOME')"),
      seq: 3,
      recorded: { op: 'os.time', where: 'eval:2', line: 'os.time()' },
      actual: { op: 'os.getenv', where: 'edited:4', line: "os.getenv('HOME')" },
    },
    {
      kind: 'reordered',
      text: ORIGINAL.replace('os.time()', 'os.clock()').replace(/os\.clock\(\)$/, 'os.time()'),
      seq: 3,
      recorded: { op: 'os.time', where: 'eval:2' },
      actual: { op: 'os.clock', where: 'edited:2' },
    },
    {
      kind: 'missing',
      text: ORIGINAL.replace('os.clock()', ''),
      seq: 5,
      recorded: { op: 'os.clock', where: 'eval:4', line: 'os.clock()' },
      actual: null,
    },
    {
      kind: 'extra',
      text: `${ORIGINAL}\nos.date()`,
      seq: 7,
      recorded: null,
      actual: { op: 'os.date', where: 'edited:5', line: 'os.date()' },
    },
    {
      kind: 'missing',
      text: ORIGINAL.replace('os.clock()', "error('early')"),
      seq: 5,
      recorded: { op: 'os.clock' },
      actual: null,
    },
  ])('is reported: $kind at entry $seq', async ({ kind, text, seq, recorded, actual }) => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, ORIGINAL);
    const before = await recordsOf(runtime);
    const { diverged, outcome } = await replayed(runtime, id, { script: script(text) });
    expect(diverged).toMatchObject({ seq, branch: '0', class: kind, recorded, actual });
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'REPLAY_DIVERGED' } });
    expect(await recordsOf(runtime)).toEqual(before);
  });

  test('cannot hide it by catching errors', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, 'os.time()');
    const text = 'while true do pcall(os.clock) end';
    expect((await replayed(runtime, id, { script: script(text) })).diverged?.class).toBe('name');
  });

  test('may do what is not recorded in another way', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, ORIGINAL);
    const text = `-- A comment more.\nprint(#'another output', 1 + 1)\n${ORIGINAL}`;
    const { diverged, output } = await replayed(runtime, id, { script: script(text) });
    expect({ diverged, output }).toEqual({ diverged: null, output: '14\t2\n' });
  });

  test('gets arguments that are compared even where they are long', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = (letter: string) =>
      `Artifact.store(Session.create(), 'tool_result', 'a', ('${letter}'):rep(200000))`;
    const id = await completed(runtime, code('a'));
    const { diverged } = await replayed(runtime, id, { script: script(code('b')) });
    expect(diverged).toMatchObject({ class: 'input', seq: 3 });
    expect(diverged?.recorded?.arguments).not.toBe(diverged?.actual?.arguments);
  });
});
