/** Questions of runs: asked, answered from elsewhere, found again after sleep, in forks and in replays. */
import { describe, expect, test } from 'vitest';
import type { AnswerOptions, Runtime } from '../../bindings/node/index.js';
import { completed, interrupted, recordsOf, replayed, workshop } from './kept-runs.js';
import { openRuntime } from './run-fixture.js';

/** Every wait is long, so that slow machines have none that is over before it is seen to be one. */
const SETTINGS = { 'runtime.durability.snapshot_before_wait_ms': 1 };

const ASKING = `
  local release = Session.create({ id = 'release' })
  print('waiting')
  local answer, came = Session.waitForApproval(release, 'deploy', {
    question = 'Deploy build 12?', data = { build = 12 } })
  return { approved = answer and answer.approved, by = answer and answer.by,
    comment = answer and answer.comment, came = came }`;

const QUESTION = {
  session: 'release',
  name: 'deploy',
  text: 'Deploy build 12?',
  data: { build: 12 },
  askedAt: expect.any(Date),
  until: null,
};

async function asleep(runtime: Runtime, code = ASKING): Promise<string> {
  const { run, status } = await runtime.eval(code, { detach: true });
  expect(status).toBe('sleeping');
  return run;
}

function failure(runtime: Runtime, id: string, name?: string, answer?: AnswerOptions) {
  return runtime.runs.approve(id, name, answer).then(
    () => undefined,
    ({ code }) => code,
  );
}

describe('a run that asks', () => {
  test('sleeps until somebody answers, and knows who', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime);
    expect((await runtime.runs.get(id))?.waitsFor).toEqual([{ type: 'approval', ...QUESTION }]);
    expect(await runtime.runs.questions()).toEqual([{ run: id, ...QUESTION }]);
    expect(await runtime.runs.questions('another')).toEqual([]);
    expect(await runtime.runs.resumable()).toEqual([]);
    const answer = { approved: false, comment: 'not on a Friday', actor: 'anna' };
    expect(await runtime.runs.approve(id, 'deploy', answer)).toEqual({
      run: id,
      ...QUESTION,
      approved: false,
      by: 'anna',
      comment: 'not on a Friday',
      answeredAt: expect.any(Date),
    });
    expect(await runtime.runs.questions()).toEqual([]);
    expect(await runtime.runs.resumable()).toEqual([id]);
    const value = { approved: false, by: 'anna', comment: 'not on a Friday', came: true };
    expect((await runtime.runs.resume(id)).value).toEqual(value);
    const { diverged, outcome } = await replayed(runtime, id);
    expect({ diverged, value: outcome.value }).toEqual({ diverged: null, value });
    expect([...(await recordsOf(runtime, 'q')).keys()]).toEqual([]);
    expect([...(await recordsOf(runtime, 'signal')).keys()]).toEqual([]);
  });

  test('is answered by another script, whose actor is named', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime);
    const signalled = runtime.eval(`Session.signal('release', 'deploy', true)`);
    await expect(signalled).rejects.toMatchObject({ code: 'QUESTION_STATE' });
    await runtime.eval(`Session.approve('release', 'deploy', { comment = 'go' })`, {
      actor: 'robot',
    });
    expect((await runtime.runs.resume(id)).value).toEqual({
      approved: true,
      by: 'robot',
      comment: 'go',
      came: true,
    });
  });

  test('asks and waits while it is awake, and tells so', async () => {
    const runtime = await workshop().open();
    const run = runtime.eval(ASKING);
    const told = [];
    for await (const event of run) {
      if (event.type !== 'question') continue;
      told.push(event);
      const [waits] = (await runtime.runs.get(run.id))?.waitsFor ?? [];
      expect(waits).toMatchObject({ type: 'approval', name: 'deploy' });
      await runtime.runs.approve(run.id);
    }
    expect(told).toMatchObject([
      { session: 'release', name: 'deploy', text: 'Deploy build 12?', branch: '0' },
    ]);
    expect((await run).value).toMatchObject({ approved: true, came: true });
  });

  test('goes on without an answer once the time is over', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime, ASKING.replace('data =', 'timeout = 1, data ='));
    const waits = (await runtime.runs.get(id))?.waitsFor ?? [];
    expect(waits.map(({ type }) => type)).toEqual(['time', 'approval']);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await failure(runtime, id, 'deploy')).toBe('QUESTION_STATE');
    expect((await runtime.runs.resume(id)).value).toMatchObject({ came: false });
  });

  test.each([
    ['unknown', 'other', undefined, 'QUESTION_NOT_FOUND'],
    ['of another session', 'deploy', { session: 'other' }, 'QUESTION_NOT_FOUND'],
    ['answered by nobody that could be shown', 'deploy', { actor: '\n' }, 'BAD_ARGUMENT'],
    ['answered with a number', 'deploy', { comment: 5 }, 'BAD_ARGUMENT'],
    ['answered with a word', 'deploy', { approved: 'yes' }, 'BAD_ARGUMENT'],
  ])('refuses answers to what is %s', async (_, name, answer, code) => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime);
    expect(await failure(runtime, id, name, answer as AnswerOptions | undefined)).toBe(code);
    expect(await runtime.runs.questions(id)).toHaveLength(1);
  });

  test('is answered once', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime);
    const answers = await Promise.all([failure(runtime, id), failure(runtime, id)]);
    expect(answers.sort()).toEqual(['QUESTION_STATE', undefined]);
    expect(await failure(runtime, id, 'deploy')).toBe('QUESTION_STATE');
    await runtime.runs.resume(id);
    expect(await failure(runtime, id, 'deploy')).toBe('RUN_STATE');
  });

  test('leaves no question behind when it ends otherwise', async () => {
    const runtime = await workshop().open(SETTINGS);
    const code = `parallel({ function() ${ASKING} end, function() Session.sleep(0.2) os.exit(3) end })`;
    const id = await completed(runtime, code);
    expect(await runtime.runs.questions()).toEqual([]);
    expect(await failure(runtime, id, 'deploy')).toBe('RUN_STATE');
  });

  test('asks several things side by side, each under its name', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(
      runtime,
      `local first, second = Session.create({ id = 'first' }), Session.create({ id = 'second' })
       local ask = function(session, name)
         return function() return Session.waitForApproval(session, name).comment end
       end
       return parallel({ ask(first, 'a'), ask(first, 'b'), ask(second, 'b') })`,
    );
    expect(await failure(runtime, id)).toBe('AMBIGUOUS_ID');
    expect(await failure(runtime, id, 'b')).toBe('AMBIGUOUS_ID');
    await runtime.runs.approve(id, 'b', { session: 'second', comment: 'C' });
    await runtime.runs.approve(id, 'b', { comment: 'B' });
    await runtime.runs.approve(id, undefined, { comment: 'A' });
    expect((await runtime.runs.resume(id)).value).toEqual(['A', 'B', 'C']);
  });

  test('keeps its answer when it was interrupted meanwhile', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await interrupted(runtime, ASKING);
    await runtime.runs.approve(id, 'deploy', { comment: 'while you were out' });
    expect((await runtime.runs.resume(id)).value).toMatchObject({ comment: 'while you were out' });
  });

  test('is one of two that ask the same in one session', async () => {
    const runtime = await workshop().open(SETTINGS);
    await runtime.sessions.create({ id: 'shared' });
    const code = `return Session.waitForApproval('shared', 'go').comment`;
    const [one, other] = [await asleep(runtime, code), await asleep(runtime, code)];
    const both = runtime.eval(`Session.approve('shared', 'go')`);
    await expect(both).rejects.toMatchObject({ code: 'AMBIGUOUS_ID' });
    await runtime.eval(`Session.approve('shared', 'go', { run = '${one}', comment = 'one' })`);
    await runtime.eval(`Session.approve('shared', 'go', { comment = 'other' })`);
    expect((await runtime.runs.resume(one)).value).toBe('one');
    expect((await runtime.runs.resume(other)).value).toBe('other');
  });
});

