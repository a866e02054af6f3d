/** `llmspell resume --all --watch` */
import { SpellError } from '../../../runtime/base/errors.js';
import type { OnUnknown } from '../../../runtime/host/lost-answer.js';
import type { Run } from '../../../runtime/run/run.js';
import type { RunEvent } from '../../../runtime/run/run-event.js';
import type { Runtime } from '../../node/runtime.js';
import { endedRuns, summary } from '../ended-runs.js';
import { EXIT_INTERRUPTED } from '../exit-code.js';
import { CommandFailure, type Invocation } from '../invocation.js';
import type { Terminal } from '../render/terminal.js';
import { type EndedRun, eventLine, noteSleep, output } from '../script-run.js';

/** Somebody else goes on with the run. */
const MISSED: readonly (string | undefined)[] = ['RUN_LOCKED', 'RUN_STATE'];

/** Goes on with runs as they become due. The first Ctrl-C lays down those that go on, a second one ends at once. */
export async function watchRuns(
  invocation: Invocation,
  runtime: Runtime,
  timeoutMs: number | undefined,
): Promise<number> {
  const { options, terminal } = invocation;
  const onUnknown = options.text('onUnknown') as OnUnknown | undefined;
  const controller = new AbortController();
  const onInterrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  const ends = new Map<string, EndedRun>();
  const followed: Promise<void>[] = [];
  terminal.note('watching for runs that are due; Ctrl-C ends it');
  await runtime.runs.watch({
    signal: controller.signal,
    interruptOnSigint: true,
    onOutput: output(terminal, options.flag('jsonl')),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(onUnknown === undefined ? {} : { onUnknown }),
    onRun: (run) => {
      followed.push(
        follow(invocation, runtime, run).then((ended) => {
          if (ended !== undefined) ends.set(run.id, ended);
          // Ctrl-C that came while Lua was busy has ended its run only.
          if (ended?.outcome.error?.code === 'ABORTED') controller.abort();
        }),
      );
    },
  });
  await Promise.all(followed);
  process.off('SIGINT', onInterrupt);
  const all = [...ends.values()];
  if (terminal.json) throw new CommandFailure(interrupted(), endedRuns(all));
  terminal.note(summary(all));
  return EXIT_INTERRUPTED;
}

/** Tells of a run as it goes on; `undefined` when somebody else was faster. */
async function follow(
  { options, terminal }: Invocation,
  runtime: Runtime,
  run: Run,
): Promise<EndedRun | undefined> {
  if (options.flag('jsonl')) await printOwnEvents(run, terminal);
  const outcome = await run.outcome;
  const { error, status } = outcome;
  if (MISSED.includes(error?.code)) return undefined;
  const kept = await runtime.runs.get(run.id);
  if (!terminal.json && !options.flag('jsonl')) {
    if (error !== undefined) await terminal.failure(error);
    if (status === 'sleeping') noteSleep(terminal, outcome, kept);
    else terminal.note(`run ${run.id} ${status}`);
  }
  return { outcome, kept };
}

/** Prints the events of a run, and nothing of one that somebody else has begun to go on with. */
async function printOwnEvents(run: Run, terminal: Terminal): Promise<void> {
  let held: RunEvent | undefined;
  for await (const event of run) {
    if (event.type === 'run.start') {
      held = event;
      continue;
    }
    if (held !== undefined) {
      if (event.type === 'run.end' && MISSED.includes(event.error?.code)) return;
      terminal.out(eventLine(held));
      held = undefined;
    }
    terminal.out(eventLine(event));
  }
}

function interrupted(): SpellError {
  return new SpellError('ABORTED', 'the watch was interrupted');
}
