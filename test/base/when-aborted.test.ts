import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { defineTool } from '../../bindings/node/index.js';
import { whenAborted } from '../../runtime/base/when-aborted.js';
import { openRuntime } from '../node/open-runtime.js';

describe('a signal that many listen to', () => {
  test('has one listener, and none when all have left', () => {
    const { signal } = new AbortController();
    const forgets = Array.from({ length: 1000 }, () => whenAborted(signal, () => {}));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const forget of forgets) forget();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    whenAborted(signal, () => {});
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  });

  test('tells each of them once, in their order, but for those that have left', () => {
    const controller = new AbortController();
    const told: string[] = [];
    const say = (name: string) => () => void told.push(name);
    whenAborted(controller.signal, say('a'));
    const forget = whenAborted(controller.signal, say('b'));
    const both = say('c');
    whenAborted(controller.signal, both);
    whenAborted(controller.signal, both)();
    let leave = () => {};
    whenAborted(controller.signal, () => leave());
    leave = whenAborted(controller.signal, say('d'));
    forget();
    forget();
    controller.abort();
    controller.abort();
    expect(told).toEqual(['a', 'c']);
  });

  test('is left alone by runs and calls that have ended', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const runtime = await openRuntime({ storage: 'memory' });
    const runs = Array.from({ length: 20 }, () =>
      runtime.eval("os.execute('sleep 0.01') return 1", { signal }),
    );
    expect((await Promise.all(runs)).map(({ value }) => value)).toEqual(Array(20).fill(1));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

test('each of a thousand tool calls has a signal of its own, which the end of the run aborts', async () => {
  const seen = new Set<AbortSignal>();
  const wait = defineTool({
    name: 'wait',
    description: 'Waits for the end',
    parameters: { type: 'object' },
    execute: (_, { signal }) => {
      seen.add(signal);
      if (seen.size === 1000) controller.abort();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    },
  });
  const controller = new AbortController();
  const runtime = await openRuntime({ storage: 'memory', tools: [wait] });
  const { status } = await runtime.eval(
    `local list = {} for i = 1, 1000 do list[i] = i end
     parallel.map(list, function() Tool.execute('wait', {}) end)`,
    { signal: controller.signal },
  ).outcome;
  expect(status).toBe('interrupted');
  expect([...seen].filter(({ aborted }) => aborted)).toHaveLength(1000);
});
