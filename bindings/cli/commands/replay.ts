/** `llmspell replay <run|session>` */
import { SpellError } from '../../../runtime/base/errors.js';
import type { KeptRun } from '../../../runtime/kept-run.js';
import { readScript } from '../../../runtime/run/script.js';
import type { ReplayReport } from '../../../runtime/run-api.js';
import { EXIT_OK } from '../exit-code.js';
import { CommandFailure, type Invocation } from '../invocation.js';
import { findRun, withKeptRuns } from '../kept-runs.js';
import { usageError } from '../option.js';
import { divergenceText, toJsonDivergence } from '../render/divergence-text.js';
import { countText } from '../render/formats.js';
import type { Terminal } from '../render/terminal.js';
import { interruptibly, runLimits } from '../script-run.js';

export async function replayRun(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const file = options.text('script');
  const from = options.text('from');
  const to = options.count('to');
  if (from !== undefined && file !== undefined) {
    throw usageError(
      "option '--from' cannot be used with '--script'",
      'A checkpoint is of the recorded script: the other one is replayed from its first line.',
    );
  }
  const { timeoutMs } = await runLimits(options);
  return withKeptRuns(invocation, async (runtime) => {
    const { run, placeOf } = await findRun(runtime, args[0] ?? '');
    const start = from === undefined ? {} : { from: await placeOf(from) };
    const report = await interruptibly((following) =>
      runtime.runs.replay(run.id, {
        ...following,
        ...(file === undefined ? {} : { script: () => readScript(file) }),
        ...start,
        ...(to === undefined ? {} : { to }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        onOutput: (stream, bytes) =>
          stream === 'stdout' && !terminal.json ? terminal.out(bytes) : terminal.err(bytes),
      }),
    );
    return conclude(terminal, run, report);
  });
}

async function conclude(
  terminal: Terminal,
  run: KeptRun,
  { from, verifiedEntries, diverged, outcome }: ReplayReport,
): Promise<number> {
  const data = {
    run: run.id,
    ...(from === null ? {} : { from }),
    verified_entries: verifiedEntries,
    diverged: diverged === null ? null : toJsonDivergence(diverged),
  };
  const place = from === null ? '' : ` behind entry ${from}`;
  const verified = `${countText(verifiedEntries, 'call')} of run ${run.id}${place} verified`;
  if (diverged !== null) {
    if (!terminal.json) {
      terminal.note(verified);
      terminal.err(divergenceText(diverged, await terminal.paint(2)));
    }
    throw new CommandFailure(outcome.error ?? parted(run.id), data);
  }
  const { error } = outcome;
  // A run that failed fails again: that is what its record tells.
  if (error !== undefined && !isAsRecorded(run, error)) throw new CommandFailure(error, data);
  const end = error === undefined ? '' : `; it ends as it did: ${error.message} [${error.code}]`;
  await terminal.result(data, () => terminal.note(verified + end));
  return EXIT_OK;
}

function isAsRecorded({ error }: KeptRun, { code, message }: SpellError): boolean {
  return error !== null && error.code === code && error.message === message;
}

function parted(run: string): SpellError {
  return new SpellError('REPLAY_DIVERGED', `run ${run} parts from its record`);
}
