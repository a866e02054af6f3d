import { describe, expect, test } from 'vitest';
import { luaGlobals } from '../../bindings/lua/index.js';
import {
  type AccessRequest,
  type Authorize,
  defineTool,
  type OpenOptions,
  type Runtime,
  scriptedProvider,
} from '../../bindings/node/index.js';
import { NO_USAGE } from '../../runtime/host/usage.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { interrupted, replayed } from '../run/kept-runs.js';
import { openRuntime } from './open-runtime.js';

const executed: string[] = [];
const echo = defineTool({
  name: 'echo',
  description: 'Answers its text',
  parameters: { type: 'object', properties: { text: { type: 'string' } } },
  execute: ({ text }: { text?: string }) => {
    executed.push(text ?? '');
    return text;
  },
});

/** The methods of an object and of what its class extends, but those that touch nothing stored. */
function methodsOf(part: object): string[] {
  const free = ['constructor', 'getCurrent'];
  const names = new Set<string>();
  for (
    let from = Object.getPrototypeOf(part);
    from !== Object.prototype;
    from = Object.getPrototypeOf(from)
  ) {
    for (const name of Object.getOwnPropertyNames(from)) names.add(name);
  }
  return [...names].filter((name) => !free.includes(name));
}

/** A runtime whose program writes down what it is asked. */
async function asked(
  options: OpenOptions = {},
  decide: Authorize = () => true,
): Promise<{ runtime: Runtime; requests: AccessRequest[] }> {
  const requests: AccessRequest[] = [];
  const authorize: Authorize = (request) => {
    requests.push(request);
    return decide(request);
  };
  return { runtime: await openRuntime({ tools: [echo], authorize, ...options }), requests };
}

const KINDS = `local session = Session.create({ id = 'mine' })
Session.setCurrent(session)
Session.get()
Session.list()
Artifact.store(nil, 'tool_result', 'a.txt', 'x')
Artifact.query()
State.save('cart', 'total', 7)
State.get('total')
State.list_keys('cart')
Tool.execute('echo', { text = 'hello' })
Session.signal('mine', 'go')
Session.wait_for_event('go')
Session.stats()
Session.addMessage(nil, 'user', 'hello')
Session.getMessage('mine', 'msg_1')
Session.complete('mine')`;

