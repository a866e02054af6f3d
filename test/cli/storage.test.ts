import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomBytes } from '../fixtures/content.js';
import { ended, type Machine, machine } from './command-line.js';

const MAKE = 'local s = Session.create{name = ..., tags = {"t"}, metadata = {n = 1.0}} return s';

/** Makes a session in a process of its own and returns its id. */
async function made(user: Machine, name: string, more = ''): Promise<string> {
  const { data } = await user.json(['eval', more === '' ? MAKE : more, name]);
  return data.sessions[0];
}

describe('session', () => {
  test('list shows what another process made, with filters and pages', async () => {
    const user = machine();
    const first = await made(user, 'first');
    const second = await made(user, 'second');
    const { data } = await user.json(['session', 'list']);
    expect(data).toMatchObject({ items: [{ id: second }, { id: first }], next: null });
    expect(Object.keys(data.items[0])).toEqual([
      ...['id', 'name', 'description', 'status', 'tags', 'metadata', 'parent_session_id'],
      ...['created_at', 'updated_at', 'run', 'message_count', 'artifact_count'],
      ...['failure_reason', 'forked_from'],
    ]);
    const page = await user.json(['session', 'list', '--limit', '1']);
    const rest = await user.json(['session', 'list', '--cursor', page.data.next]);
    expect([...page.data.items, ...rest.data.items].map(({ id }) => id)).toEqual([second, first]);
    const found = async (...args: string[]) =>
      (await user.json(['session', 'list', ...args])).data.items.map(
        ({ id }: { id: string }) => id,
      );
    expect(await found('--name', 'first', '--tag', 't', '--status', 'active')).toEqual([first]);
    expect(await found('--metadata', 'n=1', '--metadata', 'n=2')).toEqual([]);
    expect(await found('--metadata', 'n=1')).toEqual([second, first]);
    expect(await found('--metadata', 'n="1"')).toEqual([]);
    expect(await found('--tag', 't', '--tag', 'u')).toEqual([]);
    expect(await found('--parent', first)).toEqual([]);
  });

  test('list is a table for people', async () => {
    const user = machine();
    expect(await user.call(['session', 'list'])).toMatchObject({ stdout: '', status: 0 });
    const id = await made(user, 'a\u001b[31m');
    const { stdout } = await user.call(['session', 'list']);
    const [head, row] = stdout.split('\n');
    expect(head).toMatch(/^ID {12} STATUS {2}UPDATED/);
    expect(row).toContain(`${id.slice(0, 13)}  active`);
    expect(row).toContain('a\\x1b[31m');
  });

  test('show takes the beginning of an id, and keeps values exact', async () => {
    const user = machine();
    const id = await made(user, 'mine');
    const human = await user.call(['session', 'show', id.slice(0, 18)]);
    expect(human.stdout).toContain(`id           ${id}\nname         mine\n`);
    const { stdout } = await user.call(['session', 'show', id, '--json']);
    expect(stdout).toContain('"metadata":{"n":1.0}');
  });

  test('an ambiguous beginning of an id is refused with the candidates', async () => {
    const user = machine();
    for (const id of ['trip-1', 'trip-2']) {
      await made(user, 'x', `return Session.create{id = "${id}"}`);
    }
    const { status, stderr } = await user.call(['session', 'show', 'trip']);
    expect(status).toBe(4);
    expect(stderr).toContain('[AMBIGUOUS_ID]');
    expect(stderr).toContain('trip-1, trip-2');
  });

  test('delete wants --yes where nobody can answer', async () => {
    const user = machine();
    const id = await made(user, 'mine');
    const refused = await user.call(['session', 'delete', id]);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('Give --yes') });
    const done = await user.call(['session', 'delete', id, '-y']);
    expect(done).toMatchObject({ status: 0, stdout: `${id}\n` });
    expect((await user.call(['session', 'show', id])).status).toBe(4);
  });

  test('delete --recursive takes the descendants along', async () => {
    const user = machine();
    const code = `local a = Session.create{id = "a"} local b = Session.create{id = "b", parent_session_id = a}
      Session.create{id = "c", parent_session_id = b}`;
    await made(user, 'x', code);
    const { data } = await user.json(['session', 'delete', 'a', '--recursive', '--yes']);
    expect(data).toEqual({ deleted: ['c', 'b', 'a'] });
    expect((await user.json(['session', 'list'])).data.items).toEqual([]);
  });

  test('two processes that write at once lose nothing', async () => {
    const user = machine();
    const code = 'for i = 1, 50 do Session.create{tags = {...}} end';
    const writers = ['a', 'b'].map((tag) =>
      ended(user.start(['eval', '-q', code, tag], { env: { LLMSPELL_SESSIONS_MAX: '1000' } })),
    );
    for (const { status, stderr } of await Promise.all(writers)) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
    for (const tag of ['a', 'b']) {
      const { data } = await user.json(['session', 'list', '--tag', tag, '--limit', '100']);
      expect(data.items).toHaveLength(50);
    }
  });
});

