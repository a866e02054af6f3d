/** Scripts in the styles of rs-llmspell's releases run, with its profile where the two can't agree. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const SCRIPTS: readonly (readonly [string, readonly string[]])[] = [
  ['camel-case.lua', ['rs-llmspell']],
  ['snake-case.lua', ['rs-llmspell']],
  ['without-profile.lua', []],
];

describe.each(['memory', 'lmdb'] as const)('on %s', (storage) => {
  it.each(SCRIPTS)('%s runs with the profiles %j', async (script, profiles) => {
    const dataDir = temporaryFolder();
    const runtime = await Runtime.open({ storage, dataDir, profiles });
    const { error } = await runtime.run(join(import.meta.dirname, script)).outcome;
    await runtime.close();
    expect(error && `${error}\n${error.traceback}`).toBeUndefined();
  });
});

it("the profile opens the system's temporary folder and nothing else", async () => {
  const runtime = await Runtime.open({ profiles: ['rs-llmspell'] });
  const { error } = await runtime.eval('io.open("/etc/hostname")').outcome;
  await runtime.close();
  expect(error?.code).toBe('POLICY_DENIED');
});
