/** Does with the examples about durable runs what their first lines tell a reader to do, with real processes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ended, type Machine, machine } from '../cli/command-line.js';

const ROOT = resolve(import.meta.dirname, '../..');
const example = (name: string) => resolve(ROOT, 'examples', name);

async function onlyRun(user: Machine): Promise<string> {
  const { data } = await user.json(['runs']);
  return data.items[0].id;
}

describe('lua/durable-agent.lua', () => {
  test('goes on where it was killed, and repeats at most the last line', {
    timeout: 60_000,
  }, async () => {
    const user = machine();
    const child = user.start(['run', example('lua/durable-agent.lua'), '--pause', '0.1']);
    child.stdout?.on('data', (bytes) => {
      if (String(bytes).includes('2/5')) child.kill('SIGKILL');
    });
    const killed = await ended(child);
    expect(killed.signal).toBe('SIGKILL');
    const { data } = await user.json(['runs']);
    expect(data.items).toMatchObject([{ status: 'interrupted' }]);
    const resumed = await user.call(['resume', data.items[0].id]);
    expect(resumed.status).toBe(0);
    const before = killed.stdout.split(/(?<=\n)/);
    const after = resumed.stdout.split(/(?<=\n)/);
    if (after[0] === before.at(-1)) after.shift();
    const replayed = await user.call(['replay', data.items[0].id]);
    expect(replayed.stdout).toBe([...before, ...after].join(''));
    expect(replayed.stdout).toMatch(
      /^1\/5 revenue\n2\/5 .*\n3.*\n4.*\n5.*\nFindings: .*\nArtifacts: 5\n$/,
    );
  });
});

describe('lua/decision.lua', () => {
  test('is forked with another decision by the command that it names', async () => {
    const user = machine();
    const file = example('lua/decision.lua');
    await user.call(['run', file]);
    const run = await onlyRun(user);
    const set = /--set '?(.*?)'?$/m.exec(readFileSync(file, 'utf8'))?.[1]?.replace("='", '=') ?? '';
    const forked = await user.call(['fork', run, '--set', set]);
    expect(forked.stdout).toContain('Decision: refund\nWe pay back 80 EUR.');
    const diff = await user.call(['diff', run, await onlyRun(user)]);
    expect(diff.stdout).toContain('call 3: tool.execute, result');
    const { data } = await user.json(['session', 'list', '--name', 'Complaint 4711']);
    const decisions = data.items.map((session: { metadata: object }) => session.metadata);
    expect(decisions).toEqual([
      { amount: 80, decision: 'refund' },
      { amount: 80, decision: 'repair' },
    ]);
  });
});

describe('lua/second-try.lua', () => {
  test('takes a process up at one of its steps, and by the commands that it names', async () => {
    const user = machine();
    const { data } = await user.json(['run', example('lua/checkpointing.lua')]);
    const [session] = data.sessions;
    const tried = await user.call(['run', example('lua/second-try.lua')]);
    expect(tried.status).toBe(0);
    expect(tried.stdout).toMatch(/^validate +entry \d+\ntransform +entry \d+\n/);
    expect(tried.stdout).toContain('Second try from transform: completed, 4 artifacts\n');
    expect(tried.stdout).toMatch(
      /\nProcessing step: analyze\nStopped: .*\n[\s\S]*Done with report/,
    );
    expect(tried.stdout).not.toContain('Processing step: transform');
    const later = await user.call(['run', example('lua/second-try.lua'), '--step', 'analyze']);
    expect(later.stdout).toContain('Second try from analyze: completed');
    expect(later.stdout).not.toContain('Processing step: analyze');
    const replayed = await user.call(['replay', session, '--from', 'transform']);
    expect(replayed.stdout).toMatch(/^Processing step: analyze\n/);
    expect((await user.call(['fork', session, '--at', 'transform'])).stdout).toBe(replayed.stdout);
    expect((await user.json(['session', 'show', session])).data.artifact_count).toBe(4);
  });
});

describe('ci/replay.sh', () => {
  test('ends with 0 as long as summary.lua does what it did', async () => {
    const user = machine();
    const { status, stdout } = await user.shell(`LLMSPELL=$llmspell sh ${example('ci/replay.sh')}`);
    expect([status, stdout]).toEqual([0, expect.stringContaining('customer 1: ')]);
  });

  test('ends with 7 and shows the difference when it does something else', async () => {
    const user = machine();
    const text = readFileSync(example('ci/summary.lua'), 'utf8');
    const changed = user.write('changed.lua', text.replace('"summary.txt"', '"sums.txt"'));
    const { status, stderr } = await user.shell(
      `LLMSPELL=$llmspell sh ${example('ci/replay.sh')} ${changed}`,
    );
    expect(status).toBe(7);
    expect(stderr).toContain('[REPLAY_DIVERGED]');
    expect(stderr).toContain('sums.txt');
  });

  test('has a recording that can be made anew', async () => {
    const user = machine();
    const copy = `cp ${ROOT}/examples/ci/*.* . && rm summary.run && LLMSPELL=$llmspell`;
    const { status } = await user.shell(`${copy} sh record.sh && LLMSPELL=$llmspell sh replay.sh`);
    expect(status).toBe(0);
  });
});
