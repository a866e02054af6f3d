import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'fflate';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type Authorize,
  defineTool,
  type OpenOptions,
  type Redact,
  type RedactPlace,
  Runtime,
} from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { backendOf, replayed } from '../run/kept-runs.js';
import { openRuntime } from './open-runtime.js';

const SECRET = 'hunter2';
const redact: Redact = (data) =>
  typeof data === 'string'
    ? data.replaceAll(SECRET, '[secret]')
    : Buffer.from(Buffer.from(data).toString('latin1').replaceAll(SECRET, '[secret]'), 'latin1');

const reveal = defineTool({
  name: 'reveal',
  description: 'Answers and throws what nobody should see',
  parameters: { type: 'object', properties: { fail: { type: 'boolean' } } },
  execute: ({ fail }: { fail?: boolean }) => {
    if (fail === true) throw new Error(`wrong password ${SECRET}`);
    return { password: SECRET, list: [`a ${SECRET}`], raw: Buffer.from(`\xff${SECRET}`, 'latin1') };
  },
});

/** Everything that is stored, decompressed: records, contents and pages of Lua memory. */
async function everythingIn(runtime: Runtime): Promise<Map<string, string>> {
  const backend = await backendOf(runtime);
  const { contents } = await runtime.services.stores();
  const found = new Map<string, string>();
  for (const { key, value } of await backend.range({ start: '', end: '\x7f' })) {
    const isPage = key.startsWith('p/');
    found.set(key, Buffer.from(isPage ? inflateSync(value) : value).toString('latin1'));
    if (!key.startsWith('b/')) continue;
    const content = await contents.read(key.slice('b/'.length));
    found.set(`content of ${key}`, Buffer.from(content).toString('latin1'));
  }
  return found;
}

/** The places where something can be found that must not be stored. */
async function leaks(runtime: Runtime, text = SECRET): Promise<string[]> {
  const found = await everythingIn(runtime);
  return [...found].flatMap(([key, value]) =>
    key.includes(text) || value.includes(text) ? [key] : [],
  );
}

/** The files of the data, as they are on the disk. */
function bytesOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const data = files.filter((file) => file.isFile());
  return data.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('');
}

const OUTSIDE = `local session = Session.create('outside')
Session.setCurrent(session)
local arg1 = ...
local reply = Tool.execute('reveal', {})
local failed = Tool.execute('reveal', { fail = true })
local file = io.open(FILE):read('a')
local seen = {
  arg1, ARGS.password, VARIABLE.deep[1], io.read('l'), os.getenv('OPENED'), file,
  reply.result.password, reply.result.list[1], reply.result.raw, failed.error.message,
}
for i, value in ipairs(seen) do print(i, value) end
State.set('seen', seen)
Artifact.store(nil, 'tool_result', 'seen.txt', table.concat(seen, '\\n'))
Session.checkpoint(nil, 'here', { seen = seen })
os.execute('sleep 0.01')
Session.complete(session)
return table.unpack(seen)`;

/** Gives a script the secret in every way in which something can come in. */
async function runOutside(runtime: Runtime) {
  const folder = temporaryFolder();
  const file = join(folder, 'file.txt');
  writeFileSync(file, `file ${SECRET}`);
  const input = [Buffer.from(`input ${SECRET}\n`)];
  let output = '';
  const outcome = await runtime.eval(OUTSIDE, {
    args: [`arg ${SECRET}`, `--password=${SECRET}`],
    variables: { VARIABLE: { deep: [`variable ${SECRET}`] }, FILE: file },
    readInput: async () => input.shift(),
    onOutput: (_, bytes) => {
      output += Buffer.from(bytes).toString('latin1');
    },
  });
  return { ...outcome, output };
}

function options(dataDir = temporaryFolder()): OpenOptions {
  return {
    dataDir,
    redact,
    tools: [reveal],
    settings: {
      'runtime.security.environment': ['OPENED'],
      'runtime.security.file_read_roots': ['/tmp', process.env.TMPDIR ?? '/tmp'],
      'runtime.durability.snapshot_every_entries': 1,
    },
  };
}

