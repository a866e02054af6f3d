/**
 * What a power loss leaves: the tree of LMDB, which is always flushed as a whole, and of the log what was flushed, with
 * any part of what was written after that. The tests put such folders together and open them.
 */
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const LOG = 'commits.log';
const HEADER_BYTES = 32;
const BIG = 600_000;

describe('a power loss', () => {
  test('takes nothing that was flushed, tears no batch, and leaves no gap', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitPairs(backend, 0, 10);
    await backend.flush();
    const flushed = readFileSync(join(path, LOG));
    await commitPairs(backend, 10, 16);
    const later = readFileSync(join(path, LOG));
    const [first, last] = differences(flushed, later);
    const counts = new Set([await pairsIn(path, later)]);
    for (let at = first; at <= last + 1; at += 41) {
      // The disk has got to here; what lies behind is as it was, lost, or of anything else.
      for (const rest of [flushed.subarray(at), Buffer.alloc(0), Buffer.alloc(300, 0xa5)]) {
        counts.add(await pairsIn(path, Buffer.concat([later.subarray(0, at), rest])));
      }
      // One page did not get to the disk although pages behind it did.
      const holed = Buffer.from(later);
      flushed.copy(holed, at, at, at + 200);
      counts.add(await pairsIn(path, holed));
    }
    expect([...counts].sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14, 15, 16]);
  });

  test('between two flushes loses nothing of either when the log was moved meanwhile', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitPairs(backend, 0, 3);
    const before = readFileSync(join(path, LOG));
    await backend.commit(batch('t/a', 'new', 't/big', 'x'.repeat(BIG)));
    expect(await pairsIn(path, undefined)).toBe(3);
    // The old log is still in the folder: its removal had not got to the disk.
    expect(await pairsIn(path, before)).toBe(3);
    await commitPairs(backend, 3, 5);
    await backend.flush();
    expect(await pairsIn(path, readFileSync(join(path, LOG)))).toBe(5);
  });

  test('of a log that was begun over an older one leaves nothing of the older one in it', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitPairs(backend, 0, 10);
    const older = readFileSync(join(path, LOG));
    await backend.commit(batch('t/big', 'x'.repeat(BIG)));
    await commitPairs(backend, 10, 13);
    const newer = readFileSync(join(path, LOG));
    const counts = new Set<number>();
    for (let at = 0; at <= differences(older, newer)[1] + 41; at += 41) {
      counts.add(await pairsIn(path, Buffer.concat([newer.subarray(0, at), older.subarray(at)])));
      const late = Buffer.concat([older.subarray(0, at), newer.subarray(at)]);
      expect(await pairsIn(path, late)).toBe(at === 0 ? 13 : 10);
    }
    expect([...counts].sort((a, b) => a - b)).toEqual([10, 11, 12, 13]);
  });

  test('does not bring back what a newer log has changed', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await backend.commit(batch('t/a', 'old', 't/b', 'old'));
    const before = readFileSync(join(path, LOG));
    await backend.commit({
      preconditions: [],
      writes: [
        { key: 't/a', value: Buffer.alloc(BIG, 'new') },
        { key: 't/b', value: undefined },
      ],
    });
    const copy = await restored(path, before);
    expect(await copy.get('t/a')).toHaveLength(BIG);
    expect(await copy.get('t/b')).toBeUndefined();
  });
});

