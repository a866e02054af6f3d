import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The name of a project's configuration. */
export const PROJECT_FILE = 'llmspell.toml';

/**
 * The configuration of the project around a folder: the nearest `llmspell.toml` from it upwards. The search ends at
 * the root of the git repository or at the home folder. Where neither is above, only the folder itself is searched,
 * so that a file which somebody left in a shared folder such as `/tmp` opens nothing.
 */
export function findProjectFile(cwd: string, home: string): string | undefined {
  for (const folder of projectFolders(resolve(cwd), resolve(home))) {
    const file = join(folder, PROJECT_FILE);
    if (exists(file)) return file;
  }
  return undefined;
}

function projectFolders(cwd: string, home: string): string[] {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    if (folder === home || exists(join(folder, '.git'))) return folders;
    if (folder === dirname(folder)) return [cwd];
  }
}

/** True for anything under that name: what isn't a readable file fails later, when it is read. */
export function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}
