/** What is said in sessions survives, replays, forks and travels with the run that said it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';
import { completed, interrupted, recordsOf, replayed, script, workshop } from './kept-runs.js';

const LONG = 'x'.repeat(20_000);

const CHAT = `local session = Session.create({ name = 'chat' })
local image = Artifact.store(session, 'user_input', 'cat.png', 'png')
Session.addMessage(session, 'system', 'Be brief.')
for turn = 1, 3 do
  Session.addMessage(session, 'user', 'question ' .. turn)
  Session.addMessage(session, 'assistant', turn == 2 and ('x'):rep(20000) or 'answer ' .. turn)
end
Session.addMessage(session, 'user', { 'What is this?', { type = 'image', artifact = image } })
local history = Session.history(session)
print(#history, history[#history].parts[2].artifact == image)
return #history`;

async function textsOf(runtime: Runtime, session: string): Promise<string[]> {
  return (await runtime.sessions.history(session)).map(({ content }) => content);
}

/** The entry of the journal behind which a fork knows so many messages. */
async function entryOfMessage(runtime: Runtime, run: string, count: number): Promise<number> {
  const entries = await runtime.runs.entries(run);
  const added = entries.filter(
    ({ event }) => event.type === 'call' && event.op === 'session.addMessage',
  );
  return added[count - 1]?.seq ?? 0;
}

test('a run that talked replays without a change', async () => {
  const runtime = await workshop().open();
  const id = await completed(runtime, CHAT);
  const before = await recordsOf(runtime);
  const { diverged, output } = await replayed(runtime, id);
  expect(diverged).toBeNull();
  expect(output).toBe('8\ttrue\n');
  expect(await recordsOf(runtime)).toEqual(before);
  const edited = script(CHAT.replace("'question ' .. turn", "'other ' .. turn"));
  const other = await runtime.runs.replay(id, { script: edited });
  expect(other.diverged).toMatchObject({ class: 'input', actual: { op: 'session.addMessage' } });
});

test('a resumed run says nothing twice', async () => {
  const { open } = workshop();
  const first = await open();
  const id = await interrupted(
    first,
    `local session = Session.create()
     Session.addMessage(session, 'user', 'one')
     print('waiting')
     Session.sleep(0.3)
     Session.addMessage(session, 'assistant', 'two')
     return session`,
  );
  await first.close();
  const second = await open();
  const { value } = await second.runs.resume(id);
  expect(await textsOf(second, value as string)).toEqual(['one', 'two']);
});

