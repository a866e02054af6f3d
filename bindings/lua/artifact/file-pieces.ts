import { createReadStream } from 'node:fs';
import { SpellError } from '../../../runtime/base/errors.js';

const PIECE_BYTES = 1024 * 1024;

/**
 * A file's content in pieces, so that its size does not matter.
 *
 * @throws SpellError `FILE_FAILED` when reading breaks off.
 */
export async function* readFileInPieces(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    if (thrown instanceof SpellError) throw thrown;
    throw new SpellError('FILE_FAILED', `cannot read ${path}: ${(thrown as Error).message}`, {
      cause: thrown,
    });
  }
}
