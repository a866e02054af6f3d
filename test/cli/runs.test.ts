import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recordedArguments } from '../../bindings/cli/render/run-view.js';
import { ended, type Machine, machine, said } from './command-line.js';

const SCRIPT = `local session = Session.create({ name = 'report' })
local words = { 'one', 'two', 'three' }
for i, word in ipairs(words) do
  Artifact.store(session, 'tool_result', word, 'text of ' .. word)
  print(i, word, math.random(1000000))
end
io.stderr:write('to stderr\\n')
Session.complete(session)
return #words`;

/** The id that a command printed on standard error. */
function idIn(stderr: string): string {
  return /run ([0-9a-f-]{36})/.exec(stderr)?.[1] ?? '';
}

async function ran(machine: Machine, text = SCRIPT): Promise<{ id: string; stdout: string }> {
  const { stdout, stderr } = await machine.call(['run', machine.write('report.lua', text)]);
  return { id: idIn(stderr), stdout };
}

/** A run that is stopped by Ctrl-C where it waits for a line. */
async function stopped(on: Machine): Promise<string> {
  const text = `local s = Session.create()
io.stderr:write('listening\\n')
print('heard ' .. io.read('l'))
return s`;
  const child = on.start(['run', on.write('listen.lua', text)]);
  const listening = said(child, 'listening\n');
  const end = ended(child);
  await listening;
  // A stop in the midst of the write would leave open whether it was made: the script is to wait for its line by then.
  await new Promise((resolve) => setTimeout(resolve, 100));
  child.kill('SIGINT');
  const repeat = setInterval(() => child.kill('SIGINT'), 4000);
  const { status, stderr } = await end;
  clearInterval(repeat);
  expect(status).toBe(130);
  const id = idIn(stderr);
  expect(stderr).toContain(`resume with: llmspell resume ${id}\n`);
  return id;
}

describe('llmspell runs', () => {
  test('lists runs, newest first, a page at a time', async () => {
    const on = machine();
    expect((await on.call(['runs'])).stderr).toContain('no runs');
    const { id } = await ran(on);
    await on.call(['eval', 'error("no")']);
    const { data } = await on.json(['runs']);
    expect(data.items).toMatchObject([
      { status: 'failed', script: { path: 'eval' }, error: { code: 'LUA_ERROR' } },
      { id, status: 'completed', usage: { calls: 5 }, error: null },
    ]);
    const page = await on.json(['runs', '--limit', '1']);
    expect(page.data.items).toHaveLength(1);
    const rest = await on.json(['runs', '--limit', '1', '--cursor', page.data.next]);
    expect(rest.data.items[0].id).toBe(id);
    const completed = await on.json(['runs', '--status', 'completed']);
    expect(completed.data.items.map((run: { id: string }) => run.id)).toEqual([id]);
    const { stdout } = await on.call(['runs']);
    expect(stdout).toMatch(/^ID +STATUS +STARTED +CALLS +SCRIPT\n/);
    expect(stdout).toMatch(/completed +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +5 +.*report\.lua/);
    const { status, stderr } = await on.call(['runs', '--status', 'lost']);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('must be one of running, waiting'),
    });
  });

  test('shows a run with its journal', async () => {
    const on = machine();
    const { id } = await ran(on);
    const { data } = await on.json(['runs', 'show', id]);
    const { journal, ...run } = data;
    expect(Object.keys(run)).toEqual([
      ...['id', 'script', 'args', 'actor', 'status', 'started_at', 'ended_at', 'sessions'],
      ...['parent', 'entries', 'checkpoints', 'usage', 'waits_for', 'error'],
    ]);
    expect(run).toMatchObject({
      id,
      script: {
        path: join(on.folder, 'report.lua'),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      args: [],
      actor: userInfo().username,
      status: 'completed',
      sessions: [expect.any(String)],
      parent: null,
      entries: 7,
      usage: { calls: 5, possibly_billed_twice: 0, cost_usd: null },
    });
    expect(journal).toMatchObject([
      { seq: 1, type: 'start' },
      { seq: 2, type: 'call', op: 'session.create', where: 'report.lua:1', branch: '0' },
      { seq: 3, op: 'artifact.store', arguments: { name: 'one' }, error: null },
      { seq: 4 },
      { seq: 5 },
      { seq: 6, op: 'session.complete' },
      { seq: 7, type: 'end', status: 'completed' },
    ]);
    const { stdout } = await on.call(['runs', 'show', id]);
    expect(stdout).toContain('artifact.store');
    expect(stdout).toContain('report.lua:4');
  });

  test.each([
    ['runs'],
    ['runs', 'show', 'x'],
    ['resume', 'x'],
    ['replay', 'x'],
    ['fork', 'x'],
    ['diff', 'x', 'y'],
  ])('need storage that lasts: %s %s', async (...args) => {
    const { status, stderr } = await machine().call([...args, '--storage', 'memory']);
    expect(status).toBe(2);
    expect(stderr).toContain('storage "memory" keeps no runs');
  });

  test.each([
    ['runs', 'show', 'x'],
    ['resume', 'x'],
    ['replay', 'x'],
    ['fork', 'x'],
    ['diff', 'x', 'y'],
  ])('say so when there is no such run: %s %s', async (...args) => {
    const { status, stderr } = await machine().call(args);
    expect(status).toBe(4);
    expect(stderr).toContain('there is no run "x"');
  });
});

