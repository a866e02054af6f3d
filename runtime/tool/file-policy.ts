import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { SpellError } from '../base/errors.js';
import type { NoteDecision } from './decision.js';
import { irregular } from './folder.js';
import { realPath } from './real-path.js';

/** Absolute paths of the folders that are open. */
export interface FileRoots {
  readonly readRoots: readonly string[];
  readonly writeRoots: readonly string[];
  /** What stays closed in them: the folder in which llmspell keeps its own data. */
  readonly closed?: readonly string[] | undefined;
  /** What is not written even in open folders: the files that decide what is open. */
  readonly unwritable?: readonly string[] | undefined;
}

export type FileUse = 'read' | 'write';

export interface ResolveOptions {
  /** Told what was decided. */
  readonly note?: NoteDecision | undefined;
  /** The entry in its folder is meant, to remove or to move it: a link is not followed, and no root may be one. */
  readonly isEntry?: boolean;
}

/** Folders of the kernel: their files tell what the process knows, its variables among them, or change the machine. */
const SYSTEM_FOLDERS = ['/proc', '/sys'];

/** The project's configuration is searched in every folder upwards, so that one that is created opens things too. */
const CONFIGURATION = 'llmspell.toml';

/**
 * FilePolicy judges paths: what is in no open folder is closed. A path is judged where it really leads, after `..`
 * and every symbolic link; the answer is that real path, and it is what must be opened, not the path that was asked
 * for. What is closed is refused in the same way whether it exists or not.
 *
 * In open folders stay closed: the kernel's own folders, llmspell's data, and for writing what configures it.
 */
export class FilePolicy {
  constructor(private readonly roots: FileRoots) {}

  /**
   * The real path of a file or folder that may be read.
   *
   * @param path Absolute, or relative to `cwd`.
   * @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND`, `FILE_FAILED`, `BAD_ARGUMENT`.
   */
  async resolveReadable(path: string, cwd: string, note?: NoteDecision): Promise<string> {
    const real = await this.resolve('read', path, cwd, { note });
    if ((await statsOf(real, path)) === undefined) throw notFound(path, real);
    return real;
  }

  /**
   * The real path of a file that may be written; it need not exist, the folder around it must.
   *
   * @param path Absolute, or relative to `cwd`.
   * @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND` for the folder, `FILE_FAILED`, `BAD_ARGUMENT`.
   */
  async resolveWritable(path: string, cwd: string, note?: NoteDecision): Promise<string> {
    const real = await this.resolve('write', path, cwd, { note });
    if ((await statsOf(real, path)) !== undefined) return real;
    const folder = await statsOf(dirname(real), path);
    if (folder === undefined) throw notFound(dirname(path), dirname(real));
    if (folder.isDirectory()) return real;
    throw new SpellError('FILE_FAILED', `${dirname(path)} is no folder`, { file: real });
  }

  /**
   * Where a path leads, whether or not something is there.
   *
   * @throws SpellError `POLICY_DENIED`, `FILE_FAILED`, `BAD_ARGUMENT`.
   */
  async resolve(
    use: FileUse,
    path: string,
    cwd: string,
    { note, isEntry = false }: ResolveOptions = {},
  ): Promise<string> {
    if (path === '' || path.includes('\0')) {
      const fault = path === '' ? 'is empty' : 'contains a NUL byte';
      throw new SpellError('BAD_ARGUMENT', `the path ${fault}`, {
        hint: 'Give the path of a file.',
      });
    }
    const { readRoots, writeRoots } = this.roots;
    const roots = use === 'read' ? readRoots : writeRoots;
    const { key } = USES[use];
    const whole = resolve(cwd, path);
    const real = isEntry
      ? join(await realPath(dirname(whole)), basename(whole))
      : await realPath(whole);
    try {
      await this.#refuseReserved(use, path, real, cwd);
      for (const root of roots) {
        const open = await realPath(resolve(cwd, root));
        if (isEntry ? real === open || !isWithin(real, open) : !isWithin(real, open)) continue;
        note?.({ allowed: true, rule: key, target: real, by: root });
        return real;
      }
      throw outside(path, real, USES[use], roots);
    } catch (thrown) {
      if (thrown instanceof SpellError && thrown.code === 'POLICY_DENIED') {
        note?.({ allowed: false, rule: String(thrown.details.rule), target: real });
      }
      throw thrown;
    }
  }

  /** What is refused may be written in other letters where the file system takes them for the same. */
  async #refuseReserved(use: FileUse, path: string, real: string, cwd: string): Promise<void> {
    const { closed = [], unwritable = [] } = this.roots;
    const folded = real.toLowerCase();
    const isIn = async (folder: string) =>
      isWithin(folded, (await realPath(resolve(cwd, folder))).toLowerCase());
    for (const folder of SYSTEM_FOLDERS) {
      if (isWithin(folded, folder)) throw reserved(path, real, SYSTEM_FILES);
    }
    for (const folder of closed) if (await isIn(folder)) throw reserved(path, real, OWN_DATA);
    if (use === 'read') return;
    if (basename(folded) === CONFIGURATION) throw reserved(path, real, OWN_CONFIGURATION);
    for (const file of unwritable) {
      if (await isIn(file)) throw reserved(path, real, OWN_CONFIGURATION);
    }
  }
}

interface Use {
  readonly verb: string;
  readonly key: string;
}

const USES: Readonly<Record<FileUse, Use>> = {
  read: { verb: 'read', key: 'file_read_roots' },
  write: { verb: 'written', key: 'file_write_roots' },
};

interface Reserved {
  readonly rule: string;
  readonly reason: string;
  readonly hint: string;
}

const SYSTEM_FILES: Reserved = {
  rule: 'system_files',
  reason: 'it belongs to the kernel',
  hint: 'No configuration opens /proc and /sys; system-monitor answers what is meant for scripts.',
};

const OWN_DATA: Reserved = {
  rule: 'own_data',
  reason: 'it belongs to the data of llmspell',
  hint: 'No configuration opens them; sessions and artifacts are reached by their functions.',
};

const OWN_CONFIGURATION: Reserved = {
  rule: 'own_configuration',
  reason: 'it decides what is open to scripts',
  hint: 'No configuration opens such files for writing; change them by hand.',
};

function reserved(path: string, real: string, { rule, reason, hint }: Reserved): SpellError {
  const leads = path === real ? path : `${path} (that is ${real})`;
  return new SpellError('POLICY_DENIED', `${leads} is closed: ${reason}`, {
    file: real,
    hint,
    details: { rule },
  });
}

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
  throw irregular(path);
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
