import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machine } from './command-line.js';

const MEMORY = ['--storage', 'memory'];

describe('run', () => {
  test('writes output to stdout and the id of the run to stderr', async () => {
    const { write, call } = machine();
    write('hello.lua', 'print("hello") io.stderr:write("aside\\n")');
    const { status, stdout, stderr } = await call(['run', ...MEMORY, 'hello.lua']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'hello\n' });
    expect(stderr).toMatch(/^run [0-9a-f-]{36}\naside\n$/);
  });

  test('is meant by the path of a script, with options in front of it', async () => {
    const { write, call } = machine();
    write('hello.lua', 'print(arg[0], ...)');
    const { stdout } = await call(['--storage', 'memory', '-q', 'hello.lua', '-x', '--json']);
    expect(stdout).toBe('hello.lua\t-x\t--json\n');
  });

  test.each([
    [['a', '--json', '-h'], 'a|--json|-h'],
    [['--', '--json'], '--json'],
    [['a', '--', 'b'], 'a|--|b'],
    [['-'], '-'],
  ])('hands everything behind the script to it: %j', async (args, expected) => {
    const { write, call } = machine();
    write('args.lua', 'print(table.concat({...}, "|"))');
    const { stdout } = await call(['run', '-q', ...MEMORY, 'args.lua', ...args]);
    expect(stdout).toBe(`${expected}\n`);
  });

  test('takes global options before and after its name', async () => {
    const { write, call } = machine();
    write('a.lua', 'print(1)');
    for (const args of [
      ['-q', '--storage=memory', 'run', 'a.lua'],
      ['run', '-q', '--storage=memory', 'a.lua'],
    ]) {
      expect(await call(args)).toMatchObject({ status: 0, stdout: '1\n', stderr: '' });
    }
  });

  test('returns a value with --json, exactly, and prints to stderr then', async () => {
    const { write, call } = machine();
    write('v.lua', 'print("x") return {1, 1.0, 9007199254740993, "a\\xff", 0/0, {}, {[true]=1}}');
    const { stdout, stderr } = await call(['run', '--json', ...MEMORY, 'v.lua']);
    expect(stderr).toBe('x\n');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stdout).toContain(
      '"value":[1,1.0,9007199254740993,{"base64":"Yf8="},{"float":"NaN"},{},{"entries":[[true,1]]}]',
    );
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      data: {
        run: expect.stringMatching(/^[0-9a-f-]{36}$/),
        status: 'completed',
        sessions: [],
        usage: {
          calls: expect.any(Number),
          input_tokens: 0,
          output_tokens: 0,
          cost_usd: null,
          possibly_billed_twice: 0,
        },
      },
    });
  });

  test('reads the script from stdin with -, and names it stdin', async () => {
    const { call } = machine();
    const good = await call(['run', '-q', ...MEMORY, '-', 'x'], { input: 'print(...)' });
    expect(good).toMatchObject({ status: 0, stdout: 'x\n' });
    const bad = await call(['run', '-q', ...MEMORY, '-'], { input: '\nerror("no")' });
    expect(bad).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error: stdin:2: no/) });
  });

  test('hands stdin to a script that is a file', async () => {
    const { write, call } = machine();
    write('cat.lua', 'for line in io.lines() do print("> " .. line) end');
    const { stdout } = await call(['run', '-q', ...MEMORY, 'cat.lua'], { input: 'a\nb' });
    expect(stdout).toBe('> a\n> b\n');
  });

  test('prints events with --jsonl and nothing else on stdout', async () => {
    const { write, call } = machine();
    write('a.lua', 'print("x\\xff") os.time()');
    const { stdout, status } = await call(['run', '--jsonl', ...MEMORY, 'a.lua']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(status).toBe(0);
    expect(events[0]).toMatchObject({ v: 1, seq: 1, type: 'run.start', script: 'a.lua' });
    expect(events.at(-1)).toMatchObject({ type: 'run.end', status: 'completed' });
    expect(events.find(({ type }) => type === 'stdout').text).toEqual({ base64: 'eP8K' });
  });

  test('makes a session with --name and --tag the current one', async () => {
    const { json, write } = machine();
    write('id.lua', 'return Session.getCurrent()');
    const { data } = await json(['run', '--name', 'Trip', '--tag', 'a', '--tag', 'b', 'id.lua']);
    expect(data.sessions).toEqual([data.value]);
    const shown = await json(['session', 'show', data.value]);
    expect(shown.data).toMatchObject({ id: data.value, name: 'Trip', tags: ['a', 'b'] });
    const again = await json(['run', '--session', data.value.slice(0, 30), 'id.lua']);
    expect(again.data.value).toBe(data.value);
  });

  test('refuses sessions that are switched off', async () => {
    const { write, call } = machine();
    write('llmspell.toml', '[runtime.sessions]\nenabled = false\n');
    expect(await call(['eval', '--name', 'x', 'return 1'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[SESSIONS_DISABLED]'),
    });
  });

  test('reads variables from --env-file below those that are set', async () => {
    const { write, call } = machine();
    write('.env', '# storage\nLLMSPELL_STORAGE="memory"\nLLMSPELL_DATA_DIR=/nowhere\n');
    write('a.lua', 'print(1)');
    const args = ['run', '-v', '--env-file', '.env', 'a.lua'];
    expect((await call(args)).stderr).toContain('storage memory');
    const env = { LLMSPELL_STORAGE: 'lmdb' };
    expect((await call(args, { env })).stderr).toContain('storage lmdb /nowhere');
  });

  test('passes on what os.exit says', async () => {
    const { call } = machine();
    expect((await call(['eval', ...MEMORY, 'os.exit(7)'])).status).toBe(7);
    expect((await call(['eval', ...MEMORY, 'os.exit(true)'])).status).toBe(0);
  });
});

