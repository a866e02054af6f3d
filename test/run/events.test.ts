import { describe, expect, test } from 'vitest';
import { defineTool, type RunEvent } from '../../bindings/node/index.js';
import { backendOf, workshop } from './kept-runs.js';
import { eventsOf, openRuntime } from './run-fixture.js';

const summary = ({ type, ...rest }: RunEvent) => {
  if (type === 'call.start' || type === 'call.end') return `${type} ${(rest as { op: string }).op}`;
  return type;
};

describe('the events of a run', () => {
  test('tell its story in order', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(
      `print('one')
      local id = Session.create({ name = 'S' })
      Artifact.store(id, 'user_input', 'a.txt', 'content')
      io.stderr:write('two')
      pcall(Session.complete, 'none')`,
      { name: 'story', args: ['x'] },
    );
    const events = await eventsOf(run);
    expect(events.map(summary)).toEqual([
      ...['run.start', 'stdout', 'call.start session.create', 'session', 'call.end session.create'],
      ...['call.start artifact.store', 'artifact', 'call.end artifact.store', 'stderr'],
      ...['call.start session.complete', 'call.end session.complete', 'run.end'],
    ]);
    expect(events[0]).toMatchObject({ type: 'run.start', script: 'story', args: ['x'] });
    expect(events[1]).toMatchObject({ type: 'stdout', text: 'one\n' });
    expect(events.at(-2)).toMatchObject({
      type: 'call.end',
      call: 3,
      error: { code: 'SESSION_NOT_FOUND', message: expect.any(String) },
    });
    expect(events.at(-1)).toMatchObject({ type: 'run.end', status: 'completed' });
  });

  test('tell a change once that was committed at the second try', async () => {
    const runtime = await workshop().open();
    const backend = await backendOf(runtime);
    const commit = backend.commit.bind(backend);
    let refusals = 0;
    backend.commit = async (batch) => {
      const isFirst = refusals === 0 && batch.writes.some(({ key }) => key.startsWith('a/'));
      if (!isFirst) return commit(batch);
      refusals += 1;
      return false;
    };
    const events = await eventsOf(
      runtime.eval("Artifact.store(Session.create(), 'user_input', 'a.txt', 'content')"),
    );
    backend.commit = commit;
    expect(refusals).toBe(1);
    expect(events.filter(({ type }) => type === 'artifact')).toHaveLength(1);
  });

  test('are numbered without gaps and carry the run, the time and the version', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("for i = 1, 5 do print(i) os.execute('sleep 0') end");
    const events = await eventsOf(run);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    for (const event of events) {
      expect(event).toMatchObject({ v: 1, run: run.id, branch: '0' });
      expect(new Date(event.at).toISOString()).toBe(event.at);
    }
  });

  test('show bytes that are no text as base64', async () => {
    const runtime = await openRuntime();
    const events = await eventsOf(runtime.eval("io.write('\\xff\\0')"));
    expect(events[1]).toMatchObject({ type: 'stdout', text: { base64: '/wA=' } });
  });

  test('go to every reader, each at its own pace', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("for i = 1, 3000 do print(i) end os.execute('sleep 0') print('end')");
    const [first, second] = await Promise.all([eventsOf(run), eventsOf(run)]);
    expect(first).toEqual(second);
    expect(first).toHaveLength(3005);
  });

  test('are numbered by their place in the run also for those who come late', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("print(1) os.execute('sleep 0.02') print(2)");
    await new Promise((resolve) => setTimeout(resolve, 0));
    const events = await eventsOf(run);
    expect(events.at(-1)?.type).toBe('run.end');
    expect(events.at(-1)?.seq).toBe(6);
  });

  test('are asked for several at a time without getting lost', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval('print(1)');
    const iterator = run[Symbol.asyncIterator]();
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
    expect(results.map(({ value }) => value.type)).toEqual(['run.start', 'stdout', 'run.end']);
    expect(await iterator.next()).toEqual({ value: undefined, done: true });
  });

  test('of a run that has ended are none', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval('return 1');
    await run;
    expect(await eventsOf(run)).toEqual([]);
  });

  test('that nobody reads are not kept', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("for i = 1, 20000 do print(('x'):rep(1000)) end return 'done'");
    const before = process.memoryUsage().heapUsed;
    expect((await run).value).toBe('done');
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
  });

  test('are let go by a reader that stops early', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval("for i = 1, 5000 do print(i) end os.execute('sleep 0') return 'done'");
    for await (const event of run) if (event.type === 'stdout') break;
    expect((await run).value).toBe('done');
  });

  test('hold a run back while a reader is far behind, and abort ends it all the same', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(
      "for i = 1, 5000 do print(i) end os.execute('sleep 0') print('went on') return 1",
    );
    const iterator = run[Symbol.asyncIterator]();
    await iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 30));
    run.abort();
    const outcome = await run.outcome;
    expect(outcome).toMatchObject({ status: 'interrupted', error: { code: 'ABORTED' } });
  });

  test('include the calls of tools', async () => {
    const runtime = await openRuntime({
      tools: [
        defineTool({
          name: 'greet',
          description: 'Greets.',
          parameters: { type: 'object' },
          effect: 'pure',
          execute: async () => 'hello',
        }),
      ],
    });
    const events = await eventsOf(runtime.eval("return Tool.execute('greet', {}).result"));
    expect(events.map(summary)).toContain('call.start tool.execute');
  });
});
