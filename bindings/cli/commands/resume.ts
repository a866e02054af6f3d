/** `llmspell resume <run>` and `llmspell resume --all` */
import type { HostValue } from '../../../runtime/base/value.js';
import type { OnUnknown } from '../../../runtime/host/lost-answer.js';
import type { KeptRun } from '../../../runtime/kept-run.js';
import type { RunOutcome } from '../../../runtime/run/run-outcome.js';
import { isFinished } from '../../../runtime/run/run-status.js';
import type { Runtime } from '../../node/runtime.js';
import { EXIT_OK } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { usageError } from '../option.js';
import { countText } from '../render/formats.js';
import { errorRecord } from '../render/terminal.js';
import {
  type EndedRun,
  finish,
  followRun,
  refuseTwoFormats,
  runLimits,
  runRecord,
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
  refuseTwoFormats(invocation);
  const { timeoutMs } = await runLimits(options);
  return withKeptRuns(invocation, async (runtime) => {
    if (id === undefined) return resumeAll(invocation, runtime, timeoutMs);
    const run = await runtime.runs.find(id);
    return finish(invocation.terminal, await resumeRun(invocation, runtime, run.id, timeoutMs));
  });
}

/** Goes on with a run; asks about calls that were in flight where that is wanted and somebody is there. */
export async function resumeRun(
  invocation: Invocation,
  runtime: Runtime,
  id: string,
  timeoutMs: number | undefined,
  onUnknown = invocation.options.text('onUnknown') as OnUnknown | undefined,
): Promise<EndedRun> {
  const ended = await followRun(invocation, runtime, true, (options) =>
    runtime.runs.resume(id, {
      ...options,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(onUnknown === undefined ? {} : { onUnknown }),
    }),
  );
  const { outcome } = ended;
  if (outcome.error?.code !== 'EFFECT_UNKNOWN' || outcome.status !== 'interrupted') return ended;
  const decision = await ask(invocation, outcome.error.message);
  return decision === undefined ? ended : resumeRun(invocation, runtime, id, timeoutMs, decision);
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
  timeoutMs: number | undefined,
): Promise<number> {
  const { terminal } = invocation;
  const ends: EndedRun[] = [];
  for (const { id } of await resumableRuns(runtime)) {
    const ended = await resumeRun(invocation, runtime, id, timeoutMs);
    // Somebody else was faster.
    if (ended.outcome.error?.code === 'RUN_LOCKED') continue;
    ends.push(ended);
    const { error } = ended.outcome;
    if (error !== undefined && !terminal.json) await terminal.failure(error);
    if (error?.code === 'ABORTED') break;
  }
  const items = ends.map(({ outcome, kept }) => ({
    ...runRecord(outcome, kept),
    error: outcome.error === undefined ? null : errorRecord(outcome.error),
  })) as HostValue;
  await terminal.result({ items, next: null }, () => terminal.note(summary(ends)));
  return (
    ends.find(({ outcome }) => outcome.error !== undefined)?.outcome.error?.exitStatus ?? EXIT_OK
  );
}

/** Every run that is neither finished nor executed by a process that is alive, oldest first. */
async function resumableRuns({ runs }: Runtime): Promise<KeptRun[]> {
  const { items } = await runs.list();
  return items
    .filter(({ status }) => !isFinished(status) && status !== 'running' && status !== 'waiting')
    .reverse();
}

function summary(ends: readonly EndedRun[]): string {
  const counts = new Map<RunOutcome['status'], number>();
  for (const { outcome } of ends) counts.set(outcome.status, (counts.get(outcome.status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return `${countText(ends.length, 'run')} resumed${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}
