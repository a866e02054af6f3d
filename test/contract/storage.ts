/** The contract of the storage port: one suite that every backend passes. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Backend, MAX_KEY_LENGTH, type Write } from '../../runtime/storage/storage.js';
import { transact } from '../../runtime/storage/transaction.js';

export interface OpenOptions {
  readonly maxBytes?: number;
}

/** `open` makes a backend on a new, empty storage; the suite closes it. */
export function storageContract(
  name: string,
  open: (options?: OpenOptions) => Promise<Backend>,
): void {
  describe(`${name} as storage`, () => {
    let backend: Backend;

    beforeEach(async () => {
      backend = await open();
    });

    afterEach(() => backend.close());

    const put = (key: string, value: string | Uint8Array): Write => ({
      key,
      value: typeof value === 'string' ? text(value) : value,
    });
    const write = (...writes: Write[]) => backend.commit({ preconditions: [], writes });
    const keysOf = async (start: string, end: string, options = {}) =>
      (await backend.range({ start, end, ...options })).map((entry) => entry.key);

    describe('get and commit', () => {
      test('an absent key has no value', async () => {
        expect(await backend.get('t/none')).toBeUndefined();
      });

      test('a committed value is read back byte for byte', async () => {
        const every = Uint8Array.from({ length: 256 }, (_, index) => index);
        expect(await write(put('t/every', every), put('t/empty', ''))).toBe(true);
        expect(await backend.get('t/every')).toEqual(every);
        expect(await backend.get('t/empty')).toEqual(new Uint8Array(0));
      });

      test('a value of several megabytes is read back byte for byte', async () => {
        const large = Uint8Array.from({ length: 5_000_001 }, (_, index) => index * 7);
        await write(put('t/large', large));
        const read = await backend.get('t/large');
        expect(Buffer.compare(read as Uint8Array, large)).toBe(0);
        const [entry] = await backend.range({ start: 't/', end: 't0' });
        expect(Buffer.compare(entry?.value as Uint8Array, large)).toBe(0);
      });

      test('a write without a value removes the key, absent or not', async () => {
        await write(put('t/a', '1'));
        expect(
          await write({ key: 't/a', value: undefined }, { key: 't/b', value: undefined }),
        ).toBe(true);
        expect(await backend.get('t/a')).toBeUndefined();
      });

      test('the last of several writes to a key counts', async () => {
        await write(put('t/a', '1'), { key: 't/a', value: undefined }, put('t/a', '2'));
        expect(await backend.get('t/a')).toEqual(text('2'));
        await write(put('t/a', '3'), { key: 't/a', value: undefined });
        expect(await backend.get('t/a')).toBeUndefined();
      });

      test('the longest allowed key works, longer and unprintable ones are refused', async () => {
        const longest = 'k'.repeat(MAX_KEY_LENGTH);
        await write(put(longest, 'v'));
        expect(await backend.get(longest)).toEqual(text('v'));
        for (const key of ['', `${longest}k`, 'ä', 'a\nb', 'a\0']) {
          await expect(write(put(key, 'v'))).rejects.toMatchObject({ code: 'INTERNAL' });
          await expect(backend.get(key)).rejects.toMatchObject({ code: 'INTERNAL' });
        }
      });

      test('what is read belongs to the caller', async () => {
        const mine = text('abc');
        await write(put('t/a', mine));
        mine[0] = 0;
        const first = (await backend.get('t/a')) as Uint8Array;
        const ranged = (await backend.range({ start: 't/', end: 't0' }))[0]?.value as Uint8Array;
        first[0] = 0;
        ranged[1] = 0;
        await write(put('t/b', 'xyz'));
        expect(await backend.get('t/a')).toEqual(text('abc'));
        expect(first[1]).toBe('b'.charCodeAt(0));
      });
    });

    describe('preconditions', () => {
      test('a batch applies when every precondition holds', async () => {
        await write(put('t/a', '1'));
        const applied = await backend.commit({
          preconditions: [put('t/a', '1'), { key: 't/b', value: undefined }],
          writes: [put('t/a', '2'), put('t/b', '1')],
        });
        expect(applied).toBe(true);
        expect(await backend.get('t/b')).toEqual(text('1'));
      });

      test.each([
        ['another value', { key: 't/a', value: text('2') }],
        ['a longer value', { key: 't/a', value: text('11') }],
        ['an empty value', { key: 't/a', value: text('') }],
        ['absence of a key that is there', { key: 't/a', value: undefined }],
        ['a value of a key that is absent', { key: 't/none', value: text('1') }],
        ['an empty value of a key that is absent', { key: 't/none', value: text('') }],
      ])('nothing is written when one expects %s', async (_, failing) => {
        await write(put('t/a', '1'));
        const applied = await backend.commit({
          preconditions: [put('t/a', '1'), failing],
          writes: [put('t/c', '1'), { key: 't/a', value: undefined }],
        });
        expect(applied).toBe(false);
        expect(await keysOf('t/', 't0')).toEqual(['t/a']);
      });

      test('of batches committed at once with the same precondition, one applies', async () => {
        const applied = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            backend.commit({
              preconditions: [{ key: 't/lock', value: undefined }],
              writes: [put('t/lock', String(index)), put(`t/won/${index}`, '')],
            }),
          ),
        );
        expect(applied.filter(Boolean)).toHaveLength(1);
        expect(await keysOf('t/won/', 't/won0')).toHaveLength(1);
      });
    });

    describe('ranges', () => {
      beforeEach(async () => {
        await write(...['a', 'b', 'b/1', 'b/2', 'b0', 'c', 'B', 'd~'].map((key) => put(key, key)));
      });

      test('entries come in order of bytes, start inclusive and end exclusive', async () => {
        expect(await keysOf('B', 'd~')).toEqual(['B', 'a', 'b', 'b/1', 'b/2', 'b0', 'c']);
        expect(await keysOf('b/', 'b0')).toEqual(['b/1', 'b/2']);
      });

      test('bounds need not be keys that exist', async () => {
        expect(await keysOf('aa', 'bb')).toEqual(['b', 'b/1', 'b/2', 'b0']);
        expect(await keysOf('x', 'y')).toEqual([]);
      });

      test('reverse gives the same entries backwards', async () => {
        for (const [start, end] of [
          ['B', 'd~'],
          ['b/', 'b0'],
          ['b', 'c'],
          ['aa', 'bb'],
          ['x', 'y'],
          ['b', 'dd'],
        ] as const) {
          const forwards = await keysOf(start, end);
          expect(await keysOf(start, end, { reverse: true })).toEqual(forwards.reverse());
        }
      });

      test('limit takes the first entries in the direction of the range', async () => {
        expect(await keysOf('a', 'd', { limit: 2 })).toEqual(['a', 'b']);
        expect(await keysOf('a', 'd', { limit: 2, reverse: true })).toEqual(['c', 'b0']);
        expect(await keysOf('a', 'd', { limit: 100 })).toHaveLength(6);
        expect(await keysOf('a', 'd', { limit: 0 })).toEqual([]);
      });

      test('a range that ends before it starts is empty', async () => {
        expect(await keysOf('c', 'a')).toEqual([]);
        expect(await keysOf('b', 'b')).toEqual([]);
        expect(await keysOf('c', 'a', { reverse: true })).toEqual([]);
      });

      test('a range is read at one moment', async () => {
        const reading = backend.range({ start: 'a', end: 'c' });
        const writing = write(put('a/late', ''), { key: 'b0', value: undefined });
        const [entries] = await Promise.all([reading, writing]);
        const keys = entries.map((entry) => entry.key);
        expect(keys.includes('b0')).toBe(!keys.includes('a/late'));
      });
    });

    describe('transactions', () => {
      test('concurrent changes of one value are all kept', async () => {
        const increment = () =>
          transact(backend, async (transaction) => {
            const value = Number(asText(await transaction.get('t/count')) ?? 0);
            transaction.put('t/count', text(String(value + 1)));
          });
        for (let round = 0; round < 5; round += 1) {
          await Promise.all(Array.from({ length: 8 }, increment));
        }
        expect(asText(await backend.get('t/count'))).toBe('40');
      });

      test('a change that throws writes nothing', async () => {
        const change = transact(backend, async (transaction) => {
          transaction.put('t/a', text('1'));
          throw new Error('no');
        });
        await expect(change).rejects.toThrow('no');
        expect(await backend.get('t/a')).toBeUndefined();
      });
    });

    describe('limits and closing', () => {
      test('a batch beyond maxBytes is refused whole, and deleting makes room again', async () => {
        const small = await open({ maxBytes: 200_000 });
        const commit = (...writes: Write[]) => small.commit({ preconditions: [], writes });
        try {
          await commit(put('t/a', new Uint8Array(100_000)));
          await expect(
            commit(put('t/b', 'b'), put('t/c', new Uint8Array(150_000))),
          ).rejects.toMatchObject({ code: 'STORAGE_FULL', key: 'runtime.storage.max_bytes' });
          expect(await small.get('t/b')).toBeUndefined();
          await commit({ key: 't/a', value: undefined });
          expect(await commit(put('t/c', new Uint8Array(150_000)))).toBe(true);
        } finally {
          await small.close();
        }
      });

      test('of batches committed at once, only the one that is too big fails', async () => {
        const small = await open({ maxBytes: 100_000 });
        const commit = (key: string, size: number) =>
          small.commit({ preconditions: [], writes: [put(key, new Uint8Array(size))] });
        try {
          const outcomes = await Promise.allSettled([
            commit('t/a', 10),
            commit('t/b', 200_000),
            commit('t/c', 10),
          ]);
          expect(outcomes.map(({ status }) => status)).toEqual([
            'fulfilled',
            'rejected',
            'fulfilled',
          ]);
          expect(await small.get('t/c')).toHaveLength(10);
        } finally {
          await small.close();
        }
      });

      test('flush keeps everything readable', async () => {
        const committing = write(put('t/a', '1'));
        await backend.flush();
        expect(await committing).toBe(true);
        expect(await backend.get('t/a')).toEqual(text('1'));
      });

      test('closing twice is fine, and later calls say that the storage is closed', async () => {
        await backend.close();
        await backend.close();
        const closed = { code: 'RUNTIME_CLOSED' };
        await expect(backend.get('t/a')).rejects.toMatchObject(closed);
        await expect(backend.range({ start: 'a', end: 'b' })).rejects.toMatchObject(closed);
        await expect(write(put('t/a', '1'))).rejects.toMatchObject(closed);
        await expect(backend.flush()).rejects.toMatchObject(closed);
      });

      test('a commit that was under way when the storage was closed is settled', async () => {
        const committing = write(put('t/a', '1'));
        const closing = backend.close();
        expect(await committing).toBe(true);
        await closing;
      });
    });
  });
}

function text(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value));
}

function asText(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString();
}
