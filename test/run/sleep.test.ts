/** Runs that sleep without a process: laid down, found again when they are due, and gone on with. */
import { describe, expect, test } from 'vitest';
import type { Run, Runtime } from '../../bindings/node/index.js';
import { backendOf, completed, recordsOf, replayed, type Workshop, workshop } from './kept-runs.js';
import { openRuntime } from './run-fixture.js';

/** Every wait is long, so that slow machines have none that is over before it is seen to be one. */
const SETTINGS = { 'runtime.durability.snapshot_before_wait_ms': 1 };

interface Bedroom extends Pick<Workshop, 'calls' | 'open'> {
  readonly runtime: Runtime;
  /** Sets what the tool does besides answering. */
  onTool(action: () => Promise<void>): void;
  /** What the runs have printed. */
  readonly printed: string[];
  /** Starts a run that sleeps where it waits for long; answers its id once it does. */
  asleep(code: string): Promise<string>;
  /** Goes on with a run to its end. */
  ended(id: string): Promise<unknown>;
}

async function bedroom(): Promise<Bedroom> {
  const shop = workshop();
  const runtime = await shop.open(SETTINGS);
  const printed: string[] = [];
  const onOutput = (_stream: string, bytes: Uint8Array) => {
    printed.push(Buffer.from(bytes).toString());
  };
  return {
    calls: shop.calls,
    open: shop.open,
    onTool: (action) => {
      shop.onCall = action;
    },
    runtime,
    printed,
    asleep: async (code) => {
      const { run, status } = await runtime.eval(code, { detach: true, onOutput });
      expect(status).toBe('sleeping');
      return run;
    },
    ended: async (id) => (await runtime.runs.resume(id, { onOutput })).value,
  };
}

async function statusOf(runtime: Runtime, id: string): Promise<string | undefined> {
  return (await runtime.runs.get(id))?.status;
}

describe('a run that is detached', () => {
  test('sleeps at its first long wait and goes on with what it had in memory', async () => {
    const { runtime, asleep, ended, printed } = await bedroom();
    const before = Date.now();
    const id = await asleep(`
      local numbers = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
      numbers()
      print('before')
      Session.sleep(1)
      print('after', numbers())
      return numbers()`);
    const kept = await runtime.runs.get(id);
    expect(kept).toMatchObject({ status: 'sleeping', endedAt: null, error: null });
    expect(kept?.waitsFor).toEqual([{ type: 'time', at: expect.any(Date) }]);
    const [wait] = kept?.waitsFor ?? [];
    expect(wait?.type === 'time' && wait.at.getTime() - before).toBeGreaterThanOrEqual(1000);
    expect(await ended(id)).toBe(3);
    expect(printed).toEqual(['before\n', 'after\t2\n']);
    expect((await runtime.runs.get(id))?.waitsFor).toEqual([]);
    expect((await replayed(runtime, id)).output).toBe('before\nafter\t2\n');
  });

  test('does not sleep while a tool works, nor for a short time', async () => {
    const runtime = await workshop().open({ 'runtime.durability.snapshot_before_wait_ms': 100 });
    const { status, value } = await runtime.eval(
      `Session.sleep(0.02) return Tool.execute('count', { step = 3 }).result`,
      { detach: true },
    );
    expect({ status, value }).toEqual({ status: 'completed', value: 30 });
  });

  test('tells of its sleep in its events', async () => {
    const { runtime } = await bedroom();
    const events = [];
    const run = runtime.eval('Session.sleep(60)', { detach: true });
    for await (const event of run) events.push(event);
    expect(events.map(({ type }) => type).slice(-2)).toEqual(['sleep', 'run.end']);
    expect(events.at(-1)).toMatchObject({ status: 'sleeping' });
  });

  test('needs storage that lasts', async () => {
    const runtime = await openRuntime();
    expect(() => runtime.eval('return 1', { detach: true })).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', key: 'detach' }),
    );
  });

  test.each([
    ['os.execute("sleep 1")', 'os.execute("sleep 1")'],
    ['Session.sleep(1)', 'Session.sleep(1)'],
  ])('sleeps through %s once', async (_, wait) => {
    const { runtime, asleep, ended } = await bedroom();
    const id = await asleep(`${wait} return 'rested'`);
    expect(await runtime.runs.resumable()).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await runtime.runs.resumable()).toEqual([id]);
    // It would sleep again if it had not slept enough.
    const { status, value } = await runtime.runs.resume(id, { detach: true });
    expect({ status, value }).toEqual({ status: 'completed', value: 'rested' });
    await expect(ended(id)).rejects.toMatchObject({ code: 'RUN_STATE' });
  });
});

