import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { Runtime, type ToolResult } from '../../bindings/node/index.js';
import { startModelServer } from '../fixtures/model-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';

const SERVER = resolve(import.meta.dirname, '../fixtures/mcp-server.mjs');
const NAME = 'LLMSPELL_TEST_KEY';
const KEY = 't0p-secret-0123456789abcdef';

beforeEach(() => {
  process.env[NAME] = KEY;
});

afterEach(() => {
  delete process.env[NAME];
});

/** The settings of a server, and what it tells of itself. */
function fixture(more: Readonly<Record<string, unknown>> = {}) {
  const folder = temporaryFolder();
  const [calls, starts] = [join(folder, 'calls'), join(folder, 'starts')];
  const lines = (file: string) =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [];
  const settings = {
    'tools.mcp.near.command': process.execPath,
    'tools.mcp.near.args': [SERVER, calls, starts],
    ...more,
  };
  return { settings, calls: () => lines(calls), starts: () => lines(starts) };
}

async function open(more: Readonly<Record<string, unknown>> = {}) {
  const { settings, ...server } = fixture(more);
  const runtime = await openRuntime({ settings });
  const call = (tool: string, args: object = {}) =>
    runtime.tools.execute(`near/${tool}`, { ...args });
  return { runtime, call, ...server };
}

function resultOf(reply: ToolResult) {
  if (!reply.success) throw new Error(`${reply.error.code}: ${reply.error.message}`);
  return reply.result;
}

