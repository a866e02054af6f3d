/** Forks of the runs behind sessions, with real processes that are killed. */
import { expect, test } from 'vitest';
import { ended, type Machine, machine } from './command-line.js';

const STEPS = `local s = Session.getCurrent() or Session.create({ name = 'steps' })
for i, step in ipairs({ 'load', 'sum' }) do
  Artifact.store(s, 'system_generated', step .. '.json', '{}', { checkpoint = true, step_name = step })
  Session.save(s)
  print(step)
end
os.execute('sleep 0.5')
print('slept')
return s`;

const FORKING = `local report = Session.resumeFrom(..., 'load')
print(report.status, report.run, report.session)`;

interface Item {
  readonly id: string;
  readonly status: string;
  readonly parent: object | null;
}

async function runs(on: Machine): Promise<Item[]> {
  return (await on.json(['runs'])).data.items;
}

test('a script that is killed while it waits for a fork goes on with that fork', {
  timeout: 60_000,
}, async () => {
  const on = machine();
  const { data } = await on.json(['run', on.write('steps.lua', STEPS)]);
  const child = on.start(['run', on.write('forking.lua', FORKING), data.value]);
  const end = ended(child);
  while (!(await runs(on)).some(({ parent }) => parent !== null));
  child.kill('SIGKILL');
  await end;
  const [{ id: fork = '' } = {}] = (await runs(on)).filter(({ parent }) => parent !== null);
  const [forking] = (await runs(on)).filter(({ parent, id }) => parent === null && id !== data.run);
  const resumed = await on.call(['resume', forking?.id ?? '']);
  expect(resumed.status).toBe(0);
  expect(resumed.stdout).toMatch(new RegExp(`^completed\\t${fork}\\t[0-9a-f-]{36}\\n$`));
  const all = await runs(on);
  expect(all.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  expect((await on.call(['replay', forking?.id ?? ''])).stdout).toBe(resumed.stdout);
  expect((await on.call(['replay', fork])).status).toBe(0);
});

test('a session stands for the run that made it, or was started in it', async () => {
  const on = machine();
  const file = on.write('steps.lua', STEPS);
  const made = await on.json(['run', file]);
  const given = await on.json(['run', '--name', 'given', file]);
  for (const { data } of [made, given]) {
    const session = data.value.slice(0, 30);
    const replayed = await on.call(['replay', session, '--from', 'sum']);
    expect(replayed).toMatchObject({ status: 0, stdout: 'sum\nslept\n' });
    expect(replayed.stderr).toContain(`of run ${data.run} behind entry`);
    const forked = await on.json(['fork', session, '--at', 'load']);
    expect(forked.data).toMatchObject({ status: 'completed' });
    expect(forked.data.value).toBe(data.value);
    expect((await on.call(['replay', session])).stdout).toBe('load\nsum\nslept\n');
  }
  const { id } = (await on.json(['session', 'show', given.data.value])).data;
  const { stdout } = await on.call(['session', 'timeline', id]);
  expect(stdout).toContain('run.start');
  expect(stdout).toContain('load.json');
});