describe('llmspell resume', () => {
  test('goes on with a run that Ctrl-C stopped', async () => {
    const on = machine();
    const id = await stopped(on);
    expect((await on.json(['runs', 'show', id])).data.status).toBe('interrupted');
    const { status, stdout, stderr } = await on.call(['resume', id.slice(0, 20)], { input: 'x\n' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'heard x\n' });
    // What was written before is not written again.
    expect(stderr).toBe(`run ${id}\n`);
    const again = await on.call(['resume', id]);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain('[RUN_STATE]');
    // What is told of a run that is not gone on with is what is kept of it.
    const { error, data } = await on.json(['resume', id]);
    expect(error.code).toBe('RUN_STATE');
    expect(data).toMatchObject({ run: id, status: 'completed', sessions: [expect.any(String)] });
  });

  test('answers with --json and --jsonl', async () => {
    const on = machine();
    const [first, second] = [await stopped(on), await stopped(on)];
    const { data } = await on.json(['resume', first], { input: 'x\n' });
    expect(data).toMatchObject({ run: first, status: 'completed', value: data.sessions[0] });
    const { stdout } = await on.call(['resume', '--jsonl', second], { input: 'x\n' });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ run: second, type: 'run.end', status: 'completed' });
  });

  test('goes on with more memory where it says so', async () => {
    const on = machine();
    const large = on.write(
      'large.lua',
      "local t = {} for i = 1, 60 do t[i] = ('x'):rep(1024 * 1024) .. i end print('made', #t)",
    );
    const { status, stderr } = await on.call(['run', '--memory', '40mb', large]);
    const [{ id }] = (await on.json(['runs'])).data.items;
    expect(status).toBe(8);
    expect(stderr).toContain(`resume with: llmspell resume ${id} --memory SIZE\n`);
    expect(await on.call(['resume', '--all', '--memory', '200mb'])).toMatchObject({ status: 2 });
    const resumed = await on.call(['resume', id, '--memory', '200mb']);
    expect(resumed).toMatchObject({ status: 0, stdout: 'made\t60\n' });
  });

  test('tells how to go on after a time limit', async () => {
    const on = machine();
    const file = on.write('slow.lua', "os.execute('sleep 1') return 'done'");
    const { status, stderr } = await on.call(['run', '--timeout', '300ms', file]);
    expect(status).toBe(8);
    const id = idIn(stderr);
    expect(stderr).toContain(`resume with: llmspell resume ${id}\n`);
    expect((await on.json(['resume', id])).data.value).toBe('done');
    const unkept = await on.call(['run', '--storage', 'memory', '--timeout', '300ms', file]);
    expect(unkept.stderr).not.toContain('resume with');
    const quiet = await on.call(['run', '-q', '--timeout', '300ms', file]);
    expect(quiet.stderr).not.toContain('resume with');
  });

  test('--all goes on with every run that is not finished', async () => {
    const on = machine();
    await ran(on);
    const ids = [await stopped(on), await stopped(on)];
    const { stdout, stderr, status } = await on.call(['resume', '--all'], { input: 'a\nb\n' });
    // The first run reads all there is in its own process; the second finds the end.
    expect(stdout).toBe('heard a\n');
    expect(status).toBe(1);
    expect(stderr).toContain('2 runs resumed: 1 completed, 1 failed');
    for (const id of ids) expect(stderr).toContain(`run ${id}\n`);
    expect((await on.json(['resume', '--all'])).data).toEqual({ items: [], next: null });
  });

  test.each([[[]], [['--all', 'x']]])('refuses %j', async (args) => {
    expect((await machine().call(['resume', ...args])).status).toBe(2);
  });
});

