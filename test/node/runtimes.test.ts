import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

describe('several runtimes', () => {
  it('know nothing of each other in memory', async () => {
    const [one, two] = await Promise.all([openRuntime(), openRuntime()]);
    one.setGlobal('name', 'one');
    two.setGlobal('name', 'two');
    const code =
      'shared = (shared or 0) + 1 Session.create(name) return name, shared, #Session.list()';
    const values = await Promise.all([one, two].map(async (rt) => (await rt.eval(code)).value));
    expect(values).toEqual([
      ['one', 1, 1],
      ['two', 1, 1],
    ]);
  });

  it('share a folder of data, also while both write', async () => {
    const dataDir = temporaryFolder();
    const [one, two] = await Promise.all([openRuntime({ dataDir }), openRuntime({ dataDir })]);
    const { id } = await one.sessions.create({ name: 'shared' });
    expect((await two.sessions.get(id))?.name).toBe('shared');
    const code = (who: string) =>
      `for i = 1, 20 do Artifact.store("${id}", "tool_result", "${who}" .. i, "content " .. i) end`;
    await Promise.all([one.eval(code('a')), two.eval(code('b'))]);
    expect(await one.artifacts.list(id)).toHaveLength(40);
    expect((await two.sessions.get(id))?.artifactCount).toBe(40);
    await one.close();
    expect((await two.sessions.get(id))?.status).toBe('active');
  });

  it('run scripts at the same time, each in a state of its own', async () => {
    const runtime = await openRuntime();
    const runs = Array.from({ length: 10 }, (_, n) =>
      runtime.eval('own = ... os.execute("sleep 0.01") return own', { args: [String(n)] }),
    );
    const values = await Promise.all(runs.map(async (run) => (await run).value));
    expect(values).toEqual(Array.from({ length: 10 }, (_, n) => String(n)));
  });
});

describe('closing', () => {
  it('keeps data of a folder for the next runtime, and forgets memory', async () => {
    const dataDir = temporaryFolder();
    const first = await Runtime.open({ dataDir });
    const { value } = await first.eval(`
      local id = Session.create("kept")
      return Artifact.store(id, "user_input", "a.txt", "kept too")
    `);
    await first.close();
    const second = await openRuntime({ dataDir });
    expect(Buffer.from(await second.artifacts.read(value as string)).toString()).toBe('kept too');
    expect((await second.eval('return Session.list()[1].name')).value).toBe('kept');
    expect((await (await openRuntime()).sessions.list()).items).toEqual([]);
  });

  it('ends what still runs, and refuses what comes later', async () => {
    const runtime = await Runtime.open();
    const run = runtime.eval('os.execute("sleep 60")');
    await runtime.close();
    expect(await run.outcome).toMatchObject({ status: 'interrupted', error: { code: 'ABORTED' } });
    expect(() => runtime.eval('return 1')).toThrow(/the runtime was closed/);
    await expect(runtime.sessions.create()).rejects.toMatchObject({ code: 'RUNTIME_CLOSED' });
    await runtime.close();
  });
});

describe('opening', () => {
  it('refuses settings that make no sense', async () => {
    const open = (settings: Record<string, unknown>) => Runtime.open({ settings });
    await expect(open({ 'runtime.sessions.max_sesions': 1 })).rejects.toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('max_sessions'),
    });
    await expect(open({ 'runtime.sessions.max_sessions': 'many' })).rejects.toMatchObject({
      code: 'CONFIG',
    });
    await expect(Runtime.open({ profiles: ['nothing'] })).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('reads no file and no variable unless it is told to', async () => {
    const runtime = await openRuntime({ cwd: temporaryFolder() });
    expect(runtime.config.sessions.storageBackend).toBe('memory');
    expect(runtime.config.security.fileReadRoots).toEqual([]);
    const limited = await openRuntime({ settings: { 'runtime.sessions.max_sessions': 1 } });
    await limited.sessions.create();
    await expect(limited.sessions.create()).rejects.toMatchObject({ code: 'LIMIT_SESSIONS' });
  });
});
