/** Models that call tools of scripts, over HTTP with the makers' own client packages. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { startMock } from '../fixtures/mock-of-makers.js';
import { type ModelServer, type Reply, startModelServer } from '../fixtures/model-server.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from '../node/open-runtime.js';

const CALL: Reply = {
  text: 'One moment.',
  calls: [
    { id: 'call_a', name: 'add', arguments: '{"a":1,"b":2}' },
    { id: 'call_b', name: 'add', arguments: '{"a":3,"b":4}' },
  ],
  usage: { input: 20, output: 10 },
};
const ANSWER: Reply = { text: 'Three and seven.', usage: { input: 40, output: 5 } };

const SCRIPT = `
  local session = Session.create{ system_prompt = "Add." }
  Session.addTool(session, { name = "add", description = "Adds", parameters = { type = "object" },
    run = function(args) return args.a + args.b end })
  local tokens = {}
  local response = Session.generateWithTools(session, "1 + 2 and 3 + 4", { on_token = STREAMS and function(token)
    tokens[#tokens + 1] = token
  end or nil, fallback = FALLBACK })
  local roles = {}
  for i, message in ipairs(Session.history(session)) do roles[i] = message.role end
  return response.content, response.usage.total_tokens, table.concat(roles, " "), table.concat(tokens), response.provider
`;

function provider(name: string, type: string, url: string): Record<string, unknown> {
  return {
    [`providers.${name}.provider_type`]: type,
    [`providers.${name}.base_url`]: url,
    [`providers.${name}.default_model`]: 'some-model',
    [`providers.${name}.max_retries`]: 0,
  };
}

async function runtimeFor(settings: Record<string, unknown>): Promise<Runtime> {
  return openRuntime({ settings });
}

const PROTOCOLS = ['openai', 'anthropic'] as const;

describe.each(PROTOCOLS)('a tool loop with %s', (type) => {
  test.each([false, true])('streamed: %s', async (streams) => {
    const server = await startModelServer([CALL, ANSWER]);
    const runtime = await runtimeFor(provider('it', type, server.url));
    const { values, usage } = await runtime.eval(SCRIPT, { variables: { STREAMS: streams } });
    const roles = 'system user assistant tool tool assistant';
    const told = streams ? 'One moment.Three and seven.' : '';
    expect(values).toEqual(['Three and seven.', 75, roles, told, 'it']);
    expect(usage).toMatchObject({ inputTokens: 60, outputTokens: 15, modelCalls: 2 });
    expect(server.requests).toHaveLength(2);
    expectResults(server, type);
  });

  test('is understood by a server that knows the protocol', async () => {
    const url = await startMock([CALL, ANSWER], type);
    const base = type === 'openai' ? `${url}/v1` : url;
    const runtime = await runtimeFor(provider('it', type, base));
    const { value } = await runtime.eval(`${SCRIPT}`);
    expect(value).toMatchObject({ 0: 'Three and seven.' });
  });

  test('goes on with the other provider in the middle, with the same ids', async () => {
    const other = PROTOCOLS.find((protocol) => protocol !== type) as string;
    const first = await startModelServer([CALL, { status: 500 }]);
    const second = await startModelServer([ANSWER]);
    const runtime = await runtimeFor({
      'providers.default_provider': 'first',
      ...provider('first', type, first.url),
      ...provider('second', other, second.url),
    });
    const { values } = await runtime.eval(SCRIPT, { variables: { FALLBACK: ['second'] } });
    expect(values.at(-1)).toBe('second');
    expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
    expectResults(second, other, 0);
  });
});

/** The ids of the calls and of their results in a request, as its protocol has them. */
function expectResults({ requests }: ModelServer, type: string, index = 1): void {
  const request = requests[index] as ModelServer['requests'][number];
  const messages: Record<string, unknown>[] = request.body.messages;
  if (type === 'openai') {
    const called = messages.find(({ tool_calls }) => tool_calls !== undefined)?.tool_calls;
    expect(called).toMatchObject([{ id: 'call_a' }, { id: 'call_b' }]);
    expect(messages.filter(({ role }) => role === 'tool')).toEqual([
      { role: 'tool', tool_call_id: 'call_a', content: '3' },
      { role: 'tool', tool_call_id: 'call_b', content: '7' },
    ]);
    return;
  }
  expect(messages[1]).toMatchObject({
    role: 'assistant',
    content: [
      { type: 'text', text: 'One moment.' },
      { type: 'tool_use', id: 'call_a', input: { a: 1, b: 2 } },
      { type: 'tool_use', id: 'call_b', input: { a: 3, b: 4 } },
    ],
  });
  expect(messages[2]).toMatchObject({
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'call_a', content: [{ type: 'text', text: '3' }] },
      { type: 'tool_result', tool_use_id: 'call_b', content: [{ type: 'text', text: '7' }] },
    ],
  });
}

