/** What the command line does with a journal of which a byte was changed on the disk. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entryKey } from '../../runtime/journal/journal-writer.js';
import { openLmdbBackend } from '../../runtime/storage/lmdb.js';
import { ended, type Machine, machine, said } from './command-line.js';

const SCRIPT = `local s = Session.create({ name = 'report' })
for i = 1, 5 do
  Artifact.store(s, 'tool_result', 'part ' .. i, 'text ' .. i)
  print('part', i)
  if i == 2 then Session.checkpoint(s, 'two') end
end
io.stderr:write('listening\\n')
print('heard ' .. io.read('l'))
return #Artifact.list(s)`;

/** Runs the script until it waits for a line, and kills it there. */
async function killed(on: Machine): Promise<{ id: string; data: string }> {
  const run = await killedInLog(on);
  await moveToTree(run.data);
  return run;
}

/** What was committed last is in a log beside the database until somebody who commits closes it. */
async function killedInLog(on: Machine): Promise<{ id: string; data: string }> {
  const child = on.start(['run', on.write('report.lua', SCRIPT)]);
  await said(child, 'listening\n');
  const end = ended(child);
  child.kill('SIGKILL');
  await end;
  const [{ id }] = (await on.json(['runs'])).data.items;
  return { id, data: (await on.json(['stats'])).data.location };
}

async function moveToTree(data: string): Promise<void> {
  const backend = await openLmdbBackend({ path: data });
  const write = { key: 'state/test/settled', value: new Uint8Array(1) };
  await backend.commit({ preconditions: [], writes: [write] });
  await backend.close();
}

/** Changes one bit in the middle of an entry, where the file of the database has it. */
async function flip(data: string, key: string): Promise<void> {
  const backend = await openLmdbBackend({ path: data });
  const entry = Buffer.from((await backend.get(key)) as Uint8Array);
  await backend.close();
  const file = join(data, 'data.mdb');
  const bytes = readFileSync(file);
  const places: number[] = [];
  for (let at = bytes.indexOf(entry); at !== -1; at = bytes.indexOf(entry, at + 1)) places.push(at);
  expect(places.length).toBeGreaterThan(0);
  for (const at of places)
    bytes.writeUInt8(bytes.readUInt8(at + (entry.length >> 1)) ^ 1, at + (entry.length >> 1));
  writeFileSync(file, bytes);
}

async function journalOf(data: string, id: string): Promise<string[]> {
  const backend = await openLmdbBackend({ path: data });
  const entries = await backend.range({ start: `j/${id}/`, end: `j/${id}0` });
  await backend.close();
  return entries.map(({ key, value }) => `${key} ${Buffer.from(value).toString('hex')}`);
}

