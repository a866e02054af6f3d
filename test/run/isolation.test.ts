import { describe, expect, test } from 'vitest';
import { openRuntime } from './run-fixture.js';

describe('runs side by side', () => {
  test('two hundred at once each get their own arguments, output, globals and session', async () => {
    const runtime = await openRuntime({ settings: { 'runtime.sessions.max_sessions': 1000 } });
    const outputs = Array.from({ length: 200 }, () => '');
    const runs = outputs.map((_, i) =>
      runtime.eval(
        `local me = ...
        MINE = me
        local id = Session.create({ name = me })
        Session.setCurrent(id)
        for round = 1, 5 do
          print(MINE, round)
          os.execute('sleep 0.00' .. round)
          assert(Session.getCurrent() == id and MINE == me)
        end
        Artifact.store(Session.getCurrent(), 'user_input', 'name', me)
        return Session.get(Session.getCurrent()).name`,
        {
          args: [`run-${i}`],
          onOutput: (_stream, bytes) => {
            outputs[i] += Buffer.from(bytes).toString();
          },
        },
      ),
    );
    const outcomes = await Promise.all(runs);
    outcomes.forEach((outcome, i) => {
      expect(outcome.value).toBe(`run-${i}`);
      expect(outcome.sessions).toHaveLength(1);
      expect(outputs[i]).toBe([1, 2, 3, 4, 5].map((round) => `run-${i}\t${round}\n`).join(''));
    });
    expect(new Set(outcomes.map(({ run }) => run)).size).toBe(200);
  });

  test('start with different sequences of chance', async () => {
    const runtime = await openRuntime();
    const script = 'return math.random(1 << 60)';
    const values = await Promise.all(Array.from({ length: 20 }, () => runtime.eval(script)));
    expect(new Set(values.map(({ value }) => String(value))).size).toBe(20);
  });

  test('share sessions through the storage only', async () => {
    const runtime = await openRuntime();
    const { value: id } = await runtime.eval("return Session.create({ name = 'shared' })");
    expect((await runtime.eval('return Session.getCurrent()')).value).toBeUndefined();
    expect(
      (await runtime.eval('return Session.getCurrent()', { sessionId: id as string })).value,
    ).toBe(id);
    expect(
      (await runtime.eval('return Session.get(...).name', { args: [id as string] })).value,
    ).toBe('shared');
  });

  test('in two runtimes know nothing of each other', async () => {
    const one = await openRuntime();
    const two = await openRuntime();
    const { value: id } = await one.eval('return Session.create()');
    expect((await two.eval('return Session.get(...) == nil', { args: [id as string] })).value).toBe(
      true,
    );
  });
});

describe('variables', () => {
  test('of the runtime and of the run are globals, the run wins', async () => {
    const runtime = await openRuntime();
    runtime.setGlobal('config', { list: [1, 2.5], text: 'é', none: null });
    runtime.setGlobal('name', 'runtime');
    const run = runtime.eval('return config, name, own.deep.value', {
      variables: { name: 'run', own: { deep: { value: true } } },
    });
    expect((await run).value).toEqual([{ list: [1, 2.5], text: 'é', none: null }, 'run', true]);
  });

  test('are copies: a script cannot change what the next one finds', async () => {
    const runtime = await openRuntime();
    runtime.setGlobal('shared', { list: [] });
    await runtime.eval('shared.list[1] = 1 shared.x = 2 other = 3');
    expect((await runtime.eval('return #shared.list, shared.x, other')).value).toEqual([
      ...[0, undefined, undefined],
    ]);
  });

  test('that are no data are refused', async () => {
    const runtime = await openRuntime();
    expect(() => runtime.setGlobal('f', () => 1)).toThrow();
  });
});

describe('the outcome of a run', () => {
  test('counts the host calls', async () => {
    const runtime = await openRuntime();
    const { usage } = await runtime.eval(
      "os.time() os.execute('sleep 0') JSON.parse('1') print(1)",
    );
    expect(usage.calls).toBe(2);
  });

  test('keeps exact values beside the plain ones', async () => {
    const runtime = await openRuntime();
    const { value, values } = await runtime.eval("return { 1.0, math.maxinteger, '\\xff' }");
    expect(value).toEqual([1, 2n ** 63n - 1n, Uint8Array.of(0xff)]);
    expect(values).toMatchObject([[{ value: 1 }, 2n ** 63n - 1n, Uint8Array.of(0xff)]]);
  });

  test('names the sessions that the run created', async () => {
    const runtime = await openRuntime();
    const outcome = await runtime.eval(
      'local a, b = Session.create(), Session.create() return { a, b }',
    );
    expect(outcome.sessions).toEqual(outcome.value);
  });
});
