import { expect, test } from 'vitest';
import type { Message } from '../../runtime/provider/message.js';
import type { Delta } from '../../runtime/provider/provider.js';
import { readScript } from '../../runtime/provider/script.js';
import { scriptedProvider } from '../../runtime/provider/scripted.js';
import { attempt, EVERYTHING, failureOf, providerContract, user } from '../contract/provider.js';
import type { Reply } from '../fixtures/model-server.js';

function provider(...rule: object[]) {
  return scriptedProvider({ name: 'it', script: readScript({ rule }) });
}

/** A reply as a rule; the one before the last answers once. */
function ruleOf(reply: Reply, isLast: boolean): object {
  const { text, reasoning, calls = [], usage, finish, status, error, headers, delayMs } = reply;
  const retryAfter = Number(headers?.['retry-after-ms'] ?? Number(headers?.['retry-after']) * 1000);
  return {
    ...(isLast ? {} : { times: 1 }),
    ...(text === undefined ? {} : { text }),
    ...(reasoning === undefined ? {} : { reasoning }),
    tool_calls: calls.map(({ id, name, arguments: raw }) => ({ id, name, raw })),
    ...(usage === undefined
      ? {}
      : { usage: { input_tokens: usage.input, output_tokens: usage.output } }),
    ...(finish === undefined ? {} : { finish_reason: finish }),
    ...(delayMs === undefined ? {} : { delay_ms: delayMs }),
    ...(status === undefined
      ? {}
      : {
          error: {
            status,
            message: error?.message ?? 'no',
            code: error?.code ?? '',
            ...(Number.isNaN(retryAfter) ? {} : { retry_after_ms: retryAfter }),
          },
        }),
    ...(reply.breakAfter === undefined && reply.endAfter === undefined
      ? {}
      : { disconnect_after: 2 }),
    ...(reply.silentAfter === undefined ? {} : { chunk_delay_ms: 60_000 }),
  };
}

providerContract('a script', {
  can: EVERYTHING,
  open: async (replies) =>
    replies.length === 0
      ? provider({ error: { message: 'nothing is there' } })
      : provider(...replies.map((reply, index) => ruleOf(reply, index === replies.length - 1))),
});

const assistant: Message = { role: 'assistant', parts: [{ type: 'text', text: 'Hello.' }] };

async function textFor(it: ReturnType<typeof provider>, messages: Message[], model = 'm') {
  const { message } = await it.generate({ model, messages }, attempt());
  return message.parts.map((part) => (part.type === 'text' ? part.text : part.type)).join('|');
}

test('the first rule that fits answers', async () => {
  const it = provider(
    { contains: ['cold', 'bern'], text: 'both words' },
    { matches: '^add (\\d+) and (\\d+)', text: 'adding {{1}} to {{2}} {{3}}' },
    { turn: 2, text: 'turn {{turn}}' },
    { system: 'pirate', text: 'Arr.' },
    { model: 'large', text: 'from {{model}}' },
    { text: 'You said: {{input}} {{other}}' },
  );
  expect(await textFor(it, [user('Is Bern COLD?')])).toBe('both words');
  expect(await textFor(it, [user('Add 3 and 4, please')])).toBe('adding 3 to 4 {{3}}');
  expect(await textFor(it, [user('a'), assistant, user('b')])).toBe('turn 2');
  const pirate: Message = { role: 'system', parts: [{ type: 'text', text: 'You are a Pirate.' }] };
  expect(await textFor(it, [pirate, user('a')])).toBe('Arr.');
  expect(await textFor(it, [user('a')], 'large')).toBe('from large');
  expect(await textFor(it, [user('a')])).toBe('You said: a {{other}}');
});

test('rules fit the results of tools and the tools that are offered', async () => {
  const it = provider(
    { after_tool: 'weather', result_contains: 'snow', text: 'A white day.' },
    { after_tool: 'weather', text: 'It says {{tool_result}}.' },
    { after_tool: true, text: 'Some tool.' },
    { has_tool: 'weather', tool_calls: [{ name: 'weather', arguments: { city: '{{input}}' } }] },
    { text: 'No tools.' },
  );
  const result = (name: string, text: string): Message => ({
    role: 'tool',
    parts: [
      { type: 'tool_result', id: '1', name, content: [{ type: 'text', text }], isError: false },
    ],
  });
  expect(await textFor(it, [user('a'), result('weather', 'Snow.')])).toBe('A white day.');
  expect(await textFor(it, [user('a'), result('weather', 'rain')])).toBe('It says rain.');
  expect(await textFor(it, [user('a'), result('clock', '12')])).toBe('Some tool.');
  expect(await textFor(it, [user('Bern')])).toBe('No tools.');
  const tools = [{ name: 'weather', description: 'd', parameters: { type: 'object' } }];
  const { message } = await it.generate({ model: 'm', messages: [user('Bern')], tools }, attempt());
  expect(message.parts).toEqual([
    { type: 'tool_call', id: 'call_1_1', name: 'weather', arguments: { city: 'Bern' } },
  ]);
});

test('a rule with times answers so often', async () => {
  const it = provider({ times: 2, text: 'first' }, { text: 'then' });
  const texts = [await textFor(it, [user('a')]), await textFor(it, [user('a')])];
  expect([...texts, await textFor(it, [user('a')])]).toEqual(['first', 'first', 'then']);
});

test('where no rule fits the error says so', async () => {
  const error = await failureOf(textFor(provider({ contains: 'x', text: 'y' }), [user('hm')]));
  expect(error.code).toBe('PROVIDER_BAD_REQUEST');
  expect(error.message).toContain('no rule of its script fits "hm" in turn 1');
  expect(error.hint).toContain('[[rule]]');
});

test('the same request has the same answer', async () => {
  const answers = await Promise.all(
    [1, 2].map(() =>
      provider({ text: 'a b c' }).generate({ model: 'm', messages: [user('x')] }, attempt()),
    ),
  );
  expect(answers[0]).toEqual(answers[1]);
});

test('pieces are words', async () => {
  const deltas: Delta[] = [];
  const onDelta = (delta: Delta) => deltas.push(delta);
  const it = provider({ text: 'one two\n three' });
  await it.generate({ model: 'm', messages: [user('x')] }, attempt({ onDelta }));
  expect(deltas).toEqual([
    { type: 'text', text: 'one ' },
    { type: 'text', text: 'two\n ' },
    { type: 'text', text: 'three' },
  ]);
});

test.each([
  [{}, 'it has no [[rule]]'],
  [{ rules: [] }, 'it has the unknown key rules'],
  [{ rule: [{ contain: 'x' }] }, 'rule 1 has the unknown key contain'],
  [{ rule: [{}, { text: 5 }] }, 'rule 2 text must be text'],
  [{ rule: [{ matches: '(' }] }, 'matches is no regular expression'],
  [{ rule: [{ turn: -1 }] }, 'turn must be a whole number'],
  [{ rule: [{ tool_calls: [{ arguments: {} }] }] }, 'rule 1 tool_calls 1 has no name'],
  [{ rule: [{ finish_reason: 'done' }] }, 'finish_reason must be one of stop'],
  [{ rule: ['x'] }, 'rule 1 must be a table'],
  [[], 'it must be a table'],
])('a mistake in a script is named: %j', (data, message) => {
  const read = () => readScript(data, { file: 'answers.toml' });
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ code: 'CONFIG', file: 'answers.toml' }));
});
