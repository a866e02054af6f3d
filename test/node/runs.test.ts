import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type RunEvent, SpellError } from '../../bindings/node/index.js';
import { openRuntime } from './open-runtime.js';

const EXAMPLES = join(import.meta.dirname, '../../examples/lua');

describe('a run', () => {
  it('is awaited for what the script returned', async () => {
    const runtime = await openRuntime();
    const outcome = await runtime.eval('return 1, "two", { three = { 3 } }, nil, true');
    expect(outcome).toMatchObject({ status: 'completed', exitStatus: 0, sessions: [] });
    expect(outcome.value).toEqual([1, 'two', { three: [3] }, undefined, true]);
    expect((await runtime.eval('return 7')).value).toBe(7);
    expect((await runtime.eval('')).value).toBeUndefined();
    expect((await runtime.eval('os.exit(3)')).exitStatus).toBe(3);
  });

  it('tells its story as events', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(
      `print("hello")
       local id = Session.create()
       Artifact.store(id, "tool_result", "a.txt", "x")
       io.stderr:write("\\255")`,
      { args: ['a'], name: 'story' },
    );
    const events: RunEvent[] = [];
    for await (const event of run) events.push(event);
    const { sessions } = await run;
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.every((event) => event.v === 1 && event.run === run.id)).toBe(true);
    const told = events.filter(({ type }) => !type.startsWith('call.'));
    expect(told).toMatchObject([
      { type: 'run.start', script: 'story', args: ['a'] },
      { type: 'stdout', text: 'hello\n' },
      { type: 'session', session: sessions[0], status: 'active' },
      { type: 'artifact', session: sessions[0], name: 'a.txt' },
      { type: 'stderr', text: { base64: '/w==' } },
      { type: 'run.end', status: 'completed' },
    ]);
    const calls = events.filter((event) => event.type === 'call.start');
    expect(calls.map(({ op }) => op)).toEqual(['session.create', 'artifact.store']);
  });

  it('gets arguments, variables and standard input', async () => {
    const runtime = await openRuntime();
    runtime.setGlobal('shared', { list: [1, 2] });
    const pieces = ['first ', 'line\nsecond'];
    const { value } = await runtime.eval(
      'local a, b = ... return a, b, arg[2], ARGS.name, shared.list[2], own, io.read("l"), io.read("a")',
      {
        args: ['x', '--name=y'],
        variables: { own: true },
        readInput: async () => {
          const piece = pieces.shift();
          return piece === undefined ? undefined : Buffer.from(piece);
        },
      },
    );
    expect(value).toEqual(['x', '--name=y', '--name=y', 'y', 2, true, 'first line', 'second']);
    expect(() => runtime.setGlobal('bad', () => 1)).toThrow(/function/);
  });

  it('runs files by path and by URL', async () => {
    const runtime = await openRuntime();
    const file = join(EXAMPLES, 'session-lifecycle.lua');
    expect((await runtime.run(file)).status).toBe('completed');
    expect((await runtime.run(pathToFileURL(file))).sessions).toHaveLength(2);
    const { error } = await runtime.run(join(EXAMPLES, 'missing.lua')).outcome;
    expect(error?.code).toBe('FILE_NOT_FOUND');
  });

  it('rejects with the error of the script, with file, line and traceback', async () => {
    const runtime = await openRuntime();
    const code = 'local function broken()\n  Session.complete("nobody")\nend\nbroken()';
    const error = await Promise.resolve(runtime.eval(code)).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SpellError);
    expect(error).toMatchObject({ code: 'SESSION_NOT_FOUND', file: 'eval', line: 2 });
    expect(error.traceback).toContain('eval:4');
    const { error: syntax, status } = await runtime.eval('x = = 1').outcome;
    expect(syntax).toMatchObject({ code: 'LUA_SYNTAX', line: 1 });
    expect(status).toBe('failed');
  });
});

describe('a run that must not go on', () => {
  it('ends when its signal aborts, while it waits', async () => {
    const runtime = await openRuntime();
    const controller = new AbortController();
    const run = runtime.eval('print("waiting") os.execute("sleep 60")', {
      signal: controller.signal,
      onOutput: () => controller.abort(),
    });
    expect(await run.outcome).toMatchObject({ status: 'interrupted', error: { code: 'ABORTED' } });
  });

  it('does not start when its signal has aborted already', async () => {
    const runtime = await openRuntime();
    let output = false;
    const onOutput = () => {
      output = true;
    };
    const run = runtime.eval('print("x")', { signal: AbortSignal.abort(), onOutput });
    expect((await run.outcome).status).toBe('interrupted');
    expect(output).toBe(false);
  });

  it('ends at its time limit, in a busy loop too', async () => {
    const runtime = await openRuntime();
    const busy = await runtime.eval('while true do end', { timeoutMs: 50 }).outcome;
    expect(busy).toMatchObject({ status: 'limit', error: { code: 'LIMIT_TIME' } });
    const waiting = await runtime.eval('os.execute("sleep 60")', { timeoutMs: 50 }).outcome;
    expect(waiting.error?.code).toBe('LIMIT_TIME');
    expect((await runtime.eval('return 1')).value).toBe(1);
  });

  it('ends at its memory limit', async () => {
    const runtime = await openRuntime();
    const code = 'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end';
    const { error, status } = await runtime.eval(code, { memoryLimitBytes: 64 << 20 }).outcome;
    expect(error?.code).toBe('LIMIT_MEMORY');
    expect(status).toBe('limit');
  });
});
