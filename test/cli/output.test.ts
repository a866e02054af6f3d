import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ended, machine } from './command-line.js';

const ESCAPE = '\u001b[';

describe('standard output', () => {
  test.each(['for i = 1, 1e9 do print(i) end', 'while true do pcall(print, 1) end'])(
    'that nobody reads any more ends the program in silence: %s',
    async (code) => {
      const { shell } = machine();
      const line = `$llmspell eval -q --storage memory '${code}' | head -n 1; echo \${PIPESTATUS[0]}`;
      expect(await shell(line)).toMatchObject({ stdout: '1\n0\n', stderr: '' });
    },
  );

  test('loses nothing with a slow reader', async () => {
    const { shell } = machine();
    const code = 'for i = 1, 200000 do print(i) end';
    const { stdout } = await shell(
      `$llmspell eval -q --storage memory '${code}' | (sleep 0.3; wc -l; )`,
    );
    expect(stdout.trim()).toBe('200000');
  });

  test('loses nothing in a pipe that does not block', async () => {
    const { start } = machine();
    const code = 'io.write(string.rep("x", 5000000))';
    const child = start(['eval', '-q', '--storage', 'memory', code]);
    expect((await ended(child)).stdout).toHaveLength(5_000_000);
  });

  test('that is full is an error', async () => {
    const { shell } = machine();
    const { stderr } = await shell('$llmspell --json > /dev/full; echo $? >&2');
    expect(stderr).not.toBe('0\n');
  });
});

describe('colours', () => {
  const broken = ['eval', '-q', '--storage', 'memory', 'error("x")'];

  test.each([
    ['no terminal', {}, [], false],
    ['FORCE_COLOR', { FORCE_COLOR: '1' }, [], true],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, [], false],
    ['FORCE_COLOR and --no-color', { FORCE_COLOR: '1' }, ['--no-color'], false],
    ['FORCE_COLOR and NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
  ])('with %s', async (_, env, args, expected) => {
    const { call } = machine();
    const { stderr } = await call([...args, ...broken], { env: env as Record<string, string> });
    expect(stderr.includes(ESCAPE)).toBe(expected);
  });
});

describe('help and version', () => {
  test('go to stdout', async () => {
    const { call } = machine();
    const help = await call(['--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const name of ['run', 'eval', 'check', 'session', 'artifact', 'config']) {
      expect(help.stdout).toContain(`  ${name} `);
    }
    const own = await call(['run', '-h']);
    expect(own).toMatchObject({ status: 0, stderr: '' });
    expect(own.stdout).toContain('--timeout <time>');
    const file = fileURLToPath(new URL('../../package.json', import.meta.url));
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
    for (const args of [['-V'], ['session', 'list', '--version']]) {
      expect(await call(args)).toMatchObject({ status: 0, stdout: `${version}\n` });
    }
  });
});
