/** The folder of an LMDB storage: made, checked and prepared before LMDB opens it. */
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { SpellError } from '../base/errors.js';
import { foreignError } from './format-version.js';
import { inspectDataFile } from './lmdb-file.js';

const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';
/** Commits that are not in the data file yet; see `lmdb.ts`. */
export const LOG_FILE = 'commits.log';
/** How much of the log is safe; see `flush-mark.ts`. */
export const MARK_FILE = 'commits.flushed';

/** More than LMDB's lock file takes with its 126 readers. */
const LOCK_FILE_BYTES = 16 * 1024;

/**
 * Makes the folder where it is missing (for its owner only), and refuses one that LMDB could not open or must not.
 *
 * @throws SpellError `STORAGE_READ_ONLY`, `STORAGE_FOREIGN`, `STORAGE_CORRUPT`, `STORAGE_FULL`
 */
export async function prepareFolder(path: string): Promise<void> {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw readOnlyError(path, 'it is a file');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const name of [DATA_FILE, LOCK_FILE, LOG_FILE, MARK_FILE]) {
      if (existsSync(join(path, name)))
        accessSync(join(path, name), constants.R_OK | constants.W_OK);
    }
    await checkDataFile(path);
    makeLockFile(path);
  } catch (error) {
    throw folderError(path, error);
  }
}

/** The error of a storage whose data file lost a part or whose pages contradict each other. */
export function damagedError(path: string, reason: string, cause?: unknown): SpellError {
  return new SpellError('STORAGE_CORRUPT', `the data file in ${path} is damaged: ${reason}`, {
    hint: 'Restore the folder from a copy, or move it away to start with an empty storage.',
    cause,
  });
}

/** The error of a storage that has lost commits which had been flushed. */
export function damagedLogError(path: string, lost: number): SpellError {
  const [log, mark] = [join(path, LOG_FILE), join(path, MARK_FILE)];
  return new SpellError(
    'STORAGE_CORRUPT',
    `${log} is damaged: its last ${lost} bytes had been written for good, and can't be read back`,
    {
      hint: `Restore the folder from a copy. Or delete ${mark} to go on without what was committed in these bytes.`,
    },
  );
}

/** What to say of a log that ends in the middle of a commit. */
export function tornText(path: string): string {
  const log = join(path, LOG_FILE);
  return `${log} ends in a commit that the machine did not finish writing; it was never safe, and is left out`;
}

/** The error of a disk without room. */
export function diskFullError(path: string, cause?: unknown): SpellError {
  return new SpellError('STORAGE_FULL', `the disk of ${path} is full; nothing was written`, {
    hint: 'Free some space and try again; what was stored before is intact.',
    cause,
  });
}

/** The error of a place that can't be written to. */
export function readOnlyError(path: string, reason: string, cause?: unknown): SpellError {
  return new SpellError('STORAGE_READ_ONLY', `can't write to the storage in ${path}: ${reason}`, {
    hint: 'Choose a folder that you may write to with --data-dir or runtime.storage.path.',
    cause,
  });
}

async function checkDataFile(path: string): Promise<void> {
  const kind = await inspectDataFile(join(path, DATA_FILE));
  if (kind === 'foreign') throw foreignError(path);
  if (kind === 'truncated') throw damagedError(path, 'its end is missing');
}

/**
 * Gives the lock file its blocks on the disk. LMDB makes it sparse and writes through a memory map, which would end the
 * process with a signal on a full disk.
 */
function makeLockFile(path: string): void {
  const lock = join(path, LOCK_FILE);
  if (existsSync(lock)) return;
  // Written aside and linked, because another process may be making the same file and using it at once.
  const aside = `${lock}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    writeFileSync(aside, Buffer.alloc(LOCK_FILE_BYTES), { flag: 'wx', mode: 0o600 });
    linkSync(aside, lock);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // The other process was faster, or the file system has no links: LMDB makes the file itself then.
    if (code !== 'EEXIST' && code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS')
      throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function folderError(path: string, error: unknown): unknown {
  if (error instanceof SpellError) return error;
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFullError(path, error);
    case 'EACCES':
    case 'EPERM':
      return readOnlyError(path, 'permission denied', error);
    case 'EROFS':
      return readOnlyError(path, 'the file system is read-only', error);
    case 'ENOTDIR':
    case 'EEXIST':
      return readOnlyError(path, 'a part of the path is a file', error);
    default:
      return new SpellError('STORAGE_FAILED', `can't open the storage in ${path}: ${error}`, {
        hint: 'Check that the path is right and that the disk is in order.',
        cause: error,
      });
  }
}
