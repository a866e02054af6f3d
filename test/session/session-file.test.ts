import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromPlain, type ValueMap } from '../../runtime/base/value.js';
import {
  writeAbstractSession,
  writeSessionArchive,
} from '../../runtime/session/abstract-session-writer.js';
import type { MessageNode } from '../../runtime/session/message-node.js';
import { textOf } from '../../runtime/session/message-parts.js';
import { activeMessages, writeSessionFile } from '../../runtime/session/session-file.js';
import { readSessionFile } from '../../runtime/session/session-file-reader.js';
import { NO_SETTINGS } from '../../runtime/session/session-settings.js';
import type { SessionSnapshot } from '../../runtime/session/session-snapshot.js';
import { START_MS, table } from './session-fixture.js';

const FOLDER = join(import.meta.dirname, '../fixtures/sessions');

function read(text: string | object): SessionSnapshot {
  const bytes = Buffer.from(typeof text === 'string' ? text : JSON.stringify(text));
  return readSessionFile(bytes, START_MS);
}

function fixture(name: string): SessionSnapshot {
  return read(readFileSync(join(FOLDER, name), 'utf8'));
}

function said(snapshot: SessionSnapshot): string[] {
  return activeMessages(snapshot).map(({ role, parts }) => `${role}: ${textOf(parts)}`);
}

function message(id: number, fields: Partial<MessageNode> = {}): MessageNode {
  return {
    id: `msg_${id}`,
    conversation: 'conv_1',
    role: 'user',
    parts: [{ type: 'text', text: `message ${id}` }],
    name: null,
    parents: id > 1 ? [`msg_${id - 1}`] : [],
    dependencies: [],
    status: 'completed',
    group: null,
    prompt: undefined,
    error: null,
    createdAt: START_MS + id,
    startedAt: null,
    completedAt: null,
    provider: null,
    model: null,
    usage: null,
    metadata: new Map(),
    origin: null,
    ...fields,
  };
}

function snapshot(fields: Partial<SessionSnapshot> = {}): SessionSnapshot {
  const messages = fields.messages ?? [message(1), message(2)];
  return {
    id: 's',
    name: 'Talk',
    description: null,
    status: 'active',
    failureReason: null,
    tags: [],
    metadata: new Map(),
    context: new Map(),
    settings: NO_SETTINGS,
    responses: [],
    createdAt: START_MS,
    updatedAt: START_MS + 100,
    conversations: [
      {
        id: 'conv_1',
        name: null,
        head: messages.at(-1)?.id ?? null,
        system: null,
        messageCount: messages.length,
        createdAt: START_MS,
        updatedAt: START_MS,
      },
    ],
    active: 'conv_1',
    ...fields,
    messages,
  };
}

