import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Machine, machine } from './command-line.js';

const SCRIPT = `local session = Session.create({ name = 'report' })
Artifact.store(session, 'tool_result', 'rows.csv', ('1,2,3\\n'):rep(2000))
print('drawn', math.random(1000000))
Session.complete(session)
return session`;

/** Runs the script and returns the ids of the run and its session. */
async function ran(user: Machine): Promise<{ run: string; session: string }> {
  const { data } = await user.json(['run', user.write('report.lua', SCRIPT)]);
  return { run: data.run, session: data.sessions[0] };
}

describe('export and import', () => {
  test('carry a run to another machine, where it replays', async () => {
    const [here, there] = [machine(), machine()];
    const { run, session } = await ran(here);
    const file = join(here.folder, 'report.run');
    const { data } = await here.json(['export', run.slice(0, 30), '-o', file]);
    expect(data).toEqual({ run, file, bytes: readFileSync(file).length });
    expect(await there.json(['import', file])).toEqual({ ok: true, data: { run } });
    const replayed = await there.json(['replay', run]);
    expect(replayed.data).toMatchObject({ run, diverged: null });
    const { data: shown } = await there.json(['session', 'show', session]);
    expect(shown).toMatchObject({ id: session, run, status: 'completed', artifact_count: 1 });
    const again = await there.json(['import', file]);
    expect(again.error).toMatchObject({ code: 'RUN_EXISTS' });
    const copy = await there.call(['import', '--new-id', file]);
    expect(copy.stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    expect((await there.call(['replay', copy.stdout.trim()])).status).toBe(0);
  });

  test('go through pipes', async () => {
    const user = machine();
    const { run } = await ran(user);
    const { stdout, status } = await user.shell(
      `$llmspell export ${run} | $llmspell import - --data-dir other`,
    );
    expect([stdout, status]).toEqual([`${run}\n`, 0]);
  });

  test('refuse what is no whole file, and leave nothing', async () => {
    const [here, there] = [machine(), machine()];
    const { run } = await ran(here);
    const file = join(here.folder, 'report.run');
    await here.call(['export', run, '-o', file]);
    const bytes = readFileSync(file);
    const broken = [bytes.subarray(0, -5), Buffer.concat([bytes, bytes]), Buffer.from('hello\n')];
    for (const content of broken) {
      const failed = await there.call(['import', there.write('broken.run', content)]);
      expect(failed.status).toBe(10);
      expect(failed.stderr).toContain('[RUN_FILE_CORRUPT]');
    }
    expect((await there.call(['import', 'missing.run'])).stderr).toContain('[FILE_NOT_FOUND]');
    expect((await there.json(['runs'])).data.items).toEqual([]);
    expect((await here.call(['export', 'nobody', '-o', 'x'])).status).toBe(4);
    expect((await here.call(['export', '--json', run])).status).toBe(2);
  });
});

describe('verify', () => {
  test('counts what is sound', async () => {
    const user = machine();
    const { run } = await ran(user);
    const all = await user.call(['verify']);
    expect(all.stdout).toMatch(
      /^1 run, \d+ entries, \d+ checkpoints?, 2 contents of .* verified\n$/,
    );
    const { data } = await user.json(['verify', run]);
    expect(data).toMatchObject({ runs: 1, problems: [] });
    expect((await user.call(['verify', 'nobody'])).status).toBe(4);
  });

  test('ends with 10 and names the first bad entry', async () => {
    const user = machine();
    const { run } = await ran(user);
    const { openLmdbBackend } = await import('../../runtime/storage/lmdb.js');
    const { data: stats } = await user.json(['stats']);
    const backend = await openLmdbBackend({ path: stats.location });
    const [, second] = await backend.range({ start: `j/${run}/`, end: `j/${run}0` });
    const value = Uint8Array.from(second?.value ?? []);
    value[40] = (value[40] ?? 0) ^ 1;
    await backend.commit({ preconditions: [], writes: [{ key: second?.key ?? '', value }] });
    await backend.close();
    const failed = await user.call(['verify']);
    expect(failed.status).toBe(10);
    expect(failed.stdout).toContain(`run ${run}, entry 2: `);
    const { data, error } = await user.json(['verify', run]);
    expect(error.code).toBe('JOURNAL_CORRUPT');
    expect(data.problems).toMatchObject([{ run, seq: 2, part: 'entry' }]);
  });
});

describe('prune', () => {
  test('removes runs and keeps their sessions', async () => {
    const user = machine();
    const { run, session } = await ran(user);
    expect((await user.call(['prune'])).status).toBe(2);
    expect((await user.json(['prune', '--older-than', '1d', '-y'])).data.removed).toEqual([]);
    const dry = await user.json(['prune', '--older-than', '0s', '--dry-run']);
    expect(dry.data).toEqual({ removed: [run], shared: [], dry_run: true });
    const unanswered = await user.call(['prune', '--older-than', '0s']);
    expect(unanswered.stderr).toContain('Remove 1 run');
    expect(unanswered.status).toBe(2);
    const pruned = await user.call(['prune', '--older-than', '0s', '--yes']);
    expect([pruned.stdout, pruned.stderr]).toEqual([`${run}\n`, 'removed 1 run\n']);
    expect((await user.json(['runs'])).data.items).toEqual([]);
    expect((await user.json(['session', 'show', session])).ok).toBe(true);
    expect((await user.json(['verify'])).data).toMatchObject({
      runs: 0,
      contents: 1,
      problems: [],
    });
  });

  test('keeps to states, and to the configuration', async () => {
    const user = machine();
    await user.call(['eval', 'error("no")']);
    await ran(user);
    const states = ['--older-than', '0s', '--status', 'failed', '-y'];
    expect((await user.json(['prune', ...states])).data.removed).toHaveLength(1);
    expect((await user.call(['prune', '--status', 'gone', '-y'])).status).toBe(2);
    user.write('llmspell.toml', '[runtime.durability]\nretention_days = 5\n');
    expect((await user.json(['prune', '-y'])).data.removed).toEqual([]);
  });
});

test('stats counts runs, entries, snapshots, sessions, artifacts and bytes', async () => {
  const user = machine();
  const { data: empty } = await user.json(['stats']);
  expect(empty.runs).toEqual({ count: 0, bytes: 0, by_status: {} });
  await ran(user);
  const { data } = await user.json(['stats']);
  expect(data).toMatchObject({
    runs: { count: 1, by_status: { completed: 1 } },
    sessions: { count: 1 },
    artifacts: { count: 1 },
    contents: { count: 2, dedup_ratio: 1, plain_bytes: 12_000 + SCRIPT.length },
  });
  expect(data.sessions).toMatchObject({ open: 0, by_status: { active: 0, completed: 1 } });
  expect(data.artifacts).toMatchObject({ content_bytes: 12_000, by_type: { tool_result: 1 } });
  expect(data.contents.compression_ratio).toBeGreaterThan(5);
  expect(data.operations).toMatchObject({
    'artifact.store': { count: 1, errors: 0, mean_ms: expect.any(Number) },
    'session.complete': { count: 1 },
  });
  expect(data.entries.count).toBeGreaterThan(4);
  expect(data.database_bytes).toBeGreaterThan(data.entries.bytes);
  const { stdout } = await user.call(['stats']);
  expect(stdout).toMatch(/^WHAT +COUNT +SIZE +DETAILS\nruns +1 .* 1 completed\n/);
  expect(stdout).toMatch(/\ncontents +2 .* 1\.00x by sharing, \d+\.\d\dx by compression\n/);
  expect(stdout).toMatch(/\nCALL +COUNT +ERRORS +MEAN MS +MAX MS\nartifact\.store +1 +0 /);
  expect(stdout).toMatch(/database [\d.]+ \w+ in /);
  expect((await user.json(['stats', '--storage', 'memory'])).data.database_bytes).toBeNull();
});

test('session timeline shows what happened to a session', async () => {
  const user = machine();
  const { run, session } = await ran(user);
  const { data } = await user.json(['session', 'timeline', session.slice(0, 30)]);
  expect(data.session).toBe(session);
  expect(data.items).toMatchObject([
    { event: 'run.start', run, actor: userInfo().username, seq: 1 },
    { event: 'created', where: 'report.lua:1' },
    { event: 'artifact', detail: 'rows.csv' },
    { event: 'status', detail: 'completed' },
    { event: 'run.end', detail: 'completed' },
  ]);
  const { stdout } = await user.call(['session', 'timeline', session]);
  expect(stdout).toContain(`${userInfo().username}   0       artifact   report.lua:2  rows.csv\n`);
});

test('prints a run to files only where a file can be', async () => {
  const user = machine();
  const { run } = await ran(user);
  mkdirSync(join(user.folder, 'folder'));
  const failed = await user.call(['export', run, '-o', 'folder']);
  expect(failed.stderr).toContain('it is a folder');
  writeFileSync(join(user.folder, 'old'), 'old');
  expect((await user.call(['export', run, '-o', 'old'])).status).toBe(0);
  expect(readFileSync(join(user.folder, 'old'), 'latin1')).toMatch(/^llmspell-run 2\n/);
});