describe('redact', () => {
  test('takes what comes from outside away before the script, and so its memory, has it', async () => {
    process.env.OPENED = `environment ${SECRET}`;
    const dataDir = temporaryFolder();
    const runtime = await Runtime.open(options(dataDir));
    const { value, output, run, sessions } = await runOutside(runtime);
    delete process.env.OPENED;
    const raw = Buffer.from('\xff[secret]', 'latin1');
    expect(value).toEqual([
      'arg [secret]',
      '[secret]',
      'variable [secret]',
      'input [secret]',
      'environment [secret]',
      'file [secret]',
      '[secret]',
      'a [secret]',
      expect.toSatisfy((bytes: Uint8Array) => raw.equals(bytes)),
      'wrong password [secret]',
    ]);
    const stored = await everythingIn(runtime);
    expect([...stored.keys()].filter((key) => key.startsWith('p/')).length).toBeGreaterThan(5);
    expect([...stored.values()].filter((text) => text.includes('[secret]')).length).toBeGreaterThan(
      10,
    );
    expect(await leaks(runtime)).toEqual([]);
    // The answers are recorded as the script saw them.
    const again = await replayed(runtime, run);
    expect(again).toMatchObject({ diverged: null, outcome: { value } });
    expect(again.output.split('\n')[0]).toBe(output.split('\n')[0]);
    expect((await runtime.runs.get(run))?.args).toEqual(['arg [secret]', '--password=[secret]']);
    expect((await runtime.artifacts.list(sessions[0] ?? ''))[0]?.name).toBe('seen.txt');
    await runtime.close();
    expect(bytesOf(dataDir)).not.toContain(SECRET);
    // Another program, which knows nothing of what was taken out, replays the same.
    const other = await openRuntime({ dataDir });
    expect((await replayed(other, run)).diverged).toBeNull();
  });

  test('keeps what a script makes up itself out of sessions, artifacts, State and records', async () => {
    const runtime = await openRuntime({ ...options(), settings: {} });
    // In two pieces, so that only the values hold it, and not the text of the script.
    const code = `local secret = 'hun' .. 'ter2'
      local id = Session.create({
        name = 'n ' .. secret, description = 'd ' .. secret, tags = { 't', secret },
        metadata = { deep = { list = { secret } } },
      })
      Session.update(id, { name = secret })
      Session.updateMetadata(id, { more = secret })
      Artifact.store(id, 'user_input', secret .. '.txt', 'text ' .. secret, { about = secret })
      Artifact.storeMany(id, { { name = 'b', content = '\\255' .. secret } })
      State.save('scope', 'key', { secret })
      Session.signal(id, 'event', { secret })
      local said = Session.addMessage(id, 'user', 'my password is ' .. secret, { metadata = { secret } })
      assert(said.content == 'my password is [secret]')
      Session.setContext(id, { about = secret })
      Session.setResponse(id, 'one', { answer = secret })
      Session.startConversation(id, { name = 'talk about ' .. secret, initial_prompt = 'ask ' .. secret })
      Session.setSystemPrompt(id, 'never say ' .. secret .. (' '):rep(5000))
      Tool.define({ name = 'own', description = 'about ' .. secret, run = function() end })
      Tool.execute('reveal', { note = secret })
      pcall(Session.get, secret)
      print('printed', secret)
      Session.fail(id, 'since ' .. secret)
      error({ code = 'MINE', message = 'failed with ' .. secret })`;
    let output = '';
    const run = runtime.eval(code, { onOutput: (_, bytes) => (output += Buffer.from(bytes)) });
    const events: unknown[] = [];
    for await (const event of run) events.push(event);
    const { error, sessions } = await run.outcome;
    expect(error).toMatchObject({ code: 'MINE', message: 'failed with [secret]' });
    expect(output).toBe('printed\t[secret]\n');
    expect(JSON.stringify(events)).not.toContain(SECRET);
    expect(JSON.stringify(events)).toContain('printed\\t[secret]');
    expect(await runtime.sessions.get(sessions[0] ?? '')).toMatchObject({
      name: '[secret]',
      description: 'd [secret]',
      tags: ['t', '[secret]'],
      metadata: { deep: { list: ['[secret]'] }, more: '[secret]' },
      failureReason: 'since [secret]',
    });
    const [artifact, binary] = await runtime.artifacts.list(sessions[0] ?? '');
    expect(artifact).toMatchObject({ name: '[secret].txt', metadata: { about: '[secret]' } });
    const content = async (id = '') => Buffer.from(await runtime.artifacts.read(id));
    expect((await content(artifact?.id)).toString()).toBe('text [secret]');
    expect((await content(binary?.id)).toString('latin1')).toBe('\xff[secret]');
    const entries = await runtime.runs.entries(run.id);
    expect(JSON.stringify(entries)).toContain('[secret]');
    const calls = entries.flatMap(({ event }) => (event.type === 'call' ? [event] : []));
    const { args } = calls.find(({ op }) => op === 'tool.define') ?? {};
    const shown = args !== undefined && 'inline' in args ? Buffer.from(args.inline) : '';
    expect(JSON.parse(shown.toString())).toMatchObject({
      name: 'own',
      description: 'about [secret]',
    });
    expect(await leaks(runtime)).toEqual([]);
    expect((await runtime.runs.replay(run.id)).diverged).toBeNull();
  });

  test('covers what the program itself stores, streams and forks included', async () => {
    const runtime = await openRuntime({ ...options(), settings: {} });
    const { id } = await runtime.sessions.create({ name: SECRET, metadata: { a: [SECRET] } });
    await runtime.sessions.update(id, { description: `of ${SECRET}`, tags: [SECRET] });
    async function* pieces() {
      yield Buffer.from(`${'x'.repeat(2_000_000)}hunt`);
      yield Buffer.from('er2 and more');
    }
    const stored = await runtime.artifacts.store({
      sessionId: id,
      name: 'stream',
      content: pieces(),
      metadata: { tags: [SECRET] },
    });
    expect(stored.tags).toEqual(['[secret]']);
    const content = Buffer.from(await runtime.artifacts.read(stored.id)).toString();
    expect(content).toBe(`${'x'.repeat(2_000_000)}[secret] and more`);
    const { run } = await runtime.eval(`return Tool.execute('reveal', {}).result`);
    const call = (await runtime.runs.entries(run)).find(({ event }) => event.type === 'call');
    const set = { seq: call?.seq ?? 0, value: new Map([['result', `forked ${SECRET}`]]) };
    const fork = await runtime.runs.fork(run, { set });
    expect((await runtime.runs.resume(fork.id)).value).toBe('forked [secret]');
    const said = await runtime.sessions.addMessage(id, {
      role: 'assistant',
      content: [
        { type: 'text', text: `text ${SECRET}` },
        { type: 'tool_call', id: 'call_1', name: 'reveal', arguments: { deep: [SECRET] } },
      ],
      metadata: { about: SECRET },
    });
    expect(said.parts[1]).toMatchObject({ id: 'call_1', arguments: { deep: ['[secret]'] } });
    expect((await runtime.sessions.history(id))[0]?.content).toBe('text [secret]');
    await runtime.sessions.fail(id, `since ${SECRET}`);
    expect(await leaks(runtime)).toEqual([]);
  });

  test('is told where data goes, in one piece, and never of keys and ids', async () => {
    const seen = new Map<RedactPlace, (string | Uint8Array)[]>();
    const runtime = await openRuntime({
      redact: (data, place) => {
        seen.set(place, [...(seen.get(place) ?? []), data]);
        return data;
      },
      tools: [reveal],
    });
    await runtime.eval(
      `Session.create({ id = 'mine', name = 'n', metadata = { key = 'v' } })
       Artifact.store('mine', 'tool_result', 'a', 'text')
       Artifact.store('mine', 'tool_result', 'b', '\\255')
       State.save('scope', 'name', 'value')
       print('out')
       return 'end'`,
      { args: ['in'] },
    );
    expect(Object.fromEntries(seen)).toEqual({
      input: ['in'],
      metadata: ['n', 'v', 'a', 'b'],
      content: ['text', Uint8Array.of(255)],
      state: ['value'],
      output: ['out\n', 'end'],
    });
  });

  test('refuses by throwing, and what it does not answer', async () => {
    const answers: Record<string, unknown> = { number: 7, nothing: undefined };
    const runtime = await openRuntime({
      redact: (data) => {
        if (data === 'no cards') throw new Error('a card number');
        const known = Object.hasOwn(answers, String(data));
        return (known ? answers[String(data)] : data) as string;
      },
    });
    const { id } = await runtime.sessions.create();
    const store = (content: string) =>
      runtime.artifacts.store({ sessionId: id, name: 'a', content });
    await expect(store('no cards')).rejects.toMatchObject({
      code: 'POLICY_DENIED',
      message: "redact refused data of the kind 'content': a card number",
    });
    await expect(store('number')).rejects.toThrow(/it answered number/);
    await expect(store('nothing')).rejects.toThrow(/it answered undefined/);
    expect(await runtime.artifacts.list(id)).toEqual([]);
    const { value } = await runtime.eval(
      `local ok, err = pcall(State.set, 'x', 'no cards') return err.code, State.get('x')`,
    );
    expect(value).toEqual(['POLICY_DENIED', undefined]);
    expect((await runtime.eval(`return 'no cards'`).outcome).error).toMatchObject({
      code: 'POLICY_DENIED',
      message: "redact refused data of the kind 'output': a card number",
    });
    const broken = { redact: 7 as unknown as Redact, authorize: true as unknown as Authorize };
    for (const [key, value] of Object.entries(broken)) {
      await expect(openRuntime({ [key]: value })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
        key,
      });
    }
    expect((await runtime.eval(`error('no cards')`).outcome).error?.code).toBe('LUA_ERROR');
    expect(() => runtime.eval('', { args: ['no cards'] })).toThrow(/redact refused/);
  });

  test('leaves bytes that it does not change exactly as they are', async () => {
    const runtime = await openRuntime({ redact });
    const { id: sessionId } = await runtime.sessions.create();
    for (const text of ['\ufeffmarked', '\xff\xfe\x00', '', 'a\r\n\0b']) {
      const content = Buffer.from(text, text.startsWith('\xff') ? 'latin1' : 'utf8');
      const { id } = await runtime.artifacts.store({ sessionId, name: 'a', content });
      expect(content.equals(await runtime.artifacts.read(id))).toBe(true);
    }
  });
});

