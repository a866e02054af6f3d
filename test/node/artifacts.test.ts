import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

const MIB = 1024 * 1024;

describe.each(['memory', 'lmdb'] as const)('runtime.artifacts on %s', (storage) => {
  async function open() {
    const runtime = await openRuntime({ storage, dataDir: temporaryFolder() });
    const { id: sessionId } = await runtime.sessions.create();
    return { runtime, artifacts: runtime.artifacts, sessionId };
  }

  it('stores text and bytes', async () => {
    const { artifacts, sessionId } = await open();
    const text = await artifacts.store({
      sessionId,
      type: 'user_input',
      name: 'grüße.txt',
      content: 'grüße',
      metadata: { tags: ['t'], year: 2026 },
    });
    expect(text).toEqual({
      id: expect.any(String),
      sessionId,
      type: 'user_input',
      name: 'grüße.txt',
      size: 7,
      storedSize: 7,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      mimeType: 'text/plain',
      tags: ['t'],
      metadata: { tags: ['t'], year: 2026 },
      sequence: 1,
      createdAt: expect.any(Date),
      run: null,
      seq: null,
    });
    const bytes = Uint8Array.of(0, 255, 13, 10);
    const binary = await artifacts.store({ sessionId, name: 'b', content: bytes });
    expect(binary.type).toBe('system_generated');
    expect(Buffer.from(await artifacts.read(binary.id))).toEqual(Buffer.from(bytes));
    expect(await artifacts.get(text.id)).toEqual(text);
    expect(await artifacts.get('nothing')).toBeUndefined();
    await expect(artifacts.read('nothing')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
  });

  it('streams large contents in and out', async () => {
    const { artifacts, sessionId } = await open();
    async function* content() {
      for (let n = 0; n < 50; n += 1) yield Buffer.alloc(100_000, n);
    }
    const stored = await artifacts.store({ sessionId, name: 'large', content: content() });
    expect(stored.size).toBe(5_000_000);
    let read = 0;
    for await (const piece of artifacts.stream(stored.id)) {
      expect(piece.length).toBeLessThanOrEqual(MIB);
      expect(piece[0]).toBe(Math.floor(read / 100_000));
      read += piece.length;
    }
    expect(read).toBe(5_000_000);
  });

  it('stores several or none', async () => {
    const { artifacts, sessionId } = await open();
    const items = ['a', 'b'].map((name) => ({ sessionId, name, content: name }));
    expect(await artifacts.storeMany(items)).toHaveLength(2);
    const bad = [...items, { sessionId: 'nobody', name: 'c', content: 'c' }];
    await expect(artifacts.storeMany(bad)).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect((await artifacts.list(sessionId)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('stores files under their own name or another', async () => {
    const { artifacts, sessionId } = await open();
    const path = join(import.meta.dirname, '../../examples/data/sales-2026-q4.csv');
    const file = await artifacts.storeFile({ sessionId, path });
    expect(file).toMatchObject({ name: 'sales-2026-q4.csv', mimeType: 'text/csv' });
    expect(Buffer.from(await artifacts.read(file.id))).toEqual(readFileSync(path));
    const url = pathToFileURL(path);
    const named = await artifacts.storeFile({ sessionId, path: url, name: 'sales', type: 'data' });
    expect(named).toMatchObject({ name: 'sales', type: 'data', contentHash: file.contentHash });
    const missing = artifacts.storeFile({ sessionId, path: `${path}.missing` });
    await expect(missing).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    const folder = artifacts.storeFile({ sessionId, path: import.meta.dirname });
    await expect(folder).rejects.toMatchObject({ code: 'FILE_FAILED' });
    expect(await artifacts.stats()).toMatchObject({ total: 2, byType: { data: 1 } });
  });

  it('deletes what a query finds', async () => {
    const { runtime, artifacts, sessionId } = await open();
    const items = ['a.tmp', 'b.tmp', 'c.txt'].map((name) => ({ sessionId, name, content: name }));
    await artifacts.storeMany(items);
    expect(await artifacts.deleteWhere({ sessionId, namePattern: '*.tmp' })).toBe(2);
    expect(await artifacts.deleteWhere({ sessionId, namePattern: '*.tmp' })).toBe(0);
    expect((await runtime.sessions.get(sessionId))?.artifactCount).toBe(1);
    expect(await artifacts.stats(sessionId)).toMatchObject({ total: 1, size: 5 });
  });

  it('queries page by page, in one session or in all', async () => {
    const { runtime, artifacts, sessionId } = await open();
    const other = await runtime.sessions.create();
    for (let n = 0; n < 5; n += 1) {
      const name = `f${n}.csv`;
      await artifacts.store({ sessionId, name, content: 'x'.repeat(n), metadata: { n } });
    }
    await artifacts.store({ sessionId: other.id, name: 'other.csv', content: 'x' });
    const first = await artifacts.query({ sessionId, namePattern: '*.csv', limit: 3 });
    expect(first.items.map(({ name }) => name)).toEqual(['f4.csv', 'f3.csv', 'f2.csv']);
    const cursor = first.next as string;
    const second = await artifacts.query({ sessionId, namePattern: '*.csv', limit: 3, cursor });
    expect(second.items.map(({ name }) => name)).toEqual(['f1.csv', 'f0.csv']);
    expect(second.next).toBeNull();
    expect((await artifacts.query()).items).toHaveLength(6);
    expect((await artifacts.query({ sessionId, minSize: 2, maxSize: 3 })).items).toHaveLength(2);
    expect((await artifacts.query({ sessionId, metadata: { n: 4 } })).items).toHaveLength(1);
  });

  it('deletes, verifies and collects', async () => {
    const { artifacts, sessionId } = await open();
    const { id } = await artifacts.store({ sessionId, name: 'a', content: 'first' });
    await artifacts.store({ sessionId, name: 'b', content: 'second' });
    expect(await artifacts.delete(id)).toBe(true);
    expect(await artifacts.delete(id)).toBe(false);
    const check = artifacts.verify();
    const { done, value } = await check.next();
    expect(done, 'a problem').toBe(true);
    expect(value).toMatchObject({ contents: 1 });
    await artifacts.gc({ olderThanMs: 0 });
    expect(await artifacts.list(sessionId)).toHaveLength(1);
  });

  it('sees what scripts stored, with the run that did it', async () => {
    const { runtime, artifacts } = await open();
    const run = runtime.eval(`
      local id = Session.create()
      return Artifact.store(id, "tool_result", "a.bin", "\\0\\255", { share = 1.0, whole = 1 })
    `);
    const { value } = await run;
    const artifact = await artifacts.get(value as string);
    expect(artifact).toMatchObject({ run: run.id, metadata: { share: 1, whole: 1 } });
    expect([...(await artifacts.read(value as string))]).toEqual([0, 255]);
  });
});