function errorOf(reply: ToolResult) {
  if (reply.success) throw new Error(`no error: ${JSON.stringify(reply.result)}`);
  return reply.error;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the tools of an MCP server', () => {
  it('are called like all others, with schemas and classes', async () => {
    const { runtime, calls, starts } = await open();
    const { value } = await runtime.eval(`
      local add = Tool.get("near/add")
      local parameter = add.schema.parameters[1]
      return {
        reply = add{ a = 1, b = 2.5 },
        again = Tool.execute("near/add", { a = 1, b = 1 }).result.data.sum,
        exists = { Tool.exists("near/add"), Tool.exists("near/none"), Tool.exists("far/add") },
        described = { add.description, add.category, add.effect, parameter.name, parameter.description },
        effects = { Tool["near/put"].effect, Tool["near/send"].effect },
        listed = #Tool.discover{ category = "mcp" },
        text = Tool["near/send"]{ to = { "a", "b" } }.result.text,
        none = Tool["near/send"]{ to = {} }.result.text,
      }
    `);
    expect(value).toMatchObject({
      reply: { success: true, result: { text: '3.5', data: { sum: 3.5 } } },
      again: 2,
      exists: [true, false, false],
      described: ['The tool add', 'mcp', 'pure', 'a', 'One number'],
      effects: ['idempotent', 'unsafe'],
      listed: 9,
      text: 'a,b',
      none: '',
    });
    expect(calls()).toEqual([
      'add {"a":1,"b":2.5}',
      'add {"a":1,"b":1}',
      'send {"to":["a","b"]}',
      'send {"to":[]}',
    ]);
    expect(starts()).toHaveLength(1);
  });

  it('start at the first use, once, and end with the runtime', async () => {
    const { settings, starts } = fixture();
    const runtime = await Runtime.open({ settings });
    await runtime.eval(
      'return Tool.execute("json-processor", { operation = "parse", input = "1" })',
    );
    expect(runtime.tools.list().some(({ name }) => name.startsWith('near/'))).toBe(false);
    expect(starts()).toEqual([]);
    await Promise.all([runtime.tools.load(), runtime.tools.load('near/add'), runtime.tools.load()]);
    expect(runtime.tools.get('near/add').effect).toBe('pure');
    expect(starts()).toHaveLength(1);
    const pid = Number(starts()[0]?.split(' ')[1]);
    expect(process.kill(pid, 0)).toBe(true);
    await runtime.close();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    await expect(runtime.tools.load('near/add')).rejects.toMatchObject({ code: 'RUNTIME_CLOSED' });
  });

  it('give text, data and other parts', async () => {
    const { call } = await open();
    expect(resultOf(await call('picture'))).toEqual({
      text: 'one\ntwo',
      parts: [{ type: 'image', mime_type: 'image/png', data: new Uint8Array([0, 255]) }],
    });
  });

  it('fail as they say', async () => {
    const { call, runtime } = await open();
    expect(errorOf(await call('fail'))).toEqual({
      code: 'TOOL_FAILED',
      message: 'no luck with undefined',
      details: { server: 'near', tool: 'fail' },
    });
    await expect(call('add', { a: 'x', b: 1 })).rejects.toMatchObject({
      code: 'TOOL_ARGUMENTS',
      key: '/a',
    });
    await expect(call('ad')).rejects.toMatchObject({
      code: 'TOOL_NOT_FOUND',
      hint: expect.stringContaining('near/add'),
    });
    await expect(runtime.tools.execute('far/add')).rejects.toMatchObject({
      code: 'TOOL_NOT_FOUND',
    });
    const { value } = await runtime.eval(`
      Tool.define{ name = "adding", description = "Adds", run = function() end }
      local hints = {}
      for _, name in ipairs{ "near/ad", "addin", "calculater" } do
        local ok, err = pcall(Tool.execute, name, {})
        hints[#hints + 1] = err.code .. " " .. err.hint
      end
      return hints
    `);
    expect(value).toEqual([
      expect.stringMatching(/^TOOL_NOT_FOUND Did you mean "near\/add"/),
      'TOOL_NOT_FOUND Did you mean "adding"?',
      'TOOL_NOT_FOUND Did you mean "calculator"?',
    ]);
  });

  it('are found near another name before their server was asked', async () => {
    const { runtime, starts } = await open();
    await expect(runtime.tools.execute('neer/add')).rejects.toMatchObject({
      code: 'TOOL_NOT_FOUND',
      hint: 'Did you mean "near/add"?',
    });
    expect(starts()).toEqual([]);
  });

  it('are stopped with the call, and by its time', async () => {
    const { call, calls, runtime } = await open({ 'tools.mcp.near.timeout_ms': 300 });
    expect(errorOf(await call('wait'))).toMatchObject({
      code: 'TOOL_TIMEOUT',
      details: { timeout_ms: 300 },
    });
    await until(() => calls().includes('cancelled'));
    const abort = new AbortController();
    const waiting = runtime.tools.execute(
      'near/wait',
      {},
      { signal: abort.signal, timeoutMs: 60_000 },
    );
    const check = expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await until(() => calls().filter((line) => line.startsWith('wait')).length === 2);
    abort.abort();
    await check;
    await until(() => calls().filter((line) => line === 'cancelled').length === 2);
    expect(resultOf(await call('put'))).toEqual({ text: 'put' });
  });

  it('come back after a crash', async () => {
    const { call, starts } = await open();
    expect(errorOf(await call('crash'))).toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/^the MCP server "near" ended while it worked on crash/),
    });
    expect(resultOf(await call('put'))).toEqual({ text: 'put' });
    expect(starts()).toHaveLength(2);
    process.kill(Number(starts()[1]?.split(' ')[1]), 'SIGKILL');
    // A call that comes before the end is known fails; the next ones start the server.
    while (!(await call('put')).success);
    expect(starts()).toHaveLength(3);
  });

  it('may become more', async () => {
    const { call, runtime } = await open();
    await expect(call('late')).rejects.toMatchObject({ code: 'TOOL_NOT_FOUND' });
    await call('grow');
    for (let tries = 0; tries < 500 && !runtime.tools.exists('near/late'); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await runtime.tools.load('near/late');
    }
    expect(resultOf(await call('late'))).toEqual({ text: 'late' });
  });

  it('are of the class that the configuration says', async () => {
    const { runtime } = await open({ 'tools.mcp.near.effects': { add: 'unsafe', send: 'pure' } });
    await runtime.tools.load();
    expect(runtime.tools.get('near/add').effect).toBe('unsafe');
    expect(runtime.tools.get('near/send').effect).toBe('pure');
    const settings = { 'tools.mcp.near.effects': { add: 'paid' } };
    await expect(openRuntime({ settings })).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('are refused without a start', async () => {
    const { runtime, starts } = await open({ 'runtime.security.deny_tools': ['near/*'] });
    await expect(runtime.tools.execute('near/add')).rejects.toMatchObject({
      code: 'POLICY_DENIED',
    });
    const { error } = await runtime.eval('Tool.execute("near/add", {})').outcome;
    expect(error).toMatchObject({ code: 'POLICY_DENIED' });
    expect(starts()).toEqual([]);
  });

  it('are called by models, under names that models accept', async () => {
    const server = await startModelServer([
      { calls: [{ id: 'call_1', name: 'near__add', arguments: '{"a":2,"b":3}' }] },
      { text: 'It is 5.' },
    ]);
    const { runtime, calls } = await open({
      'providers.p.provider_type': 'openai',
      'providers.p.base_url': `${server.url}/v1`,
      'providers.p.default_model': 'm',
      'providers.p.api_key_env': NAME,
    });
    const { value } = await runtime.eval(`
      local session = Session.create{ name = "Sums" }
      local answer = Session.generateWithTools(session, "2 + 3?", { tools = { "near/add" } })
      return { answer.content, answer.tool_calls_made[1].name, Session.history(session)[2].tool_calls[1].name }
    `);
    expect(value).toEqual(['It is 5.', 'near/add', 'near/add']);
    expect(calls()).toEqual(['add {"a":2,"b":3}']);
    const [first, second] = server.requests.map(({ body }) => body);
    expect(first.tools[0].function).toMatchObject({
      name: 'near__add',
      description: 'The tool add',
    });
    expect(JSON.stringify(second.messages)).toContain('near__add');
    expect(JSON.stringify(second)).not.toContain('near/add');
  });
});

