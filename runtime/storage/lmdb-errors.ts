/** What LMDB and the system report when they can't do something, as errors for the reader. */
import { statfsSync } from 'node:fs';
import { SpellError } from '../base/errors.js';
import { foreignError } from './format-version.js';
import { damagedError, diskFullError, readOnlyError } from './lmdb-folder.js';

/** Room on the disk below which an input/output error is taken for a full disk. */
const LOW_SPACE_BYTES = 1024 * 1024;

/** Errors as LMDB numbers them and as the system does or names them. */
const IO_ERROR = ['5', 'EIO'];
const NO_SPACE = ['28', '122', '-30792', 'ENOSPC', 'EDQUOT'];
const NOT_WRITABLE = ['13', '30', 'EACCES', 'EPERM', 'EROFS'];
const NOT_LMDB = ['-30793', '-30794'];
const DAMAGED = ['-30797', '-30796'];

/** @param batchBytes What was about to be written. */
export function translated(path: string, error: unknown, batchBytes = 0): SpellError {
  if (error instanceof SpellError) return error;
  const code = String((error as { code?: unknown }).code);
  if (NO_SPACE.includes(code)) return diskFullError(path, error);
  // LMDB says the same when it could write only a part of a page and when the disk failed.
  if (IO_ERROR.includes(code) && freeBytes(path) < batchBytes * 2 + LOW_SPACE_BYTES) {
    return diskFullError(path, error);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (NOT_WRITABLE.includes(code)) return readOnlyError(path, message, error);
  if (NOT_LMDB.includes(code)) return foreignError(path, error);
  if (DAMAGED.includes(code)) return damagedError(path, message, error);
  return new SpellError('STORAGE_FAILED', `the storage in ${path} failed: ${message}`, {
    hint: 'Check that the disk is in order, and start again.',
    cause: error,
  });
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