describe('a file of ours', () => {
  test('is the plain table of a plain talk, and little more', () => {
    const document = JSON.parse(writeSessionFile(snapshot()));
    expect(document).toMatchObject({ id: 's', title: 'Talk', context: {}, metadata: {} });
    expect(Object.keys(document)).toEqual([
      ...['id', 'title', 'created_at', 'updated_at', 'messages', 'context', 'metadata'],
      'llmspell',
    ]);
    expect(document.messages).toEqual([
      { id: 'msg_1', role: 'user', content: 'message 1', timestamp: '2026-11-21T08:00:00.001Z' },
      { id: 'msg_2', role: 'user', content: 'message 2', timestamp: '2026-11-21T08:00:00.002Z' },
    ]);
  });

  test('reads back as what was written, whatever was said', () => {
    const status = fc.constantFrom('completed', 'pending', 'running', 'failed', 'blocked' as const);
    const optional = <T>(given: fc.Arbitrary<T>) => fc.option(given, { nil: null });
    const time = optional(fc.integer({ min: 0, max: START_MS }));
    const text = fc.string({ unit: 'grapheme', maxLength: 20 });
    const data = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
    const map = data.map((plain) => fromPlain(plain) as ValueMap);
    const node = (index: number) =>
      fc
        .record({
          status,
          parents: fc.subarray(Array.from({ length: index }, (_, n) => `msg_${n + 1}`)),
          dependencies: fc.subarray(Array.from({ length: index }, (_, n) => `msg_${n + 1}`)),
          conversation: fc.constantFrom('conv_1', 'conv_2'),
          name: optional(text),
          group: optional(text),
          prompt: fc.option(map, { nil: undefined }),
          error: optional(fc.record({ code: text, message: text })),
          startedAt: time,
          completedAt: time,
          provider: optional(text),
          model: optional(text),
          usage: optional(
            fc.record({
              inputTokens: fc.nat(),
              outputTokens: fc.nat(),
              costUsd: optional(fc.constantFrom(0.5, 0.125)),
            }),
          ),
          metadata: map,
          origin: optional(text),
          parts: fc.oneof(
            text.map((said) => [{ type: 'text' as const, text: said }]),
            fc.tuple(text, fc.uint8Array({ minLength: 1 })).map(([said, bytes]) => [
              { type: 'text' as const, text: said },
              {
                type: 'image' as const,
                mimeType: 'image/png',
                source: { kind: 'bytes' as const, bytes },
              },
            ]),
          ),
        })
        .map((fields) => message(index + 1, fields as Partial<MessageNode>));
    const arbitrary = fc
      .tuple(...Array.from({ length: 6 }, (_, index) => node(index)), map, map, fc.nat(5))
      .map((made) => {
        const messages = made.slice(0, 6) as MessageNode[];
        const [metadata, context, head] = made.slice(6) as [ValueMap, ValueMap, number];
        const count = (id: string) => messages.filter((it) => it.conversation === id).length;
        const times = { createdAt: START_MS, updatedAt: START_MS };
        return snapshot({
          messages,
          metadata,
          context,
          conversations: [
            {
              ...{ id: 'conv_1', name: null, head: messages[head]?.id ?? null, system: null },
              ...{ messageCount: count('conv_1'), ...times },
            },
            {
              ...{ id: 'conv_2', name: 'other', head: null, system: 'msg_1' },
              ...{ messageCount: count('conv_2'), ...times },
            },
          ],
        });
      });
    const property = fc.property(arbitrary, (given) => {
      const back = read(writeSessionFile(given));
      const sorted = (all: readonly MessageNode[]) =>
        all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect({ ...back, messages: sorted(back.messages) }).toEqual(given);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('may get messages by hand', () => {
    const document = JSON.parse(writeSessionFile(snapshot()));
    document.messages.push({ role: 'assistant', content: 'by hand' });
    document.messages.splice(1, 0, { id: 'mine', role: 'assistant', content: 'between' });
    const back = read(document);
    expect(said(back)).toEqual([
      'user: message 1',
      'assistant: between',
      'user: message 2',
      'assistant: by hand',
    ]);
    expect(back.messages.map(({ id, origin }) => [id, origin])).toEqual([
      ['msg_1', 'msg_1'],
      ['msg_2', 'mine'],
      ['msg_3', 'msg_2'],
      ['msg_4', 'message 4'],
    ]);
    expect(back.conversations[0]).toMatchObject({ head: 'msg_4', messageCount: 4 });
  });

  test('of a newer llmspell is refused', () => {
    const document = JSON.parse(writeSessionFile(snapshot()));
    document.llmspell.version = 2;
    expect(() => read(document)).toThrow(expect.objectContaining({ code: 'STORAGE_NEWER' }));
  });
});

describe('a file of another program', () => {
  test('with messages in a list keeps its ids and times', () => {
    const chat = fixture('chat.json');
    expect(chat).toMatchObject({
      id: '0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d',
      name: 'Broken router',
      status: 'active',
      context: table({ customer: 'c-17', visits: 2 }),
      metadata: table({ category: 'support', status: 'active' }),
      createdAt: Date.UTC(2023, 6, 15, 14, 30, 22, 123),
      updatedAt: Date.UTC(2023, 6, 15, 14, 35, 46, 789),
    });
    expect(said(chat)).toEqual([
      'user: My router does not start.',
      'assistant: Which lamp is lit?',
      'user: The red one.',
    ]);
    expect(chat.messages.map(({ id, parents, origin }) => [id, ...parents, origin])).toEqual([
      ['msg_1', null],
      ['msg_2', 'msg_1', null],
      ['msg_3', 'msg_2', null],
    ]);
  });

  test('may leave out nearly everything', () => {
    expect(said(read({ messages: [] }))).toEqual([]);
    const bare = read({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: { response: 'Hi' } },
      ],
    });
    expect(bare).toMatchObject({ id: null, name: null, createdAt: START_MS });
    expect(bare.conversations[0]).toMatchObject({ system: 'msg_1', head: 'msg_3' });
    expect(said(bare)).toEqual(['system: Be brief.', 'user: Hello', 'assistant: Hi']);
  });

  test('of AbstractLLM brings its tools and its provider, and no key', () => {
    const talk = fixture('abstractllm.json');
    expect(talk).toMatchObject({
      id: 'd9a1f0c2-0001-4000-8000-000000000001',
      name: 'Clock talk',
      createdAt: new Date(2024, 2, 1, 9, 0, 0, 250).getTime(),
      settings: {
        provider: 'openai',
        model: 'gpt-4',
        providerConfig: table({ temperature: 0.7 }),
      },
    });
    expect(activeMessages(talk).map(({ role, parts }) => [role, parts])).toEqual([
      ['system', [{ type: 'text', text: 'You know what time it is.' }]],
      ['user', [{ type: 'text', text: 'How late is it?' }]],
      [
        'assistant',
        [
          { type: 'text', text: 'I look at the clock.' },
          { type: 'tool_call', id: 'call_7', name: 'clock', arguments: { zone: 'UTC' } },
          { type: 'tool_call', id: 'call_2', name: 'calendar', arguments: {} },
        ],
      ],
      [
        'tool',
        [
          {
            ...{ type: 'tool_result', id: 'call_7', name: 'clock', isError: false },
            content: [{ type: 'text', text: '09:00' }],
          },
          {
            ...{ type: 'tool_result', id: 'call_2', name: 'calendar', isError: true },
            content: [{ type: 'text', text: 'no calendar' }],
          },
        ],
      ],
      ['assistant', [{ type: 'tool_call', id: 'call_alarm', name: 'alarm', arguments: {} }]],
      [
        'tool',
        [
          {
            ...{ type: 'tool_result', id: 'call_alarm', name: 'alarm', isError: false },
            content: [{ type: 'text', text: 'set' }],
          },
        ],
      ],
      ['assistant', [{ type: 'text', text: "Nine o'clock." }]],
    ]);
    expect(talk.messages[1]).toMatchObject({
      id: 'msg_2',
      origin: 'd9a1f0c2-0001-4000-8000-00000000000b',
      metadata: table({ channel: 'web' }),
    });
  });

  test('of AbstractCore brings its tools, their schemas and what it knows besides', () => {
    const archive = fixture('archive.json');
    expect(archive).toMatchObject({
      id: 'archived-1',
      createdAt: Date.UTC(2025, 4, 1, 8),
      updatedAt: Date.UTC(2025, 4, 1, 8, 0, 4),
      settings: {
        provider: 'ollama',
        model: 'qwen3',
        providerConfig: table({ temperature: 0, seed: 7 }),
        tools: [table({ name: 'count', description: 'Counts', parameters: { type: 'object' } })],
      },
      metadata: table({
        settings: { auto_compact: false, auto_compact_threshold: 6000 },
        summary: { text: 'Things were counted.' },
      }),
    });
    expect(said(archive)).toEqual([
      'system: Count things.',
      'user: How many?',
      'assistant: ',
      'tool: 4 apples',
      'assistant: Four.',
    ]);
    expect(activeMessages(archive)[2]?.parts).toEqual([
      { type: 'tool_call', id: 'call_a', name: 'count', arguments: { what: 'apples' } },
    ]);
  });

  test.each([
    ['abstractllm.json', writeAbstractSession],
    ['archive.json', writeSessionArchive],
  ])('like %s is written as it is read', (name, write) => {
    const first = fixture(name);
    const second = read(write(first));
    const told = (one: SessionSnapshot) => ({
      said: activeMessages(one).map(({ role, parts }) => [
        role,
        parts.map((part) => (part.type === 'tool_call' ? [part.id, part.name] : part)),
      ]),
      settings: one.settings,
      metadata: one.metadata.get('summary') ?? one.metadata.get('session_name'),
    });
    if (name === 'archive.json') expect(told(second)).toEqual(told(first));
    else expect(told(second).settings).toEqual(told(first).settings);
    expect(said(second).filter((line) => line !== 'assistant: ')).toEqual(
      said(first).filter((line) => line !== 'assistant: '),
    );
  });
});

describe('a broken file', () => {
  const good = () => JSON.parse(writeSessionFile(snapshot()));
  const changed = (change: (document: ReturnType<typeof good>) => void) => {
    const document = good();
    change(document);
    return document;
  };
  test.each<[string, string | object, string]>([
    ['is no JSON', '{"id": ', 'expected'],
    ['is no object', '[]', 'it is not a JSON object'],
    ['has no messages', { id: 's' }, 'it has no list of messages'],
    ['has messages that are no list', { messages: {} }, 'it has no list of messages'],
    ['has a message that is no object', { messages: [5] }, 'messages[0]: an object expected'],
    ['has a message without a role', { messages: [{ content: 'x' }] }, 'messages[0].role'],
    [
      'has a role that nobody knows',
      { messages: [{ role: 'human', content: 'x' }] },
      `messages[0].role: bad value for 'role': "human"`,
    ],
    [
      'has a content that is none',
      { messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
    ],
    [
      'has a time that is none',
      { messages: [{ role: 'user', content: 'x', timestamp: 'yesterday' }] },
      'messages[0].timestamp: a time expected',
    ],
    [
      'has metadata that is a text',
      { messages: [], metadata: 'x' },
      'metadata: an object expected',
    ],
    ['has a title that is a number', { messages: [], title: 5 }, 'title: a text expected'],
    [
      'has one id twice',
      {
        messages: [
          { id: 'a', role: 'user', content: 'x' },
          { id: 'a', role: 'user', content: 'y' },
        ],
      },
      'two messages have the id "a"',
    ],
    [
      'follows what is not there',
      changed((it) => {
        it.messages[1].parents = ['msg_9'];
      }),
      'the message "msg_2" follows "msg_9", which is not there',
    ],
    [
      'goes in a circle',
      changed((it) => {
        it.messages[0].parents = ['msg_2'];
      }),
      'follows itself',
    ],
    [
      'names a conversation that is not there',
      changed((it) => {
        it.messages[1].conversation = 'conv_5';
      }),
      'there is no conversation "conv_5"',
    ],
    [
      'has an active conversation that is not there',
      changed((it) => {
        it.llmspell.active = 'conv_5';
      }),
      'llmspell.active: there is no conversation "conv_5"',
    ],
    [
      'has a conversation with an id of its own',
      changed((it) => {
        it.llmspell.conversations[0].id = 'main';
      }),
      'a conversation has the id "main"',
    ],
    [
      'has a status that nobody knows',
      changed((it) => {
        it.llmspell.status = 'asleep';
      }),
      'llmspell.status: "asleep" is unknown',
    ],
    [
      'has a part that nobody knows',
      changed((it) => {
        it.messages[0].parts = [{ type: 'video' }];
      }),
      'messages[0].parts: bad part 1 of the content: unknown type "video"',
    ],
    [
      'has a call of a tool by a user',
      changed((it) => {
        it.messages[0].parts = [{ type: 'tool_call', id: '1', name: 'n' }];
      }),
      'messages[0].parts',
    ],
    ['is an archive of another kind', { schema_version: 'v9', messages: [] }, 'schema_version'],
  ])('that %s is named as it is broken', (_, document, problem) => {
    expect(() => read(document)).toThrow(
      expect.objectContaining({
        code: 'SESSION_FILE_CORRUPT',
        message: expect.stringContaining(problem),
      }),
    );
  });

  test('leaves room for numbers that come later', () => {
    const plain = writeSessionFile(snapshot());
    const back = read(plain.replaceAll('msg_2', 'msg_9007199254740991'));
    expect(back.messages.map(({ id, origin }) => [id, origin])).toEqual([
      ['msg_1', 'msg_1'],
      ['msg_2', 'msg_9007199254740991'],
    ]);
    expect(() => read(plain.replaceAll('conv_1', 'conv_9007199254740991'))).toThrow(
      expect.objectContaining({ code: 'SESSION_FILE_CORRUPT' }),
    );
  });

  test('never ends in anything but a clear error, wherever it is cut or changed', () => {
    const text = writeSessionFile(
      snapshot({
        messages: [message(1), message(2, { metadata: table({ a: 1 }), status: 'failed' })],
      }),
    );
    const property = fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom('', '"', '{', ']', '0', 'null', ','),
      (at, other) => {
        try {
          read(text.slice(0, at) + other + text.slice(at + 1));
        } catch (thrown) {
          expect(thrown).toMatchObject({
            code: expect.stringMatching(/^(SESSION_FILE_CORRUPT|STORAGE_NEWER)$/),
          });
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