describe('an MCP server', () => {
  it('gets the variables that it is given, and no others', async () => {
    const { call, runtime } = await open({
      'tools.mcp.near.env': { MCP_TOKEN: { secret: NAME }, PLAIN: 'x' },
    });
    const { text } = resultOf(await call('environment')) as { text: string };
    const { token, names } = JSON.parse(text);
    expect(token).toBe('***');
    expect(names).toEqual(expect.arrayContaining(['MCP_TOKEN', 'PATH', 'PLAIN']));
    expect(names).not.toContain(NAME);
    expect(errorOf(await call('fail')).message).toBe('no luck with ***');
    const shown = await runtime.eval('return Tool["near/environment"]{}').outcome;
    expect(JSON.stringify(shown)).not.toContain(KEY);
  });

  it('that does not start is an error with what it said, and without its secrets', async () => {
    const { runtime, call } = await open({
      'tools.mcp.near.env': { MCP_TOKEN: { secret: NAME }, MCP_FAILS: '1' },
    });
    const error = await call('add').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(
        /^the MCP server "near" could not be started: .*; it said: cannot begin with the token \*\*\*$/,
      ),
      hint: expect.stringContaining('under [tools.mcp.near] in llmspell.toml'),
      key: 'tools.mcp.near',
    });
    expect(await runtime.tools.load()).toMatchObject([
      { source: 'near', error: { code: 'TOOL_FAILED' } },
    ]);
    const { value } = await runtime.eval('return #Tool.list() > 0, Tool.exists("json-processor")');
    expect(value).toEqual([true, true]);
  });

  it.each([
    [{ 'tools.mcp.near.command': '/no/such/program' }, 'TOOL_FAILED'],
    [{ 'tools.mcp.near.env': { A: { secret: 'LLMSPELL_NOT_SET' } } }, 'SECRET_NOT_FOUND'],
  ])('that cannot start: %j', async (more, code) => {
    const { call } = await open(more);
    await expect(call('add')).rejects.toMatchObject({ code });
  });

  it.each([
    { 'tools.mcp.near.env': { A: 5 } },
    { 'tools.mcp.near.env': { A: { secret: 'a literal key' } } },
    { 'tools.mcp.near.timeout_ms': 0 },
  ])('is checked: %j', async (settings) => {
    await expect(openRuntime({ settings })).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('is not started by a replay', async () => {
    const dataDir = temporaryFolder();
    const { settings, calls, starts } = fixture({
      'tools.mcp.near.env': { MCP_TOKEN: { secret: NAME } },
    });
    const first = await Runtime.open({ dataDir, settings });
    const { run, value } = await first.eval(`
      local names = {}
      for _, tool in ipairs(Tool.list()) do names[#names + 1] = tool.name end
      return table.concat(names, " "), Tool["near/add"]{ a = 1, b = 2 }.result.text
    `);
    await first.close();
    const second = await Runtime.open({ dataDir });
    const { outcome, diverged } = await second.runs.replay(run);
    await second.close();
    expect(diverged).toBeNull();
    expect(outcome.value).toEqual(value);
    expect(calls()).toHaveLength(1);
    expect(starts()).toHaveLength(1);
  });
});

