/** The digests of the hash calculator. */
import { createHash } from 'node:crypto';

/** Our names of the algorithms, with those of OpenSSL; BLAKE3 comes from a package. */
const OPENSSL = {
  md5: 'md5',
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  'sha3-256': 'sha3-256',
  'sha3-512': 'sha3-512',
  blake2b: 'blake2b512',
} as const;

export async function digest(algorithm: string, bytes: Uint8Array): Promise<Buffer> {
  if (algorithm !== 'blake3') {
    return createHash(OPENSSL[algorithm as keyof typeof OPENSSL])
      .update(bytes)
      .digest();
  }
  const { createHash: createBlake3 } = await import('blake3');
  const hasher = createBlake3();
  // The package copies what it gets into its own memory.
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    hasher.update(bytes.subarray(start, start + SLICE_BYTES));
  }
  return Buffer.from(hasher.digest() as Uint8Array);
}

const SLICE_BYTES = 1024 * 1024;
