import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { FORMAT_VERSION, MIGRATIONS } from '../../runtime/storage/format-version.js';
import { type LmdbOptions, openLmdbBackend } from '../../runtime/storage/lmdb.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { storageContract } from '../contract/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const WRITER = fileURLToPath(new URL('../fixtures/storage-writer.mjs', import.meta.url));

storageContract('lmdb', async (options) =>
  openLmdbBackend({ path: join(temporaryFolder(), 'data'), ...options }),
);

for (const sync of ['group', 'relaxed'] as const) {
  storageContract(`lmdb with sync = ${sync}`, async (options) =>
    openLmdbBackend({ path: join(temporaryFolder(), 'data'), sync, ...options }),
  );
}

describe('the folder', () => {
  test('missing parents are made for the owner only, and a dot in the path is fine', async () => {
    const path = join(temporaryFolder(), 'deep', 'er', 'data.v1');
    await opened({ path });
    expect(statSync(join(path, 'data.mdb')).isFile()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test('files of others beside the data are left alone', async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'notes.txt'), 'mine');
    await write(await opened({ path }), 't/a', 'v');
    expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('an empty data file is filled', async () => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'data.mdb'), '');
    await write(await opened({ path }), 't/a', 'v');
  });

  test.each(['at the path', 'above the path'])('a file %s is refused by name', async (where) => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'text');
    const path = where === 'at the path' ? file : join(file, 'below', 'data');
    await expect(openLmdbBackend({ path })).rejects.toMatchObject({
      code: 'STORAGE_READ_ONLY',
      message: expect.stringContaining(path),
    });
    expect(readFileSync(file, 'utf8')).toBe('text');
  });

  test.skipIf(process.getuid?.() !== 0)(
    'a read-only file system is refused by name (needs root to mount one)',
    async ({ skip }) => {
      const path = mounted('ro', skip);
      await expect(openLmdbBackend({ path })).rejects.toMatchObject({
        code: 'STORAGE_READ_ONLY',
        message: expect.stringContaining(path),
      });
    },
  );

  test.skipIf(process.getuid?.() === 0)(
    'a folder without permission to write is refused by name (root may always write)',
    async () => {
      const path = join(temporaryFolder(), 'locked');
      mkdirSync(path, { mode: 0o500 });
      await expect(openLmdbBackend({ path })).rejects.toMatchObject({
        code: 'STORAGE_READ_ONLY',
        message: expect.stringContaining(path),
      });
    },
  );
});

describe('a data file that is not ours', () => {
  test.each([
    [
      'random bytes',
      Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 131) % 251)),
    ],
    ['a short text', Buffer.from('hello')],
    ['zeros', Buffer.alloc(16_384)],
  ])('of %s is refused and untouched', async (_, bytes) => {
    const path = temporaryFolder();
    writeFileSync(join(path, 'data.mdb'), bytes);
    await expect(openLmdbBackend({ path })).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
    expect(readFileSync(join(path, 'data.mdb')).equals(bytes)).toBe(true);
  });

  test('that another program made with LMDB is refused and untouched', async () => {
    const path = temporaryFolder();
    const { open } = await import('lmdb');
    const other = open({ path, noSubdir: false });
    await other.put('greeting', { hello: 'world' });
    await other.close();
    const before = readFileSync(join(path, 'data.mdb'));
    await expect(openLmdbBackend({ path })).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
    expect(readFileSync(join(path, 'data.mdb')).equals(before)).toBe(true);
  });

  test('of a newer format is refused and untouched', async () => {
    const path = temporaryFolder();
    const newer = await openLmdbBackend({ path, migrations: [...MIGRATIONS, async () => {}] });
    await newer.close();
    const before = readFileSync(join(path, 'data.mdb'));
    await expect(openLmdbBackend({ path })).rejects.toMatchObject({
      code: 'STORAGE_NEWER',
      details: { found: FORMAT_VERSION + 1, newest: FORMAT_VERSION },
    });
    expect(readFileSync(join(path, 'data.mdb')).equals(before)).toBe(true);
  });
});

