/** Runs that sleep, on the command line: real processes lay them down, die, and wake them. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { type Ended, ended, type Machine, machine, said } from './command-line.js';

/** Every wait is long, so that slow machines have none that is over before it is seen to be one. */
const TOML = '[runtime.durability]\nsnapshot_before_wait_ms = 1\n';

function bedroom(): Machine {
  const user = machine();
  user.write('llmspell.toml', TOML);
  return user;
}

function idIn(stderr: string): string {
  return /run ([0-9a-f-]{36})/.exec(stderr)?.[1] ?? '';
}

async function statuses({ json }: Machine): Promise<string[]> {
  const { data } = await json(['runs']);
  return data.items.map(({ status }: { status: string }) => status);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Starts a process that wakes what is due; it is ready when this resolves. */
async function watching(user: Machine, ...options: string[]): Promise<ChildProcess> {
  const child = user.start(['resume', '--all', '--watch', ...options]);
  await said(child, 'watching for runs');
  return child;
}

/** Sends Ctrl-C until the process ends: one that comes in the instant in which Lua stops to wait is lost. */
async function interrupted(child: ChildProcess): Promise<Ended> {
  const end = ended(child);
  child.kill('SIGINT');
  const repeat = setInterval(() => child.kill('SIGINT'), 4000);
  return end.finally(() => clearInterval(repeat));
}

describe('llmspell run --detach', () => {
  test('ends with 0 where the script waits, and resume waits for the rest', async () => {
    const user = bedroom();
    const file = user.write('nap.lua', "print('one') Session.sleep(1) print('two') return 3");
    const { status, stdout, stderr } = await user.call(['run', '--detach', file]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'one\n' });
    const id = idIn(stderr);
    expect(stderr).toMatch(
      new RegExp(
        `^run ${id}\nrun ${id} is sleeping until \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\n$`,
      ),
    );
    const { data } = await user.json(['runs', 'show', id]);
    expect(data).toMatchObject({
      status: 'sleeping',
      ended_at: null,
      waits_for: [{ type: 'time', at: expect.stringMatching(/^\d{4}-.*Z$/) }],
    });
    expect((await user.call(['runs', 'show', id])).stdout).toMatch(/^waits for +\d{4}-/m);
    const resumed = await user.call(['resume', id]);
    expect({ status: resumed.status, stdout: resumed.stdout }).toEqual({
      status: 0,
      stdout: 'two\n',
    });
  });

  test('answers with the status sleeping', async () => {
    const user = bedroom();
    const file = user.write(
      'nap.lua',
      "Session.setCurrent(Session.create()) Session.waitForEvent('x')",
    );
    const { ok, data } = await user.json(['run', '--detach', file]);
    expect({ ok, data }).toMatchObject({ ok: true, data: { status: 'sleeping', value: null } });
    const { stdout } = await user.call(['run', '--detach', '--jsonl', file]);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.slice(-2)).toMatchObject([
      { type: 'sleep', until: null },
      { type: 'run.end', status: 'sleeping' },
    ]);
  });

  test.each([
    [['run', '--detach', '--storage', 'memory', 'x.lua'], 'needs runs that are kept'],
    [['resume', '--watch', 'x'], "option '--watch' needs option '--all'"],
  ])('is refused where it makes no sense: %j', async (args, problem) => {
    const { status, stderr } = await machine().call(args);
    expect(status).toBe(2);
    expect(stderr).toContain(problem);
  });
});

describe('llmspell resume --all', () => {
  test('leaves runs asleep that are not due', async () => {
    const user = bedroom();
    const file = user.write('nap.lua', "Session.sleep(tonumber((...))) print('woken')");
    await user.call(['run', '--detach', file, '1']);
    await user.call(['run', '--detach', file, '1000']);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { status, stdout, stderr } = await user.call(['resume', '--all']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'woken\n' });
    expect(stderr).toContain('1 run resumed: 1 completed');
    expect(await statuses(user)).toEqual(['sleeping', 'completed']);
  });

  test('--detach lets them sleep again', async () => {
    const user = bedroom();
    const file = user.write('nap.lua', 'Session.sleep(1) Session.sleep(1000)');
    await user.call(['run', '--detach', file]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { stderr } = await user.call(['resume', '--all', '--detach']);
    expect(stderr).toMatch(/is sleeping until .*\n1 run resumed: 1 sleeping\n$/);
  });
});

