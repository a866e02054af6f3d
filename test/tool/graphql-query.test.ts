import { describe, expect, it } from 'vitest';
import { systemClock } from '../../runtime/base/clock.js';
import { graphqlQuery } from '../../runtime/tool/builtin/graphql-query.js';
import { Network } from '../../runtime/tool/network/network.js';
import { effectOf } from '../../runtime/tool/tool.js';
import { startWebServer, type WebReply, type WebRequest } from '../fixtures/web-server.js';
import { openRuntime } from '../node/open-runtime.js';
import { errorOf, replayedAlone, resultOf } from './network-call.js';

async function reach(
  reply: (request: WebRequest, count: number) => object,
  more: Partial<WebReply> = {},
) {
  const server = await startWebServer((request, count) => ({
    body: JSON.stringify(reply(request, count)),
    headers: { 'content-type': 'application/json' },
    ...more,
  }));
  const settings = { 'runtime.security.network_hosts': [server.host] };
  const runtime = await openRuntime({ settings });
  const call = (args: object = {}) =>
    runtime.tools.execute('graphql-query', { endpoint: server.url, query: '{ a }', ...args });
  return { server, settings, call };
}

describe('graphql-query', () => {
  it('sends query, variables and name, and gives the data', async () => {
    const { server, call } = await reach(() => ({ data: { a: [1] }, extensions: { cost: 2 } }));
    const args = {
      query: 'query Q($n: Int) { a(n: $n) }',
      variables: { n: 3 },
      operation_name: 'Q',
    };
    expect(resultOf(await call(args))).toEqual({ data: { a: [1] }, extensions: { cost: 2 } });
    expect(server.requests).toMatchObject([
      { method: 'POST', headers: { 'content-type': 'application/json' } },
    ]);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      query: args.query,
      variables: { n: 3 },
      operationName: 'Q',
    });
  });

  it('tells of errors: as the error of the call, or beside a part of the data', async () => {
    const error = {
      message: 'no such field',
      path: ['a', 0, 'b'],
      locations: [{ line: 2, column: 5 }],
      extensions: { code: 'BAD' },
    };
    const answers = [
      { errors: [error, error] },
      { data: null, errors: [{}] },
      { data: { a: 1 }, errors: [error] },
    ];
    const { call } = await reach((_, count) => answers[count] as object);
    expect(errorOf(await call())).toEqual({
      code: 'TOOL_FAILED',
      message: 'no such field',
      details: { status: 200, errors: 2, path: 'a.0.b', graphql_code: 'BAD', line: 2, column: 5 },
    });
    expect(errorOf(await call()).message).toBe('the query failed');
    expect(resultOf(await call())).toEqual({ data: { a: 1 }, errors: [error] });
  });

  it('says what is no answer of GraphQL', async () => {
    const { call } = await reach(() => ({ hello: 1 }));
    expect(errorOf(await call()).hint).toBe('Is this the address of a GraphQL server?');
    const failing = await reach(() => ({}), { status: 500, headers: {} });
    expect(errorOf(await failing.call()).details).toMatchObject({ status: 500 });
  });

  it.each<[unknown, string]>([
    ['{ a }', 'pure'],
    ['query Q { mutation }', 'pure'],
    ['# mutation\nquery Q($a: String = "mutation {") { a }', 'pure'],
    ['fragment F on T { a } query Q { ...F }', 'pure'],
    ['mutation M { a }', 'unsafe'],
    ['query Q { a } mutation M { b }', 'unsafe'],
    ['subscription { a }', 'unsafe'],
    ['{ a } } mutation { b }', 'unsafe'],
    ['{ a', 'unsafe'],
    [5, 'unsafe'],
    [undefined, 'unsafe'],
  ])('%s is %s', (query, effect) => {
    const tool = graphqlQuery(new Network({ hosts: [], settings: {}, clock: systemClock }));
    expect(effectOf(tool, new Map([['query', query as string]]))).toBe(effect);
  });

  it('repeats queries only', async () => {
    const { server, call } = await reach(() => ({ data: {} }), { status: 503 });
    await call({ query: 'mutation { a }' });
    expect(server.requests).toHaveLength(1);
    await call();
    expect(server.requests).toHaveLength(4);
  });

  it('is closed where the host is, and is answered from the record', async () => {
    const runtime = await openRuntime();
    const closed = { endpoint: 'https://example.com/graphql', query: '{ a }' };
    expect(errorOf(await runtime.tools.execute('graphql-query', closed)).code).toBe(
      'POLICY_DENIED',
    );
    const { server, settings } = await reach(() => ({ data: { a: 'x' } }));
    const code = `return Tool["graphql-query"]{ endpoint = "${server.url}", query = "{ a }" }.result.data.a`;
    expect(await replayedAlone(code, settings)).toEqual(['x', 'x']);
    expect(server.requests).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ endpoint: 1 }, '/endpoint'],
    [{ query: '' }, '/query'],
    [{ variables: 'x' }, '/variables'],
  ])('refuses %j', async (args, key) => {
    const { call } = await reach(() => ({}));
    await expect(call(args)).rejects.toMatchObject({ code: 'TOOL_ARGUMENTS', key });
  });
});