describe('a data file that was cut short', () => {
  test.each([1, 2, 10, 40, 90])('to %i percent is refused as damaged', async (percent) => {
    const path = temporaryFolder();
    const backend = await openLmdbBackend({ path });
    for (let index = 0; index < 100; index += 1) {
      await write(backend, `t/${index}`, 'x'.repeat(index % 3 === 0 ? 20_000 : 500));
    }
    await backend.close();
    const file = join(path, 'data.mdb');
    truncateSync(file, Math.floor((statSync(file).size * percent) / 100));
    await expect(openLmdbBackend({ path })).rejects.toMatchObject({
      code: expect.stringMatching(percent === 1 ? /CORRUPT|FOREIGN/ : 'STORAGE_CORRUPT'),
    });
  });

  test('only by free pages at its end, as LMDB itself leaves it, opens', async () => {
    const path = temporaryFolder();
    const { open } = await import('lmdb');
    await (await openLmdbBackend({ path })).close();
    // Pages that a transaction allocates and frees again are never written.
    const raw = open({
      path,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      overlappingSync: false,
    });
    const isShort = () => {
      const { lastPageNumber, pageSize } = raw.getStats() as Record<string, number>;
      const pages = statSync(join(path, 'data.mdb')).size / (pageSize as number);
      return pages < (lastPageNumber as number) + 1;
    };
    raw.transactionSync(() => raw.putSync(Buffer.from('t/0'), Buffer.alloc(1500)));
    for (let round = 1; round < 500 && !isShort(); round += 1) {
      raw.transactionSync(() => {
        const keys = Array.from({ length: 40 }, (_, index) => Buffer.from(`t/${round}/${index}`));
        for (const key of keys) raw.putSync(key, Buffer.alloc(((round * 37) % 15) * 100 + 1));
        for (const key of keys) raw.removeSync(key);
      });
    }
    expect(isShort()).toBe(true);
    await raw.close();
    const backend = await opened({ path });
    expect(await backend.get('t/0')).toHaveLength(1500);
  });
});

describe('reopening', () => {
  test('what was committed is there again', async () => {
    const path = temporaryFolder();
    for (const [name, sync] of [
      ['a', 'strict'],
      ['b', 'group'],
      ['c', 'relaxed'],
    ] as const) {
      const backend = await openLmdbBackend({ path, sync });
      await write(backend, `t/${name}`, name);
      await backend.close();
    }
    const backend = await opened({ path });
    expect(await backend.range({ start: 't/', end: 't0' })).toHaveLength(3);
  });

  test('two backends of one process share a folder, and close one by one', async () => {
    const path = temporaryFolder();
    const first = await openLmdbBackend({ path });
    const second = await opened({ path });
    await write(first, 't/a', '1');
    expect(await second.get('t/a')).toHaveLength(1);
    await first.close();
    await write(second, 't/b', '2');
    expect(await second.range({ start: 't/', end: 't0' })).toHaveLength(2);
  });

  test('a loop that reads and never waits sees what another one commits', async () => {
    const path = temporaryFolder();
    const [one, other] = [await opened({ path }), await opened({ path })];
    const read = (key: string) => one.getNow?.(key)?.length;
    for (const [key, bytes] of [
      ['t/logged', 5],
      ['t/in-tree', 1_000_000],
      ['t/logged-again', 6],
    ] as const) {
      expect(read(key)).toBeUndefined();
      const isCommitted = write(other, key, 'x'.repeat(bytes));
      let reads = 0;
      while (read(key) === undefined && reads < 10_000_000) reads += 1;
      expect(read(key)).toBe(bytes);
      expect(await isCommitted).toBe(true);
    }
  });

  test('many backends opened at once agree on one format record', async () => {
    const path = join(temporaryFolder(), 'new');
    const backends = await Promise.all(Array.from({ length: 5 }, () => openLmdbBackend({ path })));
    const records = await Promise.all(backends.map((backend) => backend.get('meta/format')));
    expect(new Set(records.map((record) => Buffer.from(record ?? []).toString('hex'))).size).toBe(
      1,
    );
    await Promise.all(backends.map((backend) => backend.close()));
  });
});

