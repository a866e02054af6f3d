import { describe, expect, test } from 'vitest';
import { expiredSessions, suspendIdle } from '../../runtime/session/idle-sessions.js';
import { BACKENDS, SessionFixture, START_MS, table } from './session-fixture.js';

const NOBODY: ReadonlySet<string> = new Set();
const DAY_MS = 24 * 60 * 60 * 1000;

describe.each(BACKENDS)('what time does to sessions on %s', (_, open) => {
  const fixture = new SessionFixture(open);

  test('an active session without a change is suspended after the timeout', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 60 });
    await fixture.create({ id: 'idle' });
    fixture.clock.advance(30_000);
    await fixture.create({ id: 'busy' });
    fixture.clock.advance(29_999);
    expect(await suspendIdle(store, NOBODY)).toEqual([]);
    fixture.clock.advance(1);
    expect(await suspendIdle(store, NOBODY)).toEqual(['idle']);
    expect(await store.get('idle')).toMatchObject({
      status: 'suspended',
      suspendedBy: 'timeout',
      updatedAt: START_MS,
    });
    expect((await store.get('busy'))?.status).toBe('active');
    expect(await suspendIdle(store, NOBODY)).toEqual([]);
  });

  test('a change puts the timeout off', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 60 });
    await fixture.create({ id: 's' });
    fixture.clock.advance(59_000);
    await fixture.updateMetadata('s', table({ a: 1 }));
    fixture.clock.advance(59_000);
    expect(await suspendIdle(store, NOBODY)).toEqual([]);
  });

  test('sessions that are in use stay active', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 1 });
    await fixture.create({ id: 'a' });
    await fixture.create({ id: 'b' });
    fixture.clock.advance(5000);
    expect(await suspendIdle(store, new Set(['a']))).toEqual(['b']);
  });

  test('suspended and finished sessions are left alone', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 1 });
    for (const id of ['a', 'b', 'c']) await fixture.create({ id });
    await fixture.transition('a', 'suspend');
    await fixture.transition('b', 'complete');
    await fixture.transition('c', 'fail');
    fixture.clock.advance(5000);
    expect(await suspendIdle(store, NOBODY)).toEqual([]);
    expect((await store.get('a'))?.suspendedBy).toBe('user');
  });

  test('a timeout of zero suspends nothing', async () => {
    await fixture.create();
    fixture.clock.advance(DAY_MS * 365);
    expect(await suspendIdle(fixture.storeWith({ timeoutSeconds: 0 }), NOBODY)).toEqual([]);
  });

  test('many idle sessions are all suspended', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 1 });
    for (let at = 0; at < 150; at += 1) await fixture.create();
    fixture.clock.advance(5000);
    expect(await suspendIdle(store, NOBODY)).toHaveLength(150);
    expect((await store.stats()).open).toBe(0);
  });

  test('what the timeout suspended makes room, and its resume asks for room again', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 1, maxSessions: 1 });
    await fixture.create({ id: 'old' }, store);
    fixture.clock.advance(5000);
    await suspendIdle(store, NOBODY);
    await fixture.create({ id: 'new' }, store);
    await expect(fixture.transition('old', 'resume', undefined, store)).rejects.toMatchObject({
      code: 'LIMIT_SESSIONS',
    });
    expect((await store.get('old'))?.status).toBe('suspended');
    await fixture.transition('new', 'complete', undefined, store);
    await fixture.transition('old', 'resume', undefined, store);
    expect(await store.get('old')).toMatchObject({ status: 'active', suspendedBy: null });
    expect(await suspendIdle(store, NOBODY)).toEqual([]);
  });

  test('what the timeout suspended can be completed although the limit is reached', async () => {
    const store = fixture.storeWith({ timeoutSeconds: 1, maxSessions: 1 });
    await fixture.create({ id: 'old' }, store);
    fixture.clock.advance(5000);
    await suspendIdle(store, NOBODY);
    await fixture.create({ id: 'new' }, store);
    await fixture.transition('old', 'complete', undefined, store);
    expect((await store.stats()).open).toBe(1);
  });

  test('finished sessions are named for deletion after the retention, others never', async () => {
    const store = fixture.storeWith({ retentionDays: 7 });
    for (const id of ['done', 'broken', 'active', 'suspended', 'later'])
      await fixture.create({ id });
    await fixture.transition('done', 'complete');
    await fixture.transition('broken', 'fail');
    await fixture.transition('suspended', 'suspend');
    fixture.clock.advance(DAY_MS);
    await fixture.transition('later', 'complete');
    fixture.clock.advance(6 * DAY_MS - 1);
    expect(await expiredSessions(store)).toEqual([]);
    fixture.clock.advance(1);
    expect(await expiredSessions(store)).toEqual(['done', 'broken']);
    expect(await expiredSessions(store, 1)).toEqual(['done']);
    expect(await expiredSessions(fixture.storeWith({ retentionDays: 0 }))).toEqual([]);
  });
});
