import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SpellError } from '../runtime/base/errors.js';
import { didYouMean } from '../runtime/base/nearest-name.js';
import { packageFile } from '../runtime/base/package-file.js';

/**
 * The file of a profile: one of those that llmspell ships, by its name, or any file by its path (with a slash in it,
 * or `.toml` at its end).
 *
 * @throws SpellError `CONFIG` naming the profiles that exist.
 */
export async function profileFile(name: string, cwd: string): Promise<string> {
  if (/[/\\]/.test(name) || name.endsWith('.toml')) return resolve(cwd, name);
  const profiles = await listProfiles();
  if (profiles.includes(name)) return join(profileFolder(), `${name}.toml`);
  const near = didYouMean(name, profiles);
  const all = `Profiles: ${profiles.join(', ')}; or give a path to a file.`;
  throw new SpellError('CONFIG', `there is no profile "${name}"`, {
    hint: near === undefined ? all : `${near} ${all}`,
  });
}

/** The names of the profiles that llmspell ships, sorted. */
export async function listProfiles(): Promise<string[]> {
  const files = await readdir(profileFolder());
  const profiles = files.filter((file) => file.endsWith('.toml'));
  return profiles.map((file) => file.slice(0, -'.toml'.length)).sort();
}

function profileFolder(): string {
  return packageFile('config/profiles');
}