describe('a fork', () => {
  test('has its own copy of the conversation as it was', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CHAT);
    const [original = ''] = (await runtime.runs.get(id))?.sessions ?? [];
    const whole = await textsOf(runtime, original);
    const at = await entryOfMessage(runtime, id, 6);
    const fork = await runtime.runs.fork(id, {
      at,
      script: script(CHAT.replace("'answer ' .. turn", "(turn == 3 and 'forked' or 'answer 1')")),
    });
    const outcome = await runtime.runs.resume(fork.id);
    const [copy = ''] = outcome.sessions;
    expect(outcome.value).toBe(8);
    expect(await textsOf(runtime, copy)).toEqual([...whole.slice(0, 6), 'forked', 'What is this?']);
    expect(await textsOf(runtime, original)).toEqual(whole);
    const [image] = (await runtime.artifacts.query({ sessionId: copy })).items;
    const shown = (await runtime.sessions.history(copy)).at(-1)?.parts[1];
    expect(shown).toMatchObject({ type: 'image', source: { kind: 'artifact', id: image?.id } });
    expect((await runtime.sessions.get(copy))?.messageCount).toBe(8);
  });

  test('merges the sessions of its own, whatever their ids are', async () => {
    const runtime = await workshop().open();
    const run = await completed(
      runtime,
      `for _, id in ipairs({ 'ann', 'bob' }) do
         Session.create({ id = id })
         Session.addMessage(id, 'user', id .. ' is here')
       end
       Session.checkpoint(nil, 'both')
       return Session.merge({ 'ann', 'bob' }, { title = 'Both' })`,
    );
    await runtime.sessions.addMessage('ann', { role: 'user', content: 'elsewhere' });
    const fork = await runtime.runs.fork(run, { at: 'both' });
    const { value } = await runtime.runs.resume(fork.id);
    expect(await textsOf(runtime, value as string)).toEqual(['ann is here', 'bob is here']);
  });

  test('of a fork shows the images of its own session', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CHAT);
    const child = await runtime.runs.fork(id, {});
    const grandchild = await runtime.runs.fork(child.id, {});
    const [session = ''] = grandchild.sessions;
    const [image] = (await runtime.artifacts.query({ sessionId: session })).items;
    const shown = (await runtime.sessions.history(session)).at(-1)?.parts[1];
    expect(shown).toMatchObject({ source: { id: image?.id } });
  });

  test('keeps long messages when the original is deleted, and names what is lost', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CHAT);
    const [original = ''] = (await runtime.runs.get(id))?.sessions ?? [];
    const [copy = ''] = (await runtime.runs.fork(id, {})).sessions;
    await runtime.sessions.delete(original);
    expect(await textsOf(runtime, copy)).toContain(LONG);
    await runtime.sessions.delete(copy);
    const late = await runtime.runs.fork(id, {});
    expect(late.lost).toEqual(['cat.png', 'msg_5']);
    const texts = await textsOf(runtime, late.sessions[0] ?? '');
    expect(texts).toHaveLength(8);
    expect(texts[4]).toBe('');
  });

  test('has the context, the settings and the conversations of that moment', async () => {
    const runtime = await workshop().open();
    const run = await completed(
      runtime,
      `local s = Session.create({ initial_context = { step = 1 }, system_prompt = 'Be brief.' })
       Session.setResponse(s, 'first', 1)
       Session.checkpoint(nil, 'here')
       Session.setContext(s, { step = 2 })
       Session.setResponse(s, 'second', 2)
       Session.startConversation(s, 'later')
       Session.setProvider(s, 'openai')
       return s`,
    );
    const fork = await runtime.runs.fork(run, { at: 'here' });
    const [copy = ''] = fork.sessions;
    expect(await runtime.sessions.getContext(copy)).toEqual({ step: 1 });
    expect(await runtime.sessions.responses(copy)).toEqual({ first: 1 });
    expect(await runtime.sessions.listConversations(copy)).toHaveLength(1);
    expect(await textsOf(runtime, copy)).toEqual(['Be brief.']);
    expect((await runtime.sessions.getProvider(copy)).provider).toBeNull();
    await runtime.runs.resume(fork.id);
    expect(await runtime.sessions.getContext(copy)).toEqual({ step: 2 });
    expect((await runtime.sessions.getProvider(copy)).provider).toBe('openai');
    expect(await runtime.sessions.listConversations(copy)).toHaveLength(2);
  });

  test('knows what others had said in the session before, and not what came later', async () => {
    const runtime = await workshop().open();
    const { id: session } = await runtime.sessions.create({ id: 'shared' });
    await runtime.sessions.setSystemPrompt(session, 'Be brief.');
    await runtime.sessions.addMessage(session, { role: 'user', content: 'from before' });
    const run = await completed(
      runtime,
      `Session.updateMetadata('shared', { seen = true })
       Session.addMessage('shared', 'assistant', 'from the run')
       Session.addMessage('shared', 'user', 'later in the run')
       return #Session.history('shared')`,
    );
    await runtime.sessions.addMessage(session, { role: 'assistant', content: 'from after' });
    const entries = await runtime.runs.entries(run);
    const update = entries.find(
      ({ event }) => event.type === 'call' && event.op === 'session.updateMetadata',
    );
    const copyAt = async (at: number) => {
      const fork = await runtime.runs.fork(run, { at });
      const { items } = await runtime.sessions.list();
      const copy = items.find((it) => it.run === fork.id);
      return { fork: fork.id, copy: copy?.id ?? '', count: copy?.messageCount };
    };
    const early = await copyAt(update?.seq ?? 0);
    expect(await textsOf(runtime, early.copy)).toEqual(['Be brief.', 'from before']);
    expect(early.count).toBe(2);
    expect((await runtime.runs.resume(early.fork)).value).toBe(4);
    expect(await textsOf(runtime, early.copy)).toEqual([
      'Be brief.',
      'from before',
      'from the run',
      'later in the run',
    ]);
    const late = await copyAt(await entryOfMessage(runtime, run, 1));
    expect(await textsOf(runtime, late.copy)).toEqual(['Be brief.', 'from before', 'from the run']);
    expect(await textsOf(runtime, session)).toHaveLength(5);
  });
});

