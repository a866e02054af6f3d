import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { SpellError } from '../../base/errors.js';

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The bytes of an answer as they were before the server packed them, piece by piece: a bomb is seen as it unfolds. */
export function unpacked(
  packed: Readable,
  encoding: string | undefined,
): AsyncIterable<Buffer> & { destroy?(): void } {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return packed;
  const open = UNPACKERS[encoding.trim().toLowerCase()];
  if (open === undefined) {
    throw new SpellError('TOOL_FAILED', `the answer is packed as "${encoding}"`, {
      hint: 'Known are gzip, deflate and br.',
    });
  }
  const unpacker = open();
  packed.on('error', (error) => unpacker.destroy(error));
  packed.on('aborted', () => unpacker.destroy(new Error('the connection was closed')));
  return packed.pipe(unpacker);
}
