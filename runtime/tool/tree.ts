/** What is in a folder and below it, through folders that are held open: no link leads out of it. */
import type { Stats } from 'node:fs';
import { rmdir, unlink } from 'node:fs/promises';
import { SpellError } from '../base/errors.js';
import type { Folder } from './folder.js';

export interface TreeEntry {
  /** The folder that it is in, held open until the next entry is asked for. */
  readonly folder: Folder;
  readonly name: string;
  /** Relative to where the walk began, with `/`. */
  readonly path: string;
  readonly type: EntryType;
  /** A folder that could not be opened: what is in it is left out. */
  readonly isClosed: boolean;
}

export type EntryType = 'file' | 'folder' | 'link' | 'other';

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** False stays in the folder itself. */
  readonly recursive?: boolean | undefined;
  /** False leaves a folder out with all that is in it. */
  readonly enters?: (path: string) => boolean;
}

/** Folders within each other that are gone into. Each is held open while what it holds is told. */
export const MAX_DEPTH = 64;

/** Entries by their names, a folder in front of what is in it. Links are told and not followed. */
export async function* walk(
  folder: Folder,
  options: WalkOptions,
  above = '',
  depth = 1,
): AsyncGenerator<TreeEntry> {
  for (const entry of await folder.entries()) {
    options.signal.throwIfAborted();
    const { name } = entry;
    const path = `${above}${name}`;
    const type = entry.isFile()
      ? 'file'
      : entry.isDirectory()
        ? 'folder'
        : entry.isSymbolicLink()
          ? 'link'
          : 'other';
    const enters =
      type === 'folder' && options.recursive !== false && options.enters?.(path) !== false;
    const inner = enters ? await openInner(folder, name, path, depth) : undefined;
    try {
      yield { folder, name, path, type, isClosed: enters && inner === undefined };
      if (inner !== undefined) yield* walk(inner, options, `${path}/`, depth + 1);
    } finally {
      await inner?.close();
    }
  }
}

async function openInner(
  folder: Folder,
  name: string,
  path: string,
  depth: number,
): Promise<Folder | undefined> {
  if (depth >= MAX_DEPTH) {
    throw new SpellError(
      'TOO_LARGE',
      `${path} has more than ${MAX_DEPTH} folders within each other`,
      {
        hint: 'Begin further down.',
      },
    );
  }
  try {
    return await folder.folder(name);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    // It may be closed to this user, or have gone meanwhile.
    if (code === 'EACCES' || code === 'ENOENT' || code === 'POLICY_DENIED') return undefined;
    throw thrown;
  }
}

/** Removes a file, a link, or a folder with all that is in it. @returns How much was removed. */
export async function removeTree(
  folder: Folder,
  name: string,
  signal: AbortSignal,
  depth = 1,
): Promise<number> {
  signal.throwIfAborted();
  const stats = await folder.look(name);
  if (stats?.isDirectory() !== true) {
    await unlink(folder.at(name));
    return 1;
  }
  if (depth >= MAX_DEPTH) {
    throw new SpellError('TOO_LARGE', `${name} has too many folders within each other`);
  }
  let count = 1;
  {
    await using inner = await folder.folder(name);
    for (const entry of await inner.entries()) {
      count += await removeTree(inner, entry.name, signal, depth + 1);
    }
  }
  await rmdir(folder.at(name));
  return count;
}

/** The kind of something, in words. */
export function typeOf(stats: Stats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/** Opens a folder by its way from another one, and makes what is not there. */
export async function makeFolders(start: Folder, path: readonly string[]): Promise<Folder> {
  const { mkdir } = await import('node:fs/promises');
  let folder = start;
  try {
    for (const name of path) {
      await mkdir(folder.at(name)).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'EEXIST') throw thrown;
      });
      const next = await folder.folder(name);
      if (folder !== start) await folder.close();
      folder = next;
    }
    return folder;
  } catch (thrown) {
    if (folder !== start) await folder.close();
    throw thrown;
  }
}
