/** What is flushed before what leaves the process: the storage, the tools and the output write one list together. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { composeRuntime } from '../../bindings/node/compose.js';
import { defineTool, type RunOutcome } from '../../bindings/node/index.js';
import { Runtime } from '../../bindings/node/runtime.js';
import { loadConfig } from '../../config/load.js';
import type { Backend } from '../../runtime/storage/storage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

describe('in a run that is kept', () => {
  test('a call that leaves the process costs one flush: its answer rides on the next one', async () => {
    const { steps } = await watched(`for step = 1, 3 do Tool.execute('note', { step = step }) end`);
    expect(steps).toEqual([
      // Owner, start, intent.
      ...['commit', 'commit', 'commit', 'flush', 'tool 1'],
      // Answer, intent.
      ...['commit', 'commit', 'flush', 'tool 2'],
      ...['commit', 'commit', 'flush', 'tool 3'],
      // Answer, end; the release of the run needs none.
      ...['commit', 'commit', 'flush', 'commit'],
    ]);
  });

  test('calls that stay inside are not flushed, and those that only read not even committed', async () => {
    const { steps } = await watched(`
      for i = 1, 200 do os.time() end
      local session = Session.create()
      for i = 1, 200 do math.randomseed() State.get('x') end
      State.set('x', 1)
      return Session.get(session).name`);
    expect(steps).toEqual([
      ...['commit', 'commit'],
      // The session, then the value; the end with its flush, and the release.
      ...['commit', 'commit', 'commit', 'flush', 'commit'],
    ]);
  });

  test('a line of output is flushed for, and lines that depend on nothing new are not', async () => {
    const { steps } = await watched(`
      print(os.time() > 0) print('again') print('and again')
      State.set('x', 1)
      print(2)`);
    expect(steps).toEqual([
      ...['commit', 'commit', 'commit', 'flush', 'line', 'line', 'line'],
      ...['commit', 'flush', 'line', 'commit', 'flush', 'commit'],
    ]);
  });

  test('what its process was told at the end is flushed before', async () => {
    const { steps, outcome } = await watched(`return os.time() > 0`);
    expect(outcome.value).toBe(true);
    expect(steps).toEqual(['commit', 'commit', 'commit', 'flush', 'commit']);
  });

  test('a call that was in flight at a crash is flushed for before it is made again', async () => {
    const first = watchedRuntime();
    const hangs = (await first.open()).eval(`Tool.execute('hang', {})`);
    await first.seen('tool hang');
    // The process forgets it, as one that is killed does; nobody is left to end it.
    const second = watchedRuntime(first.dataDir, { answers: true });
    const resumed = await second.open();
    await first.forget(hangs.id);
    await resumed.runs.resume(hangs.id);
    expect(second.steps.slice(0, 4)).toEqual(['commit', 'commit', 'flush', 'tool hang']);
  });
});

describe('in a run that is not kept', () => {
  test('changes are flushed before a call leaves the process, a line is written, or it ends', async () => {
    const settings = { 'runtime.durability.enabled': false };
    const { steps } = await watched(
      `Tool.execute('note', { step = 1 })
       State.set('x', 1) State.set('x', 2)
       Tool.execute('note', { step = 2 })
       Tool.execute('note', { step = 3 })
       State.set('x', 3)
       print('x') print('y')
       State.set('x', 4)`,
      settings,
    );
    expect(steps).toEqual([
      ...['tool 1', 'commit', 'commit', 'flush', 'tool 2', 'tool 3'],
      ...['commit', 'flush', 'line', 'line', 'commit', 'flush'],
    ]);
  });
});

describe('an embedding program', () => {
  test('is answered when a change was flushed', async () => {
    const { open, steps } = watchedRuntime();
    const runtime = await open();
    const flushedAfter = async (change: () => Promise<unknown>) => {
      steps.length = 0;
      await change();
      expect(steps.at(-1)).toBe('flush');
    };
    const { id } = await runtime.sessions.create();
    expect(steps.at(-1)).toBe('flush');
    await flushedAfter(() => runtime.sessions.updateMetadata(id, { a: 1 }));
    await flushedAfter(() => runtime.sessions.update(id, { name: 'n' }));
    await flushedAfter(() => runtime.sessions.suspend(id));
    await flushedAfter(() => runtime.sessions.resume(id));
    await flushedAfter(() => runtime.sessions.addMessage(id, { role: 'user', content: 'x' }));
    await flushedAfter(() => runtime.sessions.setSystemPrompt(id, 'x'));
    await flushedAfter(() => runtime.sessions.clearHistory(id));
    const artifact = { sessionId: id, name: 'a', content: 'x' };
    await flushedAfter(() => runtime.artifacts.store(artifact));
    await flushedAfter(() => runtime.artifacts.deleteWhere({ sessionId: id }));
    const { run } = await runtime.eval('return os.time()');
    await flushedAfter(() => runtime.runs.fork(run));
    await flushedAfter(() => runtime.archive.prune({ before: new Date(Date.now() + 1000) }));
    await flushedAfter(() => runtime.sessions.delete(id));
  });
});

interface Watched {
  readonly dataDir: string;
  /** `commit`, `flush`, `tool <step>`, `line`, in their order. */
  readonly steps: string[];
  open(settings?: Readonly<Record<string, unknown>>): Promise<Runtime>;
  /** Resolves once a step was seen. */
  seen(step: string): Promise<void>;
  /** Takes a run from the process that executes it. */
  forget(run: string): Promise<void>;
}

