import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { AGENT, completed, interrupted, recordsOf, script, workshop } from './kept-runs.js';

/** What belongs to a run and its sessions: a fork must not touch any of it. */
async function ownRecords(runtime: Runtime, id: string): Promise<Map<string, string>> {
  const run = await runtime.runs.get(id);
  const artifacts = (await runtime.artifacts.query()).items.filter((it) =>
    run?.sessions.includes(it.sessionId),
  );
  const names = [id, ...(run?.sessions ?? []), ...artifacts.map((artifact) => artifact.id)];
  const records = [...(await recordsOf(runtime))];
  // How many forks a run has is known beside it, not in it.
  const own = records.filter(([key]) => !key.startsWith('r-forks/'));
  return new Map(own.filter(([key]) => names.some((name) => key.includes(name))));
}

describe('a fork', () => {
  test('completes at every entry, and leaves the original as it was', {
    timeout: 60_000,
  }, async () => {
    const { open, calls } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_every_entries': 3 });
    const id = await completed(runtime, AGENT);
    const entries = await runtime.runs.entries(id);
    const before = await ownRecords(runtime, id);
    expect(before.size).toBeGreaterThan(20);
    for (const { seq, event } of entries) {
      const fork = await runtime.runs.fork(id, { at: seq });
      expect(fork).toMatchObject({ status: 'interrupted', parent: { run: id, seq }, lost: [] });
      const outcome = await runtime.runs.resume(fork.id);
      expect({ seq, value: outcome.value }).toEqual({ seq, value: 60 });
      const [session] = outcome.sessions;
      expect(await runtime.sessions.get(session ?? '')).toMatchObject({ status: 'completed' });
      const { items } = await runtime.artifacts.query({ sessionId: session ?? '' });
      const contents = await Promise.all(
        items.map(async (it) => Buffer.from(await runtime.artifacts.read(it.id)).toString()),
      );
      expect(contents.sort()).toEqual(['total 10', 'total 30', 'total 60']);
      expect(await ownRecords(runtime, id), `after a fork at ${seq}, ${event.type}`).toEqual(
        before,
      );
      expect((await runtime.runs.replay(fork.id)).diverged).toBeNull();
    }
    // Calls are made again with keys of their own.
    const keys = new Map<string, number>();
    for (const { key } of calls) keys.set(key, (keys.get(key) ?? 0) + 1);
    expect(Math.max(...keys.values())).toBe(1);
  });

  test('has its own copies of sessions, which keep the names that users chose', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(
      runtime,
      `Session.create({ id = 'mine', name = 'custom' })
       Artifact.store('mine', 'tool_result', 'a', 'first')
       Session.updateMetadata('mine', { step = 1 })
       Artifact.store('mine', 'tool_result', 'b', 'second')
       return Session.get('mine').artifact_count, Session.get('mine').id`,
    );
    const fork = await runtime.runs.fork(id, { at: 4 });
    const { value, sessions } = await runtime.runs.resume(fork.id);
    expect(value).toEqual([2, 'mine']);
    expect(sessions).toHaveLength(1);
    const [own = ''] = sessions;
    expect(own).not.toBe('mine');
    const stores = await runtime.services.stores();
    expect(await stores.sessions.find(own)).toMatchObject({ forkedFrom: 'mine', run: fork.id });
    expect((await runtime.artifacts.query({ sessionId: 'mine' })).items).toHaveLength(2);
    expect((await runtime.artifacts.query({ sessionId: own })).items).toHaveLength(2);
  });

  test('of a fork goes on from what the fork had come to', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = `local s = Session.create({ name = 'x' })
      for step = 1, 4 do
        Artifact.store(s, 'tool_result', 'a' .. step, 'text ' .. step)
        Session.updateMetadata(s, { step = step })
      end
      return #Artifact.list(s), Session.get(s).metadata.step`;
    const id = await completed(runtime, code);
    const first = await runtime.runs.fork(id, { at: 4 });
    await runtime.runs.resume(first.id);
    const before = [await ownRecords(runtime, id), await ownRecords(runtime, first.id)];
    for (const at of [3, 4, 6, 8, undefined]) {
      const second = await runtime.runs.fork(first.id, at === undefined ? {} : { at });
      expect(second.parent?.run).toBe(first.id);
      const { value, sessions } = await runtime.runs.resume(second.id);
      expect({ at, value }).toEqual({ at, value: [4, 4] });
      expect(sessions).toHaveLength(1);
      const { items } = await runtime.artifacts.query({ sessionId: sessions[0] ?? '' });
      expect(items.map(({ name }) => name).sort()).toEqual(['a1', 'a2', 'a3', 'a4']);
      expect((await runtime.runs.replay(second.id)).diverged).toBeNull();
    }
    expect([await ownRecords(runtime, id), await ownRecords(runtime, first.id)]).toEqual(before);
  });

  test('of a fork knows sessions and artifacts by the ids that its script holds', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(
      runtime,
      `local s = Session.createAndUse({ name = 'x' })
       local a = Artifact.store(s, 'tool_result', 'a', 'text')
       Session.updateMetadata(s, { session = s, artifacts = { a } })
       local artifact = Artifact.list(s)[1]
       local metadata = Session.getMetadata(s)
       return Session.getCurrent() == s, Session.get(s).id == s, artifact.id == a, artifact.session_id == s,
         metadata.session == s, metadata.artifacts[1] == a`,
    );
    const known = [true, true, true, true, true, true];
    let original = id;
    for (const at of [3, 4, 5]) {
      const fork = await runtime.runs.fork(original, { at });
      expect((await runtime.runs.resume(fork.id)).value).toEqual(known);
      expect((await runtime.runs.replay(fork.id)).diverged).toBeNull();
      const file = await runtime.archive.export(fork.id);
      const copy = await runtime.archive.import(file, { newId: true });
      const again = await runtime.runs.fork(copy, { at });
      expect((await runtime.runs.resume(again.id)).value).toEqual(known);
      original = fork.id;
    }
  });

  test('of a fork that was never run is a fork all the same', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, AGENT);
    const first = await runtime.runs.fork(id, { at: 5 });
    const second = await runtime.runs.fork(first.id);
    expect((await runtime.runs.resume(second.id)).value).toBe(60);
    expect((await runtime.runs.resume(first.id)).value).toBe(60);
  });

  test('leaves the session alone that the run was started in', async () => {
    const { open } = workshop();
    const runtime = await open();
    const { id: session } = await runtime.sessions.create({ name: 'given' });
    const code = `Artifact.store(Session.getCurrent(), 'tool_result', 'a', '1')
      Artifact.store(Session.getCurrent(), 'tool_result', 'b', '2')`;
    const { run } = await runtime.eval(code, { sessionId: session });
    const fork = await runtime.runs.fork(run, { at: 3 });
    await runtime.runs.resume(fork.id);
    const { items } = await runtime.artifacts.query({ sessionId: session });
    expect(items.map(({ name }) => name).sort()).toEqual(['a', 'b']);
  });

  test('begins at a checkpoint by its label', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(
      runtime,
      `local s = Session.create()
       print('before')
       Session.checkpoint(s, 'half')
       print('after')
       return 'done'`,
    );
    const { checkpoints } = (await runtime.runs.get(id)) ?? {};
    expect(checkpoints).toMatchObject([{ label: 'half' }]);
    const fork = await runtime.runs.fork(id, { at: 'half' });
    let output = '';
    const { value } = await runtime.runs.resume(fork.id, {
      onOutput: (_, bytes) => {
        output += Buffer.from(bytes).toString();
      },
    });
    expect({ value, output }).toEqual({ value: 'done', output: 'after\n' });
    await expect(runtime.runs.fork(id, { at: 'nowhere' })).rejects.toThrow(
      `has no checkpoint "nowhere": it has half`,
    );
    await expect(runtime.runs.fork(id, { at: 99 })).rejects.toThrow('has no entry 99');
  });

  test('sees what follows from another answer', async () => {
    const { open, calls } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_every_entries': 2 });
    const id = await completed(runtime, AGENT);
    const entries = await runtime.runs.entries(id);
    const [, second] = entries.filter(
      ({ event }) => event.type === 'call' && event.op === 'tool.execute',
    );
    const seq = second?.seq ?? 0;
    const value = new Map<string, unknown>([
      ['success', true],
      ['result', 1000],
    ]) as never;
    const fork = await runtime.runs.fork(id, { set: { seq, value } });
    calls.length = 0;
    expect((await runtime.runs.resume(fork.id)).value).toBe(1040);
    expect(calls.map(({ step }) => step)).toEqual([3]);
    expect((await runtime.runs.replay(fork.id)).outcome.value).toBe(1040);
    expect((await runtime.runs.replay(id)).outcome.value).toBe(60);
    const other = await runtime.runs.fork(fork.id);
    expect((await runtime.runs.resume(other.id)).value).toBe(1040);
    await expect(runtime.runs.fork(id, { set: { seq: 1, value } })).rejects.toThrow(
      'entry 1 of run',
    );
  });

  test('goes on with another script where it does the same before', async () => {
    const { open, calls } = workshop();
    const runtime = await open();
    const id = await completed(runtime, AGENT);
    calls.length = 0;
    const longer = AGENT.replace('1, 3', '1, 5');
    const tools = (await runtime.runs.entries(id)).filter(
      ({ event }) => event.type === 'call' && event.op === 'artifact.store',
    );
    const at = tools.at(-1)?.seq ?? 0;
    const fork = await runtime.runs.fork(id, { at, script: script(longer) });
    const outcome = await runtime.runs.resume(fork.id);
    expect(outcome.value).toBe(150);
    expect(calls.map(({ step }) => step)).toEqual([4, 5]);
    const { items } = await runtime.artifacts.query({ sessionId: outcome.sessions[0] ?? '' });
    expect(items).toHaveLength(5);
    expect((await runtime.runs.replay(fork.id)).diverged).toBeNull();
    // Also behind the end of a run.
    const more = await runtime.runs.fork(id, {
      script: script(AGENT.replace('return', 'os.time() return')),
    });
    expect((await runtime.runs.resume(more.id)).value).toBe(60);
  });

  test('is not made for a script that does something else before', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, AGENT);
    const before = await recordsOf(runtime);
    const other = script(AGENT.replace("'total '", "'sum '"));
    await expect(runtime.runs.fork(id, { script: other })).rejects.toMatchObject({
      code: 'REPLAY_DIVERGED',
      details: { class: 'input' },
    });
    expect(await recordsOf(runtime)).toEqual(before);
  });

  test('has the events that the run had sent, and nobody had taken by then', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(
      runtime,
      `local a, b = Session.create(), Session.create({ id = 'b/c' })
       Session.signal(a, 'x', 1)
       Session.signal('b/c', 'y / z', { of = a })
       Session.signal(a, 'x', 2)
       Session.setCurrent(a)
       local first = Session.waitForEvent('x', 5)
       local second = Session.waitForEvent('x', 5)
       Session.setCurrent('b/c')
       local third = Session.waitForEvent('y / z', 5)
       return first, second, third.of == a, Session.waitForEvent('y / z', 0) == nil`,
    );
    const expected = [1, 2, true, true];
    const created = 3;
    for (const { seq } of (await runtime.runs.entries(id)).slice(created - 1, -1)) {
      const fork = await runtime.runs.fork(id, { at: seq });
      expect([seq, (await runtime.runs.resume(fork.id)).value]).toEqual([seq, expected]);
      const again = await runtime.runs.fork(fork.id, { at: seq });
      expect((await runtime.runs.resume(again.id)).value).toEqual(expected);
      expect((await runtime.runs.replay(again.id)).diverged).toBeNull();
    }
    // What is left over of one is nobody else's.
    const { value } = await runtime.eval(
      `Session.use('b/c') return Session.waitForEvent('y / z', 0)`,
    );
    expect(value).toEqual([undefined, false]);
  });

  test('tells which artifacts it lacks', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(
      runtime,
      `local s = Session.create()
       local a = Artifact.store(s, 'tool_result', 'gone.txt', 'gone')
       Artifact.store(s, 'tool_result', 'here.txt', 'here')
       Artifact.delete(s, a)`,
    );
    const { lost, id: fork } = await runtime.runs.fork(id, { at: 4 });
    expect(lost).toEqual(['gone.txt']);
    expect((await runtime.runs.resume(fork)).status).toBe('completed');
  });

  test('of a run that still waits makes its call anew', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(runtime, "print('waiting') os.execute('sleep 0.2') return 7");
    const fork = await runtime.runs.fork(id);
    expect((await runtime.runs.resume(fork.id)).value).toBe(7);
    expect((await runtime.runs.resume(id)).value).toBe(7);
  });
});

