import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

describe.each(['memory', 'lmdb'] as const)('runtime.sessions on %s', (storage) => {
  const open = () => openRuntime({ storage, dataDir: temporaryFolder() });

  it('creates sessions with everything that they can have', async () => {
    const { sessions } = await open();
    const parent = await sessions.create();
    const session = await sessions.create({
      id: 'mine',
      name: 'Analysis',
      description: 'Of the quarter',
      tags: ['a', 'b'],
      metadata: { year: 2026, share: 0.5, when: new Date(0), nested: { list: [1, null] } },
      parentSessionId: parent.id,
    });
    expect(session).toEqual({
      id: 'mine',
      name: 'Analysis',
      title: 'Analysis',
      description: 'Of the quarter',
      status: 'active',
      tags: ['a', 'b'],
      metadata: {
        year: 2026,
        share: 0.5,
        when: '1970-01-01T00:00:00.000Z',
        nested: { list: [1, null] },
      },
      parentSessionId: parent.id,
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
      run: null,
      messageCount: 0,
      artifactCount: 0,
      failureReason: null,
    });
    expect(await sessions.get('mine')).toEqual(session);
    expect(await sessions.get('nobody')).toBeUndefined();
    expect(await sessions.children(parent.id)).toEqual([session]);
  });

  it('moves sessions through their lifecycle', async () => {
    const { sessions } = await open();
    const { id } = await sessions.create();
    expect((await sessions.suspend(id)).status).toBe('suspended');
    expect((await sessions.resume(id)).status).toBe('active');
    const failed = await sessions.fail(id, 'no data');
    expect(failed).toMatchObject({ status: 'failed', failureReason: 'no data' });
    await expect(sessions.complete(id)).rejects.toMatchObject({
      code: 'SESSION_STATE',
      details: { from: 'failed', to: 'completed', session: id },
    });
    await expect(sessions.suspend('nobody')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    await expect(sessions.save('nobody')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    await sessions.save(id);
  });

  it('changes metadata key by key', async () => {
    const { sessions } = await open();
    const { id } = await sessions.create({ metadata: { a: 1, b: 2 } });
    const { metadata } = await sessions.updateMetadata(id, { b: null, c: [3] });
    expect(metadata).toEqual({ a: 1, c: [3] });
    const renamed = await sessions.update(id, { name: 'New', tags: ['x'] });
    expect(renamed).toMatchObject({ name: 'New', tags: ['x'], description: null });
  });

  it('lists sessions page by page, the one that changed last first', async () => {
    const { sessions } = await open();
    for (let n = 0; n < 5; n += 1) {
      await sessions.create({ name: `s${n}`, tags: ['t'], metadata: { even: n % 2 === 0 } });
    }
    const names: (string | null)[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await sessions.list({ tags: ['t'], limit: 2, ...(cursor ? { cursor } : {}) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      names.push(...page.items.map(({ name }) => name));
      cursor = page.next;
    } while (cursor !== null);
    expect(names).toEqual(['s4', 's3', 's2', 's1', 's0']);
    const even = await sessions.list({ metadata: { even: true }, status: 'active' });
    expect(even.items).toHaveLength(3);
    expect((await sessions.list({ createdAfter: new Date(Date.now() + 60_000) })).items).toEqual(
      [],
    );
  });

  it('finds a session by the beginning of its id', async () => {
    const { sessions } = await open();
    await sessions.create({ id: 'alpha-1' });
    await sessions.create({ id: 'alpha-2' });
    expect((await sessions.find('alpha-1')).id).toBe('alpha-1');
    await expect(sessions.find('alpha')).rejects.toMatchObject({ code: 'AMBIGUOUS_ID' });
    await expect(sessions.find('beta')).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  it('deletes sessions with what belongs to them', async () => {
    const { sessions, artifacts } = await open();
    const { id } = await sessions.create();
    const child = await sessions.create({ parentSessionId: id });
    await artifacts.store({ sessionId: child.id, name: 'a', content: 'x' });
    expect(await sessions.delete(id, { recursive: true })).toBe(true);
    expect(await sessions.delete(id)).toBe(false);
    expect((await sessions.list()).items).toEqual([]);
    expect((await artifacts.query()).items).toEqual([]);
  });

  it('finds the artifacts that were stored as checkpoints', async () => {
    const { sessions, artifacts } = await open();
    const { id: sessionId } = await sessions.create();
    const store = (name: string, metadata: Record<string, unknown>) =>
      artifacts.store({ sessionId, name, content: '{}', metadata });
    const first = await store('a.json', { checkpoint: true, step_name: 'load' });
    await store('b.json', { checkpoint: false });
    const second = await store('c.json', { checkpoint: true, n: 1 });
    expect(await sessions.checkpoints(sessionId)).toMatchObject([
      { artifact: first.id, label: 'load', createdAt: first.createdAt },
      { artifact: second.id, label: 'c.json', metadata: { checkpoint: true, n: 1 } },
    ]);
  });

  it('cleans up what is finished and old', async () => {
    const { sessions } = await open();
    const done = await sessions.create();
    await sessions.complete(done.id);
    await sessions.create();
    expect(await sessions.cleanup({ olderThanSeconds: 0, dryRun: true })).toEqual([done.id]);
    expect(await sessions.cleanup({ olderThanSeconds: 3600 })).toEqual([]);
    expect(await sessions.cleanup({ olderThanSeconds: 0 })).toEqual([done.id]);
    expect(await sessions.stats()).toMatchObject({ total: 1, open: 1 });
  });

  it('gives its current session to the runs that start from now on', async () => {
    const runtime = await open();
    const { id } = await runtime.sessions.create();
    await runtime.sessions.setCurrent(id);
    expect((await runtime.eval('return Session.getCurrent()')).value).toBe(id);
    const other = await runtime.sessions.create();
    const options = { sessionId: other.id };
    expect((await runtime.eval('return Session.getCurrent()', options)).value).toBe(other.id);
    await expect(runtime.sessions.setCurrent('nobody')).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    });
    expect(runtime.sessions.getCurrent()).toBe(id);
    await runtime.sessions.delete(id);
    expect(runtime.sessions.getCurrent()).toBeUndefined();
  });
});
