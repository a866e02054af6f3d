/** Journals whose entries were written by version 1, as maps with named fields. */
import { expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { encodeRecord } from '../../runtime/base/encoding.js';
import type { HostValue } from '../../runtime/base/value.js';
import { loadHash } from '../../runtime/content/content-address.js';
import { EMPTY_HEAD } from '../../runtime/journal/journal-entry.js';
import { readJournal } from '../../runtime/journal/journal-reader.js';
import { encodeHead, entryKey, headKey } from '../../runtime/journal/journal-writer.js';
import { AGENT, backendOf, completed, interrupted, replayed, workshop } from './kept-runs.js';

test('a run of version 1 replays byte for byte', async () => {
  const runtime = await workshop().open();
  const id = await completed(runtime, AGENT);
  const before = await replayed(runtime, id);
  await writeAsVersion1(runtime, id);
  expect(await replayed(runtime, id)).toEqual(before);
  expect(before).toMatchObject({ diverged: null, verifiedEntries: 10 });
});

test('a run of version 1 goes on from its journal, in entries of today', async () => {
  const shop = workshop();
  const runtime = await shop.open();
  const code = `local sum = Tool.execute('count', { step = 1 }).result
    print('waiting') os.execute('sleep 0.1')
    return sum + Tool.execute('count', { step = 2 }).result`;
  const id = await interrupted(runtime, code);
  await writeAsVersion1(runtime, id);
  expect((await runtime.runs.resume(id)).value).toBe(30);
  expect(shop.calls.map(({ step }) => step)).toEqual([1, 2]);
  expect(await replayed(runtime, id)).toMatchObject({ diverged: null, output: 'waiting\n' });
});

async function writeAsVersion1(runtime: Runtime, id: string): Promise<void> {
  const backend = await backendOf(runtime);
  const hash = await loadHash();
  let head = EMPTY_HEAD;
  const writes: { key: string; value: Uint8Array }[] = [];
  for await (const { seq, at, event } of readJournal(backend, id, hash)) {
    const body = encodeRecord({ v: 1, seq, at, event: event as unknown as HostValue });
    const link = hash(Buffer.concat([head.hash, body]));
    writes.push({ key: entryKey(id, seq), value: Buffer.concat([link, body]) });
    head = { seq, hash: link };
  }
  writes.push({ key: headKey(id), value: encodeHead(head) });
  await backend.commit({ preconditions: [], writes });
}
