import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { overwrite, recordsOf } from '../run/kept-runs.js';
import { openRuntime } from './open-runtime.js';

describe.each(['memory', 'lmdb'] as const)('the numbers of a runtime on %s', (storage) => {
  const open = () =>
    openRuntime({
      storage,
      dataDir: temporaryFolder(),
      settings: { 'runtime.durability.enabled': false },
    });

  test('are those of what there is', async () => {
    const runtime = await open();
    expect(await runtime.stats()).toEqual({
      sessions: {
        total: 0,
        open: 0,
        byStatus: { active: 0, suspended: 0, completed: 0, failed: 0 },
      },
      artifacts: { total: 0, size: 0, byType: {} },
      contents: {
        ...{ count: 0, referencedBytes: 0, bytes: 0, storedBytes: 0 },
        ...{ dedupRatio: 1, compressionRatio: 1 },
      },
      operations: {},
    });
    const { id: sessionId } = await runtime.sessions.create();
    await runtime.sessions.complete((await runtime.sessions.create()).id);
    const text = 'the same text again and again. '.repeat(1000);
    for (const [name, content] of [...Array(3).fill(['a', text]), ['b', 'short']]) {
      await runtime.artifacts.store({ sessionId, name, content, type: 'user_input' });
    }
    const { sessions, artifacts, contents } = await runtime.stats();
    expect(sessions).toMatchObject({ total: 2, open: 1, byStatus: { active: 1, completed: 1 } });
    expect(artifacts).toEqual({ total: 4, size: 93_005, byType: { user_input: 4 } });
    expect(contents).toMatchObject({ count: 2, referencedBytes: 93_005, bytes: 31_005 });
    expect(contents.storedBytes).toBeLessThan(5000);
    expect(contents.dedupRatio).toBe(93_005 / 31_005);
    expect(contents.compressionRatio).toBe(31_005 / contents.storedBytes);
  });

  test('tell how long the calls of scripts took, and which failed', async () => {
    const runtime = await open();
    await runtime.eval(`Session.create() Session.create() pcall(Session.get, {})
      pcall(Session.complete, 'nobody') os.execute('sleep 0.02') JSON.parse('1')`);
    const { operations } = await runtime.stats();
    expect(Object.keys(operations)).toEqual(['os.execute', 'session.complete', 'session.create']);
    expect(operations['session.create']).toMatchObject({ count: 2, errors: 0 });
    expect(operations['session.complete']).toMatchObject({ count: 1, errors: 1 });
    const { totalMs, meanMs, maxMs } = operations['os.execute'] ?? {};
    expect([meanMs, maxMs]).toEqual([totalMs, totalMs]);
    expect(totalMs).toBeGreaterThan(0);
  });
});

test('contents of which the record is damaged still count', async () => {
  const runtime = await openRuntime({ dataDir: temporaryFolder() });
  const { id: sessionId } = await runtime.sessions.create();
  await runtime.artifacts.store({ sessionId, name: 'a', content: 'text' });
  const [key = ''] = (await recordsOf(runtime, 'b/')).keys();
  await overwrite(runtime, key, () => Buffer.from('nonsense'));
  expect((await runtime.stats()).contents).toMatchObject({ count: 1, bytes: 0 });
});

test('recorded calls are counted from their journals, whoever made them', async () => {
  const dataDir = temporaryFolder();
  const first = await openRuntime({ dataDir });
  await first.eval(`Session.create() pcall(Session.complete, 'nobody')`);
  const second = await openRuntime({ dataDir });
  expect((await second.stats()).operations).toEqual({});
  const { operations } = await second.archive.stats();
  expect(operations).toMatchObject({
    'session.complete': { count: 1, errors: 1 },
    'session.create': { count: 1, errors: 0 },
  });
});

test('cacheBytes bounds the contents that are kept in memory once they were read', async () => {
  // What comes from memory does not notice that the storage was damaged meanwhile.
  const readTwice = async (cacheBytes: number | undefined) => {
    const options = cacheBytes === undefined ? {} : { cacheBytes };
    const runtime = await openRuntime({ dataDir: temporaryFolder(), ...options });
    const { id: sessionId } = await runtime.sessions.create();
    const content = 'x'.repeat(1000);
    const { id } = await runtime.artifacts.store({ sessionId, name: 'a', content });
    await runtime.artifacts.read(id);
    const [chunk = ''] = (await recordsOf(runtime, 'c/')).keys();
    await overwrite(runtime, chunk, () => Buffer.from('damaged'));
    return runtime.artifacts.read(id).then(
      () => 'from memory',
      ({ code }) => code,
    );
  };
  expect(await readTwice(undefined)).toBe('from memory');
  expect(await readTwice(4000)).toBe('from memory');
  expect(await readTwice(3999)).toBe('ARTIFACT_CORRUPT');
  expect(await readTwice(0)).toBe('ARTIFACT_CORRUPT');
  for (const cacheBytes of [-1, 0.5, Number.NaN, '1mb' as unknown as number]) {
    await expect(openRuntime({ cacheBytes })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
  }
});
