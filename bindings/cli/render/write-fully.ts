/**
 * Writes to standard output and standard error. Writes are synchronous: what was written is with the system when the
 * call returns, so a slow reader slows the program down in place of filling its memory, and nothing is lost at exit.
 */
import { writeSync } from 'node:fs';
import { SpellError } from '../../../runtime/base/errors.js';
import { EXIT_READER_GONE } from '../exit-code.js';

const STDOUT = 1;

/** Pause before a pipe that is full and does not block is tried again. */
const FULL_PIPE_PAUSE_MS = 5;

/**
 * Writes all of the data. When the reader of standard output is gone the program ends, like every filter; when nobody
 * reads standard error, its text is dropped.
 *
 * @throws SpellError `FILE_FAILED`, for example when the disk behind a redirection is full.
 */
export function writeFully(fd: 1 | 2, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  for (let offset = 0; offset < bytes.length; ) {
    offset += writeSome(fd, bytes, offset);
  }
}

/** The number of bytes that were written. */
function writeSome(fd: 1 | 2, bytes: Uint8Array, offset: number): number {
  try {
    return writeSync(fd, bytes, offset);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    if (code === 'EAGAIN') {
      pause(FULL_PIPE_PAUSE_MS);
      return 0;
    }
    if (fd !== STDOUT) return bytes.length - offset;
    if (code === 'EPIPE') process.exit(EXIT_READER_GONE);
    throw new SpellError('FILE_FAILED', `cannot write to standard output: ${message}`, {
      cause: thrown,
    });
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