describe('several processes', () => {
  test('that change one value in a new folder lose no change', async () => {
    const path = join(temporaryFolder(), 'shared');
    await Promise.all([run('count', path, '200'), run('count', path, '200')]);
    const backend = await opened({ path });
    expect(Buffer.from((await backend.get('t/count')) ?? []).toString()).toBe('400');
  });

  test('see what another one has committed', async () => {
    const path = temporaryFolder();
    const backend = await opened({ path });
    await write(backend, 't/count', '0');
    await run('count', path, '3');
    expect(Buffer.from((await backend.get('t/count')) ?? []).toString()).toBe('3');
  });

  test('that are killed while they write lose nothing acknowledged and tear no batch', async () => {
    const path = temporaryFolder();
    let acknowledged = -1;
    for (const stopAfter of [1, 7, 40]) {
      const last = await killAfter(path, stopAfter);
      acknowledged = Math.max(acknowledged, last);
      const backend = await openLmdbBackend({ path });
      const left = await backend.range({ start: 't/left/', end: 't/left0' });
      const right = await backend.range({ start: 't/right/', end: 't/right0' });
      await backend.close();
      expect(left.map(({ key }) => key.slice(-8))).toEqual(right.map(({ key }) => key.slice(-8)));
      expect(left.length).toBeGreaterThan(acknowledged);
      for (const [index, { value }] of left.entries()) {
        expect(Buffer.compare(value, Buffer.alloc(5000, index % 256))).toBe(0);
        expect(Buffer.compare(right[index]?.value ?? value, value)).toBe(0);
      }
    }
  });
});

describe.skipIf(process.getuid?.() !== 0)('a full disk (needs root to mount a small one)', () => {
  test('refuses a batch whole, keeps the rest, and works again when there is space', async ({
    skip,
  }) => {
    const disk = mounted('rw,size=4m', skip);
    writeFileSync(join(disk, 'filler'), Buffer.alloc(1024 * 1024));
    const path = join(disk, 'data');
    const backend = await opened({ path });
    await write(backend, 't/first', 'v');
    await fillWith(backend);
    const before = await textsOf(backend);
    const commit = backend.commit({
      preconditions: [],
      writes: [
        { key: 't/half', value: new Uint8Array(10) },
        { key: 't/other', value: new Uint8Array(2_000_000) },
      ],
    });
    await expect(commit).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await textsOf(backend)).toEqual(before);
    rmSync(join(disk, 'filler'));
    await write(backend, 't/again', 'x'.repeat(100_000));
    expect(await backend.get('t/again')).toHaveLength(100_000);
  });

  test('can still be opened and read by another process', async ({ skip }) => {
    const disk = mounted('rw,size=4m', skip);
    const path = join(disk, 'data');
    const backend = await openLmdbBackend({ path });
    await write(backend, 't/a', 'v');
    await backend.close();
    fillDisk(join(disk, 'filler'));
    expect(await run('read', path)).toBe('1\n');
  });

  test('can not take a new storage, and says so', async ({ skip }) => {
    const disk = mounted('rw,size=1m', skip);
    fillDisk(join(disk, 'filler'));
    const path = join(disk, 'data');
    await expect(openLmdbBackend({ path })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    rmSync(join(disk, 'filler'));
    await write(await opened({ path }), 't/a', 'v');
  });
});

async function opened(options: LmdbOptions): Promise<Backend> {
  const backend = await openLmdbBackend(options);
  onTestFinished(() => backend.close());
  return backend;
}

function write(backend: Backend, key: string, value: string): Promise<boolean> {
  return backend.commit({ preconditions: [], writes: [{ key, value: Buffer.from(value) }] });
}

async function textsOf(backend: Backend): Promise<string[]> {
  const entries = await backend.range({ start: 't/', end: 't0' });
  return entries.map(({ key, value }) => `${key} ${Buffer.from(value).toString('latin1')}`);
}

async function fillWith(backend: Backend): Promise<void> {
  for (let index = 0; ; index += 1) {
    try {
      await write(backend, `t/fill/${String(index).padStart(4, '0')}`, 'x'.repeat(50_000));
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORAGE_FULL' });
      return;
    }
  }
}

function fillDisk(file: string): void {
  for (let size = 1024 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
}

/** A small memory disk, gone when the test ends. */
function mounted(options: string, skip: (reason: string) => never): string {
  const disk = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk], { stdio: 'pipe' });
  } catch {
    skip('mounting is not allowed here');
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', disk]);
  });
  return disk;
}

async function run(...args: string[]): Promise<string> {
  expect(inject('buildError')).toBe('');
  const child = spawn(process.execPath, [WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  expect(status).toBe(0);
  return output;
}

/** Kills a writer once it acknowledged some more batches; gives the number of the last one that it acknowledged. */
async function killAfter(path: string, more: number): Promise<number> {
  expect(inject('buildError')).toBe('');
  expect(existsSync(path)).toBe(true);
  const child = spawn(process.execPath, [WRITER, 'write-until-killed', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.split('\n').length > more) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
}
