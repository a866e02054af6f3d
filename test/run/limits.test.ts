/** A run that came to a limit goes on when the limit is higher. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../bindings/node/index.js';
import { replayed, workshop } from './kept-runs.js';

const MAX_ARTIFACTS = 'runtime.sessions.max_artifacts_per_session';

async function outcomeOf(runtime: Runtime, code: string, options = {}) {
  let output = '';
  const onOutput = (_: string, bytes: Uint8Array) => {
    output += Buffer.from(bytes).toString();
  };
  const outcome = await runtime.eval(code, { ...options, onOutput }).outcome;
  return { id: outcome.run, outcome, output };
}

async function opsOf(runtime: Runtime, id: string): Promise<string[]> {
  const entries = await runtime.runs.entries(id);
  return entries.flatMap(({ event }) => (event.type === 'call' ? [event.op] : []));
}

const FIVE = `local s = Session.create({ name = 'five' })
for i = 1, 5 do Artifact.store(s, 'tool_result', 'part ' .. i, 'text') print('stored', i) end
return #Artifact.list(s)`;

describe('a call that a limit refused', () => {
  test('is made when the run goes on with a higher one, and no other is made again', async () => {
    const { open } = workshop();
    const first = await open({ [MAX_ARTIFACTS]: 3 });
    const { id, outcome, output } = await outcomeOf(first, FIVE);
    expect(outcome).toMatchObject({ status: 'limit', error: { code: 'LIMIT_ARTIFACTS' } });
    expect((await replayed(first, id)).outcome).toMatchObject({
      error: { code: 'LIMIT_ARTIFACTS' },
    });
    // As long as the limit is what it was, so is the end.
    expect((await first.runs.resume(id).outcome).error?.code).toBe('LIMIT_ARTIFACTS');
    await first.close();
    const second = await open({ [MAX_ARTIFACTS]: 10 });
    let more = '';
    const onOutput = (_: string, bytes: Uint8Array) => {
      more += Buffer.from(bytes).toString();
    };
    expect((await second.runs.resume(id, { onOutput })).value).toBe(5);
    expect(output + more).toBe([1, 2, 3, 4, 5].map((i) => `stored\t${i}\n`).join(''));
    const report = await replayed(second, id);
    expect(report).toMatchObject({ diverged: null, output: output + more, outcome: { value: 5 } });
    // Refused twice, and made.
    expect((await opsOf(second, id)).filter((op) => op === 'artifact.store')).toHaveLength(7);
  });

  test('is made in its branch, while others keep their answers', async () => {
    const { open, calls } = workshop();
    const code = `local s = Session.create({ name = 'branches' })
      local done = parallel({
        function() Artifact.store(s, 'tool_result', 'a', '1') Artifact.store(s, 'tool_result', 'b', '2') return 'one' end,
        function() os.execute('sleep 0.05') return Tool.execute('count', { step = 7 }).result end,
      })
      return done[1], done[2], #Artifact.list(s)`;
    const first = await open({ [MAX_ARTIFACTS]: 1 });
    const { id, outcome } = await outcomeOf(first, code);
    expect(outcome).toMatchObject({ status: 'limit', error: { code: 'LIMIT_ARTIFACTS' } });
    await first.close();
    const second = await open({ [MAX_ARTIFACTS]: 10 });
    expect((await second.runs.resume(id).outcome).values).toEqual(['one', 70, 2]);
    expect(calls).toHaveLength(1);
    expect((await replayed(second, id)).outcome.values).toEqual(['one', 70, 2]);
  });

  test.each([
    ['made another call', 'Artifact.list(s) error(err)'],
    ['said something', "print('full') error(err)"],
    ['failed otherwise', "error({ code = 'LIMIT_OWN', message = 'mine' })"],
  ])('and of which the script knew and %s, is an answer like any other', async (_, then) => {
    const { open } = workshop();
    const code = `local s = Session.create({ name = 'caught' })
      local ok, err
      for i = 1, 2 do ok, err = pcall(Artifact.store, s, 'tool_result', 'a' .. i, 'text') end
      ${then}`;
    const first = await open({ [MAX_ARTIFACTS]: 1 });
    const { id, outcome } = await outcomeOf(first, code);
    expect(outcome.error?.code).toMatch(/^LIMIT_/);
    const ops = await opsOf(first, id);
    await first.close();
    const second = await open({ [MAX_ARTIFACTS]: 10 });
    expect((await second.runs.resume(id).outcome).error?.code).toBe(outcome.error?.code);
    expect(await opsOf(second, id)).toEqual(ops);
  });
});

test('a run that came to the end of its memory goes on with more, and replays with that', async () => {
  const { open } = workshop();
  const runtime = await open();
  const MIB = 1024 * 1024;
  const code = `local s = Session.create({ name = 'large' })
    Session.checkpoint(s, 'small')
    local held = {}
    for i = 1, 60 do held[i] = ('x'):rep(1024 * 1024) .. i end
    return #held`;
  const { id, outcome } = await outcomeOf(runtime, code, { memoryLimitBytes: 40 * MIB });
  expect(outcome).toMatchObject({ status: 'limit', error: { code: 'LIMIT_MEMORY' } });
  expect((await runtime.runs.resume(id).outcome).error?.code).toBe('LIMIT_MEMORY');
  expect((await runtime.runs.resume(id, { memoryLimitBytes: 200 * MIB })).value).toBe(60);
  expect((await replayed(runtime, id)).outcome).toMatchObject({ status: 'completed', value: 60 });
});