describe('artifact', () => {
  test('put and get keep 20 MB byte for byte', async () => {
    const user = machine();
    const session = await made(user, 'big');
    const bytes = randomBytes(20 * 1024 * 1024);
    const file = user.write('big.bin', bytes);
    const put = await user.call(['artifact', 'put', file, '--session', session]);
    expect(put).toMatchObject({ status: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) });
    const id = put.stdout.trim();
    const got = await user.call(['artifact', 'get', id]);
    expect(Buffer.compare(got.bytes, bytes)).toBe(0);
    const out = join(user.folder, 'out.bin');
    writeFileSync(out, 'before');
    expect((await user.call(['artifact', 'get', id, '-o', out])).stdout).toBe('');
    expect(Buffer.compare(readFileSync(out), bytes)).toBe(0);
  });

  test('put reads stdin and takes name, type, tags and metadata', async () => {
    const user = machine();
    const session = await made(user, 's');
    const args = ['--name', 'a.json', '--type', 'notes', '--tag', 'x', '--metadata', 'n=1'];
    const { data } = await user.json(
      ['artifact', 'put', '-', '--session', session.slice(0, 30), ...args],
      { input: '{"a":1}' },
    );
    expect(data).toMatchObject({
      session_id: session,
      name: 'a.json',
      type: 'notes',
      tags: ['x'],
      metadata: { n: 1, tags: ['x'] },
      mime_type: 'application/json',
      size: 7,
    });
    const got = await user.json(['artifact', 'get', data.id]);
    expect(got.data).toEqual({ ...data, content: '{"a":1}' });
    const meta = await user.json(['artifact', 'get', data.id, '--meta']);
    expect(meta.data).toEqual(data);
    const human = await user.call(['artifact', 'get', data.id, '--meta']);
    expect(JSON.parse(human.stdout)).toEqual(data);
  });

  test('content that is not UTF-8 is base64 with --json', async () => {
    const user = machine();
    const session = await made(user, 's');
    const input = Buffer.from([0xff, 0x00]);
    const put = await user.json(['artifact', 'put', '-', '--session', session], { input });
    const got = await user.json(['artifact', 'get', put.data.id]);
    expect(got.data.content).toEqual({ base64: '/wA=' });
  });

  test('put of a file that is not there names it', async () => {
    const user = machine();
    const session = await made(user, 's');
    const { status, stderr } = await user.call(['artifact', 'put', 'none', '--session', session]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'error: there is no file none [FILE_NOT_FOUND]\n',
    });
  });

  test('put into a session that has ended is refused', async () => {
    const user = machine();
    const session = await made(user, 's', 'Session.complete(Session.create{})');
    const args = ['artifact', 'put', '-', '--session', session];
    expect(await user.call(args, { input: 'x' })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('[SESSION_STATE]'),
    });
  });

  test('list filters, and delete removes', async () => {
    const user = machine();
    const code = `local s = Session.create{}
      Artifact.store(s, "user_input", "a.txt", "one", {tags = {"x"}})
      Artifact.store(s, "tool_result", "b.txt", ("two"):rep(1000))`;
    const session = await made(user, 's', code);
    const names = async (...args: string[]) =>
      (await user.json(['artifact', 'list', ...args])).data.items.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names()).toEqual(['b.txt', 'a.txt']);
    expect(await names('--session', session, '--type', 'tool_result')).toEqual(['b.txt']);
    expect(await names('--tag', 'x', '--name', 'a*')).toEqual(['a.txt']);
    expect(await names('--min-size', '1kb')).toEqual(['b.txt']);
    expect(await names('--max-size', '1kb', '--limit', '1')).toEqual(['a.txt']);
    const { stdout } = await user.call(['artifact', 'list']);
    expect(stdout).toMatch(/^ID .* SIZE .*NAME.*\n.*2\.9 KB.*b\.txt\n.*3 B.*a\.txt {2}x\n$/);
    const [item] = (await user.json(['artifact', 'list', '--type', 'user_input'])).data.items;
    expect((await user.call(['artifact', 'delete', item.id])).status).toBe(2);
    const deleted = await user.json(['artifact', 'delete', item.id, '-y']);
    expect(deleted.data).toEqual({ deleted: [item.id] });
    expect(await names()).toEqual(['b.txt']);
  });

  test('verify and gc say what they did', async () => {
    const user = machine();
    const session = await made(user, 's');
    await user.call(['artifact', 'put', '-', '--session', session], { input: 'hello' });
    const verified = await user.call(['artifact', 'verify']);
    // The script of the run that made the session is a content, too.
    const bytes = 5 + MAKE.length;
    expect(verified).toMatchObject({ status: 0, stdout: `2 contents of ${bytes} B verified\n` });
    expect((await user.json(['artifact', 'verify'])).data).toEqual({
      contents: 2,
      bytes,
      problems: [],
    });
    const gc = await user.call(['artifact', 'gc']);
    expect(gc).toMatchObject({ status: 0, stdout: '0 contents of 0 B removed\n' });
    expect((await user.json(['artifact', 'gc'])).data).toEqual({
      incomplete: 0,
      unreferenced: 0,
      bytes: 0,
    });
  });

  test('a damaged content ends verify and get with 10', async () => {
    const user = machine();
    const session = await made(user, 's');
    const content = 'a content that is easy to find';
    const put = await user.json(['artifact', 'put', '-', '--session', session], { input: content });
    const file = join(user.folder, '../.local/share/llmspell/data.mdb');
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf(content); at !== -1; at = bytes.indexOf(content, at + 1)) {
      bytes.write('A', at);
    }
    writeFileSync(file, bytes);
    const human = await user.call(['artifact', 'verify']);
    expect(human).toMatchObject({ status: 10, stderr: expect.stringContaining('1 of 2 contents') });
    expect(human.stdout).toContain(put.data.content_hash);
    const json = await user.json(['artifact', 'verify']);
    expect(json).toMatchObject({
      ok: false,
      error: { code: 'ARTIFACT_CORRUPT' },
      data: { problems: [{ hash: put.data.content_hash }] },
    });
    const got = await user.call(['artifact', 'get', put.data.id]);
    expect(got).toMatchObject({ status: 10, stdout: '' });
  });
});

