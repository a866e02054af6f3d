import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compress, decompress } from '../../runtime/content/compression.js';
import { proseBytes, randomBytes } from '../fixtures/content.js';

describe('compression', () => {
  test.each([200, 4096, 20_000, 256 * 1024, 256 * 1024 + 1, 1024 * 1024])(
    'makes %i bytes of text smaller and gives them back',
    async (size) => {
      const bytes = proseBytes(size);
      const packed = (await compress(bytes)) as Uint8Array;
      expect(packed.length).toBeLessThan(size * 0.7);
      expect(Buffer.compare(await decompress(packed, size), bytes)).toBe(0);
      expect(inflateRawSync(packed).equals(bytes)).toBe(true);
    },
  );

  test('declines bytes that do not become smaller', async () => {
    expect(await compress(randomBytes(100_000))).toBeUndefined();
    const digits = Buffer.from(randomBytes(100_000)).toString('hex');
    expect(await compress(deflateRawSync(digits))).toBeUndefined();
    expect(await compress(new Uint8Array(0))).toBeUndefined();
    expect(await compress(Uint8Array.of(1))).toBeUndefined();
  });

  test('declines when only the sample is promising', async () => {
    const bytes = randomBytes(1_000_000);
    for (const start of [0, 332_992, 665_984, 998_976]) bytes.fill(0, start, start + 1024);
    expect(await compress(bytes)).toBeUndefined();
  });

  test('lets other work of the process have its turn', async () => {
    let turns = 0;
    const timer = setInterval(() => {}, 1);
    const count = () => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    await compress(proseBytes(1024 * 1024));
    clearImmediate(counting);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  test('never gives more bytes than were asked for', async () => {
    const bomb = deflateRawSync(new Uint8Array(10_000_000));
    expect(await decompress(bomb, 1000)).toHaveLength(1000);
  });

  test('a stream that ends early is an error', async () => {
    const packed = (await compress(proseBytes(50_000))) as Uint8Array;
    await expect(decompress(packed.subarray(0, 100), 50_000)).rejects.toThrow();
  });
});
