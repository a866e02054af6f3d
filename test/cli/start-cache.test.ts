/** What a start leaves for the next one, in the user's cache folder. */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Machine, machine } from './command-line.js';

const HELLO = ['--storage', 'memory', 'hello.lua'];

function userWithScript(): { user: Machine; folder: string; files: () => string[] } {
  const user = machine();
  user.write('hello.lua', "print('hello', #arg)\n");
  const folder = join(user.folder, '../.cache/llmspell');
  return { user, folder, files: () => readdirSync(folder).sort() };
}

async function hello(user: Machine): Promise<string> {
  const { status, stdout } = await user.call(['run', ...HELLO]);
  return `${status} ${stdout}`;
}

describe('the cache of starts', () => {
  test('is made by the first script that runs, and left alone by the next', async () => {
    const { user, folder, files } = userWithScript();
    expect(await hello(user)).toBe('0 hello\t0\n');
    expect(files()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^start-boot-/),
        expect.stringMatching(/^start-program-/),
      ]),
    );
    const before = files().map((name) => readFileSync(join(folder, name)));
    expect(await hello(user)).toBe('0 hello\t0\n');
    expect(files().map((name) => readFileSync(join(folder, name)))).toEqual(before);
  });

  test('has the code of each part of the program that a run has needed', async () => {
    const { user, folder, files } = userWithScript();
    await hello(user);
    const parts = () => files().filter((name) => name.startsWith('start-part-'));
    for (const name of parts()) rmSync(join(folder, name));
    expect(await hello(user)).toBe('0 hello\t0\n');
    expect(parts()).not.toContainEqual(expect.stringMatching(/^start-part-seldom-/));
    expect((await user.call(['run', 'hello.lua'])).stdout).toBe('hello\t0\n');
    expect(parts()).toContainEqual(expect.stringMatching(/^start-part-kept-/));
  });

  test('is not made by a command that runs no script', async () => {
    const { user, folder } = userWithScript();
    expect((await user.call(['--version'])).status).toBe(0);
    expect(() => readdirSync(folder)).toThrow('ENOENT');
  });

  test.each([
    ['cut', (path: string) => truncateSync(path, 1000)],
    ['emptied', (path: string) => truncateSync(path, 0)],
    ['overwritten', (path: string) => writeFileSync(path, 'something else'.repeat(20_000))],
  ])('does no harm when its files are %s, and is made anew', async (_, damage) => {
    const { user, folder, files } = userWithScript();
    await hello(user);
    const sizes = () => files().map((name) => readFileSync(join(folder, name)).length);
    const before = sizes();
    for (const name of files()) damage(join(folder, name));
    expect(await hello(user)).toBe('0 hello\t0\n');
    // How much code was compiled differs a little from run to run.
    expect(sizes()[0]).toBe(before[0]);
    expect(await hello(user)).toBe('0 hello\t0\n');
  });

  test('is done without where the folder can not be made', async () => {
    const { user } = userWithScript();
    writeFileSync(join(user.folder, '../.cache'), 'a file');
    expect(await hello(user)).toBe('0 hello\t0\n');
  });

  test('follows XDG_CACHE_HOME and LLMSPELL_HOME', async () => {
    const { user } = userWithScript();
    for (const [variable, folder] of [
      ['XDG_CACHE_HOME', 'elsewhere/llmspell'],
      ['LLMSPELL_HOME', 'elsewhere/cache'],
    ] as const) {
      const env = { [variable]: join(user.folder, 'elsewhere') };
      expect((await user.call(['run', ...HELLO], { env })).status).toBe(0);
      const names = readdirSync(join(user.folder, folder));
      expect(names).toContainEqual(expect.stringMatching(/^start-program-/));
    }
  });

  test('forgets builds that were not started for a month', async () => {
    const { user, folder, files } = userWithScript();
    mkdirSync(folder, { recursive: true });
    for (const name of ['start-program-old', 'start-program-recent', 'other-old']) {
      writeFileSync(join(folder, name), '');
      const age = name.endsWith('old') ? 31 : 29;
      const time = new Date(Date.now() - age * 24 * 3600 * 1000);
      utimesSync(join(folder, name), time, time);
    }
    await hello(user);
    expect(files()).toEqual(expect.arrayContaining(['other-old', 'start-program-recent']));
    expect(files()).not.toContain('start-program-old');
  });

  test('is open to nobody else', async () => {
    const { user, folder, files } = userWithScript();
    await hello(user);
    const { mode } = statSync(join(folder, files()[0] as string));
    expect(mode & 0o077).toBe(0);
    chmodSync(folder, 0o500);
    expect(await hello(user)).toBe('0 hello\t0\n');
  });
});
