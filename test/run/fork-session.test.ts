/** Session.fork and Session.resumeFrom, from scripts. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { currentOwner } from '../../runtime/run/ownership.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import {
  AGENT,
  backendOf,
  completed,
  interrupted,
  recordsOf,
  replayed,
  workshop,
} from './kept-runs.js';

const STEPS = `local s = Session.create({ name = 'steps' })
local sum = 0
for i, step in ipairs({ 'load', 'sum', 'report' }) do
  sum = sum + Tool.execute('count', { step = i }).result
  Artifact.store(s, 'system_generated', step .. '.json', '{}', { checkpoint = true, step_name = step })
  Session.save(s)
  print(step, sum)
end
Session.complete(s)
return sum`;

async function sessionOf(runtime: Runtime, run: string): Promise<string> {
  return (await runtime.runs.get(run))?.sessions[0] ?? '';
}

/** What a script makes of the session. */
async function evaluated(runtime: Runtime, session: string, code: string) {
  return (await runtime.eval(code, { args: [session] })).value;
}

describe('Session.resumeFrom', () => {
  test('goes on from a step with sessions of its own, and waits for the end', async () => {
    const { open, calls } = workshop();
    const runtime = await open();
    const run = await completed(runtime, STEPS);
    const session = await sessionOf(runtime, run);
    const before = await recordsOf(runtime, 'j/');
    calls.length = 0;
    const report = (await evaluated(
      runtime,
      session,
      `local report = Session.resumeFrom(..., 'sum')
       report.own = Session.get(report.session)
       report.artifacts = #Artifact.list(report.session)
       return report`,
    )) as Record<string, unknown>;
    expect(report).toMatchObject({
      status: 'completed',
      value: 60,
      values: [60],
      output: 'sum\t30\nreport\t60\n',
      parent: { run },
      sessions: [report.session],
      own: { status: 'completed', forked_from: session, run: report.run },
      artifacts: 3,
      lost_artifacts: [],
    });
    expect(calls.map(({ step }) => step)).toEqual([3]);
    expect(report).not.toHaveProperty('error');
    const after = await recordsOf(runtime, 'j/');
    expect([...before].filter(([key, digest]) => after.get(key) !== digest)).toEqual([]);
    expect((await runtime.artifacts.list(session)).length).toBe(3);
    expect((await replayed(runtime, String(report.run))).diverged).toBeNull();
  });

  test('takes the step of this session where another one has a step of that name', async () => {
    const runtime = await workshop().open();
    const code = `local ids = {}
      for _, name in ipairs({ 'a', 'b' }) do
        local s = Session.create({ name = name })
        Artifact.store(s, 'tool_result', 'x', '1', { checkpoint = true, step_name = 'half' })
        Session.save(s)
        print(name)
        ids[#ids + 1] = s
      end
      return ids`;
    const { value } = await runtime.eval(code);
    const [a = '', b = ''] = value as string[];
    const output = "return Session.resumeFrom(..., 'half').output";
    expect(await evaluated(runtime, a, output)).toBe('a\nb\n');
    expect(await evaluated(runtime, b, output)).toBe('b\n');
    const from = "return Session.replay(..., { from = 'half' }).output";
    expect(await evaluated(runtime, a, from)).toBe('a\nb\n');
    expect(await evaluated(runtime, b, from)).toBe('b\n');
  });
});