describe('two runs', () => {
  test('are compared call by call', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await completed(runtime, AGENT);
    expect(await runtime.runs.diff(id, id)).toEqual([]);
    const entries = await runtime.runs.entries(id);
    const seq = entries.find(({ event }) => 'op' in event && event.op === 'tool.execute')?.seq ?? 0;
    const fork = await runtime.runs.fork(id, { at: seq + 1, script: script(AGENT) });
    await runtime.runs.resume(fork.id);
    const same = await runtime.runs.diff(id, fork.id);
    expect(same.map(({ kind }) => kind)).not.toContain('only left');
    const one = await completed(runtime, 'os.getenv("A") os.time() os.clock()');
    const other = await completed(runtime, 'os.getenv("B") os.date()');
    expect(await runtime.runs.diff(one, other)).toMatchObject([
      { branch: '0', ordinal: 1, kind: 'input', left: { op: 'os.getenv' } },
      { ordinal: 2, kind: 'call', left: { op: 'os.time' }, right: { op: 'os.date' } },
      { ordinal: 3, kind: 'only left', right: undefined },
    ]);
  });

  test('do not differ by the ids that each made, nor by the time that a tool took', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = (text: string) => `local s = Session.create({ name = 'x' })
      local other = Session.create({ name = 'child', parent_session_id = s })
      local ids = Artifact.storeMany(s, { { type = 'tool_result', name = 'a', content = '1' } })
      Tool.execute('count', { step = 1 })
      local id = Artifact.store(other, 'tool_result', 'b', '${text}')
      return Artifact.get(other, id).content, Artifact.get(s, ids[1]).content`;
    const one = await completed(runtime, code('same'));
    const same = await completed(runtime, code('same'));
    const times = await runtime.runs.diff(one, same);
    // What an artifact's record says of its time and run is another each time it is made.
    expect(times.map(({ kind, left }) => `${kind} ${left?.op}`)).toEqual([
      'result artifact.get',
      'result artifact.get',
    ]);
    const fork = await runtime.runs.fork(one, { at: 3 });
    await runtime.runs.resume(fork.id);
    expect((await runtime.runs.diff(one, fork.id)).map(({ left }) => left?.op)).toEqual([
      'artifact.get',
      'artifact.get',
    ]);
    const other = await completed(runtime, code('other'));
    expect(await runtime.runs.diff(one, other)).toMatchObject([
      { kind: 'input', ordinal: 5, left: { op: 'artifact.store' } },
      { kind: 'result', ordinal: 6, left: { op: 'artifact.get' } },
      { kind: 'result', ordinal: 7 },
    ]);
  });

  test('differ by long answers and arguments only where these differ', async () => {
    const { open } = workshop();
    const runtime = await open();
    const code = (text: string) => `local s = Session.create({ name = 'x' })
      local long = string.rep('long', 3000)
      local items = {}
      for i = 1, 200 do items[i] = { type = 'tool_result', name = 'a' .. i, content = '1' } end
      local ids = Artifact.storeMany(s, items)
      Session.updateMetadata(s, { about = ids, text = long .. '${text}' })
      Session.checkpoint(s, 'half')
      Tool.execute('text-manipulator', { operation = 'uppercase', input = long })
      return Session.getMetadata(s)`;
    const one = await completed(runtime, code('same'));
    const same = await completed(runtime, code('same'));
    expect(await runtime.runs.diff(one, same)).toEqual([]);
    // It makes the checkpoint itself, at another place.
    const fork = await runtime.runs.fork(one, { at: 'half' });
    await runtime.runs.resume(fork.id);
    expect(await runtime.runs.diff(one, fork.id)).toEqual([]);
    const other = await completed(runtime, code('other'));
    expect(await runtime.runs.diff(one, other)).toMatchObject([
      { kind: 'input', left: { op: 'session.updateMetadata' } },
      { kind: 'result', left: { op: 'session.getMetadata' } },
    ]);
  });

  test('are made with an id once', async () => {
    const { open } = workshop();
    const runtime = await open();
    const run = await completed(runtime, 'return 1');
    const id = '00000000-0000-8000-8000-000000000001';
    expect((await runtime.runs.fork(run, { id })).id).toBe(id);
    await expect(runtime.runs.fork(run, { id })).rejects.toMatchObject({ code: 'RUN_EXISTS' });
  });
});
