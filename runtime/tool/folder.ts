/**
 * Folder is a folder that is held open, so that nobody can put another one, or a link, in its place between the look at
 * a path and its use. On Linux everything in it is reached through the open handle; elsewhere the path is compared
 * with the handle again each time.
 */
import { constants, type Dirent, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import { constants as osConstants } from 'node:os';
import { join } from 'node:path';
import { SpellError } from '../base/errors.js';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/** Linux's O_PATH, which Node has no name for: such a handle needs no right to list the folder. */
const O_PATH = process.platform === 'linux' ? 0o10000000 : 0;

/** Where Linux shows the files that a process has open. */
const OPEN_FILES = '/proc/self/fd';

export class Folder {
  private constructor(
    /** The real path. */
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly isAnchored: boolean,
  ) {}

  /**
   * Opens the folder at a real path.
   *
   * @throws SpellError `POLICY_DENIED` when the path leads somewhere else by now; errors of the system as they are.
   */
  static async open(path: string): Promise<Folder> {
    return Folder.#opened(path, path);
  }

  /** @param at Where the system finds it. */
  static async #opened(path: string, at: string): Promise<Folder> {
    const handle = await openUnlinked(at, O_RDONLY | O_DIRECTORY | O_PATH, path);
    try {
      const found = await readlink(`${OPEN_FILES}/${handle.fd}`).catch(() => undefined);
      const folder = new Folder(path, handle, found !== undefined);
      if (found === undefined) await folder.#compare();
      else if (found !== path) throw moved(path);
      return folder;
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  /** What the system is to be given for something in this folder; links at its place are not followed by who opens. */
  at(name: string): string {
    return this.isAnchored ? `${OPEN_FILES}/${this.handle.fd}/${name}` : join(this.path, name);
  }

  /** A folder in this one. */
  async folder(name: string): Promise<Folder> {
    await this.#check();
    return Folder.#opened(join(this.path, name), this.at(name));
  }

  /**
   * Opens a file in this folder. A link is not followed: whoever asks has resolved it before.
   *
   * @throws SpellError `POLICY_DENIED` for a link, a device, a pipe or a socket; errors of the system as they are.
   */
  async file(name: string, flags: number = O_RDONLY): Promise<FileHandle> {
    await this.#check();
    const path = join(this.path, name);
    const handle = await openUnlinked(this.at(name), flags | O_NONBLOCK, path);
    try {
      const stats = await handle.stat();
      if (stats.isDirectory()) throw systemError('EISDIR', path);
      if (!stats.isFile()) throw irregular(path);
      await this.#check();
      return handle;
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  /** What is at a name, without following a link; `undefined` when nothing is. */
  async look(name: string): Promise<Stats | undefined> {
    await this.#check();
    try {
      return await lstat(this.at(name));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    }
  }

  /** What is in the folder, sorted by name. */
  async entries(): Promise<Dirent[]> {
    await this.#check();
    const entries = await readdir(this.at('.'), { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #check(): Promise<void> {
    if (!this.isAnchored) await this.#compare();
  }

  async #compare(): Promise<void> {
    const real = await realpath(this.path).catch(() => undefined);
    if (real !== this.path) throw moved(this.path);
    const [held, there] = await Promise.all([this.handle.stat(), lstat(this.path)]);
    if (held.dev !== there.dev || held.ino !== there.ino) throw moved(this.path);
  }
}

async function openUnlinked(at: string, flags: number, path: string): Promise<FileHandle> {
  try {
    return await open(at, flags | O_NOFOLLOW, 0o666);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ELOOP' || code === 'EMLINK') throw moved(path);
    if (code === 'ENXIO') throw irregular(path);
    throw thrown;
  }
}

function moved(path: string): SpellError {
  return new SpellError('POLICY_DENIED', `${path} was changed while it was opened`, {
    hint: 'Another program has put a link or another folder there; try again.',
    file: path,
    details: { rule: 'unchanged_path' },
  });
}

/** Devices, pipes and sockets: reading them can block or change things. */
export function irregular(path: string): SpellError {
  return new SpellError('POLICY_DENIED', `${path} is a device, a pipe or a socket`, {
    hint: 'Only files and folders can be opened.',
    file: path,
    details: { rule: 'regular_files' },
  });
}

/** An error in the form of those of the system. */
export function systemError(
  code: keyof typeof osConstants.errno,
  path: string,
): NodeJS.ErrnoException {
  const errno = osConstants.errno[code];
  return Object.assign(new Error(`${code}: ${path}`), { code, errno: -errno, path });
}
