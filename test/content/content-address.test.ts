import { describe, expect, test } from 'vitest';
import { contentHash, contentHasher } from '../../runtime/content/content-address.js';

/** Published digests of BLAKE3: of the empty input, of `abc`, and of bytes 0..250 repeated to a length. */
const KNOWN: [string, Uint8Array, string][] = [
  [
    'nothing',
    new Uint8Array(0),
    'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
  ],
  ['abc', Buffer.from('abc'), '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
  ['1 byte', pattern(1), '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
  ['1024 bytes', pattern(1024), '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
  [
    '102400 bytes',
    pattern(102400),
    'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085',
  ],
];

describe('the content address', () => {
  test.each(KNOWN)('of %s is the published BLAKE3 digest', async (_, bytes, digest) => {
    expect(await contentHash(bytes)).toBe(digest);
    expect(await contentHash(bytes, { native: false })).toBe(digest);
  });

  test('is the same from both packages, whole and in pieces', async () => {
    for (const size of [0, 1, 65_535, 65_536, 1_000_000, 3_500_001]) {
      const bytes = pattern(size);
      const expected = await contentHash(bytes, { native: false });
      expect(await contentHash(bytes)).toBe(expected);
      for (const native of [true, false]) {
        const hasher = await contentHasher({ native });
        hasher.update(bytes.subarray(0, 1));
        hasher.update(bytes.subarray(1, 70_000));
        hasher.update(bytes.subarray(70_000));
        expect(hasher.digest()).toBe(expected);
      }
    }
  });

  test('needs no digest of a hasher that is disposed of', async () => {
    for (const native of [true, false]) {
      const hasher = await contentHasher({ native });
      hasher.update(Buffer.from('abc'));
      hasher.dispose();
    }
  });
});

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}