describe('llmspell replay', () => {
  test('prints the same bytes and changes nothing', async () => {
    const on = machine();
    const { id, stdout } = await ran(on);
    const before = await on.json(['runs', 'show', id]);
    const replayed = await on.call(['replay', id]);
    expect(replayed).toMatchObject({ status: 0, stdout });
    expect(replayed.stderr).toBe(`to stderr\n5 calls of run ${id} verified\n`);
    const [session] = before.data.sessions;
    expect((await on.call(['replay', session])).stdout).toBe(stdout);
    expect(await on.json(['replay', id])).toEqual({
      ok: true,
      data: { run: id, verified_entries: 5, diverged: null },
    });
    expect(await on.json(['runs', 'show', id])).toEqual(before);
    const part = await on.call(['replay', id, '--to', '3']);
    expect(part.stdout.split('\n')).toHaveLength(2);
  });

  test('of a failed run fails no more than the run did', async () => {
    const on = machine();
    const { id } = await ran(on, "Session.create()\nSession.complete('nobody')");
    const { status, stderr } = await on.call(['replay', id]);
    expect(status).toBe(0);
    expect(stderr).toContain('2 calls of run');
    expect(stderr).toContain('[SESSION_NOT_FOUND]');
    const worse = on.write(
      'worse.lua',
      "Session.create()\npcall(Session.complete, 'nobody')\nerror('own')",
    );
    expect((await on.call(['replay', id, '--script', worse])).status).toBe(1);
  });

  test('reports where another script parts from the record', async () => {
    const on = machine();
    const { id } = await ran(on);
    const edited = on.write(
      'edited.lua',
      `-- changed\n${SCRIPT.replace("'text of '", "'words of '")}`,
    );
    const { status, stderr, stdout } = await on.call(['replay', id, '--script', edited]);
    expect(status).toBe(7);
    expect(stdout).toBe('');
    expect(stderr).toContain(`1 call of run ${id} verified
entry 3, branch 0: input
  recorded  report.lua:4  artifact.store
            Artifact.store(session, 'tool_result', word, 'text of ' .. word)
  actual    edited.lua:5  artifact.store
            Artifact.store(session, 'tool_result', word, 'words of ' .. word)
  arguments
      {
    -   "content": "text of one",
    +   "content": "words of one",
        "name": "one",
`);
    const { ok, data, error } = await on.json(['replay', id, '--script', edited]);
    expect({ ok, code: error.code }).toEqual({ ok: false, code: 'REPLAY_DIVERGED' });
    expect(data).toMatchObject({
      run: id,
      verified_entries: 1,
      diverged: {
        seq: 3,
        branch: '0',
        class: 'input',
        recorded: { op: 'artifact.store', arguments: { content: 'text of one' } },
        actual: { op: 'artifact.store', arguments: { content: 'words of one' } },
        source: {
          recorded: { file: 'report.lua', line: 4, text: expect.stringContaining("'text of '") },
          actual: { file: 'edited.lua', line: 5, text: expect.stringContaining("'words of '") },
        },
      },
    });
  });

  test('shows lines of modules too', async () => {
    const on = machine();
    // A tail call would leave no line of the module.
    on.write(
      'part.lua',
      'return function(name)\n  local value = os.getenv(name)\n  return value\nend',
    );
    const { id } = await ran(on, "local get = require('part')\nget('A')");
    const edited = on.write('edited.lua', "local get = require('part')\nget('B')");
    const { data } = await on.json(['replay', id, '--script', edited]);
    expect(data.diverged.source).toEqual({
      recorded: { file: 'part.lua', line: 2, text: '  local value = os.getenv(name)' },
      actual: { file: 'part.lua', line: 2, text: '  local value = os.getenv(name)' },
    });
  });

  test('is of the script that ran, whatever has become of its file', async () => {
    const on = machine();
    const { id, stdout } = await ran(on);
    on.write('report.lua', 'this is no Lua');
    expect((await on.call(['replay', id])).stdout).toBe(stdout);
    expect(readFileSync(join(on.folder, 'report.lua'), 'utf8')).toBe('this is no Lua');
  });
});

