import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Float, type Value, type ValueKey } from '../../runtime/base/value.js';
import { contentHash } from '../../runtime/content/content-address.js';
import { transact } from '../../runtime/storage/transaction.js';
import { BACKENDS, idsOf, START_MS, table } from '../session/session-fixture.js';
import { ArtifactFixture, bytesOf } from './artifact-fixture.js';

describe.each(BACKENDS)('artifacts on %s', (_, open) => {
  const fixture = new ArtifactFixture(open);

  describe('add', () => {
    test('makes a record that get finds, and keeps the content', async () => {
      const metadata = table({ author: 'John Doe', tags: ['report', 'q4'], version: '1.0' });
      const content = await fixture.store.prepare(bytesOf('Quarterly report data'));
      const made = await transact(fixture.backend, (tx) =>
        fixture.store.add(tx, {
          sessionId: 's',
          type: 'user_input',
          name: 'report.txt',
          content,
          metadata,
          run: 'r1',
          seq: 4,
          producer: 'cli',
        }),
      );
      expect(made).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
        sessionId: 's',
        type: 'user_input',
        name: 'report.txt',
        contentHash: await contentHash(bytesOf('Quarterly report data')),
        size: 21,
        storedSize: 21,
        mimeType: 'text/plain',
        tags: ['report', 'q4'],
        metadata,
        sequence: 1,
        createdAt: START_MS,
        run: 'r1',
        seq: 4,
        producer: 'cli',
      });
      expect(await fixture.store.get('s', made.id)).toEqual(made);
      expect(await fixture.store.readContent(made)).toEqual(bytesOf('Quarterly report data'));
    });

    test('counts in the session and is a change of it', async () => {
      fixture.sessions.clock.advance(5000);
      await fixture.add();
      await fixture.add();
      expect(await fixture.sessions.store.get('s')).toMatchObject({
        artifactCount: 2,
        updatedAt: START_MS + 5000,
      });
    });

    test('keeps content of any bytes, the empty one and large ones included', async () => {
      const every = Uint8Array.from({ length: 256 }, (_, at) => at);
      const large = Uint8Array.from({ length: 2_500_000 }, (_, at) => (at * at) >> 3);
      for (const content of [every, new Uint8Array(0), large]) {
        const record = await fixture.add({ content });
        expect(record.size).toBe(content.length);
        expect(Buffer.compare(await fixture.store.readContent(record), content)).toBe(0);
        const pieces: Uint8Array[] = [];
        for await (const piece of fixture.store.streamContent(record)) pieces.push(piece);
        expect(Buffer.compare(Buffer.concat(pieces), content)).toBe(0);
      }
    });

    test('stores large content compressed and says how much it takes', async () => {
      const record = await fixture.add({ content: 'data'.repeat(25_000) });
      expect(record.size).toBe(100_000);
      expect(record.storedSize).toBeLessThan(10_000);
    });

    test('numbers the artifacts of a name, and never gives a number twice', async () => {
      const numbers = [];
      for (const name of ['a', 'a', 'b', 'a']) numbers.push((await fixture.add({ name })).sequence);
      expect(numbers).toEqual([1, 2, 1, 3]);
      const last = await fixture.add({ name: 'a' });
      await fixture.remove('s', last.id);
      expect((await fixture.add({ name: 'a' })).sequence).toBe(5);
      await fixture.sessions.create({ id: 't' });
      expect((await fixture.add({ session: 't', name: 'a' })).sequence).toBe(1);
    });

    test('does not share its tables with the caller', async () => {
      const tags: Value[] = ['a'];
      const metadata = new Map<ValueKey, Value>([['tags', tags]]);
      const made = await fixture.add({ metadata });
      tags.push('b');
      metadata.set('more', 1);
      expect(made.metadata).toEqual(table({ tags: ['a'] }));
      (made.metadata as Map<ValueKey, Value>).clear();
      expect((await fixture.store.get('s', made.id))?.metadata).toEqual(table({ tags: ['a'] }));
    });

    test('keeps metadata of any kind exactly', async () => {
      const scalar = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.integer().map((n) => new Float(n)),
        fc.double({ noNaN: true, noInteger: true }),
        fc.constant(-0),
        fc.boolean(),
        fc.constant(null),
        fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
        fc.uint8Array().map((bytes) => Uint8Array.from([255, ...bytes])),
      );
      const nested = fc.oneof(
        scalar,
        fc.array(scalar),
        fc.array(fc.tuple(fc.string(), scalar)).map((entries) => new Map(entries)),
      );
      const fields = fc.array(fc.tuple(fc.oneof(fc.string(), fc.integer()), nested), {
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(fields, async (entries) => {
          const metadata = new Map<ValueKey, Value>(entries as [string, Value][]);
          const { id } = await fixture.add({ metadata });
          const kept = (await fixture.store.get('s', id))?.metadata;
          expect(kept).toEqual(metadata);
          expect([...(kept ?? [])].map(([key]) => key)).toEqual([...metadata.keys()]);
        }),
        { numRuns: 60 },
      );
    });

    test('keeps one content for all artifacts that share it', async () => {
      const first = await fixture.add({ name: 'a', content: 'same' });
      await fixture.sessions.create({ id: 't' });
      const second = await fixture.add({ session: 't', name: 'b', content: 'same' });
      expect(second.contentHash).toBe(first.contentHash);
      expect((await fixture.contents.info(first.contentHash))?.references).toBe(2);
      await fixture.remove('s', first.id);
      expect(await fixture.store.readContent(second)).toEqual(bytesOf('same'));
      await fixture.remove('t', second.id);
      expect(await fixture.contents.info(first.contentHash)).toBeUndefined();
      await expect(fixture.store.readContent(second)).rejects.toMatchObject({
        code: 'ARTIFACT_CORRUPT',
      });
    });
  });

  describe('what add refuses', () => {
    test('a session that does not exist', async () => {
      await expect(fixture.add({ session: 'nobody' })).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
      });
    });

    test.each(['suspend', 'complete', 'fail'] as const)('a session after %s', async (action) => {
      await fixture.sessions.transition('s', action);
      await expect(fixture.add()).rejects.toMatchObject({
        code: 'SESSION_STATE',
        message: expect.stringMatching(/^cannot store an artifact in a .* session/),
      });
      expect(await fixture.artifactCount()).toBe(0);
    });

    test('more artifacts than the session may have', async () => {
      const store = fixture.storeWith({ maxArtifactsPerSession: 2 });
      const first = await fixture.add({}, store);
      await fixture.add({}, store);
      await expect(fixture.add({}, store)).rejects.toMatchObject({
        code: 'LIMIT_ARTIFACTS',
        key: 'runtime.sessions.max_artifacts_per_session',
        details: { session: 's', limit: 2 },
      });
      await fixture.remove('s', first.id);
      await fixture.add({}, store);
    });

    test('more artifacts than the session may have, at the same time', async () => {
      const store = fixture.storeWith({ maxArtifactsPerSession: 7 });
      const added = await Promise.allSettled(
        Array.from({ length: 20 }, (_, at) => fixture.add({ content: `${at}` }, store)),
      );
      expect(added.filter((one) => one.status === 'fulfilled')).toHaveLength(7);
      expect(await fixture.artifactCount()).toBe(7);
      expect((await fixture.store.list('s')).items).toHaveLength(7);
    });

    test('content that is too large, given whole, in pieces or prepared elsewhere', async () => {
      const store = fixture.storeWith({ maxArtifactBytes: 10 });
      await fixture.add({ content: '0123456789' }, store);
      async function* pieces() {
        for (let at = 0; at < 3; at += 1) yield bytesOf('01234');
      }
      for (const content of [bytesOf('0123456789+'), pieces()]) {
        await expect(store.prepare(content)).rejects.toMatchObject({ code: 'TOO_LARGE' });
      }
      const content = await fixture.store.prepare(bytesOf('0123456789+'));
      const artifact = { sessionId: 's', type: 'x', name: 'n', content };
      await expect(
        transact(fixture.backend, (tx) => store.add(tx, artifact)),
      ).rejects.toMatchObject({ code: 'TOO_LARGE', details: { size: 11, limit: 10 } });
    });

    test('bad types, names and tags', async () => {
      await expect(fixture.add({ type: '' })).rejects.toMatchObject({ code: 'ARTIFACT_TYPE' });
      await expect(fixture.add({ name: '' })).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
      await expect(fixture.add({ metadata: table({ tags: [''] }) })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
      });
    });
  });

  describe('addMany', () => {
    test('adds all in their order', async () => {
      const made = await fixture.addMany(
        Array.from({ length: 30 }, (_, at) => ({ name: 'same', content: `${at % 3}` })),
      );
      expect(made.map((record) => record.sequence)).toEqual(made.map((_, at) => at + 1));
      expect((await fixture.store.list('s')).items).toEqual(made);
      expect(await fixture.artifactCount()).toBe(30);
      expect((await fixture.contents.info(made[0]?.contentHash ?? ''))?.references).toBe(10);
    });

    test('adds none when one of them is refused', async () => {
      const before = await fixture.sessions.keys();
      const list = [{ name: 'good' }, { name: 'bad', type: '' }];
      await expect(fixture.addMany(list)).rejects.toMatchObject({ code: 'ARTIFACT_TYPE' });
      const store = fixture.storeWith({ maxArtifactsPerSession: 1 });
      await expect(fixture.addMany([{}, {}], store)).rejects.toMatchObject({
        code: 'LIMIT_ARTIFACTS',
      });
      expect(await fixture.sessions.keys()).toEqual(before);
    });
  });

  test('twenty concurrent adds to one session are all counted and numbered', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, at) => fixture.add({ name: 'same', content: `${at % 2}` })),
    );
    expect(made.map((record) => record.sequence).sort((a, b) => a - b)).toEqual(
      made.map((_, at) => at + 1),
    );
    expect(await fixture.artifactCount()).toBe(20);
    expect(idsOf((await fixture.store.list('s')).items).sort()).toEqual(idsOf(made).sort());
    expect((await fixture.contents.info(made[0]?.contentHash ?? ''))?.references).toBe(10);
  });

  describe('remove', () => {
    test('leaves nothing of the artifact, in a session of any state', async () => {
      const before = (await fixture.sessions.keys()).filter((key) => !key.startsWith('s-'));
      const metadata = table({ tags: ['a', 'b'], n: 1 });
      const record = await fixture.add({ content: 'x'.repeat(3_000_000), metadata });
      await fixture.sessions.transition('s', 'complete');
      expect(await fixture.remove('s', record.id)).toBe(true);
      const after = (await fixture.sessions.keys()).filter((key) => !key.startsWith('s-'));
      expect(after).toEqual(['a-sequence/s/name.txt', ...before]);
      expect(await fixture.artifactCount()).toBe(0);
      expect(await fixture.remove('s', record.id)).toBe(false);
      expect(await fixture.artifactCount()).toBe(0);
    });

    test('takes a reference', async () => {
      const { contentHash, sequence } = await fixture.add();
      expect(await fixture.remove('s', { contentHash, sessionId: 's', sequence })).toBe(true);
      expect((await fixture.store.list('s')).items).toEqual([]);
    });

    test('does not reach into another session', async () => {
      const { id } = await fixture.add();
      await fixture.sessions.create({ id: 't' });
      expect(await fixture.remove('t', id)).toBe(false);
      expect((await fixture.store.get('s', id))?.id).toBe(id);
    });

    test('of one artifact at the same time happens once', async () => {
      await fixture.add({ name: 'other' });
      const { id } = await fixture.add();
      const removed = await Promise.all(Array.from({ length: 5 }, () => fixture.remove('s', id)));
      expect(removed.filter(Boolean)).toHaveLength(1);
      expect(await fixture.artifactCount()).toBe(1);
    });

    test('removeAllOf empties a session, so that it can be removed without a trace', async () => {
      await fixture.sessions.create({ id: 't' });
      const kept = await fixture.add({ session: 't', content: 'shared' });
      for (let at = 0; at < 5; at += 1) {
        await fixture.addMany(
          Array.from({ length: 50 }, (_, n) => ({ name: `${at}-${n}`, content: 'shared' })),
        );
      }
      const { updatedAt } = (await fixture.sessions.store.get('s')) ?? {};
      fixture.sessions.clock.advance(1000);
      await expect(fixture.sessions.remove('s')).rejects.toMatchObject({ code: 'SESSION_STATE' });
      expect(await fixture.store.removeAllOf('s')).toBe(250);
      expect(await fixture.sessions.store.get('s')).toMatchObject({ artifactCount: 0, updatedAt });
      expect(await fixture.sessions.remove('s')).toBe(true);
      expect(await fixture.store.readContent(kept)).toEqual(bytesOf('shared'));
      expect(await fixture.store.removeAllOf('t')).toBe(1);
      await fixture.sessions.remove('t');
      expect(await fixture.sessions.keys()).toEqual(['s-count/open']);
      expect(await fixture.store.removeAllOf('nobody')).toBe(0);
    });
  });
});
