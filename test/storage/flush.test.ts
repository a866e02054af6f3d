/** When the LMDB backend tells the system to write for good; the calls to the system are counted. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import { type Backend, GROUP_MS, type Sync } from '../../runtime/storage/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const disk = vi.hoisted(() => ({
  flushes: 0,
  /** Flushes that held up the process. */
  waits: 0,
  fails: false,
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const flush = (file: number) => {
    disk.flushes += 1;
    if (disk.fails) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    fs.fdatasyncSync(file);
  };
  const fdatasyncSync = (file: number) => {
    disk.waits += 1;
    flush(file);
  };
  const fdatasync = (file: number, done: (error: unknown) => void) => {
    try {
      flush(file);
      done(null);
    } catch (error) {
      done(error);
    }
  };
  return { ...fs, default: fs, fdatasync, fdatasyncSync };
});

beforeEach(() => {
  disk.flushes = 0;
  disk.waits = 0;
  disk.fails = false;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a flush', () => {
  test('writes what was committed since the last one, and nothing twice', async () => {
    const backend = await opened('strict');
    await commit(backend, 'a');
    await commit(backend, 'b');
    expect(disk.flushes).toBe(0);
    await backend.flush();
    await backend.flush();
    expect(disk.flushes).toBe(1);
    await commit(backend, 'c');
    await backend.flush();
    expect(disk.flushes).toBe(2);
  });

  test('is shared by those who wait at once, and never older than a commit before it', async () => {
    const backend = await opened('strict');
    await commit(backend, 'a');
    const first = Promise.all([backend.flush(), backend.flush()]);
    await commit(backend, 'b');
    const second = Promise.all([backend.flush(), backend.flush(), backend.flush()]);
    await first;
    await second;
    expect(disk.flushes).toBe(2);
  });

  test('also writes what another process has committed and this one has seen', async () => {
    const path = temporaryFolder();
    const [one, other] = [await opened('strict', path), await opened('strict', path)];
    await commit(one, 'a');
    expect(await other.get('t/a')).toHaveLength(1);
    await other.flush();
    expect(disk.flushes).toBe(1);
  });

  test('is not needed for what went to the tree', async () => {
    const backend = await opened('strict');
    await commit(backend, 'a');
    await commit(backend, 'big', 'x'.repeat(600_000));
    await backend.flush();
    expect(disk.flushes).toBe(0);
  });

  test.each([
    ['does not hold up the process when the disk is slow', 5, 0],
    ['is waited for when the disk is fast', 0.1, 3],
  ])('%s', async (_, ms, waits) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += ms;
      return now;
    });
    const backend = await opened('strict');
    for (const name of ['a', 'b', 'c', 'd']) {
      await commit(backend, name);
      await backend.flush();
    }
    expect(disk).toMatchObject({ flushes: 4, waits });
  });

  test('that the disk refuses is made up for by the tree', async () => {
    const path = temporaryFolder();
    const backend = await opened('strict', path);
    await commit(backend, 'a');
    disk.fails = true;
    await backend.flush();
    expect(disk.flushes).toBe(1);
    // Nothing is left that only the log holds.
    disk.fails = false;
    await commit(backend, 'b');
    await backend.flush();
    expect(disk.flushes).toBe(2);
    expect(await backend.get('t/a')).toHaveLength(1);
  });
});

describe('what nobody waits for', () => {
  test.each<Sync>(['strict', 'group'])('is flushed after a moment with sync = %s', async (sync) => {
    const backend = await opened(sync);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await commit(backend, 'a');
    await commit(backend, 'b');
    vi.advanceTimersByTime(GROUP_MS - 1);
    expect(disk.flushes).toBe(0);
    vi.advanceTimersByTime(1);
    expect(disk.flushes).toBe(1);
    vi.advanceTimersByTime(10 * GROUP_MS);
    expect(disk.flushes).toBe(1);
  });

  test('is flushed once in a while with sync = group, however often that is asked for', async () => {
    const backend = await opened('group');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    for (let round = 1; round <= 3; round += 1) {
      for (let index = 0; index < 10; index += 1) {
        await commit(backend, `${round}-${index}`);
        await backend.flush();
      }
      vi.advanceTimersByTime(GROUP_MS);
      expect(disk.flushes).toBe(round);
    }
  });

  test('is left to the system with sync = relaxed', async () => {
    const backend = await opened('relaxed');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await commit(backend, 'a');
    await backend.flush();
    vi.advanceTimersByTime(100 * GROUP_MS);
    expect(disk.flushes).toBe(0);
  });
});

async function opened(sync: Sync, folder = temporaryFolder()): Promise<Backend> {
  const path = join(folder, 'data');
  mkdirSync(path, { recursive: true });
  const backend = await openLmdbBackend({ path, sync });
  onTestFinished(() => backend.close());
  return backend;
}

async function commit(backend: Backend, name: string, value = 'v'): Promise<void> {
  const writes = [{ key: `t/${name}`, value: Buffer.from(value) }];
  expect(await backend.commit({ preconditions: [], writes })).toBe(true);
}