test('a changed byte is found, nothing is written over it, and a fork before it goes on', {
  timeout: 60_000,
}, async () => {
  const on = machine();
  const { id, data } = await killed(on);
  const { checkpoints, entries } = (await on.json(['runs', 'show', id])).data;
  const [{ seq: two }] = checkpoints;
  const bad = entries - 1;
  copyFileSync(join(data, 'data.mdb'), join(on.folder, 'sound.mdb'));
  await flip(data, entryKey(id, bad));
  const damaged = await journalOf(data, id);

  const verified = await on.call(['verify']);
  expect(verified.status).toBe(10);
  expect(verified.stdout).toBe(`run ${id}, entry ${bad}: it does not fit to the entry before\n`);
  // What is sound of it is shown, with the error and its cure.
  const shown = await on.call(['runs', 'show', id]);
  expect(shown.status).toBe(10);
  expect(shown.stdout).toMatch(new RegExp(`\\n +${bad - 1} .*artifact\\.store`));
  expect(shown.stdout).not.toMatch(new RegExp(`\\n +${bad} `));
  expect(shown.stderr).toContain(`llmspell fork ${id} --at ${bad - 1} goes on from there`);
  const json = await on.json(['runs', 'show', id]);
  expect(json.error.code).toBe('JOURNAL_CORRUPT');
  expect(json.data.journal).toHaveLength(bad - 1);
  for (const command of [
    ['replay', id],
    ['resume', id],
    ['fork', id],
    ['export', id, '-o', 'x'],
    ['diff', id, id],
  ]) {
    const { status, stderr } = await on.call(command, { input: 'x\n' });
    expect({ command, status }).toEqual({ command, status: 10 });
    expect(stderr).toContain('[JOURNAL_CORRUPT]');
    expect(stderr).toContain(`entry ${bad} of the journal of run ${id}`);
  }
  expect(await journalOf(data, id)).toEqual(damaged);
  expect((await on.json(['runs', 'show', id])).data.status).toBe('interrupted');

  // Places before the damage, by number and by label.
  for (const at of [String(bad - 1), 'two']) {
    const forked = await on.call(['fork', id, '--at', at], { input: 'hello\n' });
    expect(forked).toMatchObject({ status: 0, stdout: expect.stringMatching(/heard hello\n$/) });
    const [{ id: fork }] = (await on.json(['runs'])).data.items;
    expect((await on.call(['replay', fork])).status).toBe(0);
    // What became of the original behind the fork's place is nothing to the fork.
    expect((await on.json(['verify', fork])).data).toMatchObject({ runs: 2, problems: [] });
  }
  expect((await on.call(['replay', id, '--to', String(two)])).stdout).toBe('part\t1\npart\t2\n');
  expect(await journalOf(data, id)).toEqual(damaged);

  // With the sound file back the run is as it was.
  copyFileSync(join(on.folder, 'sound.mdb'), join(data, 'data.mdb'));
  const resumed = await on.call(['resume', id], { input: 'late\n' });
  expect(resumed).toMatchObject({ status: 0, stdout: expect.stringContaining('heard late\n') });
});

test('a changed byte of commits that are only in the log is found, and nothing is written over it', async () => {
  const on = machine();
  const { id, data } = await killedInLog(on);
  const [log, mark] = [join(data, 'commits.log'), join(data, 'commits.flushed')];
  const sound = readFileSync(log);
  const flushed = Number(readFileSync(mark).readBigUInt64LE(0));
  for (let part = 1; part < 8; part += 1) {
    const damaged = Buffer.from(sound);
    const at = Math.floor((flushed * part) / 8);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    writeFileSync(log, damaged);
    const { status, stderr } = await on.call(['resume', id], { input: 'x\n' });
    expect({ at, status }).toEqual({ at, status: 10 });
    expect(stderr).toContain('[STORAGE_CORRUPT]');
    expect(stderr).toContain(`delete ${mark} to go on without`);
    expect(readFileSync(log).equals(damaged)).toBe(true);
  }
  writeFileSync(log, sound);
  const resumed = await on.call(['resume', id], { input: 'late\n' });
  expect(resumed).toMatchObject({ status: 0, stdout: expect.stringContaining('heard late\n') });
});

test('a commit that was half written when the machine stopped is left out and reported', async () => {
  const on = machine();
  const { id, data } = await killedInLog(on);
  const log = join(data, 'commits.log');
  const torn = readFileSync(log);
  torn.writeUInt32LE(500, Number(readFileSync(join(data, 'commits.flushed')).readBigUInt64LE(0)));
  writeFileSync(log, torn);
  const listed = await on.call(['runs']);
  expect(listed).toMatchObject({ status: 0, stdout: expect.stringContaining('interrupted') });
  expect(listed.stderr).toBe(
    `warning: ${log} ends in a commit that the machine did not finish writing; it was never safe, and is left out\n`,
  );
  const resumed = await on.call(['resume', id], { input: 'late\n' });
  expect(resumed).toMatchObject({ status: 0, stdout: expect.stringContaining('heard late\n') });
  expect(await on.call(['runs'])).toMatchObject({ status: 0, stderr: '' });
});

test('a journal whose first entry is damaged says that nothing can be saved of it', async () => {
  const on = machine();
  const { id, data } = await killed(on);
  await flip(data, entryKey(id, 1));
  const { status, stderr } = await on.call(['runs', 'show', id]);
  expect(status).toBe(10);
  expect(stderr).toContain('start its script again');
});
