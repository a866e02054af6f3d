/** What a storage says of a log that has lost a part which had been safe on the disk. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const LOG = 'commits.log';
const MARK = 'commits.flushed';

describe('a log of which one byte is changed', () => {
  test('where it was flushed is refused, and nothing in its folder is written to', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitTexts(backend, 0, 6);
    await backend.flush();
    const log = readFileSync(join(path, LOG));
    const end = lengthOf(log);
    for (let at = 0; at < end; at += 1) {
      const damaged = copyOf(path, { [LOG]: flipped(log, at) });
      const before = bytesIn(damaged);
      const error = await openLmdbBackend({ path: damaged }).catch((thrown) => thrown);
      expect({ at, code: error.code }).toEqual({ at, code: 'STORAGE_CORRUPT' });
      expect(error.message).toContain(join(damaged, LOG));
      expect(error.hint).toContain(join(damaged, MARK));
      expect(bytesIn(damaged)).toEqual(before);
    }
  });

  test('behind what was flushed loses only what comes after it', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitTexts(backend, 0, 3);
    await backend.flush();
    const flushed = lengthOf(readFileSync(join(path, LOG)));
    await commitTexts(backend, 3, 5);
    const log = readFileSync(join(path, LOG));
    const counts = new Set<number>();
    for (let at = flushed; at < lengthOf(log); at += 1) {
      counts.add(await textsIn(copyOf(path, { [LOG]: flipped(log, at) })));
    }
    expect([...counts].sort()).toEqual([3, 4]);
  });

  test('goes on in front of the damage once its mark was deleted, as the error says', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitTexts(backend, 0, 6);
    await backend.flush();
    const log = readFileSync(join(path, LOG));
    const damaged = copyOf(path, { [LOG]: flipped(log, lengthOf(log) - 1) });
    await expect(openLmdbBackend({ path: damaged })).rejects.toThrow('damaged');
    rmSync(join(damaged, MARK));
    const mended = await opened(damaged);
    await commitTexts(mended, 5, 8);
    expect(await countTexts(mended)).toBe(8);
  });
});

describe('a log that was flushed', () => {
  test('is missed when its file is gone or cut', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitTexts(backend, 0, 6);
    await backend.flush();
    const log = readFileSync(join(path, LOG));
    for (const rest of [undefined, log.subarray(0, 0), log.subarray(0, lengthOf(log) - 1)]) {
      const cut = copyOf(path, { [LOG]: rest });
      await expect(openLmdbBackend({ path: cut })).rejects.toMatchObject({
        code: 'STORAGE_CORRUPT',
      });
    }
  });

  test('is read whole whatever its mark has become', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitTexts(backend, 0, 6);
    await backend.flush();
    const mark = readFileSync(join(path, MARK));
    for (let at = 0; at < mark.length; at += 1) {
      expect(await textsIn(copyOf(path, { [MARK]: flipped(mark, at) }))).toBe(6);
      expect(await textsIn(copyOf(path, { [MARK]: mark.subarray(0, at) }))).toBe(6);
    }
  });

  test('and then moved is not missed, and its mark does not count for the next one', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitTexts(backend, 0, 6);
    await backend.flush();
    const mark = readFileSync(join(path, MARK));
    const big = { key: 'u/big', value: new Uint8Array(600_000) };
    await backend.commit({ preconditions: [], writes: [big] });
    expect(await textsIn(copyOf(path, {}))).toBe(6);
    await commitTexts(backend, 6, 7);
    expect(await textsIn(copyOf(path, { [MARK]: mark }))).toBe(7);
    await backend.flush();
    expect(readFileSync(join(path, MARK)).equals(mark)).toBe(false);
  });
});

async function opened(path: string): Promise<Backend> {
  const backend = await openLmdbBackend({ path });
  onTestFinished(() => backend.close());
  return backend;
}

async function commitTexts(backend: Backend, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    const write = { key: `t/${index}`, value: Buffer.from(`text ${index}`) };
    expect(await backend.commit({ preconditions: [], writes: [write] })).toBe(true);
  }
}

async function countTexts(backend: Backend): Promise<number> {
  const entries = await backend.range({ start: 't/', end: 't0' });
  for (const [index, { key, value }] of entries.entries()) {
    expect(`${key} ${Buffer.from(value)}`).toBe(`t/${index} text ${index}`);
  }
  return entries.length;
}

async function textsIn(path: string): Promise<number> {
  const backend = await openLmdbBackend({ path });
  try {
    return await countTexts(backend);
  } finally {
    await backend.close();
  }
}

/** A copy of a folder in which some files have other bytes, or are missing. */
function copyOf(path: string, changes: Readonly<Record<string, Buffer | undefined>>): string {
  const copy = temporaryFolder();
  for (const name of ['data.mdb', LOG, MARK]) {
    if (!(name in changes)) cpSync(join(path, name), join(copy, name));
    else if (changes[name] !== undefined) writeFileSync(join(copy, name), changes[name]);
  }
  return copy;
}

/** The files that hold data; the one for locks is made by whoever looks. */
function bytesIn(path: string): Record<string, string> {
  const names = readdirSync(path).filter((name) => name !== 'lock.mdb');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), 'latin1')]));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}

/** Up to the last byte that is not room. */
function lengthOf(log: Buffer): number {
  let end = log.length;
  while (log[end - 1] === 0) end -= 1;
  return end;
}