describe('Session.fork', () => {
  test('gives a call another answer, stops at an entry, or only makes the fork', async () => {
    const runtime = await workshop().open();
    const session = await sessionOf(runtime, await completed(runtime, STEPS));
    const value = await evaluated(
      runtime,
      session,
      `local id = ...
       local changed = Session.fork(id, { set = { seq = 4, value = { success = true, result = 500 } } })
       local whole = Session.fork(id)
       local made = Session.fork(id, { at = 4, run = false })
       return { changed.value, whole.value, whole.output, made.status, made.parent.seq, made.run }`,
    );
    const [changed, whole, output, status, seq, made] = value as unknown[];
    expect([changed, whole, output, status, seq]).toEqual([550, 60, '', 'interrupted', 4]);
    expect((await runtime.runs.resume(String(made))).value).toBe(60);
  });

  test('runs another script, as far as files may be read', async () => {
    const { open } = workshop();
    const { writeFileSync } = await import('node:fs');
    const folder = temporaryFolder();
    const file = `${folder}/other.lua`;
    writeFileSync(file, STEPS.replace('return sum', 'return -sum'));
    const closed = await open();
    const session = await sessionOf(closed, await completed(closed, STEPS));
    const code = `local id, file = ...
      local ok, result = pcall(Session.resumeFrom, id, 'sum', { script = file })
      return ok, ok and result.value or result.code`;
    const args = [session, file];
    expect((await closed.eval(code, { args })).value).toEqual([false, 'POLICY_DENIED']);
    const runtime = await open({ 'runtime.security.file_read_roots': [folder] });
    expect((await runtime.eval(code, { args })).value).toEqual([true, -60]);
    writeFileSync(file, STEPS.replace("'steps'", "'other steps'"));
    expect((await runtime.eval(code, { args })).value).toEqual([false, 'REPLAY_DIVERGED']);
  });

  test('reports a fork that fails, and one that takes too long', async () => {
    const runtime = await workshop().open();
    const code = `local s = Session.create()
      if State.get('fail') then error({ code = 'MINE', message = 'no' }) end
      while State.get('hang') do end
      return 1`;
    const session = await sessionOf(runtime, await completed(runtime, code));
    const value = await evaluated(
      runtime,
      session,
      `State.set('fail', true)
       local failed = Session.fork(..., { at = 2 })
       State.set('fail', nil) State.set('hang', true)
       local late = Session.fork(..., { at = 2, timeout_seconds = 0.2 })
       return { failed.status, failed.error.code, failed.error.message, late.status, late.error.code }`,
    );
    expect(value).toEqual(['failed', 'MINE', 'no', 'limit', 'LIMIT_TIME']);
  });

  test('is answered from the record when the script that forks is replayed or forked itself', async () => {
    const { open, calls } = workshop();
    const runtime = await open();
    const session = await sessionOf(runtime, await completed(runtime, STEPS));
    const forking = await runtime.eval(
      `local report = Session.resumeFrom(..., 'load') print(report.run, report.value) return report.run`,
      { args: [session] },
    );
    const count = (await runtime.runs.list()).items.length;
    calls.length = 0;
    const report = await replayed(runtime, forking.run);
    expect(report).toMatchObject({ diverged: null, outcome: { value: forking.value } });
    const fork = await runtime.runs.fork(forking.run);
    expect((await runtime.runs.resume(fork.id)).value).toBe(forking.value);
    expect((await runtime.runs.list()).items).toHaveLength(count + 1);
    expect(calls).toEqual([]);
    // Forked before the call, the script forks anew.
    const anew = await runtime.runs.fork(forking.run, { at: 1 });
    expect((await runtime.runs.resume(anew.id)).value).not.toBe(forking.value);
  });

  test('goes on with the fork that it had made when its own run was stopped', async () => {
    const { open, calls } = workshop();
    const runtime = await open();
    const code = `local s = Session.create({ name = 'slow' })
      local one = Tool.execute('count', { step = 1 }).result
      os.execute('sleep 0.3')
      return one + Tool.execute('count', { step = 2 }).result`;
    const session = await sessionOf(runtime, await completed(runtime, code));
    calls.length = 0;
    const controller = new AbortController();
    const forking = runtime.eval(
      `local report = Session.fork(..., { at = 2 }) return report.run, report.status, report.value`,
      { args: [session], signal: controller.signal },
    );
    while (calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    expect((await forking.outcome).status).toBe('interrupted');
    const { items } = await runtime.runs.list();
    const made = items.filter(({ parent }) => parent !== null).map(({ id }) => id);
    expect(made).toHaveLength(1);
    expect((await runtime.runs.resume(forking.id)).value).toEqual([made[0], 'completed', 30]);
    // The answered call of the fork was not made again, and no second fork either.
    expect(calls.map(({ step }) => step)).toEqual([1, 2]);
    expect((await runtime.runs.list()).items).toHaveLength(3);
  });

  test('goes on with the fork also when that one has ended meanwhile', async () => {
    const runtime = await workshop().open();
    const code = "local s = Session.create() os.execute('sleep 0.2') return 'slept'";
    const session = await sessionOf(runtime, await completed(runtime, code));
    const controller = new AbortController();
    const forking = runtime.eval(
      'local r = Session.fork(..., { at = 2 }) return r.status, r.value',
      {
        args: [session],
        signal: controller.signal,
      },
    );
    const forks = async () =>
      (await runtime.runs.list()).items.filter(({ parent }) => parent !== null);
    while ((await forks()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    await forking.outcome;
    const [{ id = '' } = {}] = await forks();
    const backend = await backendOf(runtime);
    while ((await currentOwner(backend, id)) !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await runtime.runs.resume(id)).value).toBe('slept');
    expect((await runtime.runs.resume(forking.id)).value).toEqual(['completed', 'slept']);
  });

  test('of a session of the run itself is refused, also in a fork', async () => {
    const runtime = await workshop().open();
    const code = `local s = Session.create()
      local ok, err = pcall(Session.fork, s)
      return ok, err.code, err.hint`;
    const { run, value } = await runtime.eval(code);
    expect(value).toEqual([false, 'RUN_STATE', expect.stringContaining('from another script')]);
    const fork = await runtime.runs.fork(run, { at: 2 });
    expect((await runtime.runs.resume(fork.id)).value).toEqual(value);
  });

  test('names the fork’s session also where the fork makes it itself, and the actor', async () => {
    const runtime = await workshop().open();
    const code =
      "Session.create({ name = 'first' }) local s = Session.create({ name = 'second' }) return s";
    const { value: session } = await runtime.eval(code);
    const forked = await runtime.eval(
      `local report = Session.fork(..., { at = 2 })
       return report.run, Session.get(report.session).name, report.session == ...`,
      { args: [session as string], actor: 'anna@example.com' },
    );
    const [run, name, isSame] = forked.value as [string, string, boolean];
    expect([name, isSame]).toEqual(['second', false]);
    expect((await runtime.runs.get(run))?.actor).toBe('anna@example.com');
  });
});

describe('a session that a program created', () => {
  test('is replayed, forked and told of by the newest run that was started in it', async () => {
    const runtime = await workshop().open();
    const { id } = await runtime.sessions.create({ name: 'given' });
    const code = (word: string) =>
      `Artifact.store(nil, 'tool_result', '${word}', '${word}') print('${word}') return '${word}'`;
    await runtime.eval(code('old'), { sessionId: id });
    const { run } = await runtime.eval(code('new'), { sessionId: id });
    const value = await evaluated(
      runtime,
      id,
      `local id = ...
       local report = Session.fork(id, { at = 2 })
       return { Session.canReplay(id), Session.replay(id).value, Session.getReplayMetadata(id).run,
         #Session.listReplayable(), report.value, report.session ~= id, #Session.journal(id) }`,
    );
    // The copy that the fork made counts as its own session, created by it.
    expect(value).toEqual([true, 'new', run, 2, 'new', true, 1]);
    const events = (await runtime.sessions.timeline(id)).map(({ event, detail }) => [
      event,
      detail,
    ]);
    expect(events).toEqual([
      ['created', 'active'],
      ['artifact', 'old'],
      ['run.start', 'eval'],
      ['artifact', 'new'],
      ['run.end', 'completed'],
    ]);
  });

  test('is not replayed by a run that was started in it and has no other', async () => {
    const runtime = await workshop().open();
    const { id } = await runtime.sessions.create({});
    const code = `local id = Session.getCurrent()
      local ok, err = pcall(Session.replay, id)
      return Session.canReplay(id), #Session.listReplayable(), err.code`;
    expect((await runtime.eval(code, { sessionId: id })).value).toEqual([
      false,
      0,
      'RUN_NOT_FOUND',
    ]);
  });
});

describe('Session.checkpoints', () => {
  test('lists saved steps and labels with the entries that they can be taken up at', async () => {
    const runtime = await workshop().open();
    const code = `local s, other = Session.create({ session_id = 'mine' }), Session.create()
      local function step(name)
        return Artifact.store(s, 'tool_result', name .. '.json', '{}', { checkpoint = true, step_name = name })
      end
      step('load') Session.save(s)
      step('load') Session.save(s)
      Session.checkpoint(s, 'label', { n = 1 })
      Session.checkpoint(other, 'elsewhere')
      step('unsaved')
      local list = {}
      for i, c in ipairs(Session.checkpoints(s)) do
        list[i] = { c.label, c.name, c.seq or false, c.artifact ~= nil }
      end
      return list`;
    const { run, value } = await runtime.eval(code);
    const { checkpoints = [] } = (await runtime.runs.get(run)) ?? {};
    const [first, second, label] = checkpoints.map(({ seq }) => seq);
    expect(value).toEqual([
      ['load', 'load.json', first, true],
      ['load', 'load.json', second, true],
      ['label', 'label', label, false],
      ['unsaved', 'unsaved.json', false, true],
    ]);
    const fork = await runtime.runs.fork(run);
    const [own = ''] = (await runtime.runs.get(fork.id))?.sessions ?? [];
    const listed = await runtime.sessions.checkpoints(own);
    expect(listed.map(({ label: name, seq }) => [name, seq])).toEqual([
      ['load', first],
      ['load', second],
      ['label', label],
      ['unsaved', null],
    ]);
    expect(listed[2]).toMatchObject({ artifact: null, metadata: {} });
  });

  test('takes none of another run with the same labels', async () => {
    const runtime = await workshop().open();
    const session = await sessionOf(runtime, await completed(runtime, AGENT));
    expect(await runtime.sessions.checkpoints(session)).toEqual([]);
    expect(await runtime.sessions.checkpoints('nobody')).toEqual([]);
  });
});

describe('a replay from a checkpoint in Lua', () => {
  test('works in every mode', async () => {
    const runtime = await workshop().open();
    const session = await sessionOf(runtime, await completed(runtime, STEPS));
    const value = await evaluated(
      runtime,
      session,
      `local id = ...
       local exact = Session.replay(id, { from = 'sum' })
       local debug = Session.replay(id, { from = 'sum', mode = 'debug' })
       local simulate = Session.replay(id, { from = 'sum', mode = 'simulate' })
       local modified = Session.replay(id, {
         from = 'load', mode = 'modified',
         modifications = { { path = 'tool.execute#2.result', value = 7 } },
       })
       local ok, err = pcall(Session.replay, id, {
         from = 'sum', mode = 'modified',
         modifications = { { path = 'tool.execute#1.result', value = 7 } },
       })
       local refused, wrong = pcall(Session.replay, id, { from = {} })
       return { exact.output, exact.same_result, exact.successful_replays, #debug.steps,
         simulate.successful_replays, modified.value, #modified.modified, ok, err.code, wrong.code }`,
    );
    expect(value).toEqual([
      ...['sum\t30\nreport\t60\n', true, 5, 5],
      ...[5, 47, 1, false, 'BAD_ARGUMENT', 'BAD_ARGUMENT'],
    ]);
  });
});

test('a run that is interrupted before its session was made names no session of the fork', async () => {
  const runtime = await workshop().open();
  const id = await interrupted(
    runtime,
    "local s = Session.create() Session.setCurrent(s) print('waiting') os.execute('sleep 60')",
  );
  const [session = ''] = (await runtime.sessions.list()).items.map((it) => it.id);
  const code = `local r = Session.fork(..., { at = 1, run = false }) return r.status, r.session, r.parent.run`;
  expect(await evaluated(runtime, session, code)).toEqual(['interrupted', undefined, id]);
});
