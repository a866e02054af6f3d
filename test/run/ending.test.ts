import { describe, expect, test } from 'vitest';
import { Runtime, SpellError } from '../../bindings/node/index.js';
import { eventsOf, firstOutput, openRuntime } from './run-fixture.js';

const WAIT = "print('running') os.execute('sleep 3600')";
const BUSY = "print('running') while true do end";

describe('a run ends', () => {
  test('with what the script returns', async () => {
    const runtime = await openRuntime();
    expect((await runtime.eval('return { a = 1, list = { 1, 2 } }')).value).toEqual({
      a: 1,
      list: [1, 2],
    });
    expect((await runtime.eval("return 1, 'two', { 3 }")).value).toEqual([1, 'two', [3]]);
    expect((await runtime.eval('return nil, 2')).value).toEqual([undefined, 2]);
    expect((await runtime.eval('return')).value).toBeUndefined();
    expect((await runtime.eval('return { f = print }')).value).toBeUndefined();
  });

  test('with a rejection that is the error of the script', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("error({ code = 'MINE', message = 'no' })", { name: 'bad' });
    await expect(run).rejects.toThrow(SpellError);
    await expect(run).rejects.toMatchObject({ code: 'MINE', message: 'no', file: 'bad', line: 1 });
    expect(await run.outcome).toMatchObject({ status: 'failed', run: run.id });
  });

  test('and nobody has to look', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    const runtime = await Runtime.open();
    runtime.eval("error('nobody sees this')");
    const watched = runtime.eval("error('seen only as events')");
    await eventsOf(watched);
    runtime.run('/no/such/file.lua');
    await runtime.close();
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test.each([
    ['is not there', '/no/such/file.lua', 'FILE_NOT_FOUND'],
    ['is a folder', '/tmp', 'FILE_FAILED'],
  ])('when its script %s', async (_, path, code) => {
    const runtime = await openRuntime();
    expect(await runtime.run(path).outcome).toMatchObject({ status: 'failed', error: { code } });
  });

  test.each([
    ['the main chunk', 'os.exit(5)'],
    ['a coroutine in a coroutine', 'coroutine.wrap(function() coroutine.wrap(os.exit)(5) end)()'],
    ['pcall', 'pcall(os.exit, 5)'],
    ['a comparator', 'table.sort({ 2, 1 }, function() os.exit(5) end)'],
    [
      '__close',
      'do local x <close> = setmetatable({}, { __close = function() os.exit(5) end }) end',
    ],
  ])('at once with os.exit in %s', async (_, exit) => {
    const runtime = await openRuntime();
    const output: string[] = [];
    const run = runtime.eval(`print('before') ${exit} print('after')`, {
      onOutput: (_stream, bytes) => output.push(Buffer.from(bytes).toString()),
    });
    expect(await run).toMatchObject({ status: 'completed', exitStatus: 5 });
    expect(output).toEqual(['before\n']);
  });
});

describe('abort', () => {
  test('ends a run that waits', async () => {
    const runtime = await openRuntime();
    const controller = new AbortController();
    const run = runtime.eval(WAIT, { signal: controller.signal });
    await firstOutput(run);
    controller.abort();
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await run.outcome).status).toBe('interrupted');
  });

  test('before the start lets nothing run', async () => {
    const runtime = await openRuntime();
    const output: unknown[] = [];
    const run = runtime.eval("print('ran')", {
      signal: AbortSignal.abort(),
      onOutput: (_, bytes) => output.push(bytes),
    });
    expect((await run.outcome).status).toBe('interrupted');
    expect(output).toEqual([]);
  });

  test('cannot be caught by the script', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(`while true do pcall(function() ${WAIT} end) end`);
    await firstOutput(run);
    run.abort();
    expect((await run.outcome).error?.code).toBe('ABORTED');
  });

  test('after the end changes nothing', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval('return 1');
    await run;
    run.abort();
    expect((await run.outcome).status).toBe('completed');
  });

  test('keeps the error that is its reason', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(WAIT);
    await firstOutput(run);
    run.abort(new SpellError('LIMIT_TIME', 'too late'));
    expect(await run.outcome).toMatchObject({ status: 'limit', error: { code: 'LIMIT_TIME' } });
  });
});

describe('a time limit', () => {
  test.each([
    ['waits', WAIT],
    ['is busy', BUSY],
    ['is busy after a wait', `os.execute('sleep 0.01') ${BUSY}`],
    ['is busy in a coroutine', `coroutine.wrap(function() ${BUSY} end)()`],
    ['catches everything', `while true do pcall(function() ${BUSY} end) end`],
    ['waits again and again', "while true do os.execute('sleep 0.001') end"],
    ['calls the host again and again', 'while true do JSON.parse("1") end'],
  ])('ends a run that %s', async (_, script) => {
    const runtime = await openRuntime();
    const run = runtime.eval(script, { timeoutMs: 80 });
    await expect(run).rejects.toMatchObject({ code: 'LIMIT_TIME', hint: expect.any(String) });
    expect((await run.outcome).status).toBe('limit');
  });

  test('leaves other runs alone', async () => {
    const runtime = await openRuntime();
    const slow = runtime.eval("os.execute('sleep 0.2') return 'done'");
    await runtime.eval(BUSY, { timeoutMs: 50 }).outcome;
    expect((await slow).value).toBe('done');
  });

  test('may be longer than one timer can be', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("os.execute('sleep 0.01') return 'done'", { timeoutMs: 1e11 });
    expect((await run).value).toBe('done');
  });

  test('comes from the configuration when the caller names none', async () => {
    const runtime = await openRuntime({ settings: { 'runtime.lua.timeout_ms': 50 } });
    expect((await runtime.eval(WAIT).outcome).error?.code).toBe('LIMIT_TIME');
    expect((await runtime.eval('return 1')).value).toBe(1);
  });
});

describe('a memory limit', () => {
  test('ends the run and no other one', async () => {
    const runtime = await openRuntime();
    const limit = { memoryLimitBytes: 32 * 1024 * 1024 };
    const hog = runtime.eval('local t = {} while true do t[#t + 1] = {} end', limit);
    const other = runtime.eval("os.execute('sleep 0.01') return 'fine'", limit);
    expect(await hog.outcome).toMatchObject({ status: 'limit', error: { code: 'LIMIT_MEMORY' } });
    expect((await other).value).toBe('fine');
  });
});

describe('closing the runtime', () => {
  test('aborts what still runs and refuses what comes later', async () => {
    const runtime = await Runtime.open();
    const runs = Array.from({ length: 5 }, () => runtime.eval(WAIT));
    await Promise.all(runs.map(firstOutput));
    await runtime.close();
    for (const run of runs) expect((await run.outcome).error?.code).toBe('ABORTED');
    expect(() => runtime.eval('return 1')).toThrow(
      expect.objectContaining({ code: 'RUNTIME_CLOSED' }),
    );
  });

  test('does not wait for a reader that stopped reading', async () => {
    const runtime = await Runtime.open();
    const run = runtime.eval("for i = 1, 5000 do print(i) end os.execute('sleep 0')");
    await run[Symbol.asyncIterator]().next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await runtime.close();
    expect((await run.outcome).status).toBe('interrupted');
  });
});
