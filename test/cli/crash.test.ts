/** A program that loses its own files while it works. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, inject, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

test('a program whose files are gone says what is missing, and ends', () => {
  expect(inject('buildError')).toBe('');
  const folder = temporaryFolder();
  cpSync('dist/cli', join(folder, 'dist/cli'), { recursive: true });
  for (const name of ['node_modules', 'package.json', 'runtime', 'bindings', 'config']) {
    symlinkSync(resolve(name), join(folder, name));
  }
  const call = () =>
    spawnSync(process.execPath, [join(folder, 'dist/cli/main.cjs'), 'eval', '-q', 'return 1 + 1'], {
      env: { HOME: folder },
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
  expect(call()).toMatchObject({ status: 0, stdout: '2\n' });
  for (const name of readdirSync(join(folder, 'dist/cli'))) {
    if (!/^(main|program|part-)/.test(name)) rmSync(join(folder, 'dist/cli', name));
  }
  const { status, stdout, stderr } = call();
  expect({ status, stdout }).toEqual({ status: 70, stdout: '' });
  expect(stderr).toContain('Cannot find module');
});
