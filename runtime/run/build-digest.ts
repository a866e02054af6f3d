/** The build digest names all that decides how Lua behaves: a photograph of a VM fits only where it is the same. */
import { contentHash } from '../content/content-address.js';
import type { Engine } from '../engine/engine.js';
import { NO_USAGE } from '../host/usage.js';
import type { GlobalsFactory } from './globals.js';

export function buildDigest(engine: Engine, globals: GlobalsFactory): Promise<string> {
  const { functions, preludes } = globals({
    script: '',
    folder: '',
    args: [],
    memoryLimitBytes: 0,
    usedBefore: NO_USAGE,
    actor: null,
    write: () => {},
    log: () => {},
    read: async () => undefined,
  });
  const names = functions.map(({ path, aliases = [] }) => [path, ...aliases].join(' ')).join('\n');
  const parts = [...engine.code(), ...preludes.map(({ source }) => source), Buffer.from(names)];
  return contentHash(Buffer.concat(parts));
}
