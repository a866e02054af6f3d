import { describe, expect, test } from 'vitest';
import { type Machine, machine } from './command-line.js';

const SCRIPT = `local s = Session.create({ name = 'steps' })
for i, step in ipairs({ 'load', 'sum', '12' }) do
  print(i, step, math.random(1000000))
  Artifact.store(s, 'system_generated', step .. '.json', '{}', { checkpoint = true, step_name = step })
  Session.save(s)
end
Session.complete(s)
print('done')`;

interface Ran {
  readonly id: string;
  readonly session: string;
  readonly lines: string[];
}

async function ran(on: Machine): Promise<Ran> {
  const { stdout } = await on.call(['run', on.write('steps.lua', SCRIPT)]);
  const { items } = (await on.json(['runs'])).data;
  return { id: items[0].id, session: items[0].sessions[0], lines: stdout.split(/(?<=\n)/) };
}

describe('llmspell replay --from', () => {
  test('prints what came behind a checkpoint', async () => {
    const on = machine();
    const { id, lines } = await ran(on);
    const { checkpoints } = (await on.json(['runs', 'show', id])).data;
    expect(checkpoints.map(({ label }: { label: string }) => label)).toEqual(['load', 'sum', '12']);
    const [load, sum, twelve] = checkpoints.map(({ seq }: { seq: number }) => seq);
    const whole = await on.json(['replay', id]);
    const part = await on.call(['replay', id, '--from', 'load']);
    expect(part).toMatchObject({ status: 0, stdout: lines.slice(1).join('') });
    const behind = whole.data.verified_entries - 2;
    expect(part.stderr).toBe(`${behind} calls of run ${id} behind entry ${load} verified\n`);
    expect((await on.call(['replay', id, '--from', String(sum)])).stdout).toBe(
      lines.slice(2).join(''),
    );
    // A label is a label, also where it looks like the number of an entry.
    expect((await on.call(['replay', id, '--from', '12'])).stdout).toBe('done\n');
    const ended = await on.call(['replay', id, '--from', 'load', '--to', String(twelve)]);
    expect(ended).toMatchObject({ status: 0, stdout: lines.slice(1, 3).join('') });
    expect((await on.json(['replay', id, '--from', 'load'])).data).toEqual({
      run: id,
      from: load,
      verified_entries: behind,
      diverged: null,
    });
  });

  test('is refused with another script, for what is no checkpoint, and where no snapshot is kept', async () => {
    const on = machine();
    const { id } = await ran(on);
    const both = await on.call(['replay', id, '--from', 'load', '--script', 'steps.lua']);
    expect(both.status).toBe(2);
    expect(both.stderr).toContain("option '--from' cannot be used with '--script'");
    const unknown = await on.call(['replay', id, '--from', 'lost']);
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toContain('has no checkpoint "lost": it has load, sum, 12');
    const there = machine();
    await on.call(['export', id, '-o', `${on.folder}/plain.run`]);
    await on.call(['export', id, '--checkpoints', '-o', `${on.folder}/full.run`]);
    await there.call(['import', `${on.folder}/plain.run`]);
    const lost = await there.call(['replay', id, '--from', 'load']);
    expect(lost.status).toBe(10);
    expect(lost.stderr).toContain('[SNAPSHOT_UNUSABLE]');
    expect(lost.stderr).toContain('Replay the run from its first line');
    expect((await there.call(['replay', id])).status).toBe(0);
    const copy = (await there.call(['import', '--new-id', `${on.folder}/full.run`])).stdout.trim();
    expect((await there.call(['replay', copy, '--from', 'sum'])).status).toBe(0);
  });
});

describe('llmspell fork --at', () => {
  test('takes the name of a step', async () => {
    const on = machine();
    const { id, lines } = await ran(on);
    const forked = await on.call(['fork', id, '--at', 'sum']);
    expect(forked).toMatchObject({ status: 0, stdout: lines.slice(2).join('') });
    expect((await on.call(['fork', id, '--at', '12'])).stdout).toBe('done\n');
  });
});
