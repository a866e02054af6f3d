/** Holds runtimes to `[runtime.lua] max_live_vms`, with an engine that counts the VMs that there are. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { composeRuntime } from '../../bindings/node/compose.js';
import { defineTool, Runtime, type Tool } from '../../bindings/node/index.js';
import { loadConfig } from '../../config/load.js';
import type { Engine, Vm } from '../../runtime/engine/engine.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

interface Crowd {
  readonly runtime: Runtime;
  /** The most VMs that there were at once. */
  most(): number;
}

async function crowd(
  storage: 'memory' | 'lmdb',
  maxLiveVms: number,
  tools: (crowd: () => Runtime) => Tool[] = () => [],
): Promise<Crowd> {
  const settings = {
    'runtime.lua.max_live_vms': maxLiveVms,
    'runtime.sessions.storage_backend': storage,
    'runtime.storage.path': temporaryFolder(),
  };
  const loaded = await loadConfig({
    cwd: process.cwd(),
    env: {},
    discover: false,
    overrides: Object.entries(settings).map(([key, value]) => ({ key, value, flag: 'test' })),
  });
  const parts = composeRuntime(loaded, {}, process.cwd());
  const { engine, most } = counting(parts.engine);
  const runtime = new Runtime({ ...parts, engine });
  for (const tool of tools(() => runtime)) runtime.tools.register(tool);
  onTestFinished(() => runtime.close());
  return { runtime, most };
}

function counting(engine: Engine): { engine: Engine; most: () => number } {
  let [live, most] = [0, 0];
  const counted = (vm: Vm): Vm => {
    live += 1;
    most = Math.max(most, live);
    const dispose = vm.dispose.bind(vm);
    vm.dispose = () => {
      live -= 1;
      dispose();
    };
    return vm;
  };
  return {
    most: () => most,
    engine: {
      ...engine,
      createVm: (options) => counted(engine.createVm(options)),
      restoreVm: (options, image) => counted(engine.restoreVm?.(options, image) as Vm),
    },
  };
}

const slow = defineTool({
  name: 'slow',
  description: 'Answers ten times its argument, after a while',
  parameters: { type: 'object', properties: { n: { type: 'integer' } } },
  effect: 'idempotent',
  execute: async ({ n }: { n: number }) => {
    await new Promise((resolve) => setTimeout(resolve, (n % 4) * 10));
    return n * 10;
  },
});

describe.each(['memory', 'lmdb'] as const)('on %s, more runs than places for VMs', (storage) => {
  test('all come to their results with what they had in memory', { timeout: 60_000 }, async () => {
    const { runtime, most } = await crowd(storage, 2, () => [slow]);
    const code = `
      local me = tonumber((...))
      local session = Session.create({ name = "s" .. me })
      local sum, parts = 0, coroutine.wrap(function()
        for i = 1, 3 do coroutine.yield(Tool.execute("slow", { n = me + i }).result) end
      end)
      for i = 1, 3 do
        sum = sum + parts()
        if i == 2 then os.execute("sleep 0.03") end
        Artifact.store(session, "tool_result", "part" .. i, tostring(sum))
      end
      return sum, #Artifact.list(session)`;
    const ids = Array.from({ length: 50 }, (_, i) => i);
    const outcomes = await Promise.all(ids.map((i) => runtime.eval(code, { args: [String(i)] })));
    expect(outcomes.map(({ value }) => value)).toEqual(ids.map((i) => [i * 30 + 60, 3]));
    expect(most()).toBe(2);
  });

  test('start in the order in which they were asked for', async () => {
    const { runtime, most } = await crowd(storage, 1);
    const started: string[] = [];
    const runs = Array.from({ length: 10 }, (_, i) =>
      runtime.eval('print(...)', {
        args: [String(i)],
        onOutput: (_stream, bytes) => started.push(Buffer.from(bytes).toString().trim()),
      }),
    );
    await Promise.all(runs);
    expect(started).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(most()).toBe(1);
  });

  test('can wait for an event that one of the later ones sends', async () => {
    const { runtime, most } = await crowd(storage, 2);
    const { id } = await runtime.sessions.create();
    const options = { sessionId: id };
    const waiting = Array.from({ length: 5 }, () =>
      runtime.eval('return Session.waitForEvent("go") * 2', options),
    );
    const sent = await runtime.eval(
      'for i = 1, 5 do Session.signal(nil, "go", i) end return true',
      options,
    );
    expect(sent.value).toBe(true);
    const values = (await Promise.all(waiting)).map(({ value }) => value as number);
    expect(values.sort((a, b) => a - b)).toEqual([2, 4, 6, 8, 10]);
    expect(most()).toBe(2);
  });

  test('can wait for runs that their tools start', async () => {
    const { runtime, most } = await crowd(storage, 1, (own) => [
      defineTool({
        name: 'nested',
        description: 'Runs a script that runs a script',
        parameters: { type: 'object', properties: { depth: { type: 'integer' } } },
        execute: async ({ depth }: { depth: number }) =>
          (await own().eval(NESTED, { args: [String(depth)] })).value,
      }),
    ]);
    expect((await runtime.eval(NESTED, { args: ['5'] })).value).toBe(15);
    expect(most()).toBe(1);
  });

  test('leave the queue when they are aborted', async () => {
    const { runtime, most } = await crowd(storage, 1);
    const controller = new AbortController();
    const first = runtime.eval("os.execute('sleep 0.04') return 1");
    const second = runtime.eval('return 2', { signal: controller.signal });
    const third = runtime.eval('return 3');
    setTimeout(() => controller.abort(), 20);
    expect((await second.outcome).error?.code).toBe('ABORTED');
    expect([(await first).value, (await third).value]).toEqual([1, 3]);
    expect(most()).toBe(1);
  });
});

const NESTED = `
  local depth = tonumber((...))
  return depth == 0 and 0 or depth + Tool.execute("nested", { depth = depth - 1 }).result`;