describe('an MCP server behind a URL', () => {
  async function remote() {
    const tokens: (string | null)[] = [];
    const server = createServer(async (message, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of message) pieces.push(piece as Buffer);
      const headers = new Headers(message.headers as Record<string, string>);
      tokens.push(headers.get('authorization'));
      const mcp = new McpServer({ name: 'remote', version: '1.0.0' });
      mcp.registerTool('greet', { inputSchema: z.object({ name: z.string() }) }, ({ name }) => ({
        content: [{ type: 'text', text: `Hello ${name}, ${headers.get('authorization')}` }],
      }));
      const transport = new WebStandardStreamableHTTPServerTransport({});
      await mcp.connect(transport);
      const { method = 'GET' } = message;
      const body = method === 'POST' ? { body: Buffer.concat(pieces) } : {};
      const url = `http://localhost${message.url}`;
      const answer = await transport.handleRequest(new Request(url, { method, headers, ...body }));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      if (method === 'POST') response.end(Buffer.from(await answer.arrayBuffer()));
      else response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, tokens };
  }

  it('is called with its token, which nobody sees', async () => {
    const { url, tokens } = await remote();
    const settings = { 'tools.mcp.far.url': url, 'tools.mcp.far.api_key_env': NAME };
    const runtime = await openRuntime({ settings });
    const { value } = await runtime.eval('return Tool["far/greet"]{ name = "Ada" }');
    expect(value).toMatchObject({ success: true, result: { text: 'Hello Ada, Bearer ***' } });
    expect(new Set(tokens)).toEqual(new Set([`Bearer ${KEY}`]));
  });

  it('gets its headers', async () => {
    const { url, tokens } = await remote();
    const headers = { Authorization: { secret: NAME } };
    const settings = { 'tools.mcp.far.url': url, 'tools.mcp.far.headers': headers };
    const runtime = await openRuntime({ settings });
    resultOf(await runtime.tools.execute('far/greet', { name: 'Ada' }));
    expect(tokens[0]).toBe(KEY);
  });

  it.each([
    [{ 'tools.mcp.far.url': 'http://127.0.0.1:1/mcp' }, 'TOOL_FAILED'],
    [{ 'tools.mcp.far.url': 'no url' }, 'CONFIG'],
    [{ 'tools.mcp.far.timeout_ms': 10 }, 'CONFIG'],
  ])('that is not there: %j', async (settings, code) => {
    const runtime = await openRuntime({ settings });
    await expect(runtime.tools.execute('far/greet', { name: 'x' })).rejects.toMatchObject({ code });
  });
});
