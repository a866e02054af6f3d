import type { FileHandle } from 'node:fs/promises';
import { SpellError } from '../../../runtime/base/errors.js';

const PIECE_BYTES = 1024 * 1024;

/**
 * The content of an open file in pieces, so that its size does not matter.
 *
 * @throws SpellError `FILE_FAILED` when reading breaks off.
 */
export async function* readInPieces(file: FileHandle, path: string): AsyncIterable<Uint8Array> {
  try {
    const options = { highWaterMark: PIECE_BYTES, autoClose: false };
    yield* file.createReadStream(options) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    if (thrown instanceof SpellError) throw thrown;
    throw new SpellError('FILE_FAILED', `cannot read ${path}: ${(thrown as Error).message}`, {
      cause: thrown,
    });
  }
}
