/** The bytes of a file, or of standard input where it is named `-`, in pieces. */
import { createReadStream } from 'node:fs';
import { SpellError } from '../../../runtime/base/errors.js';
import { inputPieces } from '../standard-input.js';

/** @throws SpellError `FILE_NOT_FOUND`, `FILE_FAILED` */
export async function* filePieces(file: string): AsyncGenerator<Uint8Array> {
  if (file === '-') return yield* inputPieces();
  try {
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new SpellError('FILE_NOT_FOUND', `there is no file ${file}`);
    throw new SpellError('FILE_FAILED', `cannot read ${file}: ${message}`, { cause: thrown });
  }
}
