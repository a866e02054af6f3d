/** Sentences that a few lines of Lua prove, on every storage. */
import { expect, test } from 'vitest';
import { type OpenOptions, Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

/** Runs Lua that proves a sentence with `assert`; TEMP is a folder that is open. */
export function proven(
  sentence: string,
  lua: string,
  { settings, ...options }: Omit<OpenOptions, 'storage' | 'dataDir'> = {},
): void {
  test.each(['memory', 'lmdb'] as const)(`${sentence}, on %s`, async (storage) => {
    const temp = temporaryFolder();
    await using runtime = await Runtime.open({
      ...options,
      storage,
      dataDir: temporaryFolder(),
      settings: {
        'runtime.security.file_read_roots': [temp],
        'runtime.security.file_write_roots': [temp],
        ...settings,
      },
    });
    const { error } = await runtime.eval(lua, { variables: { TEMP: temp } }).outcome;
    expect(error === undefined ? '' : `${error.message}\n${error.traceback}`).toBe('');
  });
}
