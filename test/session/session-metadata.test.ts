import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Float, type Value, type ValueKey, type ValueMap } from '../../runtime/base/value.js';
import { BACKENDS, idsOf, SessionFixture, table } from './session-fixture.js';

describe.each(BACKENDS)('metadata of sessions on %s', (_, open) => {
  const fixture = new SessionFixture(open);

  test('of any kind comes back exactly', async () => {
    const metadata: ValueMap = new Map<ValueKey, Value>([
      ['integer', 2024],
      ['float', new Float(2024)],
      ['negative zero', -0],
      ['big', 2n ** 63n - 1n],
      ['bytes', new Uint8Array([0, 255])],
      ['null', null],
      ['empty list', []],
      ['empty table', new Map()],
      ['__proto__', 'a key like any other'],
      [1, 'a number as key'],
      [true, 'a boolean as key'],
    ]);
    const { id } = await fixture.create({ metadata });
    expect((await fixture.store.get(id))?.metadata).toEqual(metadata);
    expect((await fixture.store.get(id))?.metadata.get('negative zero')).toBe(-0);
  });

  test('made at random comes back exactly, and is found by its scalars', async () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.double({ noNaN: true, noInteger: true }),
      fc.boolean(),
      fc.constant(null),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    );
    const nested = fc.oneof(
      scalar,
      fc.array(scalar, { minLength: 1 }),
      fc.array(fc.tuple(fc.string(), scalar)).map((entries) => new Map(entries)),
    );
    const fields = fc.array(fc.tuple(fc.string(), nested), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fields, async (entries) => {
        const metadata = new Map<ValueKey, Value>(entries as [string, Value][]);
        const { id } = await fixture.create({ metadata });
        expect((await fixture.store.get(id))?.metadata).toEqual(metadata);
        const found = await fixture.store.list({ metadata });
        expect(idsOf(found.items)).toContain(id);
        await fixture.remove(id);
        expect(await fixture.keys()).toEqual(['s-count/open']);
      }),
      { numRuns: 60 },
    );
  });

  test('updateMetadata replaces the keys it names, and JSON.null removes one', async () => {
    const bytes = () => new Uint8Array([200]);
    const metadata = new Map<ValueKey, Value>([
      ['a', 1],
      ['b', table({ x: 1, y: 2 })],
      ['c', 3],
      [bytes(), 'old'],
    ]);
    const { id } = await fixture.create({ metadata });
    const changes = new Map<ValueKey, Value>([
      ['b', table({ z: 3 })],
      ['c', null],
      ['d', false],
      [bytes(), 'new'],
    ]);
    const updated = await fixture.updateMetadata(id, changes);
    const expected = new Map<ValueKey, Value>([
      ['a', 1],
      ['b', table({ z: 3 })],
      [bytes(), 'new'],
      ['d', false],
    ]);
    expect([...updated.metadata]).toEqual([...expected]);
    expect(await fixture.store.get(id)).toEqual(updated);
  });

  test('can change in every state, and needs a session that exists', async () => {
    const { id } = await fixture.create();
    await fixture.transition(id, 'complete');
    await fixture.updateMetadata(id, table({ reviewed: true }));
    expect((await fixture.store.get(id))?.metadata).toEqual(table({ reviewed: true }));
    await expect(fixture.updateMetadata('nobody', table({}))).rejects.toMatchObject({
      code: 'SESSION_NOT_FOUND',
    });
  });

  test('may not grow without limit', async () => {
    const { id } = await fixture.create({ metadata: table({ a: 'x'.repeat(600_000) }) });
    const more = table({ b: 'x'.repeat(600_000) });
    await expect(fixture.updateMetadata(id, more)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});