describe.each(['memory', 'lmdb'] as const)('authorize on %s', (storage) => {
  const options = () => ({ storage, dataDir: temporaryFolder() });

  test('is asked about every call that reads, changes or executes, and about no other', async () => {
    const { runtime, requests } = await asked(options());
    const code = `os.time() JSON.parse('1') print(Tool.exists('echo')) math.randomseed()\n${KINDS}`;
    const { run } = await runtime.eval(code, { actor: 'anna' });
    const who = { actor: 'anna', run };
    const mine = { session: 'mine', ...who };
    expect(requests).toEqual([
      { op: 'session.create', kind: 'write', ...mine },
      { op: 'session.setCurrent', kind: 'read', ...mine },
      { op: 'session.get', kind: 'read', ...mine },
      { op: 'session.list', kind: 'read', ...who },
      { op: 'artifact.store', kind: 'write', ...mine },
      { op: 'artifact.query', kind: 'read', ...mine },
      { op: 'state.save', kind: 'write', scope: 'cart', key: 'total', ...who },
      { op: 'state.get', kind: 'read', scope: 'global', key: 'total', ...who },
      { op: 'state.list_keys', kind: 'read', scope: 'cart', ...who },
      { op: 'tool.execute', kind: 'execute', tool: 'echo', ...who },
      { op: 'session.signal', kind: 'write', ...mine },
      { op: 'session.waitForEvent', kind: 'write', ...mine },
      { op: 'session.stats', kind: 'read', ...who },
      { op: 'session.addMessage', kind: 'write', ...mine },
      { op: 'session.getMessage', kind: 'read', ...mine },
      { op: 'session.complete', kind: 'write', ...mine },
    ]);
  });

  test('refuses before anything happens, and the script can catch it', async () => {
    const { runtime } = await asked(options(), ({ kind }) => kind === 'read');
    executed.length = 0;
    const { value } = await runtime.eval(
      `local caught = {}
       for name, call in pairs({
         create = function() Session.create() end,
         tool = function() Tool.execute('echo', { text = 'refused' }) end,
         state = function() State.set('x', 1) end,
       }) do
         local ok, err = pcall(call)
         caught[name] = err.code
       end
       local _, err = pcall(State.set, 'x', 1)
       return caught, err.message, err.op, State.get('x'), #Session.list()`,
      { actor: 'anna' },
    );
    expect(value).toEqual([
      { create: 'POLICY_DENIED', tool: 'POLICY_DENIED', state: 'POLICY_DENIED' },
      'state.set is not allowed to anna',
      'state.set',
      undefined,
      0,
    ]);
    expect(executed).toEqual([]);
    const { error, status } = await runtime.eval('State.set("x", 1)').outcome;
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'POLICY_DENIED', exitStatus: 6, line: 1 });
  });

  test('may answer later; what it throws is the reason, and what it forgets is no', async () => {
    const answers: Record<string, Authorize> = {
      later: async () => true,
      no: () => false,
      why: () => {
        throw new Error('the office is closed');
      },
      never: async () => Promise.reject(new Error('no connection')),
      nothing: (() => undefined) as unknown as Authorize,
    };
    const { runtime } = await asked(options(), (request) =>
      (answers[request.key ?? ''] as Authorize)(request),
    );
    const { value } = await runtime.eval(`
      local said = {}
      for _, key in ipairs({ 'later', 'no', 'why', 'never', 'nothing' }) do
        local ok, err = pcall(State.set, key, 1)
        said[#said + 1] = ok and 'yes' or err.message
      end
      return said`);
    expect(value).toEqual([
      'yes',
      'state.set is not allowed',
      'state.set is not allowed: the office is closed',
      'state.set is not allowed: no connection',
      'state.set is not allowed: authorize answered undefined, not true',
    ]);
  });

  test('is asked about what the program does itself', async () => {
    const { runtime, requests } = await asked({ ...options(), actor: 'service' });
    const { sessions, artifacts, tools } = runtime;
    const { id } = await sessions.create({ id: 'own' });
    const { id: artifact } = await artifacts.store({ sessionId: id, name: 'a', content: 'x' });
    await sessions.find('ow');
    await artifacts.read(artifact.slice(0, 30));
    for await (const _ of artifacts.stream(artifact));
    await artifacts.query({});
    await sessions.updateMetadata(id, { a: 1 });
    expect(await tools.execute('echo', { text: 'x' })).toMatchObject({ success: true });
    await sessions.complete(id);
    await artifacts.delete(artifact);
    await sessions.delete(id);
    expect(await artifacts.get(artifact)).toBeUndefined();
    expect(requests.every(({ actor, run }) => actor === 'service' && run === null)).toBe(true);
    expect(requests.map(({ op, kind, session, tool }) => [op, kind, session ?? tool])).toEqual([
      ['session.create', 'write', 'own'],
      ['artifact.store', 'write', 'own'],
      ['session.get', 'read', 'own'],
      ['artifact.get', 'read', 'own'],
      ['artifact.get', 'read', 'own'],
      ['artifact.query', 'read', undefined],
      ['session.updateMetadata', 'write', 'own'],
      ['tool.execute', 'execute', 'echo'],
      ['session.complete', 'write', 'own'],
      ['artifact.delete', 'write', 'own'],
      ['session.delete', 'write', 'own'],
      ['artifact.get', 'read', undefined],
    ]);
  });

  test('refuses what the program does itself', async () => {
    let mayWrite = true;
    const { runtime } = await asked(options(), ({ kind }) => mayWrite && kind === 'write');
    const { sessions, artifacts, tools } = runtime;
    const { id } = await sessions.create();
    const { id: artifact } = await artifacts.store({ sessionId: id, name: 'a', content: 'x' });
    mayWrite = false;
    // Every method that there is, those included that somebody adds.
    const refused = async (part: object, name: string) => {
      const call = Reflect.get(part, name) as (...args: unknown[]) => unknown;
      const one = { sessionId: id, path: '/a', name: 'a', content: 'x' };
      const stored = name === 'storeMany' ? [one] : one;
      const first = name.startsWith('store') ? stored : part === artifacts ? artifact : id;
      const answer = call.call(part, first, 'text', 'text');
      return Symbol.asyncIterator in Object(answer)
        ? (answer as AsyncGenerator).next()
        : (answer as Promise<unknown>);
    };
    const methods = [sessions, artifacts].flatMap((part) =>
      methodsOf(part).map((name) => [part, name] as const),
    );
    expect(methods.length).toBeGreaterThan(50);
    for (const [part, name] of methods) {
      const denied = { code: 'POLICY_DENIED', message: expect.stringContaining('is not allowed') };
      await expect(refused(part, name), name).rejects.toMatchObject(denied);
    }
    await expect(tools.execute('echo')).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    expect(sessions.getCurrent()).toBeUndefined();
    await expect(runtime.stats()).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    mayWrite = true;
    expect(await sessions.delete(id)).toBe(true);
  });
});

test('asks before a program asks models, whichever way it does', async () => {
  let may = true;
  const { runtime, requests } = await asked(
    {
      actor: 'service',
      providers: { demo: scriptedProvider({ rule: [{ text: 'ok' }] }) },
      settings: { 'providers.demo.default_model': 'm' },
    },
    () => may,
  );
  const { id } = await runtime.sessions.create();
  const { sessions, llm } = runtime;
  const ways: readonly (() => Promise<unknown>)[] = [
    () => llm.generate('x'),
    () => llm.stream('x').response(),
    async () => (await llm.getInterface()).generate('x'),
    () => llm.execute('x'),
    () => sessions.generate(id, 'x'),
    () => sessions.stream(id, 'x').response(),
    () => sessions.executePrompt(id, 'x'),
  ];
  for (const ask of ways) {
    requests.length = 0;
    await ask();
    const execution = requests.find(({ kind }) => kind === 'execute');
    expect(execution).toMatchObject({ actor: 'service' });
    may = false;
    await expect(ask()).rejects.toMatchObject({ code: 'POLICY_DENIED' });
    may = true;
  }
  expect(await sessions.history(id)).toHaveLength(6);
});

