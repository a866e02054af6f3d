/**
 * FileAccess is the files that the configuration opens, as one call uses them. A path is judged where it really leads,
 * and what is opened is compared with what was judged.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, rename, unlink } from 'node:fs/promises';
import { basename, dirname, parse } from 'node:path';
import { SpellError } from '../base/errors.js';
import type { NoteDecision } from './decision.js';
import type { FilePolicy, FileUse } from './file-policy.js';
import { Folder, systemError } from './folder.js';

const { O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = constants;

/** Entry is a place in a folder that is held open. */
export interface Entry {
  readonly folder: Folder;
  readonly name: string;
  /** The real path, for messages. */
  readonly path: string;
}

export interface WriteOptions {
  /** Puts the bytes behind what is there, in place of replacing it. */
  readonly append?: boolean;
  /** Fails with `EEXIST` where something is. */
  readonly exclusive?: boolean;
}

export class FileAccess {
  /**
   * @param cwd Where relative paths start.
   * @param note Told every decision.
   * @param nextId Names for files that are there for a moment only.
   */
  constructor(
    private readonly policy: FilePolicy,
    readonly cwd: string,
    private readonly note: NoteDecision,
    private readonly nextId: () => string,
  ) {}

  /** The real path, whether or not something is there. @throws SpellError `POLICY_DENIED` */
  resolve(path: string, use: FileUse, isEntry = false): Promise<string> {
    return this.policy.resolve(use, path, this.cwd, { note: this.note, isEntry });
  }

  /** Does something with the place where a path leads, while the folder around it is held open. */
  async at<T>(path: string, use: FileUse, work: (entry: Entry) => Promise<T>): Promise<T> {
    return this.#in(await this.resolve(path, use), path, work);
  }

  /** Does something with an entry of a folder, such as removing it: a link is not followed. */
  async entry<T>(path: string, work: (entry: Entry) => Promise<T>): Promise<T> {
    return this.#in(await this.resolve(path, 'write', true), path, work);
  }

  async #in<T>(real: string, path: string, work: (entry: Entry) => Promise<T>): Promise<T> {
    return named(path, async () => {
      if (real === parse(real).root) throw systemError('EISDIR', real);
      await using folder = await Folder.open(dirname(real));
      return await work({ folder, name: basename(real), path: real });
    });
  }

  /** Does something with a folder, which is held open. */
  async folder<T>(path: string, use: FileUse, work: (folder: Folder) => Promise<T>): Promise<T> {
    const real = await this.resolve(path, use);
    return named(path, async () => {
      await using folder = await Folder.open(real);
      return await work(folder);
    });
  }

  /** What is there, links followed; `undefined` when nothing is. */
  async look(path: string, use: FileUse = 'read'): Promise<Stats | undefined> {
    const real = await this.resolve(path, use);
    if (real === parse(real).root) return (await this.folder(path, use, statsOf)).stats;
    try {
      return await this.at(path, use, ({ folder, name }) => folder.look(name));
    } catch (thrown) {
      if (thrown instanceof SpellError && thrown.code === 'FILE_NOT_FOUND') return undefined;
      throw thrown;
    }
  }

  /**
   * The bytes of a file.
   *
   * @param maxBytes A longer file is `TOO_LARGE`.
   */
  read(path: string, maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
    return this.at(path, 'read', async ({ folder, name, path: real }) => {
      await using file = await folder.file(name);
      return await readWhole(file, real, maxBytes);
    });
  }

  /** Writes a file: as a whole or not at all, unless it is appended to. */
  write(path: string, data: Uint8Array, { append, exclusive }: WriteOptions = {}): Promise<void> {
    return this.at(path, 'write', async (entry) => {
      const existing = await entry.folder.look(entry.name);
      if (existing?.isDirectory()) throw systemError('EISDIR', entry.path);
      if (exclusive && existing !== undefined) throw systemError('EEXIST', entry.path);
      if (append) {
        await using file = await entry.folder.file(entry.name, O_WRONLY | O_APPEND | O_CREAT);
        await file.appendFile(data);
        return;
      }
      await this.replace(entry, async (file) => file.writeFile(data), existing?.mode);
    });
  }

  /** Writes a file beside its place, flushes it and puts it there, so that nobody ever sees a part of it. */
  async replace<T>(
    { folder, name }: Pick<Entry, 'folder' | 'name'>,
    work: (file: FileHandle) => Promise<T>,
    mode?: number,
  ): Promise<T> {
    const temporary = `.${this.nextId()}.tmp`;
    try {
      await using file = await folder.file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_TRUNC);
      if (mode !== undefined) await file.chmod(mode & 0o7777);
      const result = await work(file);
      await file.sync();
      await rename(folder.at(temporary), folder.at(name));
      return result;
    } catch (thrown) {
      await unlink(folder.at(temporary)).catch(() => {});
      throw thrown;
    }
  }
}

async function statsOf(folder: Folder): Promise<{ readonly stats: Stats | undefined }> {
  return { stats: await folder.look('.') };
}

/** The bytes of an open file. @throws SpellError `TOO_LARGE` */
export async function readWhole(file: FileHandle, path: string, maxBytes: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (size > maxBytes) throw tooLarge(path, maxBytes);
  const pieces: Buffer[] = [];
  let length = 0;
  // A file may grow while it is read.
  for (;;) {
    const piece = Buffer.allocUnsafe(Math.max(1, Math.min(READ_BYTES, size - length + 1)));
    const { bytesRead } = await file.read(piece, 0, piece.length);
    if (bytesRead === 0) return Buffer.concat(pieces, length);
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(path, maxBytes);
    pieces.push(piece.subarray(0, bytesRead));
  }
}

const READ_BYTES = 8 * 1024 * 1024;

export function tooLarge(path: string, maxBytes: number): SpellError {
  return new SpellError('TOO_LARGE', `${path} is larger than ${maxBytes} bytes`, {
    file: path,
    hint: 'Raise max_bytes if that is what you expect.',
    details: { max_bytes: maxBytes },
  });
}

/** Errors of the system in our words, with the path as it was asked for. */
async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw fileError(path, thrown);
  }
}

/** What went wrong with a file, as an error of ours. */
export function fileError(path: string, thrown: unknown): unknown {
  if (thrown instanceof SpellError) return thrown;
  const { code } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (code === undefined) return thrown;
  if (code === 'ENOENT') {
    return new SpellError('FILE_NOT_FOUND', `${path} does not exist`, {
      hint: 'Relative paths start at the current folder.',
      file: path,
      cause: thrown,
    });
  }
  const what = MESSAGES[code] ?? (thrown as Error).message;
  return new SpellError('FILE_FAILED', `${path}: ${what}`, {
    file: path,
    details: { errno: code },
    cause: thrown,
  });
}

/** What errors of the system mean. */
const MESSAGES: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EEXIST: 'File exists',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  EXDEV: 'Is on another file system',
  ENAMETOOLONG: 'File name too long',
};