describe('a run that sleeps until an event comes', () => {
  const LISTENER = `
    local inbox = Session.create({ id = 'inbox' })
    Session.setCurrent(inbox)
    local payload, came = Session.waitForEvent('news')
    return { payload = payload, came = came }`;

  test('is due when it is sent, and gets it', async () => {
    const { runtime, asleep, ended } = await bedroom();
    const id = await asleep(LISTENER);
    expect((await runtime.runs.get(id))?.waitsFor).toEqual([
      { type: 'event', session: 'inbox', name: 'news' },
    ]);
    expect(await runtime.runs.resumable()).toEqual([]);
    await completed(runtime, `Session.signal('inbox', 'other', 0)`);
    expect(await runtime.runs.resumable()).toEqual([]);
    await completed(runtime, `Session.signal('inbox', 'news', 5)`);
    expect(await runtime.runs.resumable()).toEqual([id]);
    expect(await ended(id)).toEqual({ payload: 5, came: true });
  });

  test('is due when its time is over, and gets nothing', async () => {
    const { runtime, asleep, ended } = await bedroom();
    const id = await asleep(LISTENER.replace("'news')", "'news', 1)"));
    expect((await runtime.runs.get(id))?.waitsFor.map(({ type }) => type)).toEqual([
      'time',
      'event',
    ]);
    expect(await ended(id)).toEqual({ came: false });
    await completed(runtime, `Session.signal('inbox', 'news', 5)`);
    expect(await runtime.runs.resumable()).toEqual([]);
  });

  test('does not sleep when the event is there already', async () => {
    const { runtime } = await bedroom();
    const code = LISTENER.replace(
      'local payload',
      "Session.signal(inbox, 'news', 1) local payload",
    );
    const { status, value } = await runtime.eval(code, { detach: true });
    expect({ status, value }).toEqual({ status: 'completed', value: { payload: 1, came: true } });
  });

  test('misses none of those that are sent while it falls asleep', {
    timeout: 60_000,
  }, async () => {
    const { runtime } = await bedroom();
    const { id: session } = await runtime.sessions.create({ id: 'desk' });
    const controller = new AbortController();
    const answers: unknown[] = [];
    const watched = runtime.runs.watch({
      signal: controller.signal,
      onRun: ({ outcome }) => {
        outcome.then(({ status, value }) => {
          if (status === 'completed') answers.push(value);
          if (answers.length === 40) controller.abort();
        });
      },
    });
    const code = `local me = ... return (Session.waitForEvent('go' .. me))`;
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const run = runtime.eval(code, { args: [String(i)], sessionId: session, detach: true });
        await new Promise((resolve) => setTimeout(resolve, i * 3));
        await completed(runtime, `Session.signal('desk', 'go${i}', ${i})`);
        const { status, value } = await run;
        if (status === 'completed') answers.push(value);
        if (answers.length === 40) controller.abort();
      }),
    );
    await watched;
    expect(answers.sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
  });
});

