import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';
import { SpellError } from '../base/errors.js';
import { realPath } from './real-path.js';

/** Absolute paths of the folders that are open. */
export interface FileRoots {
  readonly readRoots: readonly string[];
  readonly writeRoots: readonly string[];
}

/**
 * FilePolicy judges paths: what is in no open folder is closed. A path is judged where it really leads, after `..`
 * and every symbolic link; the answer is that real path, and it is what must be opened, not the path that was asked
 * for. What is closed is refused in the same way whether it exists or not.
 */
export class FilePolicy {
  constructor(private readonly roots: FileRoots) {}

  /**
   * The real path of a file or folder that may be read.
   *
   * @param path Absolute, or relative to `cwd`.
   * @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND`, `FILE_FAILED`, `BAD_ARGUMENT`.
   */
  async resolveReadable(path: string, cwd: string): Promise<string> {
    const real = await this.#judge(path, cwd, READ, this.roots.readRoots);
    if ((await statsOf(real, path)) === undefined) throw notFound(path, real);
    return real;
  }

  /**
   * The real path of a file that may be written; it need not exist, the folder around it must.
   *
   * @param path Absolute, or relative to `cwd`.
   * @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND` for the folder, `FILE_FAILED`, `BAD_ARGUMENT`.
   */
  async resolveWritable(path: string, cwd: string): Promise<string> {
    const real = await this.#judge(path, cwd, WRITE, this.roots.writeRoots);
    if ((await statsOf(real, path)) !== undefined) return real;
    const folder = await statsOf(dirname(real), path);
    if (folder === undefined) throw notFound(dirname(path), dirname(real));
    if (folder.isDirectory()) return real;
    throw new SpellError('FILE_FAILED', `${dirname(path)} is no folder`, { file: real });
  }

  async #judge(path: string, cwd: string, use: Use, roots: readonly string[]): Promise<string> {
    if (path === '' || path.includes('\0')) {
      const fault = path === '' ? 'is empty' : 'contains a NUL byte';
      throw new SpellError('BAD_ARGUMENT', `the path ${fault}`, {
        hint: 'Give the path of a file.',
      });
    }
    const real = await realPath(resolve(cwd, path));
    for (const root of roots) {
      if (isWithin(real, await realPath(resolve(cwd, root)))) return real;
    }
    throw outside(path, real, use, roots);
  }
}

interface Use {
  readonly verb: string;
  readonly key: string;
}

const READ: Use = { verb: 'read', key: 'file_read_roots' };
const WRITE: Use = { verb: 'written', key: 'file_write_roots' };

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** What is at a real path; devices, pipes and sockets are refused, since reading them can block or change things. */
async function statsOf(real: string, path: string): Promise<Stats | undefined> {
  let stats: Stats;
  try {
    stats = await stat(real);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new SpellError('FILE_FAILED', `${path} can't be looked at (${code})`, {
      file: real,
      cause,
    });
  }
  if (stats.isFile() || stats.isDirectory()) return stats;
  throw new SpellError('POLICY_DENIED', `${path} is a device, a pipe or a socket`, {
    hint: 'Only files and folders can be opened.',
    file: real,
    details: { rule: 'regular_files' },
  });
}

function outside(path: string, real: string, use: Use, roots: readonly string[]): SpellError {
  const open = roots.length === 0 ? 'which names no folder' : `(${roots.join(', ')})`;
  const leads = path === real ? path : `${path} (that is ${real})`;
  const line = `${use.key} = ${JSON.stringify([...roots, dirname(real)])}`;
  return new SpellError(
    'POLICY_DENIED',
    `${leads} must not be ${use.verb}: it is outside of ${use.key} ${open}`,
    {
      file: real,
      key: `runtime.security.${use.key}`,
      hint: `To open its folder write ${line} under [runtime.security] in llmspell.toml.`,
      details: { rule: use.key },
    },
  );
}

function notFound(path: string, real: string): SpellError {
  const leads = path === real ? path : `${path} (that is ${real})`;
  return new SpellError('FILE_NOT_FOUND', `${leads} does not exist`, {
    file: real,
    hint: 'Relative paths start at the current folder.',
  });
}