describe('llmspell fork', () => {
  test('runs on from an entry with sessions of its own', async () => {
    const on = machine();
    const { id, stdout } = await ran(on);
    const before = await on.json(['runs', 'show', id]);
    const forked = await on.call(['fork', id, '--at', '4']);
    const fork = /as run ([0-9a-f-]{36})/.exec(forked.stderr)?.[1] ?? '';
    expect(forked.stderr).toContain(`forked run ${id} at entry 4 as run ${fork}\n`);
    expect(forked.status).toBe(0);
    const [first = '', second = '', third = ''] = stdout.split('\n');
    // The first line was written by the original before the entry.
    expect(first).toMatch(/^1\tone/);
    expect(forked.stdout).toBe(`${second}\n${third}\n`);
    const { data } = await on.json(['runs', 'show', fork]);
    expect(data).toMatchObject({ parent: { run: id, seq: 4 }, status: 'completed' });
    expect(data.sessions).not.toEqual(before.data.sessions);
    expect(await on.json(['runs', 'show', id])).toEqual(before);
    expect((await on.json(['diff', id, fork])).data).toMatchObject({ left: id, right: fork });
  });

  test('prints the id of a fork that is not to run', async () => {
    const on = machine();
    const { id } = await ran(on);
    const { stdout, status } = await on.call(['fork', id, '--at', '3', '--no-run']);
    expect(status).toBe(0);
    expect((await on.json(['runs', 'show', stdout.trim()])).data.status).toBe('interrupted');
    const { data } = await on.json(['fork', id, '--no-run']);
    expect(data).toMatchObject({ parent: { run: id, seq: 7 }, lost_artifacts: [] });
  });

  test('gives a call another answer', async () => {
    const on = machine();
    const { id } = await ran(on, "return State.get('x')");
    const { data } = await on.json(['fork', id, '--set', '2={"a": [1, 2.0]}']);
    expect(data.value).toEqual({ a: [1, 2] });
    const { stdout } = await on.call(['fork', '--json', id, '--set', '2={"a": [1, 2.0]}']);
    expect(stdout).toContain('"value":{"a":[1,2.0]}');
    for (const set of ['2', 'x=1', '2={']) {
      expect((await on.call(['fork', id, '--set', set])).status).toBe(2);
    }
    expect((await on.call(['fork', id, '--set', '2=1', '--at', '2'])).status).toBe(2);
    const twice = await on.call(['fork', id, '--set', '2=1', '--set', '2=3']);
    expect(twice).toMatchObject({ status: 2, stdout: '' });
    expect(twice.stderr).toContain("option '--set' can be given once");
  });

  test('goes on with another script, or creates nothing', async () => {
    const on = machine();
    const { id } = await ran(on);
    const longer = on.write('longer.lua', SCRIPT.replace("'three' }", "'three', 'four' }"));
    expect((await on.json(['fork', id, '--at', '5', '--script', longer])).data.value).toBe(4);
    const count = (await on.json(['runs'])).data.items.length;
    const other = on.write('other.lua', SCRIPT.replace("'one'", "'eins'"));
    const { status, stderr } = await on.call(['fork', id, '--script', other]);
    expect(status).toBe(7);
    expect(stderr).toContain('[REPLAY_DIVERGED]');
    expect((await on.json(['runs'])).data.items).toHaveLength(count);
    // A script that cannot even begin makes no call: why is what its author wants to know.
    for (const text of ["print('a')\nlocal = 1", "print('a')\nerror('no more')"]) {
      const broken = on.write('broken.lua', text);
      for (const command of ['fork', 'replay']) {
        const { error } = await on.json([command, id, '--script', broken]);
        expect(error).toMatchObject({ code: 'REPLAY_DIVERGED', file: 'broken.lua', line: 2 });
        expect(error.message).toMatch(/: the script ends before, with: .+ \[LUA_(SYNTAX|ERROR)\]$/);
      }
    }
    expect((await on.json(['runs'])).data.items).toHaveLength(count);
  });
});

