import { describe, expect, test } from 'vitest';
import { encodeRecord } from '../../runtime/base/encoding.js';
import { createSystemRandom } from '../../runtime/base/random.js';
import {
  ensureFormat,
  FORMAT_VERSION,
  type Migration,
} from '../../runtime/storage/format-version.js';
import { createMemoryBackend } from '../../runtime/storage/memory.js';
import type { Backend } from '../../runtime/storage/storage.js';

const options = { random: createSystemRandom(), hasData: false };

describe('the format of a storage', () => {
  test('is written into an empty one, with an id that stays', async () => {
    const backend = createMemoryBackend();
    const made = await ensureFormat(backend, options);
    expect(made.version).toBe(FORMAT_VERSION);
    expect(made.storageId).toMatch(/^[0-9a-f]{32}$/);
    expect(await ensureFormat(backend, { ...options, hasData: true })).toEqual(made);
    expect(await ensureFormat(createMemoryBackend(), options)).not.toEqual(made);
  });

  test('is brought up step by step, in one batch, and keeps the id', async () => {
    const backend = createMemoryBackend();
    const made = await ensureFormat(backend, { ...options, migrations: [] });
    const steps: string[] = [];
    const step =
      (name: string): Migration =>
      async (transaction) => {
        const before = Buffer.from((await transaction.get('t/steps')) ?? []).toString();
        transaction.put('t/steps', Buffer.from(`${before}${name} `));
        steps.push(name);
      };
    const migrated = await ensureFormat(backend, {
      ...options,
      migrations: [step('1to2'), step('2to3')],
    });
    expect(migrated).toEqual({ version: 3, storageId: made.storageId });
    expect(await textAt(backend, 't/steps')).toBe('1to2 2to3 ');
    await ensureFormat(backend, { ...options, migrations: [step('1to2'), step('2to3')] });
    expect(steps).toEqual(['1to2', '2to3']);
    await ensureFormat(backend, {
      ...options,
      migrations: [step('1to2'), step('2to3'), step('3to4')],
    });
    expect(await textAt(backend, 't/steps')).toBe('1to2 2to3 3to4 ');
  });

  test('stays as it was when a step fails', async () => {
    const backend = createMemoryBackend();
    await ensureFormat(backend, { ...options, migrations: [] });
    const migrations: Migration[] = [
      async (transaction) => transaction.put('t/half', Buffer.from('1')),
      async () => {
        throw new Error('no');
      },
    ];
    await expect(ensureFormat(backend, { ...options, migrations })).rejects.toThrow('no');
    expect(await backend.get('t/half')).toBeUndefined();
    expect((await ensureFormat(backend, { ...options, migrations: [] })).version).toBe(1);
  });

  test('that is newer is refused and names both versions', async () => {
    const backend = createMemoryBackend();
    await ensureFormat(backend, { ...options, migrations: [async () => {}] });
    await expect(ensureFormat(backend, { ...options, migrations: [] })).rejects.toMatchObject({
      code: 'STORAGE_NEWER',
      details: { found: 2, newest: 1 },
    });
  });

  test('is missing from data of others, which is refused', async () => {
    const backend = createMemoryBackend();
    await expect(ensureFormat(backend, { ...options, hasData: true })).rejects.toMatchObject({
      code: 'STORAGE_FOREIGN',
    });
    await backend.commit({
      preconditions: [],
      writes: [{ key: 'meta/format', value: encodeRecord({ version: 1 }) }],
    });
    await expect(ensureFormat(backend, options)).rejects.toMatchObject({ code: 'STORAGE_FOREIGN' });
  });
});

async function textAt(backend: Backend, key: string): Promise<string> {
  return Buffer.from((await backend.get(key)) ?? []).toString();
}
