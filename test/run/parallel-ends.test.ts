/** How a run with branches ends early, and what it bears. */
import { describe, expect, test } from 'vitest';
import { interrupted, replayed, workshop } from './kept-runs.js';
import { openRuntime } from './run-fixture.js';

describe('a run with branches ends', () => {
  test('with os.exit in one of them, and no other goes on', async () => {
    const { open } = workshop();
    const runtime = await open();
    let output = '';
    const run = await runtime.eval(
      `parallel({
         function() os.execute('sleep 10') print('no') end,
         function() os.execute('sleep 0.01') print('yes') os.exit(3) print('no') end,
         function() os.execute('sleep 0.01') os.execute('sleep 10') print('no') end,
         function() while true do os.execute('sleep 0.001') end end,
       })`,
      {
        onOutput: (_, bytes) => {
          output += Buffer.from(bytes).toString();
        },
      },
    );
    expect([run.exitStatus, run.status, output]).toEqual([3, 'completed', 'yes\n']);
    const report = await replayed(runtime, run.run);
    expect(report).toMatchObject({ diverged: null, output, outcome: { exitStatus: 3 } });
  });

  test('before what another one would have said in the same moment', async () => {
    const runtime = await openRuntime();
    let output = '';
    const run = runtime.eval(
      "parallel({ function() os.exit(4) end, function() print('no') end })",
      {
        onOutput: (_, bytes) => {
          output += Buffer.from(bytes).toString();
        },
      },
    );
    expect([(await run).exitStatus, output]).toEqual([4, '']);
  });

  test('when it is aborted', async () => {
    const runtime = await openRuntime();
    const controller = new AbortController();
    const run = runtime.eval(
      "parallel.map({ 1, 2, 3 }, function() pcall(os.execute, 'sleep 100') error('caught') end)",
      { signal: controller.signal },
    );
    for await (const event of run) if (event.type === 'call.start') controller.abort();
    expect(await run.outcome).toMatchObject({ status: 'interrupted', error: { code: 'ABORTED' } });
  });

  test.each([
    ['a busy loop in one of them', 'while true do end'],
    ['one that waits', "os.execute('sleep 100')"],
    ['one that goes on after errors', 'while true do pcall(error, 1) end'],
  ])('by its time limit: %s', async (_, body) => {
    const runtime = await openRuntime();
    const run = runtime.eval(
      `parallel({ function() os.execute('sleep 0.01') end, function() ${body} end }, { settle = true })`,
      { timeoutMs: 200 },
    );
    expect(await run.outcome).toMatchObject({ status: 'limit', error: { code: 'LIMIT_TIME' } });
  });

  test('with an error that says where in the branch it was', async () => {
    const runtime = await openRuntime();
    const { error } = await runtime.eval(
      `local function deep() local t = nil return t.x end
       parallel({ function() end, function() os.execute('sleep 0') return deep() end })`,
    ).outcome;
    expect(error).toMatchObject({ code: 'LUA_ERROR', line: 1 });
    expect(error?.message).toBe("attempt to index a nil value (local 't')");
  });

  test('with the way to an error that no part of the program has placed', async () => {
    const runtime = await openRuntime();
    const source = `local function fail() error({ code = 'MINE', message = 'no' }) end
local function branch() os.execute('sleep 0.001') fail() end
local values = parallel({ branch, branch })`;
    const { error } = await runtime.eval(source).outcome;
    expect(error).toMatchObject({ code: 'MINE', message: 'no', file: 'eval', line: 1 });
    expect(error?.traceback?.split('\n')).toEqual([
      "[C]: in function 'error'",
      expect.stringMatching(/^eval:1: in .*fail/),
      expect.stringMatching(/^eval:2: in function/),
      '(...branch 0.1...)',
      'eval:3: in main chunk',
    ]);
  });
});

