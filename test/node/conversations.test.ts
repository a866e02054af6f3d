/** Conversations as programs use them. */
import { describe, expect, it } from 'vitest';
import { type Message, Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { openRuntime } from './open-runtime.js';

function texts(messages: readonly Message[]): string[] {
  return messages.map(({ content }) => content);
}

describe('the conversations of a program', () => {
  it('are made of messages that come back as they were given', async () => {
    const { sessions } = await openRuntime();
    const { id } = await sessions.create();
    await sessions.setSystemPrompt(id, 'Be brief.');
    const before = Date.now();
    const hello = await sessions.addMessage(id, { role: 'user', content: 'Hello' });
    const answer = await sessions.addMessage(id, {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Hi, ' },
        { type: 'tool_call', id: 'c', name: 'clock', arguments: { zone: 'UTC' } },
        { type: 'text', text: 'you.' },
      ],
      provider: 'openai',
      model: 'gpt',
      usage: { inputTokens: 4, outputTokens: 2, costUsd: null },
      metadata: { when: new Date(0), nested: { list: [1, 'two'] } },
    });
    expect(hello.timestamp.getTime()).toBeGreaterThanOrEqual(before);
    expect(answer).toMatchObject({
      id: 'msg_3',
      role: 'assistant',
      content: 'Hi, you.',
      parents: [hello.id],
      usage: { inputTokens: 4, outputTokens: 2, costUsd: null },
      metadata: { when: '1970-01-01T00:00:00.000Z', nested: { list: [1, 'two'] } },
    });
    expect(await sessions.getMessage(id, 'msg_3')).toEqual(answer);
    expect(await sessions.getMessage(id, 'msg_4')).toBeUndefined();
    const history = await sessions.history(id);
    expect(texts(history)).toEqual(['Be brief.', 'Hello', 'Hi, you.']);
    expect(await sessions.history(id, { includeSystem: false, limit: 1 })).toEqual([answer]);
    expect((await sessions.get(id))?.messageCount).toBe(3);
    expect(await sessions.clearHistory(id)).toBe(2);
    expect(texts(await sessions.history(id))).toEqual(['Be brief.']);
    expect(await sessions.clearHistory(id, { keepSystemPrompt: false })).toBe(1);
  });

  it('refuse what no message can be', async () => {
    const { sessions } = await openRuntime();
    const { id } = await sessions.create();
    const role = 'human' as 'user';
    await expect(sessions.addMessage(id, { role, content: 'x' })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      key: 'role',
    });
    await expect(
      sessions.addMessage(id, { role: 'user', content: 'x', parents: ['msg_1'] }),
    ).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
    await sessions.complete(id);
    await expect(sessions.addMessage(id, { role: 'user', content: 'x' })).rejects.toMatchObject({
      code: 'SESSION_STATE',
    });
  });

  it('are there again in another process, and go with their session', async () => {
    const dataDir = temporaryFolder();
    const first = await Runtime.open({ dataDir });
    await first.sessions.create({ id: 'user123' });
    const long = 'long '.repeat(10_000);
    await first.sessions.addMessage('user123', { role: 'user', content: long });
    await first.close();
    const { sessions } = await openRuntime({ dataDir });
    expect(texts(await sessions.history('user123'))).toEqual([long]);
    expect(await sessions.delete('user123')).toBe(true);
    expect(await sessions.history('user123')).toEqual([]);
    expect(await sessions.create({ id: 'user123' })).toMatchObject({ messageCount: 0 });
    expect(await sessions.history('user123')).toEqual([]);
  });
});
