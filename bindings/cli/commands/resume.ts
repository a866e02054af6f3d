/** `llmspell resume <run>` and `llmspell resume --all [--watch]` */
import type { OnUnknown } from '../../../runtime/host/lost-answer.js';
import type { KeptRun } from '../../../runtime/kept-run.js';
import type { Runtime } from '../../node/runtime.js';
import { endedRuns, summary } from '../ended-runs.js';
import { EXIT_OK } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { usageError } from '../option.js';
import {
  type EndedRun,
  type FollowOptions,
  finish,
  followRun,
  noteSleep,
  type RunLimits,
  refuseTwoFormats,
  runLimits,
} from '../script-run.js';

export async function resumeRuns(invocation: Invocation): Promise<number> {
  const { args, options } = invocation;
  const [id] = args;
  const all = options.flag('all');
  if (all === (id !== undefined)) {
    throw usageError(
      all ? "option '--all' takes no run" : 'a run is missing',
      'llmspell runs lists the runs that there are; llmspell resume --all goes on with every one.',
    );
  }
  if (options.flag('watch') && !all) throw usageError("option '--watch' needs option '--all'");
  if (all && options.text('memory') !== undefined) {
    throw usageError("option '--memory' needs one run", 'Each run keeps the limit that it has.');
  }
  refuseTwoFormats(invocation);
  const limits = await runLimits(options);
  return withKeptRuns(invocation, async (runtime) => {
    if (options.flag('watch')) {
      const { watchRuns } = await import('./watch.js');
      return watchRuns(invocation, runtime, limits.timeoutMs);
    }
    if (id === undefined) return resumeAll(invocation, runtime, limits);
    const run = await runtime.runs.find(id);
    refuseWithoutBudget(runtime, run);
    return finish(invocation.terminal, await resumeRun(invocation, runtime, run.id, limits));
  });
}

/** What has spent its budget does not go on without one: that of its command line is not kept. */
function refuseWithoutBudget({ config: { llm } }: Runtime, { status, error }: KeptRun): void {
  if (status !== 'limit' || error?.code !== 'LIMIT_BUDGET') return;
  if (llm.maxTokensTotal !== undefined || llm.maxCostUsd !== undefined) return;
  throw usageError(
    'the run has spent its budget',
    'Say with --max-tokens-total or --max-cost how much it may take in all.',
  );
}

/** Goes on with a run; asks about calls that were in flight where that is wanted and somebody is there. */
export async function resumeRun(
  invocation: Invocation,
  runtime: Runtime,
  id: string,
  limits: RunLimits,
  onUnknown = invocation.options.text('onUnknown') as OnUnknown | undefined,
): Promise<EndedRun> {
  const resume = (options: FollowOptions) =>
    runtime.runs.resume(id, {
      ...options,
      ...limits,
      ...(onUnknown === undefined ? {} : { onUnknown }),
    });
  const ended = await followRun(invocation, runtime, true, resume, true);
  const { outcome } = ended;
  if (outcome.error?.code !== 'EFFECT_UNKNOWN' || outcome.status !== 'interrupted') return ended;
  const decision = await ask(invocation, outcome.error.message);
  return decision === undefined ? ended : resumeRun(invocation, runtime, id, limits, decision);
}

/** `undefined` leaves the run as it is. */
async function ask({ terminal }: Invocation, problem: string): Promise<OnUnknown | undefined> {
  if (!(await terminal.isInteractive(0))) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const question = `${problem}\nMake the call again, tell the script, or stop? [r]etry [f]ail [S]top `;
  const answer = (await dialogue.question(question)).trim().toLowerCase();
  dialogue.close();
  if (/^r(etry)?$/.test(answer)) return 'retry';
  return /^f(ail)?$/.test(answer) ? 'fail' : undefined;
}

/** One after the other; what ends one run does not keep the next from going on, except for Ctrl-C. */
async function resumeAll(
  invocation: Invocation,
  runtime: Runtime,
  limits: RunLimits,
): Promise<number> {
  const { terminal } = invocation;
  const ends: EndedRun[] = [];
  for (const id of await runtime.runs.resumable()) {
    const ended = await resumeRun(invocation, runtime, id, limits);
    // Somebody else was faster.
    if (ended.outcome.error?.code === 'RUN_LOCKED') continue;
    ends.push(ended);
    const { error, status } = ended.outcome;
    if (error !== undefined && !terminal.json) await terminal.failure(error);
    if (status === 'sleeping' && !terminal.json) noteSleep(terminal, ended.outcome, ended.kept);
    if (error?.code === 'ABORTED') break;
  }
  await terminal.result(endedRuns(ends), () => terminal.note(summary(ends)));
  return (
    ends.find(({ outcome }) => outcome.error !== undefined)?.outcome.error?.exitStatus ?? EXIT_OK
  );
}
