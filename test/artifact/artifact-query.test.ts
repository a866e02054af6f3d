import { describe, expect, test } from 'vitest';
import type { ArtifactFilter } from '../../runtime/artifact/artifact-query.js';
import { Float, type Value } from '../../runtime/base/value.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { BACKENDS, idsOf, START_MS, table } from '../session/session-fixture.js';
import { ArtifactFixture } from './artifact-fixture.js';

const START_S = START_MS / 1000;

/** The backend, with a count of the values that are read from it. */
function counting(backend: Backend): { backend: Backend; reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    backend: {
      name: backend.name,
      features: backend.features,
      location: backend.location,
      get: (key) => {
        reads += 1;
        return backend.get(key);
      },
      range: async (range) => {
        const entries = await backend.range(range);
        reads += entries.length;
        return entries;
      },
      commit: (batch) => backend.commit(batch),
      flush: () => backend.flush(),
      close: () => backend.close(),
    },
  };
}

describe.each(BACKENDS)('finding artifacts on %s', (_, open) => {
  const fixture = new ArtifactFixture(open);

  /** Names of what a query finds, all pages put together. */
  async function found(filter: ArtifactFilter): Promise<string[]> {
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await fixture.store.query({ ...filter, cursor });
      names.push(...page.items.map((record) => record.name));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return names;
  }

  /** Six artifacts, 1.1 seconds apart; each content is ten bytes longer than the one before. */
  async function makeSix(): Promise<void> {
    const names = ['a.csv', 'b.csv', 'c.txt', 'B.csv', 'e.csv', 'a.csv'];
    for (const [at, name] of names.entries()) {
      const tags = at % 2 === 0 ? ['report', 'important'] : ['report'];
      await fixture.add({
        name,
        type: at < 4 ? 'user_input' : 'tool_result',
        content: 'x'.repeat(at * 10),
        metadata: table({ tags, at, half: at < 3, deep: { n: at } }),
      });
      fixture.sessions.clock.advance(1100);
    }
    await fixture.sessions.create({ id: 'other' });
    await fixture.add({
      session: 'other',
      name: 'foreign.csv',
      metadata: table({ tags: ['report'] }),
    });
  }

  const ALL = ['a.csv', 'e.csv', 'B.csv', 'c.txt', 'b.csv', 'a.csv'];

  describe('query', () => {
    test.each<[string, ArtifactFilter, string[]]>([
      ['nothing', {}, ALL],
      ['type', { type: 'tool_result' }, ['a.csv', 'e.csv']],
      ['an unknown type', { type: 'none' }, []],
      [
        'tags, which must all be there',
        { tags: ['report', 'important'] },
        ['e.csv', 'c.txt', 'a.csv'],
      ],
      ['an unknown tag', { tags: ['report', 'none'] }, []],
      ['no tags', { tags: [] }, ALL],
      [
        'a pattern for the name',
        { namePattern: '[a-z]*.csv' },
        ['a.csv', 'e.csv', 'b.csv', 'a.csv'],
      ],
      ['a name', { namePattern: 'a.csv' }, ['a.csv', 'a.csv']],
      ['a name and a tag', { namePattern: 'a.csv', tags: ['important'] }, ['a.csv']],
      ['min_size', { minSize: 30 }, ['a.csv', 'e.csv', 'B.csv']],
      ['max_size', { maxSize: 10 }, ['b.csv', 'a.csv']],
      ['a range of sizes', { minSize: 10, maxSize: 20 }, ['c.txt', 'b.csv']],
      ['metadata', { metadata: table({ half: true }) }, ['c.txt', 'b.csv', 'a.csv']],
      ['metadata with a float', { metadata: new Map([['at', new Float(3)]]) }, ['B.csv']],
      [
        'metadata with a table',
        { metadata: new Map<string, Value>([['deep', table({ n: 4 })]]) },
        ['e.csv'],
      ],
      ['created_after', { createdAfter: START_S + 3 }, ['a.csv', 'e.csv', 'B.csv']],
      ['created_before', { createdBefore: START_S + 2 }, ['c.txt', 'b.csv', 'a.csv']],
      [
        'created_after and created_before',
        { createdAfter: START_S + 1, createdBefore: START_S + 3 },
        ['B.csv', 'c.txt', 'b.csv'],
      ],
      ['an ISO time', { createdAfter: '2026-11-21T08:00:04.401Z' }, ['a.csv']],
      ['a time zero', { createdAfter: 0 }, ALL],
      [
        'everything',
        {
          type: 'user_input',
          tags: ['important'],
          namePattern: '*.csv',
          createdBefore: START_S,
          minSize: 0,
          maxSize: 0,
          metadata: table({ at: 0 }),
        },
        ['a.csv'],
      ],
    ])('by %s', async (_, filter, expected) => {
      await makeSix();
      expect(await found({ sessionId: 's', ...filter })).toEqual(expected);
      expect(await found({ sessionId: 's', ...filter, limit: 1 })).toEqual(expected);
      expect(await found({ sessionId: 's', ...filter, limit: 2 })).toEqual(expected);
    });

    test('finds what was made within the second that a bound names', async () => {
      fixture.sessions.clock.advance(700);
      await fixture.add({ name: 'now' });
      expect(await found({ sessionId: 's', createdBefore: START_S })).toEqual(['now']);
      expect(await found({ sessionId: 's', createdAfter: START_S })).toEqual(['now']);
      expect(await found({ sessionId: 's', createdBefore: START_S - 1 })).toEqual([]);
      expect(await found({ sessionId: 's', createdAfter: START_S + 1 })).toEqual([]);
    });

    test('without a session looks in all of them', async () => {
      await makeSix();
      expect(await found({})).toEqual(['foreign.csv', ...ALL]);
      expect(await found({ tags: ['important'] })).toEqual(['e.csv', 'c.txt', 'a.csv']);
      expect(await found({ namePattern: 'foreign.csv' })).toEqual(['foreign.csv']);
    });

    test('of a session that is not there finds nothing', async () => {
      expect(await fixture.store.query({ sessionId: 'nobody' })).toEqual({ items: [], next: null });
    });

    test.each<[string, ArtifactFilter, string]>([
      ['a limit below zero', { limit: -1 }, 'limit'],
      ['a size that is no number', { minSize: Number.NaN }, 'min_size'],
      ['a time that is none', { createdBefore: 'soon' }, 'created_before'],
      ['a cursor that no query gave', { cursor: '' }, 'cursor'],
    ])('refuses %s', async (_, filter, key) => {
      await expect(fixture.store.query({ sessionId: 's', ...filter })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
        key,
      });
    });

    test('reads about what it returns, however many artifacts there are', async () => {
      for (let at = 0; at < 20; at += 1) {
        const tags = at === 3 ? ['all', 'rare'] : ['all'];
        await fixture.addMany(Array.from({ length: 100 }, () => ({ metadata: table({ tags }) })));
        fixture.sessions.clock.advance(1000);
      }
      const { backend, reads } = counting(fixture.backend);
      const store = fixture.storeWith({}, backend);
      const newest = await store.query({
        sessionId: 's',
        type: 'user_input',
        tags: ['all'],
        limit: 20,
      });
      expect(newest.items).toHaveLength(20);
      const forNewest = reads();
      expect(forNewest).toBeLessThan(200);
      const rare = await store.query({
        sessionId: 's',
        type: 'user_input',
        tags: ['all', 'rare'],
        limit: 20,
      });
      expect(rare.items).toHaveLength(20);
      expect(reads() - forNewest).toBeLessThan(600);
      const second = { createdAfter: START_S + 5, createdBefore: START_S + 5 };
      const before = reads();
      expect((await store.query({ sessionId: 's', tags: ['all'], ...second })).items).toHaveLength(
        100,
      );
      expect(reads() - before).toBeLessThan(250);
    });
  });

  describe('list', () => {
    test('has the artifacts of a session in the order of storing', async () => {
      await makeSix();
      const { items, next } = await fixture.store.list('s');
      expect(items.map((record) => record.name)).toEqual([...ALL].reverse());
      expect(next).toBeNull();
    });

    test('goes on from its cursor, within a millisecond too', async () => {
      const made = await fixture.addMany(
        Array.from({ length: 25 }, (_, at) => ({ name: `${at}` })),
      );
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await fixture.store.list('s', { limit: 4, cursor });
        ids.push(...idsOf(page.items));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      expect(ids).toEqual(idsOf(made));
    });

    test('can be walked while its artifacts are removed', async () => {
      await makeSix();
      for (const { id } of (await fixture.store.list('s')).items) await fixture.remove('s', id);
      expect((await fixture.store.list('s')).items).toEqual([]);
    });
  });

  describe('get', () => {
    test('finds an artifact only with its own session, or with none named', async () => {
      const made = await fixture.add();
      await fixture.sessions.create({ id: 'other' });
      expect(await fixture.store.get('s', made.id)).toEqual(made);
      expect(await fixture.store.get(undefined, made.id)).toEqual(made);
      expect(await fixture.store.get('other', made.id)).toBeUndefined();
      expect(await fixture.store.get('nobody', made.id)).toBeUndefined();
    });

    test('what is not there is undefined, whatever its id looks like', async () => {
      for (const id of ['some-uuid', '', '/', 'x'.repeat(5000), '\0']) {
        expect(await fixture.store.get('s', id)).toBeUndefined();
      }
    });

    test('finds by content, session and number', async () => {
      const first = await fixture.add({ content: 'one' });
      const second = await fixture.add({ content: 'one' });
      const { contentHash } = first;
      const get = (reference: { sequence?: number; id?: string; sessionId?: string }) =>
        fixture.store.get('s', { contentHash, sessionId: 's', ...reference });
      expect(await get({ sequence: 1 })).toEqual(first);
      expect(await get({ sequence: 2 })).toEqual(second);
      expect(await get({})).toEqual(second);
      expect(await get({ sequence: 3 })).toBeUndefined();
      expect(await get({ sessionId: 'other' })).toBeUndefined();
      expect(await fixture.store.get('other', { contentHash, sessionId: 's' })).toBeUndefined();
      expect(await fixture.store.get(undefined, { contentHash, sessionId: 's' })).toEqual(second);
    });

    test('takes the id of a reference when equal contents have the same number', async () => {
      const a = await fixture.add({ name: 'a', content: 'same' });
      const b = await fixture.add({ name: 'b', content: 'same' });
      const { contentHash, sequence } = a;
      expect(b.sequence).toBe(sequence);
      const reference = { contentHash, sessionId: 's', sequence };
      expect(await fixture.store.get('s', { ...reference, id: a.id })).toEqual(a);
      expect(await fixture.store.get('s', { ...reference, id: b.id })).toEqual(b);
      expect(await fixture.store.get('s', { ...reference, id: 'nobody' })).toBeUndefined();
    });
  });

  describe('find', () => {
    test('takes a whole id or the beginning that only one id has', async () => {
      const { id } = await fixture.add();
      expect((await fixture.store.find(id)).id).toBe(id);
      expect((await fixture.store.find(id.slice(0, 8))).id).toBe(id);
    });

    test('shows candidates when several ids begin so, and throws when none does', async () => {
      const [first, second] = await fixture.addMany([{}, {}]);
      await expect(fixture.store.find('0')).rejects.toMatchObject({
        code: 'AMBIGUOUS_ID',
        details: { prefix: '0', candidates: `${first?.id}, ${second?.id}` },
      });
      for (const prefix of ['zz', '']) {
        await expect(fixture.store.find(prefix)).rejects.toMatchObject({
          code: 'ARTIFACT_NOT_FOUND',
        });
      }
    });
  });

  test('stats count artifacts, bytes and types', async () => {
    await makeSix();
    const byType = new Map([
      ['user_input', 4],
      ['tool_result', 2],
    ]);
    expect(await fixture.store.stats('s')).toEqual({ total: 6, size: 150, byType });
    expect((await fixture.store.stats()).total).toBe(7);
  });

  test('strict isolation is asked for in the limits', () => {
    const strict = fixture.storeWith({ strictIsolation: true });
    fixture.store.requireReach('s', undefined);
    strict.requireReach('s', 's');
    expect(() => strict.requireReach('s', 'other')).toThrow(
      expect.objectContaining({ code: 'POLICY_DENIED' }),
    );
  });
});
