/** Writes a content to a file so that the file is complete or not there. */
import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { SpellError } from './errors.js';

/**
 * Writes beside the file first and takes its place at the end; devices and pipes are written directly.
 *
 * @param unique Tells apart what is written to one file at the same time.
 * @throws SpellError `FILE_FAILED`, and what the pieces throw.
 */
export async function writeFile(
  file: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  unique = String(process.pid),
): Promise<void> {
  const present = statSync(file, { throwIfNoEntry: false });
  if (present?.isDirectory() === true) {
    throw new SpellError('FILE_FAILED', `cannot write ${file}: it is a folder`);
  }
  const isSpecial = present !== undefined && !present.isFile();
  const target = isSpecial ? file : `${file}.part-${unique}`;
  try {
    await pipeline(pieces, createWriteStream(target));
    if (!isSpecial) renameSync(target, file);
  } catch (thrown) {
    if (!isSpecial) rmSync(target, { force: true });
    if (thrown instanceof SpellError) throw thrown;
    throw new SpellError('FILE_FAILED', `cannot write ${file}: ${(thrown as Error).message}`, {
      cause: thrown,
    });
  }
}
