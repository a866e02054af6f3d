import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './run-fixture.js';

async function contentAfter(script: string) {
  const folder = temporaryFolder();
  const runtime = await openRuntime({
    settings: { 'runtime.security.file_write_roots': [folder] },
  });
  const path = join(folder, 'file.txt');
  const open = `local path = ... local f = assert(io.open(path, 'w')) f:write('kept')`;
  const outcome = await runtime.eval(`${open} ${script}`, { args: [path] }).outcome;
  return { content: readFileSync(path, 'utf8'), outcome };
}

test.each([
  ['returns', 'return 1', 'completed'],
  ['fails', "error('no')", 'failed'],
  ['calls os.exit', 'os.exit(3)', 'completed'],
  ['calls os.exit in a coroutine', 'coroutine.wrap(function() os.exit(3) end)()', 'completed'],
])('a file that was not closed is written when the script %s', async (_, script, status) => {
  const { content, outcome } = await contentAfter(script);
  expect(content).toBe('kept');
  expect(outcome.status).toBe(status);
  expect(outcome.exitStatus).toBe(script.includes('exit') ? 3 : 0);
});
