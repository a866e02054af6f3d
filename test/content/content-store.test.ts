import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { SpellError } from '../../runtime/base/errors.js';
import { uuidSource } from '../../runtime/base/ids.js';
import { createSystemRandom } from '../../runtime/base/random.js';
import { collectGarbage } from '../../runtime/content/collect.js';
import { contentHash } from '../../runtime/content/content-address.js';
import { ContentStore, type WriteLimits } from '../../runtime/content/content-store.js';
import { decodeMarker } from '../../runtime/content/staged-body.js';
import { verifyContents } from '../../runtime/content/verify.js';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import { createMemoryBackend } from '../../runtime/storage/memory.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { transact } from '../../runtime/storage/transaction.js';
import { proseBytes, randomBytes, sourceOf } from '../fixtures/content.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const MB = 1024 * 1024;
const THRESHOLD = 10_240;

const BACKENDS: [string, () => Promise<Backend>][] = [
  ['memory', async () => createMemoryBackend()],
  ['lmdb', () => openLmdbBackend({ path: join(temporaryFolder(), 'data') })],
];

describe.each(BACKENDS)('contents on %s', (_, open) => {
  test.each([
    ['0 bytes', new Uint8Array(0)],
    ['1 byte', Uint8Array.of(7)],
    ['text at the threshold', proseBytes(THRESHOLD)],
    ['text above the threshold', proseBytes(THRESHOLD + 1)],
    ['random bytes', randomBytes(100_000)],
    ['exactly one chunk', randomBytes(MB)],
    ['one chunk and a byte', randomBytes(MB + 1)],
    ['several chunks of text', proseBytes(3 * MB + 5)],
  ])('%s come back as they were, whole and in chunks', async (_, bytes) => {
    const { store, backend, put } = await setUp(open);
    for (const content of [bytes, sourceOf(bytes)]) {
      const hash = await put(content);
      expect(hash).toBe(await contentHash(bytes));
      expect(Buffer.compare(await store.read(hash), bytes)).toBe(0);
      const chunks = await collected(store.stream(hash));
      for (const [index, chunk] of chunks.entries()) {
        expect(Buffer.compare((await store.readChunk(hash, index)) as Uint8Array, chunk)).toBe(0);
      }
      expect(await store.readChunk(hash, chunks.length)).toBeUndefined();
      expect(chunks.every((chunk) => chunk.length > 0 && chunk.length <= MB)).toBe(true);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    }
    expect(await keysOf(backend, 'w')).toEqual([]);
    expect(await keysOf(backend, 'c')).toHaveLength(Math.ceil(bytes.length / MB));
  });

  test('only what is above the threshold and becomes smaller is compressed', async () => {
    const { store, put } = await setUp(open);
    const compressed = async (bytes: Uint8Array) =>
      (await store.info(await put(bytes)))?.compressed;
    expect(await compressed(proseBytes(THRESHOLD))).toBe(false);
    expect(await compressed(proseBytes(THRESHOLD + 1))).toBe(true);
    expect(await compressed(randomBytes(50_000))).toBe(false);
    const info = await store.info(await put(proseBytes(2 * MB)));
    expect(info).toMatchObject({ size: 2 * MB, compressed: true, references: 1 });
    expect(info?.storedSize).toBeLessThan(MB);
  });

  test('the same content is stored once and goes with its last reference', async () => {
    const { store, backend, put, release } = await setUp(open);
    for (const bytes of [proseBytes(20_000), randomBytes(2 * MB + 1)]) {
      const hash = await put(bytes);
      const stored = await keysOf(backend, 'c');
      expect(await put(bytes)).toBe(hash);
      expect(await put(sourceOf(bytes))).toBe(hash);
      expect(await keysOf(backend, 'c')).toEqual(stored);
      expect((await store.info(hash))?.references).toBe(3);
      await release(hash);
      await release(hash);
      expect(Buffer.compare(await store.read(hash), bytes)).toBe(0);
      await release(hash);
      expect(await store.info(hash)).toBeUndefined();
      await expect(store.read(hash)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
      expect(await allKeys(backend)).toEqual([]);
    }
  });

  test('a prepared content may be referenced again, even after its release', async () => {
    const { store, backend, release } = await setUp(open);
    for (const bytes of [randomBytes(10), randomBytes(2 * MB)]) {
      const prepared = await store.prepare(bytes);
      const reference = () =>
        transact(backend, (transaction) => store.reference(transaction, prepared));
      await reference();
      expect((await reference()).references).toBe(2);
      await release(prepared.hash);
      await release(prepared.hash);
      expect((await reference()).references).toBe(1);
      await store.discard(prepared);
      expect(Buffer.compare(await store.read(prepared.hash), bytes)).toBe(0);
      await release(prepared.hash);
      expect(await allKeys(backend)).toEqual([]);
    }
  });

  test('a content that goes before it is referenced is stored again', async () => {
    const { store, backend, put, release } = await setUp(open);
    for (const bytes of [randomBytes(10), randomBytes(2 * MB)]) {
      const hash = await put(bytes);
      const prepared = await store.prepare(bytes);
      await release(hash);
      await transact(backend, (transaction) => store.reference(transaction, prepared));
      expect(Buffer.compare(await store.read(hash), bytes)).toBe(0);
      await release(hash);
      expect(await allKeys(backend)).toEqual([]);
    }
  });

  test('storing and releasing at once never loses a content that is referenced', async () => {
    const { store, backend, put, release } = await setUp(open);
    const contents = [randomBytes(100), proseBytes(30_000), randomBytes(MB + 10)];
    for (let round = 0; round < 4; round += 1) {
      for (const bytes of contents) {
        const hash = await put(bytes);
        await Promise.all([release(hash), put(bytes), put(sourceOf(bytes)), release(hash)]);
        expect((await store.info(hash))?.references).toBe(1);
        expect(Buffer.compare(await store.read(hash), bytes)).toBe(0);
        await release(hash);
      }
    }
    expect(await allKeys(backend)).toEqual([]);
  });

  test('a reader goes on when the content is released and stored anew under it', async () => {
    const { store, put, release } = await setUp(open);
    const bytes = randomBytes(4 * MB);
    const hash = await put(bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.stream(hash)) {
      chunks.push(chunk);
      if (chunks.length !== 2) continue;
      await release(hash);
      await put(bytes);
    }
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test('64 MB stream in and out in chunks', async () => {
    const { store, backend, put } = await setUp(open);
    const piece = randomBytes(300_000);
    const pieces = Math.ceil((64 * MB) / piece.length);
    let held = 0;
    async function* source() {
      for (let index = 0; index < pieces; index += 1) {
        // What was handed out before is in storage by now, but for the chunk at hand and its rest.
        const [entry] = await backend.range({ start: 'w/', end: 'w0', limit: 1 });
        const stored = entry === undefined ? 0 : decodeMarker(entry.value).chunks;
        held = Math.max(held, index * piece.length - stored * MB);
        yield piece;
      }
    }
    const hash = await put(source());
    expect(held).toBeLessThanOrEqual(2 * MB + piece.length);
    let size = 0;
    for await (const chunk of store.stream(hash)) {
      expect(chunk.length).toBeLessThanOrEqual(MB);
      size += chunk.length;
    }
    expect(size).toBe(pieces * piece.length);
  });

  describe('limits', () => {
    test('a content over maxBytes is refused and leaves nothing', async () => {
      const { store, backend } = await setUp(open);
      const limits = { maxBytes: 2 * MB };
      const tooLarge = { code: 'TOO_LARGE', details: { maxBytes: 2 * MB } };
      const bytes = randomBytes(2 * MB + 1);
      await expect(store.prepare(bytes, limits)).rejects.toMatchObject(tooLarge);
      await expect(store.prepare(sourceOf(bytes), limits)).rejects.toMatchObject(tooLarge);
      expect(await allKeys(backend)).toEqual([]);
      expect((await store.prepare(bytes.subarray(1), limits)).size).toBe(2 * MB);
    });

    test('a source over maxBytes is not read further', async () => {
      const { store } = await setUp(open);
      let given = 0;
      async function* endless() {
        for (;;) {
          given += 1;
          yield randomBytes(MB, given);
        }
      }
      await expect(store.prepare(endless(), { maxBytes: 3 * MB })).rejects.toMatchObject({
        code: 'TOO_LARGE',
      });
      expect(given).toBe(4);
    });

    test('a cancelled or failing source leaves nothing', async () => {
      const { store, backend } = await setUp(open);
      const controller = new AbortController();
      async function* cancelling() {
        yield randomBytes(3 * MB);
        controller.abort();
        yield randomBytes(MB);
      }
      async function* failing() {
        yield randomBytes(3 * MB);
        throw new SpellError('FILE_FAILED', 'gone');
      }
      await expect(
        store.prepare(cancelling(), { signal: controller.signal }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(store.prepare(failing())).rejects.toMatchObject({ code: 'FILE_FAILED' });
      expect(await allKeys(backend)).toEqual([]);
    });

    test('a discarded content leaves nothing', async () => {
      const { store, backend } = await setUp(open);
      for (const bytes of [randomBytes(10), randomBytes(3 * MB)]) {
        const prepared = await store.prepare(bytes);
        await store.discard(prepared);
        await store.discard(prepared);
        expect(await allKeys(backend)).toEqual([]);
      }
    });
  });

  describe('damage', () => {
    test('to any byte that counts is noticed', async () => {
      const { backend, put } = await setUp(open);
      const hash = await put(randomBytes(5000));
      const [key] = (await keysOf(backend, 'c')) as [string];
      const stored = (await backend.get(key)) as Uint8Array;
      for (const at of [0, 2500, 4999]) {
        await commit(backend, key, flipped(stored, at));
        await expectDamaged(backend, hash);
      }
    });

    test.each([
      ['plain', randomBytes(5000)],
      ['compressed', proseBytes(50_000)],
      ['chunked', randomBytes(3 * MB)],
      ['chunked and compressed', proseBytes(3 * MB)],
    ])('to a %s content is an error, never wrong bytes', async (_, bytes) => {
      const { backend, put } = await setUp(open);
      const hash = await put(bytes);
      for (const key of await keysOf(backend, 'c')) {
        const stored = (await backend.get(key)) as Uint8Array;
        for (const at of [0, 100, stored.length >> 1, stored.length - 1]) {
          await commit(backend, key, flipped(stored, at));
          await expectNeverWrong(backend, hash, bytes);
        }
        await commit(backend, key, stored.subarray(1));
        await expectDamaged(backend, hash);
        await commit(backend, key, undefined);
        await expectDamaged(backend, hash);
        await commit(backend, key, stored);
      }
      expect(Buffer.compare(await newStore(backend).read(hash), bytes)).toBe(0);
    });

    test('to a record is an error', async () => {
      const { backend, put } = await setUp(open);
      const bytes = randomBytes(MB + 1);
      const hash = await put(bytes);
      const [key] = (await keysOf(backend, 'b')) as [string];
      const stored = (await backend.get(key)) as Uint8Array;
      for (let at = 0; at < stored.length; at += 1) {
        await commit(backend, key, flipped(stored, at));
        await expectNeverWrong(backend, hash, bytes);
      }
    });

    test('of chunks that changed places is an error', async () => {
      const { backend, put } = await setUp(open);
      const hash = await put(randomBytes(2 * MB));
      const [left, right] = (await keysOf(backend, 'c')) as [string, string];
      const [first, second] = [await backend.get(left), await backend.get(right)];
      await commit(backend, left, second);
      await commit(backend, right, first);
      await expectDamaged(backend, hash);
    });

    test('is found by verify, which names every damaged content and goes on', async () => {
      const { store, backend, put } = await setUp(open);
      const hashes: string[] = [];
      for (let index = 0; index < 230; index += 1)
        hashes.push(await put(randomBytes(50, index + 1)));
      hashes.push(await put(proseBytes(2 * MB)), await put(new Uint8Array(0)));
      expect(await verified(backend, store)).toEqual({
        problems: [],
        summary: { contents: 232, bytes: 230 * 50 + 2 * MB },
      });
      const [record] = (await keysOf(backend, 'b')) as [string];
      await commit(backend, record, Uint8Array.of(1));
      const chunks = await keysOf(backend, 'c');
      const large = chunks.find((key) => key.endsWith('1')) as string;
      await commit(backend, large, undefined);
      const { problems, summary } = await verified(backend, store);
      expect(problems.map(({ hash }) => hash).sort()).toEqual(
        [record.slice(2), hashes[230] as string].sort(),
      );
      expect(problems.every(({ problem }) => problem.length > 10)).toBe(true);
      expect(summary.contents).toBe(232);
    });
  });

  describe('what is read', () => {
    test('belongs to the caller, from the cache too', async () => {
      const { store, put } = await setUp(open);
      const bytes = randomBytes(1000);
      const hash = await put(bytes);
      for (let round = 0; round < 3; round += 1) {
        const read = await store.read(hash);
        expect(read).toEqual(bytes);
        read.fill(0);
      }
    });

    test('is right however small the cache is', async () => {
      const { backend, put } = await setUp(open);
      const store = newStore(backend, 1000);
      const contents = [50, 100, 200, 240, 250, 251, 5000].map((size) => randomBytes(size, size));
      const hashes = await Promise.all(contents.map((bytes) => put(bytes)));
      for (let round = 0; round < 3; round += 1) {
        for (const [index, hash] of hashes.entries()) {
          expect(await store.read(hash)).toEqual(contents[index]);
        }
      }
    });

    test('is gone from the cache once it is released', async () => {
      const { store, put, release } = await setUp(open);
      const hash = await put(randomBytes(10));
      await store.read(hash);
      await release(hash);
      await expect(store.read(hash)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    });
  });

  describe('garbage', () => {
    test('is what was prepared long ago and never referenced', async () => {
      const { store, backend, put } = await setUp(open);
      const kept = await put(randomBytes(2 * MB, 5));
      const abandoned = await store.prepare(sourceOf(randomBytes(2 * MB, 6)));
      const clock = { ...systemClock, now: () => systemClock.now() + 60_000 };
      expect(await collectGarbage({ backend, clock, olderThanMs: 120_000 })).toEqual({
        incomplete: 0,
        unreferenced: 0,
        bytes: 0,
      });
      expect(await collectGarbage({ backend, clock, olderThanMs: 30_000 })).toEqual({
        incomplete: 1,
        unreferenced: 0,
        bytes: 2 * MB,
      });
      expect(await keysOf(backend, 'c')).toHaveLength(2);
      expect((await store.read(kept)).length).toBe(2 * MB);
      await expect(
        transact(backend, (transaction) => store.reference(transaction, abandoned)),
      ).rejects.toMatchObject({ code: 'STORAGE_BUSY' });
    });

    test('that is collected too early is written again when the bytes are at hand', async () => {
      const { store, backend } = await setUp(open);
      const bytes = randomBytes(2 * MB);
      const prepared = await store.prepare(bytes);
      await collectGarbage({ backend, clock: systemClock, olderThanMs: -60_000 });
      expect(await allKeys(backend)).toEqual([]);
      await transact(backend, (transaction) => store.reference(transaction, prepared));
      expect(Buffer.compare(await store.read(prepared.hash), bytes)).toBe(0);
    });

    test('that is collected while it is being written is an error for its writer', async () => {
      const { store, backend } = await setUp(open);
      async function* slow() {
        yield randomBytes(2 * MB);
        await collectGarbage({ backend, clock: systemClock, olderThanMs: -60_000 });
        yield randomBytes(2 * MB);
      }
      await expect(store.prepare(slow())).rejects.toMatchObject({ code: 'STORAGE_BUSY' });
      expect(await allKeys(backend)).toEqual([]);
    });

    test('is a content whose record counts no references', async () => {
      const { store, backend, put } = await setUp(open);
      const hash = await put(randomBytes(100));
      const kept = await put(randomBytes(100, 2));
      const { decodeBlob, encodeBlob, blobKey } = await import(
        '../../runtime/content/blob-record.js'
      );
      const record = decodeBlob(hash, (await backend.get(blobKey(hash))) as Uint8Array);
      await commit(backend, blobKey(hash), encodeBlob({ ...record, references: 0 }));
      expect(await collectGarbage({ backend, clock: systemClock, olderThanMs: 0 })).toEqual({
        incomplete: 0,
        unreferenced: 1,
        bytes: 100,
      });
      expect(await store.info(hash)).toBeUndefined();
      expect(await store.info(kept)).toMatchObject({ size: 100 });
      expect(await keysOf(backend, 'c')).toHaveLength(1);
    });
  });
});

function newStore(backend: Backend, cacheBytes?: number): ContentStore {
  const ids = uuidSource(systemClock, createSystemRandom());
  return new ContentStore({
    backend,
    ids,
    clock: systemClock,
    compressionThreshold: THRESHOLD,
    cacheBytes,
  });
}

async function setUp(open: () => Promise<Backend>) {
  const backend = await open();
  onTestFinished(() => backend.close());
  const store = newStore(backend);
  const put = async (content: Uint8Array | AsyncIterable<Uint8Array>, limits?: WriteLimits) => {
    const prepared = await store.prepare(content, limits);
    await transact(backend, (transaction) => store.reference(transaction, prepared));
    return prepared.hash;
  };
  const release = (hash: string) =>
    transact(backend, (transaction) => store.release(transaction, hash));
  return { backend, store, put, release };
}

async function keysOf(backend: Backend, family: string, limit = 1000): Promise<string[]> {
  const entries = await backend.range({ start: `${family}/`, end: `${family}0`, limit });
  return entries.map(({ key }) => key);
}

async function allKeys(backend: Backend): Promise<string[]> {
  return (await Promise.all(['b', 'c', 'w'].map((family) => keysOf(backend, family)))).flat();
}

function commit(backend: Backend, key: string, value: Uint8Array | undefined): Promise<boolean> {
  return backend.commit({ preconditions: [], writes: [{ key, value }] });
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] as number) ^ 0x10;
  return copy;
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** Both ways of reading fail, in a store whose cache is empty. */
async function expectDamaged(backend: Backend, hash: string): Promise<void> {
  const corrupt = { code: 'ARTIFACT_CORRUPT' };
  await expect(newStore(backend).read(hash)).rejects.toMatchObject(corrupt);
  await expect(collected(newStore(backend).stream(hash))).rejects.toMatchObject(corrupt);
}

/** Damage that the content does not depend on, such as a bit behind the end of a stream, may go unseen. */
async function expectNeverWrong(backend: Backend, hash: string, bytes: Uint8Array): Promise<void> {
  const store = newStore(backend);
  for (const reading of [
    store.read(hash),
    collected(store.stream(hash)).then((all) => Buffer.concat(all)),
  ]) {
    const read = await reading.catch((error: SpellError) => error.code);
    if (typeof read === 'string') expect(read).toBe('ARTIFACT_CORRUPT');
    else expect(Buffer.compare(read, bytes)).toBe(0);
  }
}

async function verified(backend: Backend, store: ContentStore) {
  const problems: { hash: string; problem: string }[] = [];
  const walk = verifyContents({ backend, store });
  for (;;) {
    const step = await walk.next();
    if (step.done) return { problems, summary: step.value };
    problems.push(step.value);
  }
}