describe('llmspell resume --all --watch', { timeout: 60_000 }, () => {
  test('wakes runs when their time has come and when their event was sent, until Ctrl-C', async () => {
    const user = bedroom();
    const nap = user.write('nap.lua', "Session.sleep(1) print('rested') Session.sleep(1)");
    const wait = user.write(
      'wait.lua',
      `Session.setCurrent(Session.create{ id = 'inbox' })
       print('got ' .. Session.waitForEvent('news'))`,
    );
    await user.call(['run', '--detach', nap]);
    await user.call(['run', '--detach', wait]);
    const child = await watching(user);
    const output = ended(child);
    await user.call(['eval', "Session.signal('inbox', 'news', 'mail')"]);
    await until(async () => (await statuses(user)).every((status) => status === 'completed'));
    child.kill('SIGINT');
    const { status, stdout, stderr } = await output;
    expect(status).toBe(130);
    expect(stdout.split('\n').sort()).toEqual(['', 'got mail', 'rested']);
    expect(stderr).toMatch(/2 runs resumed: 2 completed\n$/);
  });

  test('tells what it did as one document, or as events', async () => {
    const user = bedroom();
    const nap = user.write('nap.lua', "Session.sleep(1) print('rested')");
    const { data } = await user.json(['run', '--detach', nap]);
    const child = await watching(user, '--json');
    const end = ended(child);
    await until(async () => (await statuses(user)).every((status) => status === 'completed'));
    child.kill('SIGINT');
    const { status, stdout } = await end;
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'ABORTED' },
      data: { items: [{ run: data.run, status: 'completed', error: null }], next: null },
    });
    const second = await user.json(['run', '--detach', nap]);
    const events = await watching(user, '--jsonl');
    const output = ended(events);
    await until(async () => (await statuses(user)).every((status) => status === 'completed'));
    events.kill('SIGINT');
    const lines = (await output).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ run }) => run)).toEqual(lines.map(() => second.data.run));
    expect(lines.at(-1)).toMatchObject({ type: 'run.end', status: 'completed' });
  });

  test('goes on with the runs of processes that were killed, also of another watch', async () => {
    const user = bedroom();
    const code = "print('begun') io.stderr:write('begun\\n') Session.sleep(1) return 'done'";
    const file = user.write('killed.lua', code);
    const first = user.start(['run', file]);
    await said(first, 'begun\n');
    const killed = ended(first);
    // It sleeps in its process, without a VM.
    first.kill('SIGKILL');
    await killed;
    expect(await statuses(user)).toEqual(['interrupted']);
    const busy = user.write(
      'busy.lua',
      "Session.sleep(1) io.stderr:write('at work\\n') for i = 1, 40 do os.execute('sleep 0.05') end",
    );
    await user.call(['run', '--detach', busy]);
    const watch = await watching(user);
    await said(watch, 'at work\n');
    const next = await watching(user);
    watch.kill('SIGKILL');
    await until(async () => (await statuses(user)).every((status) => status === 'completed'));
    expect((await interrupted(next)).status).toBe(130);
  });

  test('by two processes goes on with each run once', async () => {
    const user = bedroom();
    const file = user.write(
      'count.lua',
      `Session.sleep(1)
       local key = 'n' .. ...
       State.set(key, (State.get(key) or 0) + 1)
       Session.sleep(1)
       State.set(key, State.get(key) + 1)`,
    );
    const numbers = Array.from({ length: 8 }, (_, i) => String(i));
    for (const number of numbers) await user.call(['run', '--detach', file, number]);
    const watches = [await watching(user, '--jsonl'), await watching(user, '--jsonl')];
    const outputs = watches.map(ended);
    await until(async () => (await statuses(user)).every((status) => status === 'completed'));
    for (const { status } of await Promise.all(watches.map(interrupted))) expect(status).toBe(130);
    const told = (await Promise.all(outputs)).flatMap(({ stdout }) => stdout.trim().split('\n'));
    const events = told.filter((line) => line !== '').map((line) => JSON.parse(line));
    const ends = events.filter(({ type }) => type === 'run.end');
    // Of a run that the other one had taken, neither says anything.
    expect(ends.map(({ error }) => error)).toEqual(ends.map(() => undefined));
    expect(events.filter(({ type }) => type === 'run.start')).toHaveLength(ends.length);
    for (const number of numbers) {
      expect((await user.json(['eval', `return State.get('n${number}')`])).data.value).toBe(2);
    }
  });
});

describe('runs.suspend of another process', () => {
  test('is refused while that one executes the run', async () => {
    const user = bedroom();
    const file = user.write('long.lua', "io.stderr:write('begun\\n') io.read('l')");
    const dataDir = join(user.folder, 'data');
    await said(user.start(['run', '--data-dir', dataDir, file]), 'begun\n');
    const runtime = await Runtime.open({ dataDir });
    onTestFinished(() => runtime.close());
    const [run] = (await runtime.runs.list()).items;
    await expect(runtime.runs.suspend(run?.id ?? '')).rejects.toMatchObject({ code: 'RUN_LOCKED' });
  });
});
