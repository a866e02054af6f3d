/** Sessions of one folder, for programs that need nothing else of a runtime. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  MessageRole,
  NotInitializedError,
  SessionManager,
  type SessionManagerOptions,
  scriptedProvider,
} from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

function manager(options: SessionManagerOptions = {}): SessionManager {
  const made = new SessionManager({
    providers: { demo: scriptedProvider({ rule: [{ text: 'You said: {{input}}' }] }) },
    settings: { 'providers.demo.default_model': 'm' },
    ...options,
  });
  onTestFinished(() => made.close());
  return made;
}

test('sessions of a folder are made, found, listed and deleted, also by the next program', async () => {
  const sessionsDir = join(temporaryFolder(), 'sessions');
  const first = manager({ sessionsDir });
  expect(existsSync(sessionsDir)).toBe(false);
  expect(await first.getSession('user123')).toBeUndefined();
  const made = await first.createSession({
    sessionId: 'user123',
    systemPrompt: 'You are a helpful assistant.',
    provider: 'demo',
  });
  expect(made).toMatchObject({ id: 'user123', status: 'active' });
  const { sessions } = await first.runtime();
  expect(`${await sessions.generate('user123', 'Hello')}`).toBe('You said: Hello');
  await first.close();
  expect(readdirSync(sessionsDir)).not.toEqual([]);

  const second = manager({ sessionsDir });
  expect(await second.getSession('user123')).toMatchObject({ messageCount: 3 });
  await second.createSession('Notes');
  expect((await second.listSessions({ name: 'Notes' })).items).toHaveLength(1);
  expect(await second.deleteSession('user123')).toBe(true);
  expect(await second.deleteSession('user123')).toBe(false);
  expect(await second.getSession('user123')).toBeUndefined();
});

test('a list of sessions gives the id and the times of each', async () => {
  const made = manager();
  const { id, createdAt } = await made.createSession('One');
  const { sessions } = await made.runtime();
  await sessions.addMessage(id, { role: MessageRole.USER, content: 'Hello' });
  const changed = (await sessions.get(id))?.updatedAt;
  const seen = [];
  for (const [session, created, lastModified] of await made.listSessions()) {
    seen.push({ session, created, lastModified });
  }
  expect(seen).toEqual([{ session: id, created: createdAt, lastModified: changed }]);
  const page = await sessions.list({ limit: 1 });
  expect([...page]).toHaveLength(1);
  expect(page.items[0]?.id).toBe(id);
  expect(JSON.parse(JSON.stringify(page))).toMatchObject({ items: [{ id }], next: null });
});

test('roles have names', async () => {
  const made = manager();
  const { id } = await made.createSession();
  const { sessions } = await made.runtime();
  await sessions.addMessage(id, { role: MessageRole.SYSTEM, content: 'Be brief.' });
  await sessions.addMessage(id, { role: MessageRole.ASSISTANT, content: 'Yes.' });
  const roles = (await sessions.history(id)).map(({ role }) => role);
  expect([...roles, MessageRole.USER, MessageRole.TOOL]).toEqual([
    'system',
    'assistant',
    'user',
    'tool',
  ]);
});

test('a manager that is closed says so, whether or not it was ever used', async () => {
  const [used, unused] = [manager(), manager()];
  await used.createSession();
  for (const each of [used, unused]) {
    await each.close();
    await each.close();
    const thrown = await each.listSessions().catch((error) => error);
    expect(thrown).toMatchObject({ code: 'RUNTIME_CLOSED' });
    expect(thrown instanceof NotInitializedError).toBe(true);
  }
});

test('a folder that can not be opened is tried again by the next call', async () => {
  const made = manager({ settings: { 'runtime.lua.timeout_ms': -1 } });
  await expect(made.getSession('x')).rejects.toMatchObject({ code: 'CONFIG' });
  await expect(made.getSession('x')).rejects.toMatchObject({ code: 'CONFIG' });
  await made.close();
});
