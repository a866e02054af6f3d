import { describe, expect, test } from 'vitest';
import { entryKey } from '../../runtime/journal/journal-writer.js';
import { ownerKey } from '../../runtime/run/ownership.js';
import { ended, machine, said } from '../cli/command-line.js';
import { backendOf, flipped, interrupted, overwrite, recordsOf, workshop } from './kept-runs.js';

/** Waits until something is said to it; says what it got. */
const LISTENING = `local s = Session.create({ name = 'listener' })
io.stderr:write('listening\\n')
print('heard ' .. io.read('l'))`;

async function idOf(json: ReturnType<typeof machine>['json']): Promise<string> {
  return (await json(['runs'])).data.items[0].id;
}

describe('a run that a process executes', () => {
  test('is locked for every other process, and free at once when that one is killed', async () => {
    const { start, call, json, write } = machine();
    const child = start(['run', write('listen.lua', LISTENING)]);
    await said(child, 'listening\n');
    const id = await idOf(json);
    expect((await json(['runs', 'show', id])).data.status).toBe('running');
    const refused = await call(['resume', id]);
    expect(refused.status).toBe(9);
    expect(refused.stderr).toContain(`is being executed by process ${child.pid}`);
    expect(refused.stderr).not.toContain('resume with');
    expect((await json(['resume', '--all'])).data.items).toEqual([]);
    const end = ended(child);
    child.kill('SIGKILL');
    await end;
    expect((await json(['runs', 'show', id])).data.status).toBe('interrupted');
    const resumed = await call(['resume', id], { input: 'hello\n' });
    expect(resumed).toMatchObject({ status: 0, stdout: 'heard hello\n' });
  });

  test('is free although the parent of the killed process never asks about it', async () => {
    const { shell, write } = machine();
    const script = write('sleep.lua', `print('begun') Session.sleep(3) print('done')`);
    // The shell turns into the second process, which knows nothing of the first: it stays behind as a zombie.
    const { status, stdout, stderr } = await shell(`
      $llmspell run ${script} > begun & pid=$!
      until grep -q begun begun; do sleep 0.05; done
      kill -9 $pid
      exec $llmspell resume --all --json`);
    expect(stderr).toContain('done\n');
    expect(JSON.parse(stdout)).toMatchObject({ data: { items: [{ status: 'completed' }] } });
    expect(status).toBe(0);
  });

  test('is not taken from a process that is stopped, and goes on when that one does', async () => {
    const { start, call, json, write } = machine();
    const child = start(['run', write('listen.lua', LISTENING)]);
    await said(child, 'listening\n');
    const id = await idOf(json);
    child.kill('SIGSTOP');
    expect((await call(['resume', id])).status).toBe(9);
    child.kill('SIGCONT');
    const end = ended(child);
    child.stdin?.end('me\n');
    expect(await end).toMatchObject({ status: 0, stdout: 'heard me\n' });
    expect((await call(['resume', id])).stderr).toContain('nothing is left to do');
  });
});

describe('a run', () => {
  test('is written to by one runtime of a process at a time', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(runtime, "print('waiting') os.execute('sleep 0.3') return 1");
    const first = runtime.runs.resume(id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { error } = await runtime.runs.resume(id).outcome;
    expect(error?.code).toBe('RUN_LOCKED');
    expect((await first).value).toBe(1);
  });

  test('that was taken away cannot be written to any more', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(
      runtime,
      "print('waiting') os.execute('sleep 0.3') Session.create({ name = 'late' }) return 1",
    );
    const run = runtime.runs.resume(id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await overwrite(runtime, ownerKey(id), (bytes) => flipped(bytes, bytes.length - 1));
    const before = await recordsOf(runtime, 'j/');
    expect((await run.outcome).error?.code).toBe('RUN_LOCKED');
    expect(await recordsOf(runtime, 'j/')).toEqual(before);
    expect((await runtime.sessions.list({ name: 'late' })).items).toEqual([]);
  });

  test('whose journal cannot be read stays free for others', async () => {
    const { open } = workshop();
    const runtime = await open();
    const id = await interrupted(runtime, "print('waiting') os.execute('sleep 0.3') return 1");
    const backend = await backendOf(runtime);
    const sound = (await backend.get(entryKey(id, 1))) as Uint8Array;
    await overwrite(runtime, entryKey(id, 1), () => flipped(sound, 40));
    expect((await runtime.runs.resume(id).outcome).error?.code).toBe('JOURNAL_CORRUPT');
    await overwrite(runtime, entryKey(id, 1), () => sound);
    expect((await runtime.runs.resume(id)).value).toBe(1);
  });
});