describe('runs.suspend', () => {
  test('lays a run down until it is resumed', async () => {
    const { runtime, ended } = await bedroom();
    const run = runtime.eval(`Session.sleep(1) return 'up'`);
    await until(() => statusIs(runtime, run, 'running'));
    expect(await runtime.runs.suspend(run.id)).toMatchObject({ status: 'sleeping', waitsFor: [] });
    expect(await run).toMatchObject({ status: 'sleeping', error: undefined });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await runtime.runs.resumable()).toEqual([]);
    expect(await ended(run.id)).toBe('up');
  });

  test('waits for the call that is on its way, which is not made again', async () => {
    const { runtime, calls, ended, onTool } = await bedroom();
    let called = () => {};
    const isCalled = new Promise<void>((resolve) => {
      called = resolve;
    });
    onTool(async () => {
      called();
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    const run = runtime.eval(`return Tool.execute('count', { step = 7 }).result`);
    await isCalled;
    expect((await runtime.runs.suspend(run.id)).status).toBe('sleeping');
    expect(await ended(run.id)).toBe(70);
    expect(calls.map(({ step }) => step)).toEqual([7]);
  });

  test('stops a script that never waits for long', async () => {
    const { runtime } = await bedroom();
    const run = runtime.eval(`local n = 0 while true do n = n + 1 State.set('n', n) end`);
    await until(async () => (await runtime.eval(`return State.get('n')`)).value !== undefined);
    expect((await runtime.runs.suspend(run.id)).status).toBe('sleeping');
    const { value: before } = await runtime.eval(`return State.get('n')`);
    const again = runtime.runs.resume(run.id);
    await until(async () => (await runtime.eval(`return State.get('n')`)).value !== before);
    await runtime.runs.suspend(again.id);
    // The count went on where it was: every step is recorded once.
    const entries = await runtime.runs.entries(run.id);
    const steps = entries.filter(({ event }) => event.type === 'call').length;
    expect((await runtime.eval(`return State.get('n')`)).value).toBe(steps);
  });

  test('keeps a run from being due, and one that was interrupted from being gone on with', async () => {
    const { runtime, asleep } = await bedroom();
    const id = await asleep('Session.sleep(1) return 1');
    expect((await runtime.runs.suspend(id)).waitsFor).toEqual([]);
    const fork = await runtime.runs.fork(id);
    expect(await runtime.runs.resumable()).toEqual([fork.id]);
    await runtime.runs.suspend(fork.id);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await runtime.runs.resumable()).toEqual([]);
  });

  test('refuses runs that are finished, and those that there are not', async () => {
    const { runtime } = await bedroom();
    const id = await completed(runtime, 'return 1');
    await expect(runtime.runs.suspend(id)).rejects.toMatchObject({ code: 'RUN_STATE' });
    await expect(runtime.runs.suspend('nobody')).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    const quick = runtime.eval('return 1');
    await quick;
    await expect(runtime.runs.suspend(quick.id)).rejects.toMatchObject({ code: 'RUN_STATE' });
  });
});

describe('runs.watch', () => {
  test('by two at once goes on with each run once', { timeout: 60_000 }, async () => {
    const { runtime, open, calls, asleep } = await bedroom();
    const other = await open(SETTINGS);
    const ids = [];
    for (let i = 0; i < 12; i += 1) {
      ids.push(
        await asleep(`
          Session.sleep(1)
          local sum = Tool.execute('count', { step = ${i} }).result
          Session.sleep(1)
          return sum + Tool.execute('count', { step = ${i + 100} }).result`),
      );
    }
    const controller = new AbortController();
    const values = new Map<string, unknown>();
    const onRun = ({ id, outcome }: Run) => {
      outcome.then(({ status, value }) => {
        if (status === 'completed') values.set(id, value);
        if (values.size === ids.length) controller.abort();
      });
    };
    const options = { signal: controller.signal, onRun };
    await Promise.all([runtime.runs.watch(options), other.runs.watch(options)]);
    expect(ids.map((id) => values.get(id))).toEqual(ids.map((_, i) => 1000 + i * 20));
    expect(calls).toHaveLength(2 * ids.length);
    expect(new Set(calls.map(({ step }) => step)).size).toBe(2 * ids.length);
    expect(await restOf(runtime)).toEqual([]);
  });

  test('lays down what goes on when it ends, due for the next one', async () => {
    const { runtime, asleep, calls, onTool } = await bedroom();
    const id = await asleep(`Session.sleep(1)
      return Tool.execute('count', { step = 1 }).result + Tool.execute('count', { step = 2 }).result`);
    const controller = new AbortController();
    onTool(async () => controller.abort());
    await runtime.runs.watch({ signal: controller.signal });
    expect(await statusOf(runtime, id)).toBe('sleeping');
    expect(await runtime.runs.resumable()).toEqual([id]);
    const next = new AbortController();
    const onRun = ({ outcome }: Run) => {
      outcome.then(() => next.abort());
    };
    await runtime.runs.watch({ signal: next.signal, onRun });
    expect(await runtime.runs.get(id)).toMatchObject({ status: 'completed' });
    expect(calls.map(({ step }) => step)).toEqual([1, 2]);
  });
});

/** Rows about runs that sleep: there are none when none sleeps. */
async function restOf(runtime: Runtime): Promise<string[]> {
  await backendOf(runtime);
  const rows = await Promise.all(
    ['r-sleep/', 'r-due/', 'r-wait/'].map((prefix) => recordsOf(runtime, prefix)),
  );
  return rows.flatMap((found) => [...found.keys()]);
}

async function statusIs(runtime: Runtime, { id }: Run, status: string): Promise<boolean> {
  return (await statusOf(runtime, id)) === status;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}