function watchedRuntime(dataDir = temporaryFolder(), { answers = false } = {}): Watched {
  const steps: string[] = [];
  const backends: Backend[] = [];
  const open: Watched['open'] = async (settings = {}) => {
    const all = {
      'runtime.storage.path': dataDir,
      'runtime.sessions.storage_backend': 'lmdb',
      ...settings,
    };
    const overrides = Object.entries(all).map(([key, value]) => ({ key, value, flag: 'test' }));
    const loaded = await loadConfig({ cwd: process.cwd(), env: {}, discover: false, overrides });
    const parts = composeRuntime(loaded, {}, process.cwd());
    const openBackend = async () => {
      const backend = watch(await parts.openBackend(), steps);
      backends.push(backend);
      return backend;
    };
    const runtime = new Runtime({ ...parts, openBackend });
    await runtime.openStorage();
    onTestFinished(() => runtime.close());
    const note = { name: 'note', description: 'Notes a step', parameters: { type: 'object' } };
    runtime.tools.register(
      defineTool({
        ...note,
        effect: 'idempotent',
        execute: ({ step }: { step: number }) => steps.push(`tool ${step}`),
      }),
    );
    runtime.tools.register(
      defineTool({
        ...note,
        name: 'hang',
        effect: 'idempotent',
        execute: (_, { signal }) => {
          steps.push('tool hang');
          if (answers) return 'answered';
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
        },
      }),
    );
    return runtime;
  };
  const seen = async (step: string) => {
    while (!steps.includes(step)) await new Promise((resolve) => setImmediate(resolve));
  };
  const forget = async (run: string) => {
    const [backend] = backends;
    await backend?.commit({
      preconditions: [],
      writes: [{ key: `r-owner/${run}`, value: undefined }],
    });
  };
  return { dataDir, steps, open, seen, forget };
}

async function watched(
  code: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<{ steps: string[]; outcome: RunOutcome }> {
  const { open, steps } = watchedRuntime();
  const runtime = await open(settings);
  const onOutput = () => steps.push('line');
  const outcome = await runtime.eval(code, { onOutput }).outcome;
  expect(outcome.error).toBeUndefined();
  return { steps, outcome };
}

/** A backend that tells when it has committed and flushed. */
function watch(backend: Backend, steps: string[]): Backend {
  const commit = backend.commit.bind(backend);
  const flush = backend.flush.bind(backend);
  backend.commit = async (batch) => {
    const isCommitted = await commit(batch);
    if (isCommitted) steps.push('commit');
    return isCommitted;
  };
  backend.flush = async () => {
    await flush();
    steps.push('flush');
  };
  return backend;
}
