import { describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { SpellError } from '../../runtime/base/errors.js';
import { Secrets } from '../../runtime/base/secret.js';
import { Float, fromPlain, type Value, type ValueMap } from '../../runtime/base/value.js';
import { type CallContext, callTool } from '../../runtime/tool/call.js';
import type { Envelope } from '../../runtime/tool/envelope.js';
import { ToolRegistry } from '../../runtime/tool/registry.js';
import {
  defineTool,
  type JsonSchema,
  type Tool,
  type ToolContext,
} from '../../runtime/tool/tool.js';

const NO_SECRETS = new Secrets(() => undefined, []);

function raw(execute: Tool['execute'], parameters: JsonSchema = { type: 'object' }): Tool {
  return {
    name: 'probe',
    description: 'A tool of this test',
    category: 'test',
    version: '1.0.0',
    tags: [],
    effect: 'pure',
    parameters,
    execute,
  };
}

function call(
  tool: Tool,
  args: object = {},
  context: Partial<CallContext> = {},
): Promise<Envelope> {
  return callTool(new ToolRegistry([tool]), 'probe', fromPlain(args) as ValueMap, {
    signal: new AbortController().signal,
    callId: 'call-1',
    clock: systemClock,
    secrets: NO_SECRETS,
    ...context,
  });
}

async function failure(promise: Promise<unknown>): Promise<SpellError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof SpellError) return outcome;
  throw new Error(`expected a SpellError, got ${String(outcome)}`);
}

describe('a call that works', () => {
  it('gives the result in the envelope', async () => {
    const readings = [10, 52.4];
    const clock = { ...systemClock, monotonic: () => readings.shift() ?? 0 };
    const envelope = await call(
      raw((args) => args),
      { operation: 'copy', n: 1 },
      { clock },
    );
    expect(envelope).toEqual({
      success: true,
      result: fromPlain({ operation: 'copy', n: 1 }),
      operation: 'copy',
      duration_ms: 42,
    });
  });

  it('hands over exact values and the context', async () => {
    const seen: [ValueMap, ToolContext][] = [];
    const tool = raw((args, context) => {
      seen.push([args, context]);
      return undefined;
    });
    const args = { f: new Float(1), i: 2n ** 62n, b: new Uint8Array([255]) };
    const envelope = await call(tool, args, { idempotencyKey: 'key-1' });
    expect(envelope).toEqual({ success: true, result: undefined, duration_ms: expect.any(Number) });
    expect(seen[0]?.[0]).toEqual(new Map<string, Value>(Object.entries(args)));
    expect(seen[0]?.[1]).toMatchObject({ callId: 'call-1', idempotencyKey: 'key-1' });
  });

  it('hands plain values to tools of defineTool, and takes plain ones back', async () => {
    const tool = defineTool({
      name: 'probe',
      description: 'x',
      parameters: { type: 'object' },
      execute: async ({ list }: { list: { n: number }[] }) => ({
        sum: list.reduce((sum, { n }) => sum + n, 0),
        at: new Date(0),
      }),
    });
    const envelope = await call(tool, { list: [{ n: 1 }, { n: 2 }] });
    expect(envelope).toMatchObject({
      result: new Map<string, Value>([
        ['sum', 3],
        ['at', '1970-01-01T00:00:00.000Z'],
      ]),
    });
  });
});

