/** Journals of other versions: entries of version 1 are maps with named fields, and a later one may be anything. */
import { expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { encodeRecord } from '../../runtime/base/encoding.js';
import type { HostValue } from '../../runtime/base/value.js';
import { loadHash } from '../../runtime/content/content-address.js';
import { EMPTY_HEAD } from '../../runtime/journal/journal-entry.js';
import { readJournal } from '../../runtime/journal/journal-reader.js';
import { encodeHead, entryKey, headKey } from '../../runtime/journal/journal-writer.js';
import {
  AGENT,
  backendOf,
  completed,
  interrupted,
  recordsOf,
  replayed,
  workshop,
} from './kept-runs.js';

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

test('a run of a later version is refused, and left as it is', async () => {
  const runtime = await workshop().open();
  const other = await completed(runtime, AGENT);
  const id = await interrupted(runtime, "print('waiting') os.execute('sleep 0.1')");
  await endWithVersion3(runtime, id);
  const before = await recordsOf(runtime, `j/${id}`);
  const { runs } = runtime;
  for (const attempt of [
    () => runs.entries(id),
    () => runs.resume(id),
    () => runs.replay(id).then(({ outcome }) => Promise.reject(outcome.error)),
    () => runs.fork(id),
    () => runs.fork(id, { at: 1 }),
    () => runs.diff(id, other),
  ]) {
    const error = await Promise.resolve(attempt()).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'STORAGE_NEWER',
      message: `run ${id} was written by a newer llmspell (journal version 3)`,
    });
  }
  expect(await recordsOf(runtime, `j/${id}`)).toEqual(before);
  expect((await runs.list()).items.map(({ status }) => status)).toEqual([
    'interrupted',
    'completed',
  ]);
  expect((await replayed(runtime, other)).diverged).toBeNull();
});

async function endWithVersion3(runtime: Runtime, id: string): Promise<void> {
  const backend = await backendOf(runtime);
  const hash = await loadHash();
  let head = EMPTY_HEAD;
  for await (const entry of readJournal(backend, id, hash)) head = entry;
  const seq = head.seq + 1;
  const body = encodeRecord([3, seq, 'something else']);
  const link = hash(Buffer.concat([head.hash, body]));
  await backend.commit({
    preconditions: [],
    writes: [
      { key: entryKey(id, seq), value: Buffer.concat([link, body]) },
      { key: headKey(id), value: encodeHead({ seq, hash: link }) },
    ],
  });
}

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