describe('a fork of a run that asks', () => {
  test('asks for itself, about its own session', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime);
    const { id: fork, sessions } = await runtime.runs.fork(id);
    const { status } = await runtime.runs.resume(fork, { detach: true });
    expect(status).toBe('sleeping');
    expect(await runtime.runs.questions(fork)).toEqual([
      { run: fork, ...QUESTION, session: sessions[0] },
    ]);
    expect(sessions[0]).not.toBe('release');
    await runtime.runs.approve(fork, 'deploy', { comment: 'the fork' });
    expect((await runtime.runs.resume(fork)).value).toMatchObject({ comment: 'the fork' });
    expect(await runtime.runs.questions()).toEqual([{ run: id, ...QUESTION }]);
  });

  test('of one that was answered goes another way', async () => {
    const runtime = await workshop().open(SETTINGS);
    const id = await asleep(runtime);
    await runtime.runs.approve(id);
    await runtime.runs.resume(id);
    const asked = (await runtime.runs.entries(id)).find(
      ({ event }) => event.type === 'call' && event.op === 'session.waitForApproval',
    );
    const { id: fork } = await runtime.runs.fork(id, { at: asked?.seq ?? 0 });
    await runtime.runs.resume(fork, { detach: true });
    await runtime.runs.approve(fork, 'deploy', { approved: false });
    expect((await runtime.runs.resume(fork)).value).toMatchObject({ approved: false, came: true });
  });
});

describe('onQuestion', () => {
  test('answers where the run is executed', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(ASKING, {
      onQuestion: ({ name, data }) => ({
        approved: name === 'deploy',
        comment: JSON.stringify(data),
      }),
    });
    expect((await run).value).toEqual({ approved: true, comment: '{"build":12}', came: true });
    expect([...(await recordsOf(runtime, 'q')).keys()]).toEqual([]);
  });

  test('leaves to others what it does not answer, and hears when they have', async () => {
    const runtime = await workshop().open();
    const heard: unknown[] = [];
    const run = runtime.eval(ASKING, {
      onQuestion: async (_, signal) => {
        await runtime.runs.approve(run.id, 'deploy', { comment: 'faster' });
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        heard.push(signal.aborted);
        return { comment: 'slower' };
      },
    });
    expect((await run).value).toMatchObject({ comment: 'faster' });
    expect(heard).toEqual([true]);
  });

  test('fails in the script when it throws', async () => {
    const runtime = await openRuntime();
    const run = runtime.eval(ASKING, {
      onQuestion: () => {
        throw new Error('the door bell is broken');
      },
    });
    await expect(run).rejects.toMatchObject({
      code: 'QUESTION_FAILED',
      message: expect.stringContaining('the door bell is broken'),
    });
  });
});