describe('thoughts in a tool loop', () => {
  const THINKS = { ...CALL, reasoning: 'Two sums.' };
  /** A second question follows the loop; between them the session goes through a file. */
  const LATER = `
    local session = Session.create()
    Session.addTool(session, { name = "add", description = "Adds", parameters = { type = "object" },
      run = function(args) return args.a + args.b end })
    local on_token = STREAMS and function() end or nil
    Session.generateWithTools(session, "1 + 2 and 3 + 4", { on_token = on_token })
    Session.export(session, FILE)
    local copy = Session.import(FILE, { new_id = true })
    Session.generate(copy, "Sure?", { on_token = on_token })
    Session.generate(copy, "Sure?", { model = "other", on_token = on_token })
  `;
  const runLater = async (type: string, server: ModelServer, streams: boolean) => {
    const folder = temporaryFolder();
    const runtime = await runtimeFor({
      ...provider('it', type, server.url),
      'runtime.security.file_read_roots': [folder],
      'runtime.security.file_write_roots': [folder],
    });
    await runtime.eval(LATER, { variables: { STREAMS: streams, FILE: `${folder}/talk.json` } });
  };
  /** What went to the server with the message that called tools, request by request. */
  const sent = ({ requests }: ModelServer) =>
    requests.slice(1).map(({ body: { messages } }) => {
      // biome-ignore lint/suspicious/noExplicitAny: both protocols.
      const caller = messages.find(({ role }: any) => role === 'assistant');
      return Array.isArray(caller.content)
        ? // biome-ignore lint/suspicious/noExplicitAny: both protocols.
          caller.content.filter(({ type }: any) => type === 'thinking')
        : { reasoning_content: caller.reasoning_content, reasoning: caller.reasoning };
    });

  test.each([false, true])(
    'go back to Anthropic with their proof, streamed: %s',
    async (streams) => {
      const server = await startModelServer([THINKS, ANSWER]);
      await runLater('anthropic', server, streams);
      const thinking = [{ type: 'thinking', thinking: 'Two sums.', signature: 'c2ln' }];
      expect(sent(server)).toEqual([thinking, thinking, []]);
      const [first] = server.requests[1]?.body.messages[1].content ?? [];
      expect(first.type).toBe('thinking');
    },
  );

  test.each([
    ['reasoning_content', 'Two sums.', false],
    ['reasoning_content', 'Two sums.', true],
    ['reasoning_content', '', false],
    ['reasoning_content', '', true],
    ['reasoning', 'Two sums.', false],
    ['reasoning', 'Two sums.', true],
  ] as const)('go back in the field %s: %j, streamed: %s', async (field, reasoning, streams) => {
    const server = await startModelServer([
      { ...THINKS, reasoning, reasoningField: field },
      { ...ANSWER, reasoning: 'Easy.', reasoningField: field },
    ]);
    await runLater('openai', server, streams);
    expect(sent(server)).toEqual([{ [field]: reasoning }, { [field]: reasoning }, {}]);
    // Thoughts that led to no call of a tool are not wanted, and cost.
    expect(JSON.stringify(server.requests.map(({ body }) => body))).not.toContain('Easy.');
  });
});