describe('config', () => {
  test('path names the files and the folder of the data', async () => {
    const user = machine();
    const home = join(user.folder, '..');
    const data = join(home, '.local/share/llmspell');
    const none = await user.json(['config', 'path']);
    expect(none.data).toMatchObject({ files: [], storage: 'lmdb', data_dir: data });
    const file = user.write('llmspell.toml', '[runtime.sessions]\nstorage_backend = "memory"\n');
    const { stdout } = await user.call(['config', 'path']);
    expect(stdout).toBe(`config   ${file}\ndata     ${data}\nstorage  memory\n`);
  });

  test('show prints keys with their origins', async () => {
    const user = machine();
    const file = user.write('llmspell.toml', '[runtime.lua]\ntimeout_ms = 5000\n');
    const { stdout } = await user.call(['config', 'show', '--origin', '--data-dir', 'd']);
    expect(stdout).toContain(`runtime.lua.timeout_ms = 5000  # ${file}:2\n`);
    expect(stdout).toContain(`runtime.storage.path = "${user.folder}/d"  # --data-dir\n`);
    expect(stdout).toContain('runtime.sessions.max_sessions = 100  # default\n');
    const { data } = await user.json(['config', 'show']);
    expect(data.items).toContainEqual({
      key: 'runtime.sessions.storage_backend',
      value: 'lmdb',
      origin: 'default of the command line',
    });
    expect(data.next).toBe(null);
  });

  test('check names file, line and column of a mistake', async () => {
    const user = machine();
    const file = user.write('llmspell.toml', '[runtime.sessions]\nmax_session = 1\n');
    const { status, stderr } = await user.call(['config', 'check']);
    expect(status).toBe(3);
    expect(stderr).toContain(`error: ${file}:2:1: unknown key max_session`);
    expect(stderr).toContain('hint: Did you mean');
    const good = user.write('good.toml', '[runtime.sessions]\nstorage_backend = "sled"\n');
    const checked = await user.call(['config', 'check', 'good.toml']);
    expect(checked).toMatchObject({ status: 0, stdout: `${good}: ok\n` });
    expect(checked.stderr.match(/warning: /g)).toHaveLength(1);
  });
});
