import { describe, expect, test } from 'vitest';
import { toAnthropicMessages } from '../../runtime/provider/anthropic-messages.js';
import type { Message, Part } from '../../runtime/provider/message.js';
import { fromChatAnswer, toChatMessages } from '../../runtime/provider/openai-messages.js';
import { ToolIds } from '../../runtime/provider/tool-ids.js';
import { expectAnthropicRules, expectChatRules } from '../fixtures/wire-rules.js';

const text = (words: string): Part => ({ type: 'text', text: words });
const message = (role: Message['role'], ...parts: Part[]): Message => ({ role, parts });
const call = (id: string, args: object = {}): Part => ({
  type: 'tool_call',
  id,
  name: 'look',
  arguments: args as never,
});
const result = (id: string, words = 'ok', isError = false): Part => ({
  type: 'tool_result',
  id,
  name: 'look',
  content: [{ type: 'text', text: words }],
  isError,
});
const image: Part = {
  type: 'image',
  mimeType: 'image/png',
  source: { kind: 'bytes', bytes: Uint8Array.of(1, 2, 255) },
};
const webImage: Part = {
  type: 'image',
  mimeType: 'image/jpeg',
  source: { kind: 'url', url: 'https://example.com/a.jpg' },
};

const ORIGIN = 'anthropic/claude';

/** A tool loop that three providers took part in, with everything that is hard to translate. */
const CONVERSATION: readonly Message[] = [
  message('system', text('Be brief.')),
  message('system', text('Answer in English.')),
  message('user', text('What is this?'), image, text('And this?'), webImage),
  message(
    'assistant',
    { type: 'reasoning', text: 'Two pictures.', signature: 'sig', origin: ORIGIN },
    text('Let me look.'),
    call('toolu_01', { at: 1, big: 9007199254740993n }),
    call('functions.look:0', { at: 2 }),
  ),
  message('tool', result('toolu_01'), {
    type: 'tool_result',
    id: 'functions.look:0',
    name: 'look',
    content: [{ type: 'text', text: 'see' }, image as never],
    isError: true,
  }),
  message(
    'assistant',
    { type: 'reasoning', text: 'Of another model.', origin: 'openai/gpt' },
    call('call_with_an_id_that_is_much_longer_than_forty_characters_and_than_sixty-four'),
    { type: 'tool_call', id: 'toolu_01', name: 'look', arguments: {}, malformed: '{at' },
  ),
  message(
    'tool',
    result('call_with_an_id_that_is_much_longer_than_forty_characters_and_than_sixty-four'),
  ),
  message('tool', result('toolu_01', '')),
  message('user', text('So?')),
  message('system', text('Now in German.')),
  message('assistant', text('  ')),
  message('user', text('Bitte.')),
];

describe('a conversation in the middle of which the provider changes', () => {
  test('fits the rules of Anthropic', () => {
    const { system, messages } = toAnthropicMessages(CONVERSATION, ORIGIN);
    expect(system).toBe('Be brief.\n\nAnswer in English.');
    expectAnthropicRules(messages as never);
  });

  test('fits the rules of OpenAI', () => {
    expectChatRules(toChatMessages(CONVERSATION, 'openai/gpt'));
  });

  test('keeps the ids that fit, also those of another provider', () => {
    const chat = toChatMessages(CONVERSATION, 'openai/gpt');
    expect(JSON.stringify(chat)).toContain('"id":"toolu_01"');
    expect(JSON.stringify(chat)).toContain('"tool_call_id":"functions.look:0"');
    const { messages } = toAnthropicMessages(CONVERSATION, ORIGIN);
    const ids = JSON.stringify(messages).match(/"(?:id|tool_use_id)":"[^"]*"/g);
    expect(ids?.slice(0, 4)).toEqual([
      '"id":"toolu_01"',
      expect.stringMatching(/^"id":"functionslook0_[0-9a-f]{10}"$/),
      '"tool_use_id":"toolu_01"',
      expect.stringMatching(/^"tool_use_id":"functionslook0_[0-9a-f]{10}"$/),
    ]);
  });
});

