/** Scripts that may be hostile run on a thread of their own: what they do there keeps nobody else from work. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { AGENT, workshop } from './kept-runs.js';
import { firstOutput, openRuntime } from './run-fixture.js';

const UNTRUSTED = { 'runtime.lua.untrusted': true };

function untrusted(settings: Readonly<Record<string, unknown>> = {}): Promise<Runtime> {
  return openRuntime({ storage: 'memory', settings: { ...UNTRUSTED, ...settings } });
}

const ENDLESS: readonly (readonly [string, string])[] = [
  ['a loop', 'while true do end'],
  ['a pattern', "string.find(string.rep('a', 60), string.rep('a*', 30) .. 'b')"],
  ['a coroutine', 'coroutine.wrap(function() while true do end end)()'],
  [
    'a metamethod',
    'local t = setmetatable({}, { __index = function() while true do end end }) return t.x',
  ],
  ['a pcall in a loop', 'while true do pcall(error) end'],
  ['a parallel branch', 'parallel({ function() while true do end end })'],
];

describe('an untrusted script', () => {
  test.each(ENDLESS)('that never ends in %s is ended by its time limit', async (_, source) => {
    const runtime = await untrusted();
    const { error, status } = await runtime.eval(source, { timeoutMs: 1500 }).outcome;
    expect({ code: error?.code, status }).toEqual({ code: 'LIMIT_TIME', status: 'limit' });
  });

  test('that gives no sign of life is ended without a time limit', async () => {
    const runtime = await untrusted({ 'runtime.lua.stall_ms': 200 });
    const { error } = await runtime.eval("print('a') while true do end").outcome;
    expect(error?.message).toBe('the script gave no sign of life for 200 ms');
    expect(error?.code).toBe('LIMIT_TIME');
  });

  test('is not blamed for the time in which its host was too busy to hear it', async () => {
    const runtime = await untrusted({ 'runtime.lua.stall_ms': 300 });
    const keepBusy = () => {
      for (const end = performance.now() + 1000; performance.now() < end; );
    };
    const { value } = await runtime.eval("print('a') return os.time() > 0", {
      onOutput: () => void setImmediate(keepBusy),
    });
    expect(value).toBe(true);
  });

  test('that waits longer than it may be silent is not ended', async () => {
    const runtime = await untrusted({ 'runtime.lua.stall_ms': 200 });
    const { value } = await runtime.eval("os.execute('sleep 0.5') return 7");
    expect(value).toBe(7);
  });

  test('that is busy ends when its caller aborts', async () => {
    const runtime = await untrusted();
    const abort = new AbortController();
    const run = runtime.eval("print('busy') while true do end", { signal: abort.signal });
    await firstOutput(run);
    abort.abort();
    expect((await run.outcome).error?.code).toBe('ABORTED');
  });

  test('that is busy leaves other runs and the timers of the host alone', async () => {
    const runtime = await untrusted();
    const abort = new AbortController();
    const busy = runtime.eval("print('busy') while true do end", { signal: abort.signal });
    await firstOutput(busy);
    const { value } = await runtime.eval("os.execute('sleep 0.05') return 'done'");
    expect(value).toBe('done');
    abort.abort();
    expect((await busy.outcome).status).toBe('interrupted');
  });

  test('that takes all memory fails, and the next one runs', async () => {
    const runtime = await untrusted({ 'runtime.lua.memory_limit_bytes': '32mb' });
    const source = "local t = {} while true do t[#t + 1] = string.rep('x', 1000000) end";
    const { error } = await runtime.eval(source).outcome;
    expect(error?.code).toBe('LIMIT_MEMORY');
    expect((await runtime.eval('return 1')).value).toBe(1);
  });

  test('that prints without end is ended at the limit, and no byte beyond it comes out', async () => {
    const runtime = await untrusted({ 'runtime.lua.max_output_bytes': 1000 });
    let said = 0;
    const { error, status } = await runtime.eval("while true do print('0123456789') end", {
      onOutput: (_, bytes) => {
        said += bytes.length;
      },
    }).outcome;
    expect({ code: error?.code, status }).toEqual({ code: 'LIMIT_OUTPUT', status: 'limit' });
    expect(said).toBe(990);
  });

  test('can not catch that it said too much', async () => {
    const runtime = await untrusted({ 'runtime.lua.max_output_bytes': 5 });
    const run = runtime.eval("pcall(print, '0123456789') return 'went on'");
    expect((await run.outcome).error?.code).toBe('LIMIT_OUTPUT');
  });

  test('makes no more calls in a second than it may: those beyond wait', async () => {
    const runtime = await untrusted({ 'runtime.lua.max_calls_per_second': 10 });
    const began = performance.now();
    const { value } = await runtime.eval('for i = 1, 25 do os.time() end return 25');
    expect(value).toBe(25);
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  test('gets arguments, values and errors exactly as on the thread of the host', async () => {
    const source = `
      local seen = {}
      for _, value in ipairs({ 1, 1.0, -0.0, math.maxinteger, 'a\\0b\\xff', true, JSON.array({}), { 1, { x = 'y' } } }) do
        State.set('value', value)
        local back = State.get('value')
        seen[#seen + 1] = math.type(back) or type(back)
        seen[#seen + 1] = type(back) == 'table' and JSON.stringify(back) or back
      end
      local ok, err = pcall(Artifact.store, Session.create(), nil)
      seen[#seen + 1] = { ok, err.code, tostring(err) }
      local cycle = {}
      cycle.self = cycle
      seen[#seen + 1] = tostring(select(2, pcall(State.set, 'value', cycle)))
      seen[#seen + 1] = tostring(select(2, pcall(State.set, 'value', print)))
      return seen`;
    const trusted = await openRuntime({ storage: 'memory' });
    const expected = await trusted.eval(source);
    const { values } = await (await untrusted()).eval(source);
    expect(values).toEqual(expected.values);
  });

  test('is photographed and goes on elsewhere, on whatever thread', async () => {
    const shop = workshop();
    const plain = await shop.open();
    const source = `${AGENT.replace("os.execute('sleep 0.01')", 'Session.sleep(1.2)')}`;
    const kept = { 'runtime.durability.snapshot_every_entries': 1 };
    for (const [first, second] of [
      [{ ...kept, ...UNTRUSTED }, kept],
      [kept, { ...kept, ...UNTRUSTED }],
      [
        { ...kept, ...UNTRUSTED },
        { ...kept, ...UNTRUSTED },
      ],
    ]) {
      shop.calls.splice(0);
      const began = await shop.open(first);
      const { run, status } = await began.eval(source, { detach: true }).outcome;
      expect(status).toBe('sleeping');
      await began.close();
      const other = await shop.open(second);
      const { value, error } = await other.runs.resume(run).outcome;
      expect({ value, error }).toEqual({ value: 60, error: undefined });
      expect(shop.calls.map(({ step }) => step)).toEqual([1, 2, 3]);
      await other.close();
      const { diverged } = await plain.runs.replay(run);
      expect(diverged).toBeNull();
    }
  }, 60_000);

  test('replays on its thread what was recorded on that of the host', async () => {
    const shop = workshop();
    const trusted = await shop.open();
    const { run } = await trusted.eval(AGENT);
    await trusted.close();
    const other = await shop.open(UNTRUSTED);
    const { diverged, verifiedEntries } = await other.runs.replay(run);
    expect(diverged).toBeNull();
    expect(verifiedEntries).toBeGreaterThan(5);
    expect(shop.calls).toHaveLength(3);
  });

  test('wakes up when more runs wait than VMs may live', async () => {
    const runtime = await untrusted({ 'runtime.lua.max_live_vms': 1 });
    const source = "local n = 0 for i = 1, 3 do os.execute('sleep 0.02') n = n + i end return n";
    const runs = await Promise.all([1, 2, 3].map(() => runtime.eval(source)));
    expect(runs.map(({ value }) => value)).toEqual([6, 6, 6]);
  });

  test('leaves nothing that keeps the process alive once it is over', async () => {
    const { execFileSync } = await import('node:child_process');
    const program = `
      import { Runtime } from ${JSON.stringify(new URL('../../dist/bindings/node/index.js', import.meta.url).href)};
      const runtime = await Runtime.open({ settings: { 'runtime.lua.untrusted': true } });
      console.log((await runtime.eval('return 5')).value);`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: temporaryFolder(),
      encoding: 'utf8',
    });
    expect(said).toBe('5\n');
  });
});
