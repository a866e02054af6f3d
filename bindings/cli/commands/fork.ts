/** `llmspell fork <run>` */
import { parseJson } from '../../../runtime/base/json.js';
import { readScript } from '../../../runtime/run/script.js';
import type { ForkRunOptions } from '../../../runtime/run-options.js';
import { EXIT_OK } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { findRun, withKeptRuns } from '../kept-runs.js';
import { type Options, usageError } from '../option.js';
import { toJsonRun } from '../render/run-view.js';
import { finish, refuseTwoFormats, runLimits } from '../script-run.js';
import { resumeRun } from './resume.js';

export async function forkRun(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  refuseTwoFormats(invocation);
  const at = options.text('at');
  const how = forkOptions(options);
  const limits = await runLimits(options);
  return withKeptRuns(invocation, async (runtime) => {
    const { run: original, placeOf } = await findRun(runtime, args[0] ?? '');
    const place = at === undefined ? {} : { at: await placeOf(at) };
    const fork = await runtime.runs.fork(original.id, { ...how, ...place });
    terminal.note(`forked run ${original.id} at entry ${fork.parent?.seq} as run ${fork.id}`);
    for (const name of fork.lost) {
      await terminal.warning(`the fork lacks the artifact ${JSON.stringify(name)}: it was deleted`);
    }
    if (options.isOff('run')) {
      const data = { ...toJsonRun(fork), lost_artifacts: [...fork.lost] };
      await terminal.result(data, () => terminal.out(`${fork.id}\n`));
      return EXIT_OK;
    }
    return finish(terminal, await resumeRun(invocation, runtime, fork.id, limits));
  });
}

function forkOptions(options: Options): ForkRunOptions {
  const at = options.text('at');
  const file = options.text('script');
  const [given, ...others] = options.texts('set');
  if (others.length > 0) {
    throw usageError(
      "option '--set' can be given once",
      'What is shared ends with that answer: fork the fork to give a later call another one, too.',
    );
  }
  const set = given === undefined ? undefined : parseAnswer(given);
  if (at !== undefined && set !== undefined) {
    throw usageError(
      "option '--at' cannot be used with '--set'",
      'The fork is made at the entry that --set gives another answer.',
    );
  }
  return {
    ...(file === undefined ? {} : { script: () => readScript(file) }),
    ...(set === undefined ? {} : { set }),
  };
}

/** @throws SpellError `USAGE` */
function parseAnswer(text: string): NonNullable<ForkRunOptions['set']> {
  const found = /^(\d{1,15})=([\s\S]+)$/.exec(text);
  try {
    if (found !== null) return { seq: Number(found[1]), value: parseJson(found[2] as string) };
  } catch {
    // It is told below.
  }
  throw usageError(
    `option '--set' must be SEQ=JSON, such as 12={"temperature":21}, got ${JSON.stringify(text)}`,
  );
}