describe('a full memory', () => {
  const HUNGRY = "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(100000) .. i end";

  test('fails the branch that filled it, and the others go on', async () => {
    const runtime = await openRuntime({
      settings: { 'runtime.lua.memory_limit_bytes': 33_554_432 },
    });
    const { value } = await runtime.eval(
      `local done = 0
       local result = parallel({
         function() os.execute('sleep 0.01') done = done + 1 return 'a' end,
         function() os.execute('sleep 0') ${HUNGRY} end,
         function() os.execute('sleep 0.02') done = done + 1 return 'c' end,
       }, { settle = true })
       return done, result[1].value, result[2].ok, result[2].error, result[3].value`,
    );
    expect(value).toEqual([2, 'a', false, 'not enough memory', 'c']);
  });

  test('is the error of the run when nobody catches it', async () => {
    const runtime = await openRuntime({
      settings: { 'runtime.lua.memory_limit_bytes': 33_554_432 },
    });
    const { error, status } = await runtime.eval(`parallel({ function() ${HUNGRY} end })`).outcome;
    expect([status, error?.code]).toEqual(['limit', 'LIMIT_MEMORY']);
  });

  test('of ever more branches ends them, not the process', async () => {
    const runtime = await openRuntime({
      settings: { 'runtime.lua.memory_limit_bytes': 33_554_432 },
    });
    const { error } = await runtime.eval(
      `local list = {} for i = 1, 100000 do list[i] = i end
       parallel.map(list, function() os.execute('sleep 0.01') end)`,
    ).outcome;
    expect(error?.code).toBe('LIMIT_MEMORY');
  });
});

describe('ten thousand branches', () => {
  const MANY = `local list = {} for i = 1, 10000 do list[i] = i end
    local most, now = 0, 0
    local got = parallel.map(list, function(i)
      now = now + 1 most = math.max(most, now)
      local x = State.get('x')
      now = now - 1
      return i
    end, OPTIONS)
    local sum = 0 for i, v in ipairs(got) do assert(i == v) sum = sum + v end
    return sum, most`;

  test('wait at once', { timeout: 120_000 }, async () => {
    const runtime = await openRuntime();
    const { value } = await runtime.eval(MANY);
    expect(value).toEqual([50_005_000, 10_000]);
  });

  test('or as many of them as may', { timeout: 120_000 }, async () => {
    const runtime = await openRuntime();
    const { value } = await runtime.eval(MANY.replace('OPTIONS', '{ max_parallel = 16 }'));
    expect(value).toEqual([50_005_000, 16]);
  });

  test('are recorded, photographed while they wait, and gone on with', {
    timeout: 180_000,
  }, async () => {
    const { open } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_before_wait_ms': 200 });
    const id = await interrupted(
      runtime,
      `local list = {} for i = 1, 10000 do list[i] = i end
       print('waiting')
       return #parallel.map(list, function(i) os.execute('sleep 6') return i end)`,
      3000,
    );
    expect((await runtime.runs.resume(id)).value).toBe(10_000);
    expect((await replayed(runtime, id)).outcome.value).toBe(10_000);
  });

  test('one after the other leave no trace with the host', async () => {
    const { open } = workshop();
    const runtime = await open({ 'runtime.durability.snapshot_every_entries': 50 });
    const id = await interrupted(
      runtime,
      `for i = 1, 300 do parallel({ os.time, os.time, function() os.execute('sleep 0') end }) end
       print('waiting') os.execute('sleep 10')`,
      300,
    );
    const { services } = runtime;
    const { backend } = await services.stores();
    const kept = await backend.range({ start: `k/${id}/`, end: `k/${id}/\x7f` });
    const { decodeCheckpoint } = await import('../../runtime/run/checkpoint.js');
    const newest = decodeCheckpoint(kept.at(-1)?.value as Uint8Array);
    expect([...newest.ordinals.keys()]).toEqual(['0']);
    expect(newest.pending).toHaveLength(1);
  });
});