describe('eval', () => {
  test('prints returned values as JSON, one on a line', async () => {
    const { call } = machine();
    const code = 'return 1, 1.0, "a", nil, {x = {1, 2}}';
    const { stdout } = await call(['eval', '-q', ...MEMORY, code, 'unused']);
    expect(stdout).toBe('1\n1.0\n"a"\nnull\n{"x":[1,2]}\n');
  });

  test('answers a value with --json', async () => {
    const { json } = machine();
    expect((await json(['eval', ...MEMORY, 'return ...', 'a'])).data.value).toBe('a');
  });
});

describe('check', () => {
  test('compiles without running', async () => {
    const { write, call, json } = machine();
    write('a.lua', 'print("never")');
    expect(await call(['check', 'a.lua'])).toMatchObject({ status: 0, stdout: 'a.lua: ok\n' });
    expect((await json(['check', 'a.lua'])).data.items).toEqual([
      { file: 'a.lua', ok: true, error: null },
    ]);
  });

  test('reports every mistake with file and line', async () => {
    const { write, call, folder } = machine();
    write('good.lua', 'return 1');
    write('bad.lua', 'local x = 1\nlocal y = = 2\n');
    writeFileSync(join(folder, 'latin.lua'), Buffer.from('return 1\n-- \xe9\n', 'latin1'));
    const files = ['bad.lua', 'good.lua', 'latin.lua', 'none.lua'];
    const { status, stderr } = await call(['check', ...files]);
    expect(status).toBe(1);
    expect(stderr).toContain('error: bad.lua:2: ');
    expect(stderr).toContain('[LUA_SYNTAX]');
    expect(stderr).toContain('error: latin.lua:2: the script is not UTF-8 text');
    expect(stderr).toContain('there is no script none.lua');
    const document = JSON.parse((await call(['check', '--json', ...files])).stdout);
    expect(document).toMatchObject({ ok: false, error: { code: 'LUA_SYNTAX', line: 2 } });
    expect(document.data.items.map(({ ok }: { ok: boolean }) => ok)).toEqual([
      ...[false, true, false, false],
    ]);
  });
});
