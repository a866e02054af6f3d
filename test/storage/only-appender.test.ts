/** One storage that appends to its log without looking, and others that come to the same folder. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const WRITER = fileURLToPath(new URL('../fixtures/storage-writer.mjs', import.meta.url));

async function opened(path: string): Promise<Backend> {
  const backend = await openLmdbBackend({ path });
  onTestFinished(() => backend.close());
  return backend;
}

async function numberIn(backend: Backend): Promise<number | undefined> {
  const value = await backend.get('n');
  return value?.[0];
}

/** Raises the number, if it is what the backend takes it for. */
async function raise(backend: Backend): Promise<boolean> {
  const before = await backend.get('n');
  const value = Uint8Array.of((before?.[0] ?? 0) + 1);
  const preconditions = [{ key: 'n', value: before }];
  return backend.commit({ preconditions, writes: [{ key: 'n', value }] });
}

test('every storage sees what any of them has committed, whoever began the log', async () => {
  const path = temporaryFolder();
  const first = await opened(path);
  for (let n = 1; n <= 5; n += 1) expect(await raise(first)).toBe(true);
  const second = await opened(path);
  expect(await numberIn(second)).toBe(5);
  expect(await raise(second)).toBe(true);
  expect(await numberIn(first)).toBe(6);
  for (const backend of [first, first, second, first, second, second]) {
    expect(await raise(backend)).toBe(true);
  }
  const third = await opened(path);
  expect(await raise(third)).toBe(true);
  expect(await Promise.all([first, second, third].map(numberIn))).toEqual([13, 13, 13]);
  await second.close();
  for (const backend of [first, third, first]) expect(await raise(backend)).toBe(true);
  await Promise.all([first.close(), third.close()]);
  expect(await numberIn(await opened(path))).toBe(16);
});

test('what another one has committed is not written over by one that took itself for alone', async () => {
  const path = temporaryFolder();
  const first = await opened(path);
  expect(await raise(first)).toBe(true);
  expect(await raise(first)).toBe(true);
  const second = await opened(path);
  const before = await second.get('n');
  expect(await raise(second)).toBe(true);
  const stale = { key: 'n', value: before };
  const write = { key: 'n', value: Uint8Array.of(99) };
  expect(await first.commit({ preconditions: [stale], writes: [write] })).toBe(false);
  expect(await numberIn(first)).toBe(3);
});

test('the log of a process that was killed while it was alone is gone on with', async () => {
  const path = temporaryFolder();
  const child = spawn(process.execPath, [WRITER, 'write-until-killed', path]);
  let acknowledged = 0;
  child.stdout.on('data', (text: Buffer) => {
    acknowledged = Number(text.toString().trim().split('\n').at(-1));
    if (acknowledged > 20) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const backend = await opened(path);
  expect(await raise(backend)).toBe(true);
  const entries = await (await opened(path)).range({ start: 't/left/', end: 't/left0' });
  expect(entries.length).toBeGreaterThan(acknowledged);
  expect(entries.map(({ value }) => value[0])).toEqual(entries.map((_, index) => index % 256));
  expect(await numberIn(backend)).toBe(1);
});
