import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../runtime/storage/format-version.js';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import { machine } from './command-line.js';

describe('an error of a script', () => {
  test('is shown with file, line, code and the stack of calls', async () => {
    const { write, call } = machine();
    write('bad.lua', 'local function f()\n  error("no luck")\nend\nf()\n');
    const { status, stdout, stderr } = await call(['run', '-q', 'bad.lua']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: bad\.lua:2: no luck \[LUA_ERROR\]\n/);
    expect(stderr).toContain('\n    bad.lua:4: in main chunk\n');
  });

  test('is a document with --json', async () => {
    const { json } = machine();
    const { ok, error, data } = await json(['eval', 'error({code = "MINE", message = "no"})']);
    expect(ok).toBe(false);
    expect(error).toEqual({ code: 'MINE', message: 'no', hint: null, file: 'eval', line: 1 });
    expect(data).toMatchObject({ status: 'failed', run: expect.any(String) });
  });

  test('cannot steer the terminal', async () => {
    const { call } = machine();
    const { stderr } = await call(['eval', '-q', 'error("\\27[2Jgone")']);
    expect(stderr).toContain('\\x1b[2Jgone');
    expect(stderr).not.toContain('\u001b');
  });

  test.each([
    ['a syntax error', 'local x = 1\nlocal = 2', 'error: bad.lua:2: ', 'LUA_SYNTAX'],
    ['text that is not UTF-8', Buffer.from('-- ok\n-- \xfc', 'latin1'), 'bad.lua:2: ', 'UTF-8'],
    [
      'a table that is nested a million times',
      'local t = {} local top = t for i = 1, 1e6 do t.x = {} t = t.x end\nSession.create{metadata = top}',
      'error: bad.lua:2: ',
      'VALUE_UNSUPPORTED',
    ],
  ])('of %s names the line', async (_, source, place, code) => {
    const { write, call } = machine();
    write('bad.lua', source);
    const { status, stderr } = await call(['run', '-q', 'bad.lua']);
    expect(status).toBe(1);
    expect(stderr).toContain(place);
    expect(stderr).toContain(code);
  });
});

describe('exit statuses', () => {
  test.each([
    [1, 'FILE_NOT_FOUND', ['run', 'none.lua']],
    [1, 'FILE_FAILED', ['run', '.']],
    [2, 'USAGE', ['frobnicate']],
    [3, 'CONFIG', ['run', '--config', 'bad.toml', 'none.lua']],
    [3, 'CONFIG', ['run', '--profile', 'nobody', 'none.lua']],
    [4, 'SESSION_NOT_FOUND', ['run', '--session', 'none', 'none.lua']],
    [4, 'SESSION_NOT_FOUND', ['session', 'show', 'none']],
    [4, 'ARTIFACT_NOT_FOUND', ['artifact', 'get', 'none']],
    [4, 'TOOL_NOT_FOUND', ['eval', 'Tool.execute("none", {})']],
    [6, 'POLICY_DENIED', ['eval', 'os.execute("ls")']],
  ])('%i is for %s', async (status, code, args) => {
    const { write, call } = machine();
    write('bad.toml', '[runtime.lua]\ntimeout = 1\n');
    const human = await call(args);
    expect(human.status).toBe(status);
    expect(human.stderr).toContain(`[${code}]`);
    const json = await call(['--json', ...args]);
    expect(json.status).toBe(status);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code } });
  });

  test('10 is for a data folder that cannot be one', async () => {
    const { write, call } = machine();
    const file = write('file', 'text');
    const { status, stderr } = await call(['session', 'list', '--data-dir', file]);
    expect(status).toBe(10);
    expect(stderr).toContain(file);
    expect(stderr).toContain('[STORAGE_READ_ONLY]');
  });

  test.skipIf(process.getuid?.() === 0)(
    '10 is for a data folder without permission (root may always write)',
    async () => {
      const { folder, call } = machine();
      mkdirSync(join(folder, 'locked'), { mode: 0o500 });
      const { status } = await call(['session', 'list', '--data-dir', 'locked']);
      expect(status).toBe(10);
    },
  );

  test('10 is for data of a newer version and for data of others', async () => {
    const { folder, call } = machine();
    const newer = await openLmdbBackend({
      path: join(folder, 'newer'),
      migrations: [...MIGRATIONS, async () => {}],
    });
    await newer.close();
    mkdirSync(join(folder, 'foreign'));
    writeFileSync(join(folder, 'foreign/data.mdb'), 'something else'.repeat(1000));
    for (const [name, code] of [
      ['newer', 'STORAGE_NEWER'],
      ['foreign', 'STORAGE_FOREIGN'],
    ]) {
      const { status, stderr } = await call(['session', 'list', '--data-dir', name as string]);
      expect(status).toBe(10);
      expect(stderr).toContain(`[${code}]`);
    }
  });
});

describe('a mistake in the command line', () => {
  test.each([
    [['--jsn'], "unknown option '--jsn'", 'Did you mean --json?'],
    [['sesion', 'list'], "unknown command 'sesion'", 'Did you mean session?'],
    [['run'], "missing required argument 'file'", '--help'],
    [['run', '--storage', 'sled', 'a.lua'], 'Allowed choices are memory, lmdb', '--help'],
    [['run', '--session', 'a', '--tag', 'b', '-'], "cannot be used with '--name'", 'created'],
    [['session', 'list', '--limit', 'all'], 'must be a whole number', ''],
    [['session', 'list', '--status', 'open'], 'must be one of active, suspended', ''],
    [['session', 'list', '--metadata', 'x'], 'must be KEY=VALUE', ''],
    [['artifact', 'put', 'file'], "'--session <id>' is needed", 'session list'],
    [['session'], 'a command is missing', 'Usage: llmspell session'],
    [[], 'a command is missing', 'Usage: llmspell'],
  ])('%j ends with 2 and says what to do', async (args, message, help) => {
    const { call } = machine();
    const { status, stdout, stderr } = await call(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(help);
  });

  test.each([
    [['--json', '--jsn']],
    [['run', '--json']],
    [['run', '--nope', '--json', 'a.lua', '--x']],
    [['session', 'list', '--nope', '--json']],
    [['--json']],
    [['eval', '--json', '--jsonl', 'return 1']],
  ])('%j is one document', async (args) => {
    const { call } = machine();
    const { status, stdout, stderr } = await call(args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'USAGE', message: expect.any(String) },
    });
  });

  test('of a script is none of ours', async () => {
    const { write, call } = machine();
    write('a.lua', 'print(...)');
    const { status, stdout } = await call(['run', '-q', 'a.lua', '--json', '--nope']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '--json\t--nope\n' });
  });
});
