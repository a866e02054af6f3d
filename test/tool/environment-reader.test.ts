import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { environmentReader } from '../../runtime/tool/builtin/environment-reader.js';
import { denied, localTools } from './local-tools.js';

beforeEach(() => {
  vi.stubEnv('LLMSPELL_TEST_A', 'one');
  vi.stubEnv('LLMSPELL_TEST_TOKEN', 'tok-1234567890');
  vi.stubEnv('LLMSPELL_TEST_HIDDEN', 'hidden');
});
afterEach(() => vi.unstubAllEnvs());

const open = () =>
  localTools('environment-reader', {
    'runtime.security.environment': ['LLMSPELL_TEST_A', 'LLMSPELL_TEST_UNSET'],
    'runtime.security.secrets': ['LLMSPELL_TEST_TOKEN'],
  });

const handle = { secret: 'LLMSPELL_TEST_TOKEN' };

describe('environment-reader', () => {
  it('reads variables that are open, and secrets as handles', async () => {
    const { result } = await open();
    const get = (name: string) => result({ operation: 'get', name });
    expect(await get('LLMSPELL_TEST_A')).toEqual({
      name: 'LLMSPELL_TEST_A',
      value: 'one',
      is_set: true,
      is_secret: false,
    });
    expect(await get('LLMSPELL_TEST_UNSET')).toEqual({
      name: 'LLMSPELL_TEST_UNSET',
      is_set: false,
      is_secret: false,
    });
    expect(await get('LLMSPELL_TEST_TOKEN')).toEqual({
      name: 'LLMSPELL_TEST_TOKEN',
      value: handle,
      is_set: true,
      is_secret: true,
    });
  });

  it('lists them, and nothing else', async () => {
    const { result } = await open();
    const all = await result({ operation: 'list' });
    expect(all.count).toBe(3);
    expect(JSON.stringify(all)).not.toMatch(/hidden|tok-/);
    const some = await result({ operation: 'list', pattern: '*_A' });
    expect(some.variables.map(({ name }: { name: string }) => name)).toEqual(['LLMSPELL_TEST_A']);
  });

  it('tells of the system without naming who uses it', async () => {
    const { result } = await open();
    const system = await result({ operation: 'system' });
    expect(system).toMatchObject({
      platform: process.platform,
      arch: process.arch,
      line_ending: '\n',
    });
    expect(system).not.toHaveProperty('hostname');
    expect(system).not.toHaveProperty('user');
  });

  it('refuses what is closed, with the line that opens it', async () => {
    const { call } = await open();
    expect(await call({ operation: 'get', name: 'LLMSPELL_TEST_HIDDEN' })).toMatchObject({
      ...denied('environment'),
      error: { hint: expect.stringContaining('"LLMSPELL_TEST_UNSET","LLMSPELL_TEST_HIDDEN"]') },
    });
    expect(await call({ operation: 'get', name: 'constructor' })).toMatchObject(
      denied('environment'),
    );
    await expect(call({ operation: 'get' })).rejects.toMatchObject({ key: '/name' });
    await expect(call({ operation: 'set', name: 'X' })).rejects.toMatchObject({
      key: '/operation',
    });
    expect(environmentReader.effect).toBe('pure');
  });
});
