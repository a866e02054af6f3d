/**
 * Runs that are broken off at any moment, while they call: their process lives on, each ends with its proper error, and
 * no code of the program is broken off with them.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, inject, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';

const PROGRAM = 'test/fixtures/broken-off.mjs';
/** Three runs each. */
const ROUNDS = 60;

test.each(['memory', 'lmdb'])(
  'runs on %s that are broken off by the hundred harm nobody',
  {
    timeout: 240_000,
  },
  (storage) => {
    expect(inject('buildError')).toBe('');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [PROGRAM, storage, temporaryFolder(), String(ROUNDS)],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { ends, wasAtWork, brokenOff, value } = JSON.parse(stdout);
    expect(Object.keys(ends).filter((end) => !PROPER.includes(end))).toEqual([]);
    expect(Object.values<number>(ends).reduce((sum, count) => sum + count, 0)).toBe(3 * ROUNDS);
    expect({ wasAtWork, brokenOff }).toEqual({ wasAtWork: true, brokenOff: 0 });
    expect(value).toEqual(['content', 1, 2, 3]);
  },
);

const PROPER = ['limit LIMIT_TIME', 'interrupted ABORTED'];

describe('a run that is broken off', () => {
  test('has said what it said before', async () => {
    const runtime = await openRuntime({ storage: 'memory' });
    let said = '';
    const outcome = await runtime.eval('print("one") print("two") while true do end', {
      timeoutMs: 2000,
      onOutput: (_, bytes) => {
        said += Buffer.from(bytes).toString();
      },
    }).outcome;
    expect(outcome.error?.code).toBe('LIMIT_TIME');
    expect(said).toBe('one\ntwo\n');
  });

  test('has not made the calls of the slice that was broken off', async () => {
    const runtime = await openRuntime({ storage: 'memory' });
    const script = `
      parallel({
        function() Session.create({ name = "never" }) end,
        function() while true do end end,
      })`;
    const outcome = await runtime.eval(script, { timeoutMs: 2000 }).outcome;
    expect(outcome.error?.code).toBe('LIMIT_TIME');
    expect((await runtime.sessions.list()).items).toEqual([]);
  });
});

test('a run that never waits for long can be aborted', async () => {
  const runtime = await openRuntime({ storage: 'memory' });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  const outcome = await runtime.eval(
    'while true do pcall(os.execute, "nothing of that name") end',
    {
      timeoutMs: 60_000,
      signal: controller.signal,
    },
  ).outcome;
  expect(outcome.error?.code).toBe('ABORTED');
});
