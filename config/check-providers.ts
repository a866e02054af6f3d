/** What the schema can't see of `[providers]`: names that must fit each other. */
import { SpellError } from '../runtime/base/errors.js';
import { didYouMean } from '../runtime/base/nearest-name.js';
import type { ProvidersConfig } from './config.js';
import { formatKeyPath } from './key-path.js';
import { PROVIDER_TYPES, providerSetup } from './provider-types.js';

/**
 * @param origins Where keys were set, by their paths as text.
 * @param own Names of providers that the program brings along.
 * @throws SpellError `CONFIG` with file and line.
 */
export function checkProviders(
  { defaultProvider, named }: ProvidersConfig,
  origins: ReadonlyMap<string, string>,
  own: readonly string[] = [],
): void {
  const fail = (path: readonly string[], message: string, hint: string | undefined) => {
    const key = formatKeyPath(path);
    throw new SpellError('CONFIG', `${key} ${message}`, { key, hint, ...placeOf(origins, path) });
  };
  const names = [...Object.keys(named), ...own];
  const noProvider = (name: string) =>
    didYouMean(name, names) ?? `Add [providers.${formatKeyPath([name])}].`;
  if (defaultProvider !== undefined && !names.includes(defaultProvider)) {
    const path = ['providers', 'default_provider'];
    fail(path, `names no provider: "${defaultProvider}"`, noProvider(defaultProvider));
  }
  for (const [name, provider] of Object.entries(named)) {
    const path = ['providers', name];
    const { providerType, fallback, script } = providerSetup(name, provider);
    if (!own.includes(name) && !Object.hasOwn(PROVIDER_TYPES, providerType)) {
      const hint = 'Write provider_type = "openai" for a server that speaks that protocol.';
      fail(
        [...path, 'provider_type'],
        `is missing, and "${name}" is no type of its own`,
        didYouMean(name, Object.keys(PROVIDER_TYPES)) ?? hint,
      );
    }
    if (!own.includes(name) && providerType === 'scripted' && script === undefined) {
      fail(
        [...path, 'script'],
        'is missing',
        'Write script = "answers.toml", a file with answers.',
      );
    }
    for (const other of fallback) {
      const [target = ''] = other.split('/');
      if (names.includes(target)) continue;
      fail([...path, 'fallback'], `names no provider: "${other}"`, noProvider(target));
    }
  }
}

/** The place of a key, or of the first one in the same table. */
function placeOf(
  origins: ReadonlyMap<string, string>,
  path: readonly string[],
): { file?: string; line?: number } {
  const table = `${formatKeyPath(path.slice(0, -1))}.`;
  const inTable = [...origins].find(([key]) => key.startsWith(table))?.[1];
  const origin = origins.get(formatKeyPath(path)) ?? inTable ?? '';
  const place = /(?:^|\()([^()]+):(\d+)\)?$/.exec(origin);
  return place === null ? {} : { file: place[1] as string, line: Number(place[2]) };
}