test('the value of a secret is never stored, whoever says it', async () => {
  const [KEY, LONGER, SHORT] = ['pa$$word-1', 'pa$$word-1-and-more', 'abc'];
  Object.assign(process.env, { MY_KEY: KEY, MY_LONGER: LONGER, MY_SHORT: SHORT });
  onTestFinished(() => {
    for (const name of ['MY_KEY', 'MY_LONGER', 'MY_SHORT']) delete process.env[name];
  });
  const login = defineTool({
    name: 'login',
    description: 'Has a key of its own and repeats it',
    parameters: { type: 'object' },
    execute: ({ name }: { name: string }) => {
      const value = process.env[name];
      return { said: `in with ${value}`, raw: Buffer.from(`\xff${value}`, 'latin1') };
    },
  });
  const dataDir = temporaryFolder();
  const runtime = await openRuntime({
    dataDir,
    tools: [login],
    settings: {
      'runtime.security.secrets': ['MY_KEY', 'MY_LONGER', 'MY_SHORT', 'MY_MISSING'],
      'runtime.durability.snapshot_every_entries': 1,
    },
  });
  const { value, run } = await runtime.eval(`
    local id = Session.create()
    local first = Tool.execute('login', { name = 'MY_KEY' }).result
    local second = Tool.execute('login', { name = 'MY_LONGER' }).result
    Artifact.store(id, 'tool_result', 'a', first.raw .. second.said)
    return first.said, first.raw, second.said, 'abc'`);
  expect(value).toEqual([
    'in with [secret MY_KEY]',
    Uint8Array.from(Buffer.from('\xff[secret MY_KEY]', 'latin1')),
    'in with [secret MY_LONGER]',
    'abc',
  ]);
  await runtime.sessions.create({ name: `with ${KEY}` });
  expect(await leaks(runtime, KEY)).toEqual([]);
  expect((await replayed(runtime, run)).diverged).toBeNull();
});