describe('a log', () => {
  test('that belongs to another storage is not read', async () => {
    const [path, other] = [temporaryFolder(), temporaryFolder()];
    await commitPairs(await opened(path), 0, 2);
    await commitPairs(await opened(other), 0, 9);
    expect(await pairsIn(path, readFileSync(join(other, LOG)))).toBe(0);
  });

  test('can not be forged by a value that looks like a part of it', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitPairs(backend, 0, 4);
    const before = readFileSync(join(path, LOG));
    const end = differences(Buffer.alloc(before.length), before)[1] + 1;
    const records = before.subarray(HEADER_BYTES, end);
    await backend.commit(batch('t/forged', records));
    const log = readFileSync(join(path, LOG));
    const value = log.indexOf(records, end);
    // What stands in front of the value is torn out, so that reading goes on inside of it.
    const torn = Buffer.concat([log.subarray(0, end), log.subarray(value)]);
    const copy = await restored(path, torn);
    expect(await countPairs(copy)).toBe(4);
    await copy.commit(batch('t/a', 'v'));
    expect(await copy.range({ start: 't/', end: 't0' })).toHaveLength(9);
  });

  test('is written on where its whole part ends', async () => {
    const path = temporaryFolder();
    const backend = await opened(path);
    await commitPairs(backend, 0, 3);
    const log = readFileSync(join(path, LOG));
    const [, last] = differences(Buffer.alloc(log.length), log);
    const torn = await restored(path, log.subarray(0, last - 50));
    expect(await countPairs(torn)).toBe(2);
    await commitPairs(torn, 2, 6);
    expect(await countPairs(torn)).toBe(6);
    await torn.close();
    expect(await countPairs(await opened(torn.location as string))).toBe(6);
  });

  test('is not needed once the storage was closed: a copy of the data file is whole', async () => {
    const path = temporaryFolder();
    const backend = await openLmdbBackend({ path });
    await commitPairs(backend, 0, 3);
    await backend.close();
    const copy = temporaryFolder();
    copyFileSync(join(path, 'data.mdb'), join(copy, 'data.mdb'));
    expect(await countPairs(await opened(copy))).toBe(3);
  });

  test('is left alone by who only reads', async () => {
    const path = temporaryFolder();
    const writer = await opened(path);
    await commitPairs(writer, 0, 3);
    const before = readFileSync(join(path, LOG));
    const reader = await openLmdbBackend({ path });
    expect(await countPairs(reader)).toBe(3);
    await reader.close();
    expect(readFileSync(join(path, LOG)).equals(before)).toBe(true);
  });

  test('of many commits is moved to the tree in between, and reads see all of them', async () => {
    const path = temporaryFolder();
    const [backend, other] = [await opened(path), await opened(path)];
    for (let count = 0; count < 80; count += 1) {
      await backend.commit(batch(`t/m/${String(count).padStart(2, '0')}`, 'x'.repeat(60_000)));
      const range = { start: 't/m/', end: 't/m0' };
      expect(await other.range(range)).toHaveLength(count + 1);
      const [newest] = await other.range({ ...range, reverse: true, limit: 1 });
      expect(newest?.key).toBe(`t/m/${String(count).padStart(2, '0')}`);
    }
    expect(readFileSync(join(path, LOG)).length).toBeLessThan(2_300_000);
  });
});

async function opened(path: string): Promise<Backend> {
  const backend = await openLmdbBackend({ path });
  onTestFinished(() => backend.close());
  return backend;
}

function batch(...keysAndValues: readonly (string | Uint8Array)[]) {
  const writes = [];
  for (let at = 0; at < keysAndValues.length; at += 2) {
    const [key, value] = keysAndValues.slice(at, at + 2);
    writes.push({ key: key as string, value: Buffer.from(value as string) });
  }
  return { preconditions: [], writes };
}

/** Each pair is one batch of two keys. */
async function commitPairs(backend: Backend, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    const name = String(index).padStart(3, '0');
    const value = `${name} `.repeat(index * 7 + 20);
    expect(await backend.commit(batch(`t/left/${name}`, value, `t/right/${name}`, value))).toBe(
      true,
    );
  }
}

/** How many pairs there are; fails for torn ones, and when one is missing in between. */
async function countPairs(backend: Backend): Promise<number> {
  const left = await backend.range({ start: 't/left/', end: 't/left0' });
  const right = await backend.range({ start: 't/right/', end: 't/right0' });
  expect(left.map(({ key }) => key.slice(-3))).toEqual(right.map(({ key }) => key.slice(-3)));
  for (const [index, { key, value }] of left.entries()) {
    const name = String(index).padStart(3, '0');
    expect(key).toBe(`t/left/${name}`);
    expect(Buffer.from(value).toString()).toBe(`${name} `.repeat(index * 7 + 20));
    expect(Buffer.compare(right[index]?.value as Uint8Array, value)).toBe(0);
  }
  return left.length;
}

/** A storage on a copy of a folder, with a log of its own; without one when it is `undefined`. */
async function restored(path: string, log: Uint8Array | undefined): Promise<Backend> {
  const copy = temporaryFolder();
  cpSync(join(path, 'data.mdb'), join(copy, 'data.mdb'));
  if (log === undefined) rmSync(join(copy, LOG), { force: true });
  else writeFileSync(join(copy, LOG), log);
  return opened(copy);
}

async function pairsIn(path: string, log: Uint8Array | undefined): Promise<number> {
  const backend = await restored(path, log);
  const count = await countPairs(backend);
  await backend.close();
  return count;
}

/** The first and the last place in which two files differ. */
function differences(one: Buffer, other: Buffer): [number, number] {
  const differs = (at: number) => one[at] !== other[at];
  let first = 0;
  while (!differs(first)) first += 1;
  let last = other.length - 1;
  while (!differs(last)) last -= 1;
  return [first, last];
}
