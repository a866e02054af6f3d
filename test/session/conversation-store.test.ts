import { describe, expect, test } from 'vitest';
import type { Part } from '../../runtime/provider/message.js';
import type { Batch } from '../../runtime/storage/storage.js';
import { transact } from '../../runtime/storage/transaction.js';
import { ConversationFixture } from './conversation-fixture.js';
import { BACKENDS, START_MS, table } from './session-fixture.js';

const LONG = 'long '.repeat(2000);

describe.each(BACKENDS)('conversations on %s', (_, open) => {
  const fixture = new ConversationFixture(open);

  describe('a message', () => {
    test('is kept with what is known of it, and is the head of its conversation', async () => {
      const first = await fixture.add('user', 'Hello');
      fixture.sessions.clock.advance(1500);
      const second = await fixture.add('assistant', 'Hi', {
        name: 'Ada',
        provider: 'openai',
        model: 'gpt',
        usage: { inputTokens: 3, outputTokens: 2, costUsd: 0.5 },
        metadata: table({ mood: 'good', score: 1.5 }),
      });
      expect(second).toEqual({
        id: 'msg_2',
        conversation: 'conv_1',
        role: 'assistant',
        parts: [{ type: 'text', text: 'Hi' }],
        name: 'Ada',
        parents: [first.id],
        dependencies: [],
        status: 'completed',
        group: null,
        prompt: undefined,
        error: null,
        createdAt: START_MS + 1500,
        startedAt: null,
        completedAt: null,
        provider: 'openai',
        model: 'gpt',
        usage: { inputTokens: 3, outputTokens: 2, costUsd: 0.5 },
        metadata: table({ mood: 'good', score: 1.5 }),
        origin: null,
      });
      expect(await fixture.store.reader.node('s', 'msg_2')).toEqual(second);
      expect(await fixture.texts()).toEqual(['Hello', 'Hi']);
      expect(await fixture.sessions.store.get('s')).toMatchObject({
        messageCount: 2,
        updatedAt: START_MS + 1500,
      });
    });

    test('keeps every kind of part exactly', async () => {
      const assistant: Part[] = [
        { type: 'reasoning', text: 'Hm.', signature: 'sig', redacted: 'xx' },
        { type: 'text', text: 'I look it up. \u{1f50e}' },
        { type: 'tool_call', id: 'c1', name: 'find', arguments: { q: ['a', { b: null }], n: 2.5 } },
        { type: 'tool_call', id: 'c2', name: 'find', arguments: {}, malformed: '{"q":' },
      ];
      const tool: Part[] = [
        {
          type: 'tool_result',
          id: 'c1',
          name: 'find',
          content: [
            { type: 'text', text: 'found' },
            { type: 'image', mimeType: 'image/png', source: { kind: 'artifact', id: 'a-2' } },
          ],
          isError: true,
        },
      ];
      const user: Part[] = [
        { type: 'image', mimeType: 'image/png', source: { kind: 'artifact', id: 'a-1' } },
        { type: 'image', mimeType: 'image/*', source: { kind: 'url', url: 'https://x/y.png' } },
        {
          type: 'image',
          mimeType: 'image/gif',
          source: { kind: 'bytes', bytes: Uint8Array.of(0, 255, 7) },
        },
        { type: 'text', text: LONG },
      ];
      await fixture.add('assistant', assistant);
      await fixture.add('tool', tool);
      await fixture.add('user', user);
      const { reader } = fixture.store;
      const nodes = await reader.loadAll(await reader.history('s'));
      expect(nodes.map(({ parts }) => parts)).toEqual([assistant, tool, user]);
    });

    test('of a role that can have no such part is refused', async () => {
      const call: Part = { type: 'tool_call', id: 'c', name: 'n', arguments: {} };
      const wrong: [Parameters<typeof fixture.add>[0], Part[] | string][] = [
        ['user', [call]],
        ['assistant', [{ type: 'tool_result', id: 'c', name: 'n', content: [], isError: false }]],
        ['tool', 'just a text'],
        ['tool', []],
      ];
      for (const [role, parts] of wrong) {
        await expect(fixture.add(role, parts)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
      }
      expect(await fixture.messageCount()).toBe(0);
    });

    test('goes to active sessions only', async () => {
      await fixture.add('user', 'before');
      await fixture.sessions.transition('s', 'suspend');
      await expect(fixture.add('user', 'no')).rejects.toMatchObject({
        code: 'SESSION_STATE',
        details: { from: 'suspended', to: 'active', session: 's' },
      });
      await expect(fixture.clear()).rejects.toMatchObject({ code: 'SESSION_STATE' });
      await fixture.sessions.transition('s', 'complete');
      await expect(fixture.add('user', LONG)).rejects.toMatchObject({ code: 'SESSION_STATE' });
      expect(await fixture.texts()).toEqual(['before']);
      expect(await fixture.blobs()).toEqual([]);
      await expect(fixture.add('user', 'x', {}, 'nobody')).rejects.toMatchObject({
        code: 'SESSION_NOT_FOUND',
      });
    });

    test('that is too large, or whose metadata is, is refused', async () => {
      await expect(fixture.add('user', 'x'.repeat(1024 * 1024))).rejects.toMatchObject({
        code: 'TOO_LARGE',
        key: 'runtime.sessions.max_artifact_size',
      });
      const metadata = table({ blob: 'x'.repeat(1024 * 1024) });
      await expect(fixture.add('user', 'x', { metadata })).rejects.toMatchObject({
        code: 'TOO_LARGE',
        key: 'metadata',
      });
      expect(await fixture.messageCount()).toBe(0);
    });

    test('costs the same however many came before', async () => {
      const sizes: number[] = [];
      const commit = fixture.backend.commit.bind(fixture.backend);
      fixture.backend.commit = (batch: Batch) => {
        const bytes = batch.writes.map(({ value }) => value?.length ?? 0);
        sizes.push(bytes.reduce((sum, size) => sum + size, batch.writes.length));
        return commit(batch);
      };
      for (let n = 0; n < 300; n += 1) {
        fixture.sessions.clock.advance(1);
        await fixture.add('user', `message ${String(n).padStart(4)}`);
      }
      // Numbers grow by some bytes; a record that held the history would grow by kilobytes.
      expect((sizes.at(-1) as number) - (sizes[10] as number)).toBeLessThan(20);
      const entries = await fixture.backend.range({ start: 'm/', end: 'm0' });
      const bytes = entries.reduce((sum, { value }) => sum + value.length, 0);
      expect(bytes / entries.length).toBeLessThan(200);
    });
  });

  describe('a long message', () => {
    test('is kept once as a content, and goes with its last message', async () => {
      await fixture.add('user', LONG);
      await fixture.add('assistant', LONG);
      expect(await fixture.blobs()).toHaveLength(1);
      expect(await fixture.texts()).toEqual([LONG, LONG]);
      await fixture.store.withPrepared('user', [{ type: 'text', text: 'short' }], (content) =>
        fixture.update('msg_1', { content }),
      );
      expect(await fixture.texts()).toEqual(['short', LONG]);
      expect(await fixture.blobs()).toHaveLength(1);
      await fixture.clear();
      expect(await fixture.blobs()).toEqual([]);
    });

    test('leaves nothing behind when its session is removed', async () => {
      for (let n = 0; n < 150; n += 1) await fixture.add('user', n % 50 === 0 ? LONG + n : 'short');
      await fixture.store.removeAllOf('s');
      expect(await fixture.messageCount()).toBe(0);
      expect(await fixture.blobs()).toEqual([]);
      expect(await fixture.sessions.remove('s')).toBe(true);
      expect(await fixture.sessions.keys()).toEqual(['s-count/open']);
    });

    test('keeps its session from being removed without it', async () => {
      await fixture.add('user', 'x');
      await expect(fixture.sessions.remove('s')).rejects.toMatchObject({
        code: 'SESSION_STATE',
        details: { messages: 1 },
      });
    });
  });

  describe('the history', () => {
    test('is read back over many pages, whole and in part', async () => {
      for (let n = 1; n <= 300; n += 1) await fixture.add('user', String(n));
      const all = Array.from({ length: 300 }, (__, n) => String(n + 1));
      expect(await fixture.texts()).toEqual(all);
      expect(await fixture.texts({ limit: 3 })).toEqual(['298', '299', '300']);
      expect(await fixture.texts({ limit: 200 })).toEqual(all.slice(100));
      expect(await fixture.texts({ limit: 0 })).toEqual([]);
    });

    test('begins with the system prompt, which is the first message of the role system', async () => {
      await fixture.add('system', 'Be brief.');
      await fixture.add('user', 'one');
      await fixture.add('system', 'inserted');
      await fixture.add('user', 'two');
      expect(await fixture.texts()).toEqual(['Be brief.', 'one', 'inserted', 'two']);
      expect(await fixture.texts({ includeSystem: false })).toEqual(['one', 'two']);
      expect(await fixture.texts({ limit: 2 })).toEqual(['inserted', 'two']);
      expect(await fixture.texts({ limit: 4 })).toEqual(['Be brief.', 'one', 'inserted', 'two']);
      expect((await fixture.store.reader.node('s', 'msg_2'))?.parents).toEqual([]);
      expect(await fixture.clear()).toBe(3);
      expect(await fixture.texts()).toEqual(['Be brief.']);
      await fixture.add('user', 'three');
      expect(await fixture.texts()).toEqual(['Be brief.', 'three']);
      expect(await fixture.clear(false)).toBe(2);
      expect(await fixture.texts()).toEqual([]);
      expect(await fixture.messageCount()).toBe(0);
    });

    test('gets another system prompt in the place of the first', async () => {
      const set = (text: string) =>
        fixture.store.withPrepared('system', [{ type: 'text', text }], (content) =>
          transact(fixture.backend, (tx) => fixture.store.setSystemPrompt(tx, 's', content)),
        );
      await fixture.add('user', 'one');
      expect((await set('first')).id).toBe('msg_2');
      expect((await set(LONG)).id).toBe('msg_2');
      expect((await set('second')).id).toBe('msg_2');
      expect(await fixture.texts()).toEqual(['second', 'one']);
      expect(await fixture.blobs()).toEqual([]);
      expect(await fixture.messageCount()).toBe(2);
    });

    test('goes on from an earlier message, and the other branch stays', async () => {
      await fixture.add('user', 'one');
      await fixture.add('assistant', 'two');
      const again = await fixture.add('assistant', 'other two', { parents: ['msg_1'] });
      expect(again.parents).toEqual(['msg_1']);
      expect(await fixture.texts()).toEqual(['one', 'other two']);
      expect((await fixture.store.reader.path('s', 'msg_2')).map(({ id }) => id)).toEqual([
        'msg_1',
        'msg_2',
      ]);
      await expect(fixture.add('user', 'x', { parents: ['msg_9'] })).rejects.toMatchObject({
        code: 'MESSAGE_NOT_FOUND',
      });
      await expect(fixture.add('user', 'x', { dependencies: ['nothing'] })).rejects.toMatchObject({
        code: 'MESSAGE_NOT_FOUND',
      });
    });
  });

  describe('a node that is executed', () => {
    test('stands beside the history until it is told otherwise, and tells how it went', async () => {
      await fixture.add('user', 'start');
      const prompt = table({ user_prompt: 'Summarise', retry: { max: 3 } });
      const waiting = await fixture.add('user', 'Summarise', {
        advance: false,
        status: 'pending',
        group: 'group_1',
        dependencies: ['msg_1'],
        prompt,
      });
      expect(await fixture.texts()).toEqual(['start']);
      const at = fixture.sessions.clock.now();
      await fixture.update(waiting.id, { status: 'running', startedAt: at });
      fixture.sessions.clock.advance(250);
      const failed = await fixture.update(waiting.id, {
        status: 'failed',
        completedAt: at + 250,
        error: { code: 'PROVIDER_UNREACHABLE', message: 'nobody is there' },
      });
      expect(await fixture.store.reader.node('s', waiting.id)).toEqual(failed);
      expect(failed).toMatchObject({
        status: 'failed',
        group: 'group_1',
        dependencies: ['msg_1'],
        prompt,
        startedAt: START_MS,
        completedAt: START_MS + 250,
        error: { code: 'PROVIDER_UNREACHABLE', message: 'nobody is there' },
        parts: [{ type: 'text', text: 'Summarise' }],
      });
      await fixture.sessions.transition('s', 'suspend');
      expect(await fixture.update(waiting.id, { error: null, status: 'skipped' })).toMatchObject({
        status: 'skipped',
        error: null,
      });
      await expect(fixture.update('msg_9', { status: 'failed' })).rejects.toMatchObject({
        code: 'MESSAGE_NOT_FOUND',
      });
    });
  });

  describe('several conversations', () => {
    test('have histories of their own, and the last one started is active', async () => {
      await fixture.add('user', 'first');
      const start = (name: string) =>
        transact(fixture.backend, (tx) => fixture.store.start(tx, 's', { name }));
      expect(await start('Second')).toMatchObject({ id: 'conv_2', name: 'Second', head: null });
      await fixture.add('user', 'second');
      await fixture.add('user', 'first again', { conversation: 'conv_1' });
      expect(await fixture.texts()).toEqual(['second']);
      expect(await fixture.texts({ conversation: 'conv_1' })).toEqual(['first', 'first again']);
      await transact(fixture.backend, (tx) => fixture.store.activate(tx, 's', 'conv_1'));
      expect(await fixture.texts()).toEqual(['first', 'first again']);
      expect(await fixture.store.reader.conversations('s')).toMatchObject([
        { id: 'conv_1', name: null, head: 'msg_3', messageCount: 2 },
        { id: 'conv_2', name: 'Second', head: 'msg_2', messageCount: 1 },
      ]);
      expect(await fixture.clear(true, 'conv_2')).toBe(1);
      expect(await fixture.texts({ conversation: 'conv_2' })).toEqual([]);
      expect(await fixture.texts()).toEqual(['first', 'first again']);
    });

    test('that are not there are named', async () => {
      for (const conversation of ['conv_7', 'nothing', 'conv_0', '']) {
        await expect(fixture.add('user', 'x', { conversation })).rejects.toMatchObject({
          code: 'CONVERSATION_NOT_FOUND',
          details: { conversation, session: 's' },
        });
        expect(await fixture.texts({ conversation })).toEqual([]);
      }
    });
  });

  test('messages that are added at once all get a place', async () => {
    const nodes = await Promise.all(
      Array.from({ length: 12 }, (__, n) => fixture.add('user', String(n))),
    );
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(12);
    expect((await fixture.texts()).sort()).toEqual(nodes.map((__, n) => String(n)).sort());
    expect(await fixture.messageCount()).toBe(12);
  });

  test('a message that is damaged in storage is named', async () => {
    await fixture.add('user', 'x');
    const [entry] = await fixture.backend.range({ start: 'm/', end: 'm0' });
    await fixture.backend.commit({
      preconditions: [],
      writes: [{ key: entry?.key ?? '', value: Uint8Array.of(1) }],
    });
    await expect(fixture.texts()).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
  });
});
