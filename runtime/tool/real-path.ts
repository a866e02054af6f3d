import { lstat, readlink } from 'node:fs/promises';
import { dirname, parse, resolve, sep } from 'node:path';
import { SpellError } from '../base/errors.js';

/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

/** Bytes of the longest path that Linux opens. */
const MAX_LENGTH = 4096;

/**
 * Where an absolute path leads when every symbolic link on the way is followed, whether or not something is there.
 * Unlike the system's own `realpath` it also follows a link that leads to nothing: who writes to that would create
 * the file at its other end.
 *
 * @throws SpellError `FILE_FAILED` for a circle of links, `BAD_ARGUMENT` for a path that is longer than any.
 */
export async function realPath(path: string): Promise<string> {
  if (path.length > MAX_LENGTH) {
    throw new SpellError('BAD_ARGUMENT', `the path is longer than ${MAX_LENGTH} characters`);
  }
  let links = 0;
  const root = parse(path).root;
  let real = root;
  let rest = path.slice(root.length).split(sep).filter(Boolean);
  while (rest.length > 0) {
    const [step = '', ...others] = rest;
    const next = resolve(real, step);
    const target = await linkTarget(next);
    if (target === undefined) {
      real = next;
      rest = others;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) {
      throw new SpellError('FILE_FAILED', `the links of ${path} lead in a circle`, { file: path });
    }
    // The target may itself contain links and "..": start over with it in the place of the link.
    const whole = resolve(dirname(next), target, ...others);
    real = parse(whole).root;
    rest = whole.slice(real.length).split(sep).filter(Boolean);
  }
  return real;
}

/**
 * Where a link points, or `undefined` for what is no link, isn't there, or is in a folder that this process can't
 * search: whoever opens the path later gets the same refusal from the system.
 */
async function linkTarget(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isSymbolicLink() ? await readlink(path) : undefined;
  } catch {
    return undefined;
  }
}
