/** Functions of scripts, called by programs. */
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

describe('runtime.call', () => {
  test('hands over arguments and answers what the function returns', async () => {
    const runtime = await openRuntime({});
    const id = (await runtime.call('Session.create', [{ name: 'Called', tags: ['a'] }])).value;
    expect(await runtime.sessions.get(id as string)).toMatchObject({ name: 'Called', tags: ['a'] });
    const { value } = await runtime.call('Session.addMessage', [id, 'user', 'hello']);
    expect(value).toMatchObject({ id: 'msg_1', content: 'hello' });
    expect((await runtime.call('string.format', ['%s-%d', 'x', 3])).value).toBe('x-3');
    expect((await runtime.call('math.modf', [3.5])).value).toEqual([3, 0.5]);
    expect((await runtime.call('os.time')).value).toEqual(expect.any(Number));
  });

  test('hands over what is missing as nil, which means the current session', async () => {
    const runtime = await openRuntime({});
    const { id } = await runtime.sessions.create({ name: 'Current' });
    const run = runtime.call('Session.addMessage', [undefined, 'user', 'here'], { sessionId: id });
    expect((await run).value).toMatchObject({ content: 'here' });
    expect((await runtime.sessions.history(id)).map(({ content }) => content)).toEqual(['here']);
  });

  test('is a run like others: recorded, with events, and with the error of the function', async () => {
    const runtime = await openRuntime({ dataDir: temporaryFolder() });
    const { run, value } = await runtime.call('Session.create', ['Recorded']);
    expect(await runtime.runs.get(run)).toMatchObject({ status: 'completed', sessions: [value] });
    const replay = await runtime.runs.replay(run);
    expect(replay.diverged).toBeNull();
    expect(replay.outcome.value).toBe(value);
    const failed = await runtime.call('Session.complete', ['no such session']).outcome;
    expect(failed.error).toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  test.each(['', 'os.exit() --', 'a b', 'Session:create', '1x', 'f()'])(
    'refuses %j, which is no name',
    async (path) => {
      const runtime = await openRuntime({});
      expect(() => runtime.call(path)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENT' }));
    },
  );

  test('says so when there is no such function', async () => {
    const runtime = await openRuntime({});
    const { error } = await runtime.call('Session.fly', []).outcome;
    expect(error?.message).toContain("'fly'");
  });
});
