import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { defineTool } from '../../bindings/node/index.js';
import { Secret, secretOf, withoutSecret } from '../../runtime/base/secret.js';
import { openRuntime } from './open-runtime.js';

const secrets = { 'runtime.security.secrets': ['PATH'] };

it('gives tools the values behind handles, when they ask', async () => {
  const seen: string[] = [];
  const fetcher = defineTool({
    name: 'fetcher',
    description: 'Uses a key',
    parameters: { type: 'object', properties: { key: { type: 'object' } }, required: ['key'] },
    execute: ({ key }: { key: unknown }, { secret }) => {
      seen.push(secret(key));
      return 'done';
    },
  });
  const runtime = await openRuntime({ tools: [fetcher], settings: secrets });
  const { value } = await runtime.eval(`
    local reply = Tool.execute("fetcher", { key = Secret.get("PATH") })
    local closed = Tool.execute("fetcher", { key = { secret = "HOME" } })
    local literal = Tool.execute("fetcher", { key = { text = "abc" } })
    return reply.result, closed.error.code, literal.error.code, literal.error.hint
  `);
  expect(value).toEqual([
    'done',
    'POLICY_DENIED',
    'BAD_ARGUMENT',
    'Make one with Secret.get("NAME").',
  ]);
  expect(seen).toEqual([process.env.PATH]);
});

it('takes the values out of what tools answer and throw', async () => {
  const { PATH: path = '' } = process.env;
  const parameters = { type: 'object', properties: {} } as const;
  const key = { secret: 'PATH' };
  const echo = defineTool({
    name: 'echo',
    description: 'Repeats a key',
    parameters,
    execute: (_, { secret }) => ({
      text: `with ${secret(key)} in it`,
      deep: [{ [secret(key)]: new TextEncoder().encode(`\0${secret(key)}\xff`) }, 1, null],
    }),
  });
  const fail = defineTool({
    name: 'fail',
    description: 'Repeats a key in an error',
    parameters,
    execute: (_, { secret }) => {
      throw new Error(`bad URL http://x?key=${secret(key)}`);
    },
  });
  const runtime = await openRuntime({ tools: [echo, fail], settings: secrets });
  const { value } = await runtime.eval('return Tool.execute("echo", {}), Tool.execute("fail", {})');
  expect(JSON.stringify(value)).not.toContain(path);
  expect(value).toMatchObject([
    { result: { text: 'with *** in it', deep: [{ '***': expect.anything() }, 1, null] } },
    { error: { code: 'TOOL_FAILED', message: 'bad URL http://x?key=***' } },
  ]);
  const [{ result }] = value as unknown as [{ result: { deep: [Record<string, unknown>] } }];
  const bytes = Object.values(result.deep[0])[0];
  expect(bytes).toBe(`\0${'*'.repeat(path.length)}\xff`);
});

it('shows nothing but the name of a handle', () => {
  const handle = new Secret('MY_KEY');
  expect([String(handle), inspect(handle), JSON.stringify({ handle })]).toEqual([
    '[secret MY_KEY]',
    '[secret MY_KEY]',
    '{"handle":{"secret":"MY_KEY"}}',
  ]);
});

it.each([
  [{ secret: 'A' }, 'A'],
  [new Map([['secret', 'A']]), 'A'],
  [{ secret: '' }, undefined],
  [{ secret: 5 }, undefined],
  [{ secret: 'A', more: 1 }, undefined],
  [{}, undefined],
  ['A', undefined],
  [null, undefined],
])('knows a handle when it sees one: %j', (value, name) => {
  expect(secretOf(value)?.secret).toBe(name);
});

it('takes keys out of what others say', () => {
  expect(withoutSecret('the key abcd1234 is bad', 'abcd1234')).toBe('the key *** is bad');
  expect(withoutSecret('Incorrect API key: sk-proj-****1234.', 'x')).toContain('sk-proj-****1234');
  expect(withoutSecret('Incorrect API key: sk-proj-****1234.', 'sk-proj-99991234')).toBe(
    'Incorrect API key: ***.',
  );
});
