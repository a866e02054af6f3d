/** Tools that `approve_tools` names: a call waits until somebody agrees, and the run can sleep meanwhile. */
import { describe, expect, test } from 'vitest';
import { replayed, workshop } from './kept-runs.js';

const RULE = { 'runtime.security.approve_tools': ['count'] };
const CALL = `local ok, result = pcall(Tool.execute, 'count', { step = 4 })
  return { ok, ok and result.result or result.code, not ok and result.message or nil }`;

describe('a tool that somebody has to agree to', () => {
  test('is called once there is a yes, and not before', async () => {
    const { open, calls } = workshop();
    const runtime = await open(RULE);
    const { run, status } = await runtime.eval(CALL, { detach: true }).outcome;
    expect({ status, calls }).toEqual({ status: 'sleeping', calls: [] });
    const questions = await runtime.runs.questions(run);
    expect(questions).toMatchObject([
      { name: 'tool count 1', text: 'May the tool "count" run?', data: { step: 4 } },
    ]);
    await runtime.runs.approve(run, 'tool count 1', { approved: true });
    const { value } = await runtime.runs.resume(run).outcome;
    expect(value).toEqual([true, 40]);
    expect(calls.map(({ step }) => step)).toEqual([4]);
    const { diverged } = await replayed(runtime, run);
    expect(diverged).toBeNull();
    expect(calls).toHaveLength(1);
  });

  test('is not called after a no, which the script can catch', async () => {
    const { open, calls } = workshop();
    const runtime = await open(RULE);
    const { run } = await runtime.eval(CALL, { detach: true }).outcome;
    await runtime.runs.approve(run, 'tool count 1', { approved: false, comment: 'too dear' });
    const { value } = await runtime.runs.resume(run).outcome;
    const message = 'the tool "count" was refused: too dear';
    expect(value).toEqual([false, 'POLICY_DENIED', message]);
    expect(calls).toEqual([]);
  });

  test('is asked about in the current session, for every call anew', async () => {
    const { open } = workshop();
    const runtime = await open(RULE);
    const code = `local session = Session.create({ session_id = 'desk' })
      Session.setCurrent(session)
      return parallel({
        function() return Tool.count({ step = 1 }).result end,
        function() return Tool.count({ step = 2 }).result end,
      })`;
    const { run } = await runtime.eval(code, { detach: true }).outcome;
    const questions = await runtime.runs.questions(run);
    expect(questions.map(({ session, name }) => [session, name])).toEqual([
      ['desk', 'tool count 1'],
      ['desk', 'tool count 2'],
    ]);
    await runtime.runs.approve(run, 'tool count 2', { approved: true });
    await runtime.runs.approve(run, 'tool count 1', { approved: true });
    expect((await runtime.runs.resume(run).outcome).value).toEqual([10, 20]);
  });

  test('can not be called around the question', async () => {
    const { open, calls } = workshop();
    const runtime = await open(RULE);
    const code = `local execute = Tool.execute
      pcall = function(f, ...) return true, f(...) end
      error = print
      Session.waitForApproval = function() return { approved = true } end
      Session.getCurrent = function() return nil end
      return execute('count', { step = 4 })`;
    const { status } = await runtime.eval(code, { detach: true }).outcome;
    expect({ status, calls }).toEqual({ status: 'sleeping', calls: [] });
  });

  test('is for a program to agree to itself', async () => {
    const { open, calls } = workshop();
    const runtime = await open(RULE);
    await expect(runtime.tools.execute('count', { step: 1 })).rejects.toMatchObject({
      code: 'APPROVAL_NEEDED',
      key: 'runtime.security.approve_tools',
    });
    const approved = await runtime.tools.execute('count', { step: 1 }, { approved: true });
    expect(approved).toMatchObject({ success: true, result: 10 });
    expect(calls).toHaveLength(1);
  });
});
