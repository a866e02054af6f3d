/** Conversations on the command line: shown, exported, imported, copied and merged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Machine, machine } from './command-line.js';

const TALK = `local s = Session.create{name = "Talk", system_prompt = "Be brief.", metadata = {n = 1.0}}
for turn = 1, 6 do
  Session.addMessage(s, "user", "question " .. turn)
  Session.addMessage(s, "assistant", "answer " .. turn .. "\\n\\27[31mred")
end
Session.addMessage(s, "assistant", nil, {tool_calls = {{id = "c", name = "clock", arguments = {zone = "UTC"}}}})
Session.addMessage(s, "tool", "12:00", {tool_call_id = "c", name = "clock"})
return s`;

async function talked(user: Machine): Promise<string> {
  return (await user.json(['eval', TALK])).data.value;
}

describe('session show', () => {
  test('shows what was said last', async () => {
    const user = machine();
    const id = await talked(user);
    const { stdout } = await user.call(['session', 'show', id]);
    expect(stdout).toContain('messages     15\n');
    expect(stdout).not.toContain('question 2');
    expect(stdout).toMatch(/\nmsg_13 \d{4}-.* assistant\n {2}answer 6\n {2}\\x1b\[31mred\n/);
    expect(stdout).toContain('[calls clock {"zone":"UTC"}]');
    expect(stdout).toMatch(/tool \(clock\)\n {2}\[result of clock\] 12:00\n$/);
    const all = await user.call(['session', 'show', id, '--messages', '99']);
    expect(all.stdout).toMatch(/msg_1 .* system\n {2}Be brief\.\n/);
    const { data } = await user.json(['session', 'show', id, '--messages', '2']);
    expect(data).toMatchObject({ id, name: 'Talk', message_count: 15 });
    expect(data.messages).toMatchObject([
      { id: 'msg_14', role: 'assistant', parts: [{ type: 'tool_call', name: 'clock' }] },
      { id: 'msg_15', role: 'tool', content: '12:00', status: 'completed', usage: null },
    ]);
    expect((await user.call(['session', 'show', id, '--messages', 'x'])).status).toBe(2);
  });
});

describe('session export and import', () => {
  test('carry a session to another place', async () => {
    const user = machine();
    const id = await talked(user);
    const text = await user.call(['session', 'export', id]);
    expect(JSON.parse(text.stdout)).toMatchObject({ id, title: 'Talk', metadata: { n: 1 } });
    expect(text.stdout).toContain('"n": 1.0');
    const { data } = await user.json(['session', 'export', id]);
    expect(data).toMatchObject({ session: id, format: 'oblix', document: { id } });
    const written = await user.call(['session', 'export', id, '-o', 'talk.json']);
    expect(written).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(join(user.folder, 'talk.json'), 'utf8')).toBe(text.stdout);
    const taken = await user.call(['session', 'import', 'talk.json']);
    expect(taken.status).toBe(1);
    expect(taken.stderr).toContain('exists already [SESSION_EXISTS]');
    expect(taken.stderr).toContain('overwrite');
    expect((await user.call(['session', 'import', 'talk.json', '--overwrite'])).stdout).toBe(
      `${id}\n`,
    );
    const other = (await user.json(['session', 'import', 'talk.json', '--new-id'])).data;
    expect(other).toMatchObject({ name: 'Talk', message_count: 15, forked_from: id });
    const piped = await user.call(['session', 'import', '-', '--new-id'], { input: text.stdout });
    expect(piped.stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    const elsewhere = ['--data-dir', join(user.folder, 'elsewhere')];
    expect((await user.call(['session', 'import', 'talk.json', ...elsewhere])).stdout).toBe(
      `${id}\n`,
    );
    const again = await user.call(['session', 'export', id, ...elsewhere]);
    const shown = ({ stdout }: { stdout: string }) => JSON.parse(stdout).messages;
    expect(shown(again)).toEqual(shown(text));
  });

  test('know the files of other programs', async () => {
    const user = machine();
    const folder = join(import.meta.dirname, '../fixtures/sessions');
    for (const [name, format, count] of [
      ['chat.json', 'oblix', 3],
      ['abstractllm.json', 'abstractllm', 7],
      ['archive.json', 'session-archive', 5],
    ] as const) {
      const { data } = await user.json(['session', 'import', join(folder, name)]);
      expect(data.message_count).toBe(count);
      const { stdout } = await user.call(['session', 'export', data.id, '--format', format]);
      const back = await user.call(['session', 'import', '-', '--new-id'], { input: stdout });
      expect(back.status).toBe(0);
    }
    const { stdout } = await user.call(['session', 'export', 'd9a1f0c2']);
    expect(stdout).not.toContain('hidden');
  });

  test('name what is wrong', async () => {
    const user = machine();
    user.write('broken.json', '{"messages": [{"role": "nobody"}]}');
    const broken = await user.json(['session', 'import', 'broken.json']);
    expect(broken.error).toMatchObject({ code: 'SESSION_FILE_CORRUPT' });
    expect(broken.error.message).toContain('messages[0].role');
    expect((await user.call(['session', 'import', 'broken.json'])).status).toBe(10);
    expect((await user.call(['session', 'import', 'missing.json'])).stderr).toContain(
      'FILE_NOT_FOUND',
    );
    expect((await user.call(['session', 'export', 'nobody'])).status).toBe(4);
    expect((await user.call(['session', 'export', 'x', '--format', 'xml'])).status).toBe(2);
    expect((await user.json(['session', 'list'])).data.items).toEqual([]);
  });
});

describe('session copy and merge', () => {
  test('make sessions of others', async () => {
    const user = machine();
    const id = await talked(user);
    const copy = (await user.json(['session', 'copy', id.slice(0, 30), '--at', 'msg_3'])).data;
    expect(copy).toMatchObject({ name: 'Copy of Talk', message_count: 3, forked_from: id });
    const named = await user.call(['session', 'copy', id, '--title', 'Second']);
    const merged = (
      await user.json(['session', 'merge', id, named.stdout.trim(), copy.id, '--title', 'All'])
    ).data;
    // One system prompt, and what was said three times over.
    expect(merged).toMatchObject({ name: 'All', message_count: 1 + 14 + 14 + 2, run: null });
    expect((await user.call(['session', 'copy', id, '--at', 'msg_99'])).stderr).toContain(
      'has no message "msg_99" [MESSAGE_NOT_FOUND]',
    );
    expect((await user.call(['session', 'merge', id, 'nobody'])).status).toBe(4);
    expect((await user.json(['session', 'list'])).data.items).toHaveLength(4);
    await user.call(['session', 'delete', id, '--yes']);
    expect((await user.json(['session', 'show', merged.id])).data.message_count).toBe(31);
  });
});

test('stats counts messages', async () => {
  const user = machine();
  await talked(user);
  expect((await user.json(['stats'])).data.messages.count).toBe(15);
  expect((await user.call(['stats'])).stdout).toMatch(/\nmessages +15 /);
});