describe('for Anthropic', () => {
  const turns = (messages: readonly Message[]) => toAnthropicMessages(messages, ORIGIN).messages;

  test('thoughts go back to the model that had them, and to nobody else', () => {
    const thoughts = (origin: string) =>
      JSON.stringify(toAnthropicMessages(CONVERSATION, origin)).includes('Two pictures.');
    expect([thoughts(ORIGIN), thoughts('anthropic/other')]).toEqual([true, false]);
    const parts: Part[] = [
      { type: 'reasoning', text: '', redacted: 'secret', origin: ORIGIN },
      { type: 'reasoning', text: 'without proof', origin: ORIGIN },
      text('Yes.'),
    ];
    expect(turns([message('user', text('?')), message('assistant', ...parts)])[1]?.content).toEqual(
      [
        { type: 'redacted_thinking', data: 'secret' },
        { type: 'text', text: 'Yes.' },
      ],
    );
  });

  test('later system messages stay at their place', () => {
    const { system, messages } = toAnthropicMessages(
      [message('user', text('a')), message('system', text('b')), message('user', text('c'))],
      ORIGIN,
    );
    expect(system).toBeUndefined();
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: '<system>\nb\n</system>' },
          { type: 'text', text: 'c' },
        ],
      },
    ]);
  });

  test('results of tools come first in their turn', () => {
    const loop = [message('user', text('a')), message('assistant', call('c1'))];
    const late = [...loop, message('user', text('hurry')), message('tool', result('c1'))];
    expectAnthropicRules(turns(late) as never);
  });

  test('a conversation that begins with the model gets a beginning', () => {
    expect(turns([message('assistant', text('Hello.'))])).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: 'Hello.' }] },
    ]);
  });

  test('errors of tools, images and arguments that are no JSON are told of', () => {
    const all = JSON.stringify(turns(CONVERSATION));
    expect(all).toContain('"is_error":true');
    expect(all).toContain('"media_type":"image/png","data":"AQL/"');
    expect(all).toContain('"input":{"malformed_arguments":"{at"}');
    expect(all).toContain('{"type":"url","url":"https://example.com/a.jpg"}');
  });
});

describe('for OpenAI', () => {
  test('images of tools follow the answers of all tools', () => {
    const chat = toChatMessages(CONVERSATION, 'openai/gpt');
    const at = chat.findIndex(({ role }) => role === 'tool');
    expect(chat.slice(at, at + 3).map(({ role }) => role)).toEqual(['tool', 'tool', 'user']);
    expect(chat[at + 2]).toMatchObject({
      content: [
        { type: 'text', text: 'Images of the tool look:' },
        { image_url: { url: 'data:image/png;base64,AQL/' } },
      ],
    });
  });

  test('arguments are sent as they were written, integers exactly', () => {
    const all = JSON.stringify(toChatMessages(CONVERSATION, 'openai/gpt'));
    expect(all).toContain('{\\"at\\":1,\\"big\\":9007199254740993}');
    expect(all).toContain('"arguments":"{at"');
  });

  test('an answer comes back as it went', () => {
    const parts: Part[] = [
      { type: 'reasoning', text: 'Where?', field: 'reasoning_content', origin: 'openai/gpt' },
      text('Let me look.'),
      call('call_1', { at: 1, deep: { list: [1.5, 'x', null, true] } }),
      call('call_2'),
      { type: 'tool_call', id: 'call_3', name: 'look', arguments: {}, malformed: '[1]' },
    ];
    const [wire] = toChatMessages([message('assistant', ...parts)], 'openai/gpt');
    expect(fromChatAnswer(wire as never, 'chat-1', 'openai/gpt')).toEqual({
      role: 'assistant',
      parts,
    });
  });
});

describe('ids of tool calls', () => {
  const rule = { allowed: /[a-z0-9_]/, maxLength: 20 };

  test('stay what they are when they fit', () => {
    const ids = new ToolIds(rule);
    expect([ids.ofCall('call_1'), ids.ofResult('call_1')]).toEqual(['call_1', 'call_1']);
  });

  test('that differ stay different, and belong together', () => {
    const ids = new ToolIds(rule);
    const given = ['a.b', 'a:b', 'ab', 'x'.repeat(30), 'x'.repeat(31), ''];
    const made = given.map((id) => ids.ofCall(id));
    expect(new Set(made).size).toBe(given.length);
    expect(given.map((id) => ids.ofResult(id))).toEqual(made);
    for (const id of made) expect(id).toMatch(/^[a-z0-9_]{1,20}$/);
  });

  test('that come again are numbered, and a result belongs to the last one', () => {
    const ids = new ToolIds(rule);
    const first = [ids.ofCall('call_0'), ids.ofResult('call_0')];
    const second = [ids.ofCall('call_0'), ids.ofResult('call_0')];
    expect([first, second]).toEqual([
      ['call_0', 'call_0'],
      ['call_0_2', 'call_0_2'],
    ]);
  });
});
