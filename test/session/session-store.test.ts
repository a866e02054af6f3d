import { describe, expect, test } from 'vitest';
import type { Value, ValueKey } from '../../runtime/base/value.js';
import { transact } from '../../runtime/storage/transaction.js';
import { BACKENDS, idsOf, SessionFixture, START_MS, table } from './session-fixture.js';

describe.each(BACKENDS)('sessions on %s', (_, open) => {
  const fixture = new SessionFixture(open);

  describe('create', () => {
    test('without options makes an active session that get finds', async () => {
      const made = await fixture.create();
      expect(made).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        name: null,
        description: null,
        status: 'active',
        suspendedBy: null,
        tags: [],
        metadata: new Map(),
        parentSessionId: null,
        createdAt: START_MS,
        updatedAt: START_MS,
        run: null,
        messageCount: 0,
        artifactCount: 0,
        failureReason: null,
        forkedFrom: null,
      });
      expect(await fixture.store.get(made.id)).toEqual(made);
    });

    test('keeps what it was given', async () => {
      const made = await fixture.create({
        name: 'Data Analysis Session',
        description: 'Processing Q4 sales data',
        tags: ['analysis', 'sales', 'analysis'],
        metadata: table({ department: 'Sales', year: 2024 }),
        run: 'run-1',
      });
      expect(await fixture.store.get(made.id)).toMatchObject({
        name: 'Data Analysis Session',
        description: 'Processing Q4 sales data',
        tags: ['analysis', 'sales'],
        metadata: table({ department: 'Sales', year: 2024 }),
        run: 'run-1',
      });
    });

    test('does not share its tables with the caller', async () => {
      const tags = ['a'];
      const list: Value[] = [1];
      const metadata = new Map<ValueKey, Value>([['list', list]]);
      const made = await fixture.create({ tags, metadata });
      tags.push('b');
      list.push(2);
      metadata.set('more', 1);
      expect(made.tags).toEqual(['a']);
      expect(made.metadata).toEqual(new Map([['list', [1]]]));
      (made.metadata as Map<ValueKey, Value>).clear();
      expect((await fixture.store.get(made.id))?.metadata).toEqual(new Map([['list', [1]]]));
    });

    test('takes an id of the caller, once', async () => {
      const id = 'Müller/user:123 ~%';
      expect((await fixture.create({ id })).id).toBe(id);
      expect((await fixture.store.get(id))?.id).toBe(id);
      await expect(fixture.create({ id })).rejects.toMatchObject({
        code: 'SESSION_EXISTS',
        details: { session: id },
      });
    });

    test('takes ids of up to 200 characters and tells long ones apart', async () => {
      const ids = ['a', 'b'].map((end) => 'ü'.repeat(199) + end);
      for (const id of ids) await fixture.create({ id });
      for (const id of ids) expect((await fixture.store.get(id))?.id).toBe(id);
      expect(idsOf((await fixture.store.list()).items).sort()).toEqual(ids);
    });

    test.each([
      ['an empty id', { id: '' }, 'id'],
      ['an id that is too long', { id: 'x'.repeat(201) }, 'id'],
      ['an id with a control character', { id: 'a\nb' }, 'id'],
      ['a name that is too long', { name: 'x'.repeat(256) }, 'name'],
      ['an empty tag', { tags: [''] }, 'tags'],
      ['a tag that is too long', { tags: ['x'.repeat(256)] }, 'tags'],
      ['too many tags', { tags: Array.from({ length: 257 }, (_, at) => `t${at}`) }, 'tags'],
    ])('refuses %s', async (_, options, key) => {
      await expect(fixture.create(options)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', key });
      expect(await fixture.keys()).toEqual([]);
    });

    test('refuses metadata of more than a megabyte', async () => {
      const metadata = table({ text: 'x'.repeat(1024 * 1024) });
      await expect(fixture.create({ metadata })).rejects.toMatchObject({ code: 'TOO_LARGE' });
    });

    test('refuses a parent that does not exist', async () => {
      await expect(fixture.create({ parentSessionId: 'nobody' })).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
        details: { session: 'nobody' },
      });
    });

    test('several sessions in one transaction are made together', async () => {
      await transact(fixture.backend, async (tx) => {
        const parent = await fixture.store.create(tx, { id: 'parent' });
        await fixture.store.create(tx, { id: 'child', parentSessionId: parent.id });
      });
      expect(idsOf(await fixture.store.children('parent'))).toEqual(['child']);
    });
  });

  describe('the lifecycle', () => {
    test('suspends, resumes and completes, and each move counts as a change', async () => {
      const { id } = await fixture.create();
      fixture.clock.advance(1000);
      expect(await fixture.transition(id, 'suspend')).toMatchObject({
        status: 'suspended',
        suspendedBy: 'user',
        updatedAt: START_MS + 1000,
      });
      expect(await fixture.transition(id, 'resume')).toMatchObject({
        status: 'active',
        suspendedBy: null,
      });
      expect(await fixture.transition(id, 'complete')).toMatchObject({
        status: 'completed',
        failureReason: null,
      });
    });

    test('keeps the reason of a failure', async () => {
      const { id } = await fixture.create();
      await fixture.transition(id, 'fail', 'Processing error occurred');
      expect(await fixture.store.get(id)).toMatchObject({
        status: 'failed',
        failureReason: 'Processing error occurred',
      });
    });

    test('refuses a forbidden move and leaves the session as it was', async () => {
      const { id } = await fixture.create();
      const before = await fixture.transition(id, 'complete');
      await expect(fixture.transition(id, 'suspend')).rejects.toMatchObject({
        code: 'SESSION_STATE',
        details: { from: 'completed', to: 'suspended', session: id },
      });
      expect(await fixture.store.get(id)).toEqual(before);
    });

    test('needs a session that exists', async () => {
      await expect(fixture.transition('some-uuid', 'suspend')).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
      });
    });

    test('of two concurrent moves that exclude each other one wins', async () => {
      const { id } = await fixture.create();
      const moves = await Promise.allSettled([
        fixture.transition(id, 'suspend'),
        fixture.transition(id, 'suspend'),
      ]);
      expect(moves.map((move) => move.status).sort()).toEqual(['fulfilled', 'rejected']);
    });
  });

  describe('update and remove', () => {
    test('update changes what is given, and null clears', async () => {
      const { id } = await fixture.create({ name: 'old', description: 'text', tags: ['a'] });
      await fixture.update(id, { name: 'new', tags: ['b', 'b', 'c'] });
      expect(await fixture.store.get(id)).toMatchObject({
        name: 'new',
        description: 'text',
        tags: ['b', 'c'],
      });
      await fixture.update(id, { name: null, description: null });
      expect(await fixture.store.get(id)).toMatchObject({ name: null, description: null });
      await expect(fixture.update(id, { tags: [''] })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
      });
    });

    test('update moves the session in the indexes', async () => {
      const { id } = await fixture.create({ name: 'old', tags: ['a'] });
      await fixture.update(id, { name: 'new', tags: ['b'] });
      expect((await fixture.store.list({ name: 'old' })).items).toEqual([]);
      expect((await fixture.store.list({ tags: ['a'] })).items).toEqual([]);
      expect(idsOf((await fixture.store.list({ name: 'new', tags: ['b'] })).items)).toEqual([id]);
    });

    test('remove leaves nothing behind, in any state', async () => {
      const { id } = await fixture.create({
        name: 'all',
        tags: ['a', 'b'],
        metadata: table({ n: 1, s: 'x', list: [1] }),
      });
      fixture.clock.advance(5);
      await fixture.updateMetadata(id, table({ n: 2 }));
      fixture.clock.advance(5);
      await fixture.transition(id, 'suspend');
      await fixture.transition(id, 'complete');
      expect(await fixture.remove(id)).toBe(true);
      expect(await fixture.keys()).toEqual(['s-count/open']);
      expect(await fixture.remove(id)).toBe(false);
    });

    test('children keep the id of a parent that is gone', async () => {
      const parent = await fixture.create();
      const child = await fixture.create({ parentSessionId: parent.id });
      await fixture.remove(parent.id);
      expect((await fixture.store.get(child.id))?.parentSessionId).toBe(parent.id);
      expect(idsOf(await fixture.store.children(parent.id))).toEqual([child.id]);
    });

    test('a session with artifacts is not removed', async () => {
      const { id } = await fixture.create();
      await transact(fixture.backend, (tx) =>
        fixture.store.adjustCount(tx, id, 'artifactCount', 2),
      );
      await expect(fixture.remove(id)).rejects.toMatchObject({
        code: 'SESSION_STATE',
        details: { artifacts: 2, session: id },
      });
      expect(await fixture.store.get(id)).toMatchObject({ id, artifactCount: 2 });
    });

    test('save needs a session that exists', async () => {
      const { id } = await fixture.create();
      await fixture.store.save(id);
      await expect(fixture.store.save('nobody')).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
      });
    });
  });

  describe('max_sessions', () => {
    test('counts active and suspended sessions, not finished ones', async () => {
      const store = fixture.storeWith({ maxSessions: 2 });
      const first = await fixture.create({}, store);
      const second = await fixture.create({}, store);
      await fixture.transition(first.id, 'suspend', undefined, store);
      await expect(fixture.create({}, store)).rejects.toMatchObject({
        code: 'LIMIT_SESSIONS',
        key: 'runtime.sessions.max_sessions',
        hint: expect.stringMatching(/Complete or delete .* raise/),
      });
      await fixture.transition(second.id, 'complete', undefined, store);
      await fixture.create({}, store);
      expect(await store.stats()).toMatchObject({ total: 3, open: 2 });
    });

    test('a removed session makes room', async () => {
      const store = fixture.storeWith({ maxSessions: 1 });
      const { id } = await fixture.create({}, store);
      await transact(fixture.backend, (tx) => store.remove(tx, id));
      await fixture.create({}, store);
    });

    test('holds among sessions that are made at the same time', async () => {
      const store = fixture.storeWith({ maxSessions: 7 });
      const made = await Promise.allSettled(
        Array.from({ length: 20 }, () => fixture.create({}, store)),
      );
      expect(made.filter((one) => one.status === 'fulfilled')).toHaveLength(7);
      expect(await store.count({ status: 'active' })).toBe(7);
      expect((await store.stats()).open).toBe(7);
    });
  });
});
