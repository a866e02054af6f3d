import { describe, expect, test } from 'vitest';
import { Float, type Value } from '../../runtime/base/value.js';
import type { SessionFilter } from '../../runtime/session/session-query.js';
import { BACKENDS, idsOf, SessionFixture, START_MS, table } from './session-fixture.js';

const START_S = START_MS / 1000;

describe.each(BACKENDS)('finding sessions on %s', (_, open) => {
  const fixture = new SessionFixture(open);

  /** Ids of what a filter finds, all pages put together. */
  async function found(filter: SessionFilter = {}): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await fixture.store.list({ ...filter, cursor });
      ids.push(...idsOf(page.items));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  /** Five sessions, a second apart: `a` is the oldest. */
  async function makeFive(): Promise<void> {
    const owners = ['ann', 'bob', 'ann', 'bob', 'ann'];
    for (const [at, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      await fixture.create({
        id,
        name: at < 3 ? 'early' : 'late',
        tags: at % 2 === 0 ? ['even', 'all'] : ['odd', 'all'],
        metadata: table({ owner: owners[at], at, list: [at] }),
        ...(id === 'a' ? {} : { parentSessionId: 'a' }),
      });
      fixture.clock.advance(1000);
    }
  }

  test('what get is asked for and is not there is undefined, whatever it looks like', async () => {
    for (const id of ['some-uuid', '', '/', 'x'.repeat(5000), '\0']) {
      expect(await fixture.store.get(id)).toBeUndefined();
    }
  });

  describe('list', () => {
    test('of nothing is an empty page', async () => {
      expect(await fixture.store.list()).toEqual({ items: [], next: null });
    });

    test('has the session that changed last first', async () => {
      await makeFive();
      expect(await found()).toEqual(['e', 'd', 'c', 'b', 'a']);
      await fixture.updateMetadata('b', table({ more: 1 }));
      expect(await found()).toEqual(['b', 'e', 'd', 'c', 'a']);
    });

    test('has sessions of every status unless told', async () => {
      await makeFive();
      await fixture.transition('a', 'complete');
      await fixture.transition('b', 'fail');
      await fixture.transition('c', 'suspend');
      expect((await found()).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(await found({ status: 'completed' })).toEqual(['a']);
      expect(await found({ status: 'failed' })).toEqual(['b']);
      expect(await found({ status: 'suspended' })).toEqual(['c']);
      expect(await found({ status: 'active' })).toEqual(['e', 'd']);
      expect(await fixture.store.stats()).toEqual({
        total: 5,
        open: 3,
        byStatus: { active: 2, suspended: 1, completed: 1, failed: 1 },
      });
    });

    test.each<[string, SessionFilter, string[]]>([
      ['one tag', { tags: ['even'] }, ['e', 'c', 'a']],
      ['several tags, which must all be there', { tags: ['all', 'odd'] }, ['d', 'b']],
      ['tags that no session has together', { tags: ['even', 'odd'] }, []],
      ['an unknown tag', { tags: ['none'] }, []],
      ['no tags', { tags: [] }, ['e', 'd', 'c', 'b', 'a']],
      ['metadata', { metadata: table({ owner: 'ann' }) }, ['e', 'c', 'a']],
      ['several fields', { metadata: table({ owner: 'ann', at: 2 }) }, ['c']],
      ['a float for an integer', { metadata: new Map([['at', new Float(3)]]) }, ['d']],
      ['text for a number', { metadata: table({ at: '3' }) }, []],
      [
        'a list, which no index holds',
        { metadata: new Map<string, Value>([['list', [1]]]) },
        ['b'],
      ],
      ['a field that is absent', { metadata: new Map([['owner', undefined]]) }, []],
      ['a parent', { parentSessionId: 'a' }, ['e', 'd', 'c', 'b']],
      ['a parent without children', { parentSessionId: 'b' }, []],
      ['a name', { name: 'late' }, ['e', 'd']],
      ['the beginning of a name, which is another name', { name: 'lat' }, []],
      [
        'everything at once',
        {
          name: 'early',
          status: 'active',
          tags: ['even', 'all'],
          parentSessionId: 'a',
          metadata: table({ owner: 'ann' }),
        },
        ['c'],
      ],
      ['created_after', { createdAfter: START_S + 3 }, ['e', 'd']],
      ['created_before', { createdBefore: START_S + 1 }, ['b', 'a']],
      [
        'updated_after and updated_before',
        { updatedAfter: START_S + 1, updatedBefore: START_S + 2 },
        ['c', 'b'],
      ],
      ['an ISO time', { createdAfter: '2026-11-21T08:00:04Z' }, ['e']],
      ['bounds that cross', { createdAfter: START_S + 3, createdBefore: START_S }, []],
    ])('is narrowed by %s', async (_, filter, expected) => {
      await makeFive();
      expect(await found(filter)).toEqual(expected);
      expect(await fixture.store.count(filter)).toBe(expected.length);
      expect(await found({ ...filter, limit: 1 })).toEqual(expected);
      expect(await found({ ...filter, limit: 2 })).toEqual(expected);
    });

    test('created is not updated', async () => {
      await makeFive();
      await fixture.update('a', { name: 'changed' });
      expect(await found({ createdBefore: START_S })).toEqual(['a']);
      expect(await found({ updatedBefore: START_S })).toEqual([]);
    });

    test('stops at its limit and goes on from its cursor', async () => {
      await makeFive();
      const first = await fixture.store.list({ limit: 2 });
      expect(idsOf(first.items)).toEqual(['e', 'd']);
      const second = await fixture.store.list({ limit: 3, cursor: first.next ?? '' });
      expect(idsOf(second.items)).toEqual(['c', 'b', 'a']);
      expect(second.next).toBeNull();
      expect(await fixture.store.list({ limit: 0 })).toMatchObject({ items: [] });
    });

    test('finds every one of many that changed in the same millisecond', async () => {
      const made: string[] = [];
      for (let at = 0; at < 300; at += 1) {
        const { id } = await fixture.create({ tags: at % 3 === 0 ? ['third', 'x'] : ['x'] });
        made.push(id);
      }
      expect((await found()).sort()).toEqual([...made].sort());
      expect((await found({ limit: 7 })).sort()).toEqual([...made].sort());
      expect(await found({ tags: ['x', 'third'] })).toHaveLength(100);
      expect(await found({ tags: ['x', 'third'], limit: 9 })).toHaveLength(100);
    });

    test('misses none that change while it is read', async () => {
      await makeFive();
      const changes = (async () => {
        for (let round = 0; round < 20; round += 1) {
          fixture.clock.advance(1);
          await fixture.update('a', { name: `round ${round}` });
        }
      })();
      for (let round = 0; round < 20; round += 1) {
        expect((await found({ tags: ['all', 'even'], status: 'active' })).sort()).toEqual([
          'a',
          'c',
          'e',
        ]);
      }
      await changes;
    });

    test.each<[string, SessionFilter, string]>([
      ['an unknown status', { status: 'actve' }, 'status'],
      ['a limit below zero', { limit: -1 }, 'limit'],
      ['a limit that is not whole', { limit: 1.5 }, 'limit'],
      ['a cursor that no list gave', { cursor: 'x y' }, 'cursor'],
      ['a time that is none', { createdAfter: 'soon' }, 'created_after'],
    ])('refuses %s', async (_, filter, key) => {
      await expect(fixture.store.list(filter)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', key });
    });

    test('a mistyped status is met with the right one', async () => {
      await expect(fixture.store.list({ status: 'complete' })).rejects.toMatchObject({
        hint: expect.stringContaining('completed'),
      });
    });
  });

  describe('find', () => {
    test('takes a whole id or the beginning that only one id has', async () => {
      await fixture.create({ id: 'report-1' });
      await fixture.create({ id: 'report-10' });
      await fixture.create({ id: 'review/ü x' });
      expect((await fixture.store.find('report-1')).id).toBe('report-1');
      expect((await fixture.store.find('report-10')).id).toBe('report-10');
      expect((await fixture.store.find('rev')).id).toBe('review/ü x');
      expect((await fixture.store.find('review/ü')).id).toBe('review/ü x');
    });

    test('shows candidates when several ids begin so', async () => {
      for (let at = 0; at < 7; at += 1) await fixture.create({ id: `s${at}` });
      await expect(fixture.store.find('s')).rejects.toMatchObject({
        code: 'AMBIGUOUS_ID',
        message: 'several sessions have an id that begins with "s": s0, s1, s2, s3, s4, ...',
      });
    });

    test.each(['x', '', 'A'])('throws for %j, which no id begins with', async (prefix) => {
      await fixture.create({ id: 'a' });
      await expect(fixture.store.find(prefix)).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
        details: { session: prefix },
      });
    });
  });
});
