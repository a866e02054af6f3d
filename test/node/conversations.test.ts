/** Conversations as programs use them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
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
    const nonsense = [42, [{ type: 'text' }], [{ type: 'image', mimeType: 'image/png' }], [null]];
    for (const content of nonsense as unknown as string[]) {
      await expect(sessions.addMessage(id, { role: 'user', content })).rejects.toMatchObject({
        code: 'BAD_ARGUMENT',
        key: 'content',
      });
    }
    await expect(
      sessions.addMessage(id, { role: 'user', content: 'x', parents: ['msg_1'] }),
    ).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
    await sessions.complete(id);
    await expect(sessions.addMessage(id, { role: 'user', content: 'x' })).rejects.toMatchObject({
      code: 'SESSION_STATE',
    });
  });

  it('are copied although idle sessions have taken all the room', async () => {
    const { sessions } = await openRuntime({
      settings: {
        'runtime.sessions.max_sessions': 2,
        'runtime.sessions.session_timeout_seconds': 1,
      },
    });
    const { id } = await sessions.create({ name: 'Talk' });
    await sessions.create();
    await expect(sessions.copy(id)).rejects.toMatchObject({ code: 'LIMIT_SESSIONS' });
    await setTimeout(1100);
    const copy = await sessions.copy(id);
    expect((await sessions.get(copy))?.status).toBe('active');
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

describe('several conversations of a session', () => {
  it('begin with their prompts and have histories of their own', async () => {
    const { sessions } = await openRuntime();
    const { id } = await sessions.create({ systemPrompt: 'Be brief.' });
    expect(await sessions.activeConversation(id)).toBe('conv_1');
    const started = await sessions.startConversation(id, {
      name: 'Analysis',
      initialPrompt: { name: 'setup', systemPrompt: 'Be exact.', userPrompt: 'Begin.' },
    });
    expect(started).toBe('conv_2');
    expect(await sessions.history(id)).toMatchObject([
      { role: 'system', content: 'Be exact.' },
      { role: 'user', content: 'Begin.', status: 'pending', name: 'setup' },
    ]);
    await sessions.startConversation(id, { initialPrompt: 'Hello' });
    expect(texts(await sessions.history(id))).toEqual(['Be brief.', 'Hello']);
    expect(await sessions.listConversations(id)).toMatchObject([
      { id: 'conv_1', isActive: false, head: null, messageCount: 1 },
      { id: 'conv_2', name: 'Analysis', head: 'msg_3' },
      { id: 'conv_3', isActive: true },
    ]);
    expect(await sessions.useConversation(id, 'conv_2')).toBe(true);
    expect(await sessions.useConversation(id, 'conv_9')).toBe(false);
    const head = await sessions.addMessage(id, { role: 'assistant', content: 'one' });
    await sessions.addMessage(id, { role: 'assistant', content: 'two', parents: ['msg_3'] });
    expect(texts(await sessions.conversationHistory(id, { node: head.id }))).toEqual([
      'Begin.',
      'one',
    ]);
    const [, stretch] = await sessions.historyTree(id);
    expect(texts(stretch?.messages ?? [])).toEqual(['Begin.']);
    expect(stretch?.branches.map(({ messages }) => texts(messages))).toEqual([['one'], ['two']]);
    expect(await sessions.conversationHistory('nobody')).toEqual([]);
  });
});

describe('a session', () => {
  it('has a context, settings, responses, and is shown in numbers', async () => {
    const { sessions } = await openRuntime();
    const { id, title } = await sessions.createAndUse({
      title: 'Support',
      initialContext: { customer: 'cust_1' },
      provider: 'openai',
      model: 'gpt',
      providerConfig: { temperature: 0.5 },
      tools: ['clock', { name: 'weather' }],
      apiKeyEnv: 'SUPPORT_KEY',
    });
    expect([title, sessions.getCurrent()]).toEqual(['Support', id]);
    expect(await sessions.getContext(id)).toEqual({ customer: 'cust_1' });
    await sessions.setContext(id, { customer: 'cust_2' });
    expect(await sessions.getProvider(id)).toEqual({ provider: 'openai', model: 'gpt' });
    await sessions.setProvider(id, 'anthropic');
    expect(await sessions.getProvider(id)).toEqual({ provider: 'anthropic', model: null });
    await sessions.addMessage(id, { role: 'user', content: 'Hello' });
    const usage = { inputTokens: 2, outputTokens: 3, costUsd: 0.25 };
    await sessions.addMessage(id, { role: 'assistant', content: 'Hi', usage });
    await sessions.setResponse(id, 'first', { success: true, metadata: { seconds: 2.5 } });
    await sessions.setResponse(id, 'second', { success: false, error: 'late' });
    expect(await sessions.responses(id)).toEqual({
      first: { success: true, metadata: { seconds: 2.5 } },
      second: { success: false, error: 'late' },
    });
    expect(await sessions.data(id)).toEqual({
      id,
      title: 'Support',
      created_at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      updated_at: expect.stringMatching(/Z$/),
      messages: [
        { id: 'msg_1', role: 'user', content: 'Hello', timestamp: expect.stringMatching(/Z$/) },
        { id: 'msg_2', role: 'assistant', content: 'Hi', timestamp: expect.stringMatching(/Z$/) },
      ],
      context: { customer: 'cust_2' },
      metadata: {},
    });
    expect(await sessions.data('nobody')).toBeUndefined();
    expect(await sessions.summary(id)).toMatchObject({
      session: id,
      messages: 2,
      responses: 2,
      conversation: { prompts: 1, responses: 1 },
      usage: { calls: 1, inputTokens: 2, outputTokens: 3, costUsd: 0.25 },
      provider: 'anthropic',
      providerConfig: { temperature: 0.5 },
      tools: ['clock', { name: 'weather' }],
    });
    await sessions.fail(id, 'gave up');
    expect(await sessions.errors(id)).toMatchObject([
      { source: 'response', id: 'second', code: 'RESPONSE_FAILED', message: 'late' },
      { source: 'session', code: 'SESSION_FAILED', message: 'gave up' },
    ]);
    await expect(sessions.setContext(id, {})).rejects.toMatchObject({ code: 'SESSION_STATE' });
    expect((await sessions.rename(id, 'Renamed')).name).toBe('Renamed');
    expect(await sessions.use('nobody')).toBe(false);
    expect((await sessions.create('By name')).name).toBe('By name');
  });

  it('keeps no key, wherever one is put', async () => {
    const { sessions } = await openRuntime();
    for (const options of [
      { apiKeyEnv: 'sk-hidden' },
      { providerConfig: { api_key: 'hidden' } },
      { providerConfig: { headers: [{ 'X-Api-Key': 'hidden' }] } },
    ]) {
      const error = await sessions.create(options).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: 'BAD_ARGUMENT' });
      expect(`${error.message} ${error.hint}`).not.toContain('hidden');
    }
    expect((await sessions.list()).items).toEqual([]);
  });
});

describe('sessions as files', () => {
  it('are exported, imported, loaded, copied and merged', async () => {
    const folder = temporaryFolder();
    const { sessions, artifacts } = await openRuntime();
    const { id } = await sessions.create({ name: 'Talk', metadata: { n: 1 } });
    const image = await artifacts.store({ sessionId: id, name: 'cat.png', content: 'png' });
    await sessions.addMessage(id, { role: 'user', content: 'one' });
    await sessions.addMessage(id, {
      role: 'user',
      content: [
        { type: 'text', text: 'two' },
        { type: 'image', mimeType: 'image/*', source: { kind: 'artifact', id: image.id } },
      ],
    });
    const file = join(folder, 'talk.json');
    await sessions.export(id, file);
    await expect(sessions.import(file)).rejects.toMatchObject({ code: 'SESSION_EXISTS' });
    const imported = await sessions.import(file, { newId: true, useImmediately: true });
    expect(sessions.getCurrent()).toBe(imported);
    const [, shown] = await sessions.history(imported);
    expect(shown?.parts[1]).toEqual({
      type: 'image',
      mimeType: 'image/png',
      source: { kind: 'bytes', bytes: new Uint8Array(Buffer.from('png')) },
    });
    expect(await sessions.import(file, { overwrite: true })).toBe(id);
    await sessions.saveFile(id, file);
    const loaded = await sessions.loadFile(file, { provider: 'openai', model: 'gpt' });
    expect(loaded).not.toBe(id);
    expect(await sessions.getProvider(loaded)).toEqual({ provider: 'openai', model: 'gpt' });
    const copy = await sessions.copy(imported, { newTitle: 'Copy', at: 'msg_1' });
    expect(texts(await sessions.history(copy))).toEqual(['one']);
    expect(await sessions.get(copy)).toMatchObject({ name: 'Copy', metadata: { n: 1 } });
    const merged = await sessions.merge([id, copy], { title: 'Both' });
    expect(texts(await sessions.history(merged)).sort()).toEqual(['one', 'one', 'two']);
    const archive = await sessions.exportData(id, { format: 'session-archive' });
    expect(JSON.parse(Buffer.from(archive).toString()).schema_version).toBe('session-archive/v1');
    expect(
      texts(await sessions.history(await sessions.importData(archive, { newId: true }))),
    ).toEqual(['one', 'two']);
  });

  it('that are broken, or missing, change nothing', async () => {
    const folder = temporaryFolder();
    const dataDir = temporaryFolder();
    const runtime = await openRuntime({ dataDir });
    const { sessions } = runtime;
    const { id } = await sessions.create({ id: 'kept' });
    await sessions.addMessage(id, { role: 'user', content: 'x'.repeat(10_000) });
    const { backend } = await runtime.services.stores();
    const all = async () => (await backend.range({ start: ' ', end: '~' })).map(({ key }) => key);
    const before = await all();
    const long = { role: 'user', content: 'y'.repeat(10_000) };
    const messages = [long, { role: 'human', content: '' }];
    const file = join(folder, 'broken.json');
    writeFileSync(file, JSON.stringify({ id: 'kept', messages }));
    await expect(sessions.import(file, { overwrite: true })).rejects.toMatchObject({
      code: 'SESSION_FILE_CORRUPT',
    });
    const tags = ['x'.repeat(300)];
    const own = { version: 1, active: null, conversations: [], tags };
    const tagged = { id: 'kept', messages: [], llmspell: own };
    writeFileSync(file, JSON.stringify(tagged));
    await expect(sessions.import(file, { overwrite: true })).rejects.toMatchObject({
      code: 'BAD_ARGUMENT',
      key: 'tags',
    });
    writeFileSync(file, JSON.stringify({ id: 'x'.repeat(300), messages: [long] }));
    await expect(sessions.import(file)).rejects.toMatchObject({ code: 'BAD_ARGUMENT', key: 'id' });
    await expect(sessions.import(join(folder, 'none'))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
    await expect(sessions.import(folder)).rejects.toMatchObject({ code: 'FILE_FAILED' });
    expect(await all()).toEqual(before);
  });
});

it('data of artifacts comes back as what it was', async () => {
  const { sessions, artifacts } = await openRuntime();
  const { id: sessionId } = await sessions.create();
  const data = { findings: ['a', 'b'], score: 0.5 };
  const stored = await artifacts.storeData({ sessionId, name: 'result', data });
  expect(stored).toMatchObject({ name: 'result', mimeType: 'application/json' });
  expect(await artifacts.readData(stored.id)).toEqual(data);
  const bytes = Uint8Array.of(255, 0);
  const binary = await artifacts.storeData({ sessionId, name: 'b', data: bytes });
  expect(await artifacts.readData(binary.id)).toEqual(bytes);
  await expect(
    artifacts.storeData({ sessionId, name: 'c', data, contentType: 'text' }),
  ).rejects.toMatchObject({ code: 'BAD_ARGUMENT' });
});
