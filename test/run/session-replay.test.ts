/** Session.replay and its like, from scripts that meet all kinds of runs. */
import { expect, test } from 'vitest';
import { AGENT, completed, interrupted, replayed, workshop } from './kept-runs.js';

const SESSION_OF = (run: { readonly sessions: readonly string[] } | undefined) =>
  run?.sessions[0] as string;

test('the session of a fork is replayed with the answers that the fork got', async () => {
  const runtime = await workshop().open();
  const id = await completed(runtime, AGENT);
  const tool = (await runtime.runs.entries(id)).find(
    ({ event }) => event.type === 'call' && event.op === 'tool.execute',
  );
  const set = { seq: tool?.seq as number, value: new Map([['result', 500]]) };
  const fork = await runtime.runs.fork(id, { set });
  const { value } = await runtime.runs.resume(fork.id);
  const session = SESSION_OF(await runtime.runs.get(fork.id));
  const code = `local report = Session.replay(...)
    return report.value, report.same_result, report.failed_replays, report.diverged,
      #Session.journal((...)), Session.timeline((...))[2].event`;
  const outcome = await runtime.eval(code, { args: [session] });
  expect(outcome.value).toEqual([value, true, 0, undefined, 5, 'created']);
});

test('a run that ended early is replayed as far as it got', async () => {
  const runtime = await workshop().open();
  const id = await interrupted(
    runtime,
    "local s = Session.create() Session.setCurrent(s) print('waiting') os.execute('sleep 60') return 1",
  );
  const entries = await runtime.runs.entries(id);
  const created = entries.flatMap(({ event }) =>
    event.type === 'call' ? (event.state ?? []) : [],
  );
  const [{ createdSession = '' } = {}] = created as { createdSession?: string }[];
  const code = `local report = Session.replay(...)
    return report.output, report.successful_replays, report.failed_replays, report.same_result`;
  const { value } = await runtime.eval(code, { args: [createdSession] });
  expect(value).toEqual(['waiting\n', 2, 0, undefined]);
});

test('a script that fails is replayed to the same failure', async () => {
  const runtime = await workshop().open();
  const { run } = await runtime.eval("Session.create() error({ code = 'MINE', message = 'no' })")
    .outcome;
  const session = SESSION_OF(await runtime.runs.get(run));
  const code = `local report = Session.replay(..., { stop_on_error = true })
    return report.error.code, report.failed_replays, report.same_result`;
  expect((await runtime.eval(code, { args: [session] })).value).toEqual(['MINE', 0, true]);
});

test('a replay that takes too long is given up', async () => {
  const runtime = await workshop().open();
  const busy = 'Session.create() local n = 0 while n < 4e7 do n = n + 1 end return n';
  const session = SESSION_OF(await runtime.runs.get(await completed(runtime, busy)));
  const code = `local report = Session.replay(..., { timeout_seconds = 0.02 })
    return report.error.code, report.failed_replays`;
  expect((await runtime.eval(code, { args: [session] })).value).toEqual(['LIMIT_TIME', 1]);
});

test('a script that replays is itself replayed without doing it again', async () => {
  const runtime = await workshop().open();
  const session = SESSION_OF(await runtime.runs.get(await completed(runtime, AGENT)));
  const code = `local report = Session.replay(...) print(report.output) return report.start_time`;
  const { run, value } = await runtime.eval(code, { args: [session] });
  const report = await replayed(runtime, run);
  expect(report).toMatchObject({ diverged: null, outcome: { value } });
  expect(report.output).toContain('step\t3\t60');
});

test('a damaged journal is an error that scripts can catch', async () => {
  const runtime = await workshop().open();
  const id = await completed(runtime, AGENT);
  const session = SESSION_OF(await runtime.runs.get(id));
  const { backend } = await runtime.services.stores();
  const [entry] = await backend.range({ start: `j/${id}/`, end: `j/${id}0`, limit: 1 });
  const write = { key: entry?.key ?? '', value: new Uint8Array(50) };
  await backend.commit({ preconditions: [], writes: [write] });
  const code = 'local ok, err = pcall(Session.replay, ...) return ok, err.code';
  const { value } = await runtime.eval(code, { args: [session] });
  expect(value).toEqual([false, 'JOURNAL_CORRUPT']);
});
