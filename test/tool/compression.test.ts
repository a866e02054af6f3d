import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compression } from '../../runtime/tool/builtin/compression.js';
import { callBuiltin } from './call-builtin.js';

const call = (args: object) => callBuiltin('compression', args);

async function bytes(args: object): Promise<Uint8Array> {
  const envelope = await call(args);
  if (!envelope.success) throw new Error(`${envelope.error.code}: ${envelope.error.message}`);
  expect(envelope.result).toBeInstanceOf(Uint8Array);
  return envelope.result as Uint8Array;
}

const ALGORITHMS = ['gzip', 'deflate', 'zlib', 'raw', 'brotli'];

describe('compression', () => {
  it('is pure', () => {
    expect(compression.effect).toBe('pure');
  });

  it.each(ALGORITHMS)('gives back every byte with %s', async (algorithm) => {
    for (const input of [randomBytes(5000), Buffer.alloc(100_000, 'ab'), new Uint8Array()]) {
      const packed = await bytes({ operation: 'compress', algorithm, input });
      const plain = await bytes({ operation: 'decompress', algorithm, input: packed });
      expect(Buffer.compare(plain, input)).toBe(0);
    }
    const level = algorithm === 'brotli' ? 11 : 9;
    const packed = await bytes({
      operation: 'compress',
      algorithm,
      level,
      input: 'é'.repeat(1000),
    });
    expect(packed.length).toBeLessThan(100);
  });

  it('writes gzip without a trace of time and machine, which others can read', async () => {
    const packed = await bytes({ operation: 'compress', input: 'hello' });
    expect([...packed.subarray(0, 10)]).toEqual([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    expect(gunzipSync(packed).toString()).toBe('hello');
    expect(await bytes({ operation: 'compress', input: 'hello' })).toEqual(packed);
    expect(await bytes({ operation: 'decompress', input: gzipSync('x') })).toEqual(
      new Uint8Array([120]),
    );
  });

  it('treats deflate and zlib as the same', async () => {
    const packed = await bytes({ operation: 'compress', algorithm: 'zlib', input: 'x' });
    const plain = await bytes({ operation: 'decompress', algorithm: 'deflate', input: packed });
    expect(Buffer.from(plain).toString()).toBe('x');
  });

  it.each(ALGORITHMS)('stops a bomb of %s at the limit', async (algorithm) => {
    const packed = await bytes({
      operation: 'compress',
      algorithm,
      input: Buffer.alloc(1_000_000),
    });
    const args = { operation: 'decompress', algorithm, input: packed, max_output_bytes: 999_999 };
    expect(await call(args)).toMatchObject({
      success: false,
      operation: 'decompress',
      error: { code: 'TOO_LARGE', details: { max_output_bytes: 999_999 } },
    });
    expect(await bytes({ ...args, max_output_bytes: 1_000_000 })).toHaveLength(1_000_000);
  });

  it('limits the output of compressing too', async () => {
    const args = { operation: 'compress', input: randomBytes(5000), max_output_bytes: 100 };
    expect(await call(args)).toMatchObject({ success: false, error: { code: 'TOO_LARGE' } });
  });

  it.each(ALGORITHMS)('reports input that is not whole %s data', async (algorithm) => {
    const packed = await bytes({ operation: 'compress', algorithm, input: randomBytes(1000) });
    for (const input of ['\u0007 no such data', packed.subarray(0, 500), '']) {
      expect(await call({ operation: 'decompress', algorithm, input })).toMatchObject({
        success: false,
        error: { code: 'TOOL_FAILED', details: { algorithm } },
      });
    }
  });

  it.each<[object, string]>([
    [{ input: '' }, '/operation'],
    [{ operation: 'compress' }, '/input'],
    [{ operation: 'compress', input: 5 }, '/input'],
    [{ operation: 'pack', input: '' }, '/operation'],
    [{ operation: 'compress', input: '', algorithm: 'lzma' }, '/algorithm'],
    [{ operation: 'compress', input: '', level: 10 }, '/level'],
    [{ operation: 'compress', input: '', level: 12, algorithm: 'brotli' }, '/level'],
    [{ operation: 'compress', input: '', level: 1.5 }, '/level'],
    [{ operation: 'compress', input: '', max_output_bytes: 0 }, '/max_output_bytes'],
    [{ operation: 'compress', input: '', method: 'x' }, '/method'],
  ])('refuses %j', async (args, key) => {
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
