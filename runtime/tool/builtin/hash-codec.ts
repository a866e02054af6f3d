/** The digests of the hash calculator. */
import { createHash } from 'node:crypto';
import { tooLarge } from '../file-access.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { bytesOf, textOf } from './input.js';

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

interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

async function hasherOf(algorithm: string): Promise<Hasher> {
  if (algorithm === 'blake3') {
    const { createHash: createBlake3 } = await import('blake3');
    return createBlake3() as Hasher;
  }
  return createHash(OPENSSL[algorithm as keyof typeof OPENSSL]);
}

/** The digest of `input`, or of the file `file`, which is read piece by piece. */
export async function digestOf(
  algorithm: string,
  args: ToolArguments,
  context: ToolContext,
): Promise<Buffer> {
  const hasher = await hasherOf(algorithm);
  if (args.has('file')) await addFile(hasher, textOf(args, 'file'), context);
  else addBytes(hasher, bytesOf(args, 'input'));
  return Buffer.from(hasher.digest());
}

/** BLAKE3 copies what it gets into its own memory. */
function addBytes(hasher: Hasher, bytes: Uint8Array): void {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    hasher.update(bytes.subarray(start, start + SLICE_BYTES));
  }
}

/** @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND`, `TOO_LARGE` where the configuration sets `max_bytes` */
async function addFile(
  hasher: Hasher,
  path: string,
  { machine, limit, signal }: ToolContext,
): Promise<void> {
  const { maxBytes = Number.POSITIVE_INFINITY } = limit;
  await machine.files.at(path, 'read', async ({ folder, name, path: real }) => {
    await using file = await folder.file(name);
    const piece = Buffer.allocUnsafe(SLICE_BYTES);
    for (let length = 0; ; ) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) return;
      length += bytesRead;
      if (length > maxBytes) throw tooLarge(real, maxBytes);
      hasher.update(piece.subarray(0, bytesRead));
    }
  });
}

const SLICE_BYTES = 1024 * 1024;