test('a run that defines tools of its own is shown, compared, and told where it parts', async () => {
  const on = machine();
  const text = (
    about: string,
  ) => `Tool.define({ name = 'own', description = '${about}', run = function() return 1 end })
return Tool.execute('own', {}).result`;
  const one = await ran(on, text('one'));
  const two = await ran(on, text('two'));
  const shown = (description: string) => ({
    op: 'tool.define',
    arguments: {
      name: 'own',
      description,
      category: 'script',
      version: '1.0.0',
      effect: 'unsafe',
      parameters: { type: 'object' },
      tags: [],
    },
  });
  const { data } = await on.json(['runs', 'show', one.id]);
  expect(data.journal[1]).toMatchObject(shown('one'));
  const [difference] = (await on.json(['diff', one.id, two.id])).data.items;
  expect(difference).toMatchObject({ kind: 'input', left: shown('one'), right: shown('two') });
  const edited = on.write('edited.lua', text('two'));
  const replayed = await on.json(['replay', one.id, '--script', edited]);
  expect(replayed.data.diverged).toMatchObject({ recorded: shown('one'), actual: shown('two') });
  // Former records held its function, of which nothing could be told.
  expect(recordedArguments('{"execute":,"name":"own"}')).toBe('{"execute":,"name":"own"}');
});

describe('llmspell diff', () => {
  test('shows the calls that differ', async () => {
    const on = machine();
    const one = await ran(on, "os.getenv('A')\nState.set('x', 1)");
    const other = await ran(on, "os.getenv('B')\nState.set('x', 1)\nState.get('x')");
    const { data } = await on.json(['diff', one.id, other.id]);
    expect(data.items).toMatchObject([
      {
        branch: '0',
        ordinal: 1,
        kind: 'input',
        left: { arguments: 'A' },
        right: { arguments: 'B' },
      },
      { branch: '0', ordinal: 3, kind: 'only right', left: null, right: { op: 'state.get' } },
    ]);
    const { stdout, stderr } = await on.call(['diff', one.id, other.id]);
    expect(stdout).toContain('branch 0, call 1: os.getenv, input\n');
    expect(stdout).toContain('-   "arguments": "A",\n');
    expect(stdout).toContain('+   "arguments": "B",\n');
    expect(stderr).toBe('2 calls differ\n');
    expect((await on.call(['diff', one.id, one.id])).stderr).toBe('no differences\n');
    const third = await ran(on, "os.getenv('A')\nState.set('x', 2)");
    expect((await on.call(['diff', one.id, third.id])).stderr).toBe('1 call differs\n');
  });
});
