import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { callBuiltin, errorOf, resultOf } from './call-builtin.js';
import { denied, failed, localTools } from './local-tools.js';

const call = (args: object) => resultOf('hash-calculator', args);

/** The digests of `abc` that the standards and the authors of the algorithms publish. */
const OF_ABC: Readonly<Record<string, string>> = {
  md5: '900150983cd24fb0d6963f7d28e17f72',
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  sha224: '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384:
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed' +
    '8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a' +
    '2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  'sha3-256': '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  'sha3-512':
    'b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e' +
    '10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0',
  blake2b:
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1' +
    '7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  blake3: '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
};

describe('hash-calculator', () => {
  it.each(Object.entries(OF_ABC))('calculates %s', async (algorithm, hash) => {
    expect(await call({ operation: 'hash', input: 'abc', algorithm })).toEqual({
      algorithm,
      hash,
      format: 'hex',
    });
  });

  it('takes SHA-256 in hexadecimal digits where nothing else is said', async () => {
    expect(await call({ input: 'abc' })).toMatchObject({
      algorithm: 'sha256',
      hash: OF_ABC.sha256,
    });
    expect(await call({ input: 'abc', algorithm: 'md5', format: 'base64' })).toMatchObject({
      hash: 'kAFQmDzST7DWlj99KOF/cg==',
    });
  });

  it('hashes bytes, and more of them than fit into one piece', async () => {
    const bytes = Buffer.alloc(3_000_000, 0xff);
    const { contentHash } = await import('../../runtime/content/content-address.js');
    expect(await call({ input: bytes, algorithm: 'blake3' })).toMatchObject({
      hash: await contentHash(bytes, { native: false }),
    });
  });

  it('hashes files that are open, piece by piece', async () => {
    const { write, result, call: send, closed, path } = await localTools('hash-calculator');
    const bytes = Buffer.alloc(3_000_001, 'ab');
    const file = write('large.bin', bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await result({ input_type: 'file', file: 'large.bin', algorithm: 'sha-256' })).toEqual({
      algorithm: 'sha256',
      hash: sha256,
      format: 'hex',
    });
    const args = { operation: 'verify', file, expected_hash: sha256, expected_format: 'hex' };
    expect(await result(args)).toMatchObject({ valid: true });
    expect(await result({ file, algorithm: 'blake3' })).toMatchObject({
      hash: (await result({ input: bytes, algorithm: 'blake3' })).hash,
    });
    expect(await send({ file: `${closed}/secret.txt` })).toMatchObject(denied('file_read_roots'));
    expect(await send({ file: path('none') })).toMatchObject(failed('FILE_NOT_FOUND'));
    const small = await localTools('hash-calculator', { 'tools.hash-calculator.max_bytes': 10 });
    expect(await small.call({ file: small.write('a.txt', 'x'.repeat(11)) })).toMatchObject(
      failed('TOO_LARGE'),
    );
  });

  it('verifies a hash in either writing', async () => {
    const verify = (args: object) => call({ operation: 'verify', input: 'abc', ...args });
    const upper = OF_ABC.sha256?.toUpperCase();
    expect(await verify({ expected_hash: upper })).toEqual({
      valid: true,
      algorithm: 'sha256',
      hash: OF_ABC.sha256,
      expected_hash: OF_ABC.sha256,
      format: 'hex',
    });
    const base64 = { algorithm: 'md5', format: 'base64' };
    expect(await verify({ ...base64, expected: 'kAFQmDzST7DWlj99KOF/cg==' })).toMatchObject({
      valid: true,
    });
    expect(await verify({ expected_hash: '0'.repeat(64) })).toMatchObject({ valid: false });
  });

  it('says when what is expected can be no such hash', async () => {
    const args = { operation: 'verify', input: 'abc', algorithm: 'sha1', expected_hash: 'beef' };
    expect(await errorOf('hash-calculator', args)).toMatchObject({
      code: 'TOOL_ARGUMENTS',
      message: '/expected_hash is no hash of sha1, which has 40 hexadecimal digits',
      details: { path: '/expected_hash' },
    });
  });

  it.each<[object, string]>([
    [{}, '/input'],
    [{ input: 'a', algorithm: 'crc32' }, '/algorithm'],
    [{ input: 'a', format: 'binary' }, '/format'],
    [{ input: 'a', operation: 'verify' }, '/expected_hash'],
    [{ input: 'a', file: 'b' }, '/input'],
    [{ input: 'a', input_type: 'file' }, '/input_type'],
    [{ file: 'a', operation: 'verify' }, '/expected_hash'],
  ])('refuses %j', async (args, key) => {
    const refused = callBuiltin('hash-calculator', args);
    await expect(refused).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