test('every function that reads or changes what is stored says what it is about', async () => {
  const runtime = await openRuntime();
  const nothing = async () => undefined;
  const { functions } = luaGlobals(runtime.services)({
    ...{ script: '', folder: '', args: [], actor: null, memoryLimitBytes: 0, usedBefore: NO_USAGE },
    ...{ write: () => {}, log: () => {}, read: nothing },
  });
  const silent = functions.filter(
    ({ operation: { op, kind, needs, target } }) =>
      target === undefined &&
      ['state', 'store', 'external'].includes(kind) &&
      (needs === 'sessions' || /^(session|artifact|state)\.|^tool\.execute$/.test(op)),
  );
  // These two only know the clock.
  expect(silent.map(({ operation }) => operation.op)).toEqual([
    'session.wakeTime',
    'session.sleepUntil',
  ]);
});

describe('what was decided', () => {
  test('is part of the record: a replay asks nobody and tells the same', async () => {
    const dataDir = temporaryFolder();
    const { runtime, requests } = await asked({ dataDir }, ({ tool }) => tool === undefined);
    const { run } = await runtime.eval(
      `${KINDS.replace(/Tool\..*/, '')}\nlocal ok, err = pcall(Tool.execute, 'echo')
       print(ok, err.code, err.message)`,
    );
    const count = requests.length;
    const here = await replayed(runtime, run);
    expect(here).toMatchObject({ diverged: null, outcome: { status: 'completed' } });
    expect(here.output).toBe('false\tPOLICY_DENIED\ttool.execute is not allowed\n');
    expect(requests).toHaveLength(count);
    // The first program is not needed for it.
    const elsewhere = await openRuntime({ dataDir });
    expect((await replayed(elsewhere, run)).output).toBe(here.output);
    const refused = await runtime.sessions.journal('mine');
    expect(refused.filter(({ error }) => error !== null)).toMatchObject([
      { op: 'tool.execute', error: { code: 'POLICY_DENIED' } },
    ]);
  });

  test('is not asked again by a run that goes on', async () => {
    const dataDir = temporaryFolder();
    const { runtime, requests } = await asked({ dataDir });
    const code = `local before = Session.create() print('waiting') os.execute('sleep 0.2')
      State.set('after', before)`;
    const run = await interrupted(runtime, code, 0);
    expect(requests.map(({ op }) => op)).toEqual(['session.create']);
    await runtime.runs.resume(run);
    expect(requests.map(({ op }) => op)).toEqual(['session.create', 'state.set']);
  });

  test('does not make a refused tool look as if it had been called', async () => {
    const { runtime } = await asked({ dataDir: temporaryFolder() }, () => false);
    const { run } = await runtime.eval(`pcall(Tool.execute, 'echo')`);
    const entries = await runtime.runs.entries(run);
    expect(entries.map(({ event }) => event.type)).toEqual(['start', 'call', 'end']);
  });

  test('holds for a call that had left when its process ended', async () => {
    const dataDir = temporaryFolder();
    const slow = { ...echo, name: 'slow', execute: () => new Promise<never>(() => {}) };
    const first = await asked({ dataDir, tools: [slow] });
    const code = `print('waiting') return Tool.execute('slow').result`;
    const run = await interrupted(first.runtime, code);
    expect(first.requests).toHaveLength(1);
    const quick = { ...slow, execute: () => 'done' };
    const second = await asked({ dataDir, tools: [quick] }, () => false);
    const { value } = await second.runtime.runs.resume(run, { onUnknown: 'retry' });
    expect([value, second.requests]).toEqual(['done', []]);
  });

  test('about a fork names its own sessions', async () => {
    const { runtime, requests } = await asked({ dataDir: temporaryFolder() });
    const code = `local id = Session.create() Session.setCurrent(id)
      State.set('x', 1) Session.update(nil, { name = 'n' }) Session.complete(id)`;
    const { run } = await runtime.eval(code);
    const fork = await runtime.runs.fork(run, { at: 3, actor: 'bob' });
    requests.length = 0;
    await runtime.runs.resume(fork.id);
    const [session] = fork.sessions;
    expect(requests).toMatchObject([
      { op: 'state.set', run: fork.id, actor: 'bob' },
      { op: 'session.update', session, run: fork.id, actor: 'bob' },
      { op: 'session.complete', session },
    ]);
  });
});