describe('an exported run', () => {
  test('takes its conversations along', async () => {
    const here = await workshop().open();
    const id = await completed(here, CHAT);
    const pieces: Uint8Array[] = [];
    for await (const piece of here.archive.export(id)) pieces.push(piece);
    const there = await workshop().open();
    await there.archive.import(pieces);
    const [session = ''] = (await there.runs.get(id))?.sessions ?? [];
    expect(await there.sessions.history(session)).toEqual(await here.sessions.history(session));
    expect((await replayed(there, id)).diverged).toBeNull();
    const copy = await there.archive.import(pieces, { newId: true });
    const [other = ''] = (await there.runs.get(copy))?.sessions ?? [];
    const history = await there.sessions.history(other);
    const [image] = (await there.artifacts.query({ sessionId: other })).items;
    expect(history.at(-1)?.parts[1]).toMatchObject({ source: { id: image?.id } });
    // Both hold the long message; it goes with the second.
    await there.sessions.delete(session);
    expect(await textsOf(there, other)).toContain(LONG);
    const next = await there.sessions.addMessage(other, { role: 'user', content: 'more' });
    expect(next.parents).toEqual([history.at(-1)?.id]);
  });

  test('leaves its conversations behind when it is pruned', async () => {
    const runtime = await workshop().open();
    const id = await completed(runtime, CHAT);
    const [session = ''] = (await runtime.runs.get(id))?.sessions ?? [];
    const { removed } = await runtime.archive.prune({ before: new Date(Date.now() + 60_000) });
    expect(removed).toEqual([id]);
    expect(await textsOf(runtime, session)).toContain(LONG);
    await runtime.sessions.delete(session);
    const left = [...(await recordsOf(runtime)).keys()].filter((key) => /^(m|b|c)/.test(key));
    expect(left.filter((key) => !key.startsWith('meta/'))).toEqual([]);
  });
});

describe('a run that copies, exports and imports', () => {
  const script = (folder: string) => `
    local s = Session.create({ name = 'one' })
    Session.addMessage(s, 'user', 'hello')
    Session.export(s, '${folder}/out.json')
    local imported = Session.import('${folder}/out.json', { new_id = true })
    local copy = Session.copy(imported, { use_immediately = true })
    local merged = Session.merge({ s, copy }, { title = 'merged' })
    Session.addMessage(nil, 'user', 'in the copy')
    return { s, imported, copy, merged }`;

  test('replays without the file, and writes none', async () => {
    const folder = temporaryFolder();
    const runtime = await workshop().open({
      'runtime.security.file_read_roots': [folder],
      'runtime.security.file_write_roots': [folder],
    });
    const outcome = await runtime.eval(script(folder));
    expect(outcome.sessions).toEqual(outcome.value);
    rmSync(join(folder, 'out.json'));
    const report = await replayed(runtime, outcome.run);
    expect(report.diverged).toBeNull();
    expect(existsSync(join(folder, 'out.json'))).toBe(false);
  });

  test('is forked with all of its sessions', async () => {
    const folder = temporaryFolder();
    const runtime = await workshop().open({
      'runtime.security.file_read_roots': [folder],
      'runtime.security.file_write_roots': [folder],
    });
    const { run, sessions } = await runtime.eval(script(folder));
    const before = await Promise.all(sessions.map((id) => textsOf(runtime, id)));
    const fork = await runtime.runs.fork(run, {});
    expect(fork.sessions).toHaveLength(4);
    const copies = await Promise.all(fork.sessions.map((id) => textsOf(runtime, id)));
    expect(copies).toEqual(before);
    expect(before).toEqual([['hello'], ['hello'], ['hello', 'in the copy'], ['hello', 'hello']]);
  });
});

test('a key that is put where none belongs is in no record of the run', async () => {
  const runtime = await workshop().open();
  const { run } = await runtime.eval(`
    local key = 'sk-' .. ('hidden'):rep(3)
    for _, options in ipairs({ { api_key = key }, { provider_config = { token = { api_key = key } } } }) do
      assert(not pcall(Session.create, options))
    end
    Session.create({ name = 'fine' })`);
  const { backend } = await runtime.services.stores();
  const records = await backend.range({ start: ' ', end: '~' });
  const found = records.filter(({ value }) => Buffer.from(value).includes('hiddenhidden'));
  expect(found.map(({ key }) => key)).toEqual([]);
  expect((await runtime.runs.entries(run)).length).toBeGreaterThan(1);
});
