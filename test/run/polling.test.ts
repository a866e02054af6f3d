/** Answers that come at once must not keep others from their turn. */
import { expect, test } from 'vitest';
import { openRuntime } from '../node/open-runtime.js';
import { replayed, workshop } from './kept-runs.js';

const POLL = `local looks = 0
  repeat looks = looks + 1 until State.get('answer')
  return State.get('answer'), looks > 1`;

test.each(['memory', 'lmdb'] as const)(
  'a script that looks for a value lets another one save it, on %s',
  async (storage) => {
    const runtime = storage === 'memory' ? await openRuntime() : await workshop().open();
    const polling = runtime.eval(POLL);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await runtime.eval(`State.set('answer', 42)`);
    const { run, value } = await polling;
    expect(value).toEqual([42, true]);
    if (storage === 'lmdb') expect((await replayed(runtime, run)).diverged).toBeNull();
  },
);

test('a script that looks for a value can be stopped', async () => {
  const controller = new AbortController();
  const runtime = await openRuntime();
  const polling = runtime.eval(POLL, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  expect(await polling.outcome).toMatchObject({ status: 'interrupted' });
});

test('a time limit ends a script that looks for a value', async () => {
  const runtime = await openRuntime();
  const { error } = await runtime.eval(POLL, { timeoutMs: 50 }).outcome;
  expect(error?.code).toBe('LIMIT_TIME');
});