describe('a call that fails', () => {
  it('gives the error of the tool in the envelope', async () => {
    const tool = raw(() => {
      throw new SpellError('TOO_LARGE', 'too much', {
        hint: 'Ask for less.',
        line: 3,
        details: { max: 5 },
      });
    });
    expect(await call(tool)).toEqual({
      success: false,
      error: {
        code: 'TOO_LARGE',
        message: 'too much',
        hint: 'Ask for less.',
        details: { max: 5, line: 3 },
      },
      duration_ms: expect.any(Number),
    });
  });

  it.each([
    ['an Error', () => Promise.reject(new Error('broken')), 'broken'],
    ['anything else', () => Promise.reject('words'), 'words'],
  ])('gives TOOL_FAILED for %s', async (_, execute, message) => {
    expect(await call(raw(execute))).toMatchObject({
      success: false,
      error: { code: 'TOOL_FAILED', message },
    });
  });

  it('gives TOOL_FAILED for a result that is no data', async () => {
    const tool = defineTool({
      name: 'probe',
      description: 'x',
      parameters: { type: 'object' },
      execute: () => () => 1,
    });
    expect(await call(tool)).toMatchObject({ success: false, error: { code: 'TOOL_FAILED' } });
  });

  it('gives TOOL_TIMEOUT for one that takes too long, and tells the tool', async () => {
    let signal: AbortSignal | undefined;
    const endless = raw((_, context) => {
      signal = context.signal;
      return new Promise(() => {});
    });
    const envelope = await call({ ...endless, timeoutMs: 5 });
    expect(envelope).toMatchObject({
      success: false,
      error: { code: 'TOOL_TIMEOUT', details: { tool: 'probe', timeout_ms: 5 } },
    });
    expect(signal?.aborted).toBe(true);
    expect(await call({ ...endless, timeoutMs: 1e9 }, {}, { timeoutMs: 6 })).toMatchObject({
      error: { details: { timeout_ms: 6 } },
    });
  });

  it('is thrown when the caller aborts', async () => {
    const controller = new AbortController();
    const tool = raw(() => {
      controller.abort(new Error('the user left'));
      return new Promise(() => {});
    });
    const error = await failure(call(tool, {}, { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', exitStatus: 130 });
    expect(error.cause).toMatchObject({ message: 'the user left' });
  });

  it("is thrown with the signal's own error when that is one of ours", async () => {
    const reason = new SpellError('LIMIT_TIME', 'time is up');
    const never = raw(() => {
      throw new Error('must not run');
    });
    expect(await failure(call(never, {}, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe('misuse', () => {
  it('is thrown for an unknown tool', async () => {
    const context = {
      signal: new AbortController().signal,
      callId: 'c',
      clock: systemClock,
      secrets: NO_SECRETS,
    };
    const promise = callTool(new ToolRegistry(), 'none', new Map(), context);
    expect(await failure(promise)).toMatchObject({ code: 'TOOL_NOT_FOUND' });
  });

  const schema: JsonSchema = {
    type: 'object',
    properties: {
      level: { type: 'integer', maximum: 9 },
      mode: { enum: ['a', 'b'] },
      name: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      deep: { type: 'object', properties: { 'x/y': { const: 1 } }, required: ['x/y'] },
    },
    required: ['name'],
    additionalProperties: false,
  };
  it.each<[object, string, string, string]>([
    [{}, '/name', '/name is required', ''],
    [{ name: 1 }, '/name', '/name must be string, got 1', ''],
    [{ name: '', level: 12 }, '/level', '/level must be <= 9, got 12', ''],
    [{ name: '', level: 1.5 }, '/level', '/level must be integer, got 1.5', ''],
    [{ name: '', mode: 'c' }, '/mode', '/mode must be one of "a", "b", got "c"', ''],
    [{ name: '', nmae: 1 }, '/nmae', '/nmae is not known', 'Did you mean "name"?'],
    [{ name: '', zz: 1 }, '/zz', '/zz is not known', 'Known: level, mode, name, tags, deep.'],
    [{ name: '', tags: ['x', 2] }, '/tags/1', '/tags/1 must be string, got 2', ''],
    [{ name: '', tags: { a: 1 } }, '/tags', '/tags must be array, got a table', ''],
    [{ name: '', deep: { 'x/y': 2 } }, '/deep/x~1y', '/deep/x~1y must be 1, got 2', ''],
    [{ name: '', constructor: 1 }, '/constructor', '/constructor is not known', ''],
    [{ level: 10 }, '/name', '/name is required', '1 more misfit.'],
  ])('is thrown for arguments that do not fit: %j', async (args, key, message, hint) => {
    const tool = raw(() => {
      throw new Error('must not run');
    }, schema);
    const error = await failure(call(tool, args));
    expect(error).toMatchObject({ code: 'TOOL_ARGUMENTS', key, exitStatus: 6 });
    expect(error.message).toContain(`the tool "probe": ${message}`);
    expect(error.hint ?? '').toContain(hint);
  });

  it('does not show long values', async () => {
    const tool = raw(() => 1, { type: 'object', properties: { n: { type: 'number' } } });
    const error = await failure(call(tool, { n: 'x'.repeat(1000) }));
    expect(error.message).toContain('got text of 1000 characters');
  });

  it('is thrown for a tool whose schema is none', async () => {
    const tool = raw(() => 1, { type: 'object', properties: { n: { type: 'nonsense' } } });
    expect(await failure(call(tool))).toMatchObject({ code: 'BAD_ARGUMENT' });
  });
});

describe('arguments that fit', () => {
  it('may be bytes where text is asked for, and big integers', async () => {
    const tool = raw(() => 'ok', {
      type: 'object',
      properties: { s: { type: 'string', maxLength: 2 }, n: { type: 'integer' } },
    });
    const envelope = await call(tool, { s: new Uint8Array([255, 254]), n: 2n ** 62n });
    expect(envelope).toMatchObject({ success: true });
  });

  it('turn an empty table into the empty array where the schema asks for one', async () => {
    const tool = raw((args) => args, {
      type: 'object',
      properties: {
        tags: { type: 'array' },
        any: {},
        rows: { type: 'array', items: { type: 'array' } },
      },
    });
    const envelope = await call(tool, { tags: {}, any: {}, rows: [{}, [1]] });
    expect(envelope).toMatchObject({
      result: new Map<string, Value>([
        ['tags', []],
        ['any', new Map()],
        ['rows', [[], [1]]],
      ]),
    });
  });

  it.each(['http://json-schema.org/draft-06/schema', 'http://json-schema.org/draft-07/schema#'])(
    'are checked by older drafts too: %s',
    async ($schema) => {
      const items = [{ type: 'string' }];
      const schema = { $schema, type: 'object', properties: { pair: { type: 'array', items } } };
      const tool = raw(() => 'ok', schema);
      expect(await call(tool, { pair: ['x'] })).toMatchObject({ success: true });
      expect((await failure(call(tool, { pair: [1] }))).key).toBe('/pair/0');
    },
  );
});
