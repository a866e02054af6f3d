import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const [ANNA, BOB] = ['anna@example.com', 'bob@example.com'];
const REPORT = `local session = Session.create('report')
Artifact.store(session, 'tool_result', 'a.txt', 'x')
Session.complete(session)
return session`;

/** Runs the report for somebody and answers the run and its session. */
async function report(runtime: Runtime, actor?: string): Promise<[run: string, session: string]> {
  const outcome = await runtime.eval(REPORT, actor === undefined ? {} : { actor });
  return [outcome.run, outcome.sessions[0] ?? ''];
}

describe('the actor', () => {
  test('of a run is the one that the call names, else the one of the runtime', async () => {
    const runtime = await openRuntime({ dataDir: temporaryFolder(), actor: 'service' });
    const [own] = await report(runtime);
    const [named] = await report(runtime, ANNA);
    expect((await runtime.runs.get(own))?.actor).toBe('service');
    expect((await runtime.runs.get(named))?.actor).toBe(ANNA);
    const nobody = await openRuntime({ dataDir: temporaryFolder() });
    const [run] = await report(nobody);
    expect((await nobody.runs.get(run))?.actor).toBeNull();
  });

  test('stands in the journal, so that nobody can change it unseen', async () => {
    const runtime = await openRuntime({ dataDir: temporaryFolder() });
    const [run] = await report(runtime, ANNA);
    const [start] = await runtime.runs.entries(run);
    expect(start?.event).toMatchObject({ type: 'start', actor: ANNA });
  });

  test('answers who did what and when to a session', async () => {
    const runtime = await openRuntime({ dataDir: temporaryFolder() });
    // A tail call would leave no line of the script.
    const code = 'local id = Session.create({ id = "shared" }) return id';
    await runtime.eval(code, { actor: ANNA });
    await runtime.eval('Artifact.store("shared", "tool_result", "b.txt", "x")', { actor: BOB });
    await runtime.artifacts.store({ sessionId: 'shared', name: 'c.txt', content: 'x' });
    const events = await runtime.sessions.timeline('shared');
    expect(events.map(({ actor, event, detail }) => [actor, event, detail])).toEqual([
      [ANNA, 'run.start', 'eval'],
      [ANNA, 'created', 'active'],
      [ANNA, 'run.end', 'completed'],
      [BOB, 'artifact', 'b.txt'],
      [null, 'artifact', 'c.txt'],
    ]);
    expect(events[0]?.at).toBeInstanceOf(Date);
    const calls = await runtime.sessions.journal('shared');
    expect(calls).toMatchObject([
      { op: 'session.create', actor: ANNA, kind: 'store', where: 'eval:1', error: null },
    ]);
    const { value } = await runtime.eval(
      `local found = {}
       for _, event in ipairs(Session.timeline('shared')) do found[#found + 1] = event.actor or '-' end
       return table.concat(found, ' '), Session.journal('shared')[1].actor`,
    );
    expect(value).toEqual([`${ANNA} ${ANNA} ${ANNA} ${BOB} -`, ANNA]);
    await expect(runtime.sessions.timeline('nobody')).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    });
  });

  test('of a session or an artifact that the program makes is that of the runtime', async () => {
    const dataDir = temporaryFolder();
    const runtime = await openRuntime({ dataDir, actor: ANNA });
    const { id } = await runtime.sessions.create('made here');
    await runtime.artifacts.store({ sessionId: id, name: 'a.txt', content: 'x' });
    await runtime.artifacts.storeData({ sessionId: id, name: 'b.json', data: { b: 1 } });
    const copy = await runtime.sessions.copy(id);
    const merged = await runtime.sessions.merge([id, copy]);
    await runtime.close();
    const later = await openRuntime({ dataDir, actor: BOB });
    await later.artifacts.store({ sessionId: id, name: 'c.txt', content: 'x' });
    const whoDid = async (session: string) =>
      (await later.sessions.timeline(session)).map(({ actor, detail }) => [actor, detail]);
    const made = [
      [ANNA, 'active'],
      [ANNA, 'a.txt'],
      [ANNA, 'b.json'],
    ];
    expect(await whoDid(id)).toEqual([...made, [BOB, 'c.txt']]);
    expect(await whoDid(copy)).toEqual([[ANNA, 'active']]);
    expect(await whoDid(merged)).toEqual([[ANNA, 'active']]);
  });

  test('of a fork is who makes it, and the shared part stays the work of who did it', async () => {
    const runtime = await openRuntime({ dataDir: temporaryFolder() });
    const [run] = await report(runtime, ANNA);
    const fork = await runtime.runs.fork(run, { at: 2, actor: BOB });
    expect(fork.actor).toBe(BOB);
    const { sessions } = await runtime.runs.resume(fork.id);
    const events = await runtime.sessions.timeline(sessions[0] ?? '');
    expect(events.map(({ actor, event }) => [actor, event])).toEqual([
      [ANNA, 'run.start'],
      [ANNA, 'created'],
      [BOB, 'artifact'],
      [BOB, 'status'],
      [BOB, 'run.end'],
    ]);
    expect((await runtime.runs.get(run))?.actor).toBe(ANNA);
    expect((await runtime.runs.fork(run, { at: 2 })).actor).toBeNull();
  });

  test('of a run does not change when somebody else goes on with it', async () => {
    const dataDir = temporaryFolder();
    const first = await openRuntime({ dataDir, actor: ANNA });
    const controller = new AbortController();
    const run = first.eval('print("waiting") os.execute("sleep 0.2")', {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect((await run.outcome).status).toBe('interrupted');
    const second = await openRuntime({ dataDir, actor: BOB });
    expect((await second.runs.resume(run.id)).status).toBe('completed');
    expect((await second.runs.get(run.id))?.actor).toBe(ANNA);
  });

  test('is nobody in runs that were recorded before there were actors', async () => {
    const runtime = await openRuntime({ dataDir: temporaryFolder() });
    const file = join(import.meta.dirname, '../../examples/ci/summary.run');
    const run = await runtime.archive.import(createReadStream(file));
    expect(await runtime.runs.get(run)).toMatchObject({ actor: null, status: 'completed' });
    expect((await runtime.runs.replay(run)).diverged).toBeNull();
  });

  test('must be a name that fits into a line', async () => {
    const runtime = await openRuntime();
    for (const actor of ['', 'two\nlines', 'x'.repeat(256), 7 as unknown as string]) {
      expect(() => runtime.eval('', { actor })).toThrow(/bad value for 'actor'/);
      await expect(openRuntime({ actor })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
    }
  });
});
