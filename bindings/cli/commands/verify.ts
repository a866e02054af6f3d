/** `llmspell verify [run]` */
import { SpellError } from '../../../runtime/base/errors.js';
import type { HostObject } from '../../../runtime/base/value.js';
import type { RunProblem } from '../../../runtime/run-archive.js';
import type { Runtime } from '../../node/runtime.js';
import { EXIT_OK } from '../exit-code.js';
import { CommandFailure, type Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { countText, sizeText } from '../render/formats.js';
import { printableLine } from '../render/printable.js';

/** One thing that is not as it was written, of a run or of an artifact. */
interface Problem {
  readonly data: HostObject;
  readonly text: string;
}

export async function verifyStored(invocation: Invocation): Promise<number> {
  const { args, terminal } = invocation;
  const [run] = args;
  const problems: Problem[] = [];
  const note = (problem: Problem) => {
    problems.push(problem);
    if (!terminal.json) terminal.out(`${printableLine(problem.text)}\n`);
  };
  const summary = await withKeptRuns(invocation, async (runtime) => {
    const runs = await collect(runtime.archive.verify(run), (problem) => note(ofRun(problem)));
    // A run alone is judged by what it refers to itself.
    return run === undefined ? { ...runs, ...(await verifyContents(runtime, note)) } : { ...runs };
  });
  const data = { ...summary, problems: problems.map((problem) => problem.data) };
  if (problems.length > 0) throw new CommandFailure(damaged(problems.length), data);
  await terminal.result(data, () => {
    const { runs, entries, checkpoints, contents } = summary;
    const counts = [
      countText(runs, 'run'),
      entries === 1 ? '1 entry' : `${entries} entries`,
      countText(checkpoints, 'checkpoint'),
      countText(contents, 'content'),
    ];
    const size = 'bytes' in summary ? ` of ${sizeText(summary.bytes)}` : '';
    terminal.out(`${counts.join(', ')}${size} verified\n`);
  });
  return EXIT_OK;
}

function verifyContents(runtime: Runtime, note: (problem: Problem) => void) {
  return collect(runtime.artifacts.verify(), ({ hash, problem }) =>
    note({ data: { part: 'content', hash, problem }, text: `content ${hash}: ${problem}` }),
  );
}

async function collect<T, R>(
  verification: AsyncGenerator<T, R>,
  each: (problem: T) => void,
): Promise<R> {
  for (;;) {
    const step = await verification.next();
    if (step.done === true) return step.value;
    each(step.value);
  }
}

function ofRun({ run, seq, part, problem }: RunProblem): Problem {
  const place = seq === null ? `run ${run}` : `run ${run}, entry ${seq}`;
  return { data: { part, run, seq, problem }, text: `${place}: ${problem}` };
}

function damaged(count: number): SpellError {
  const what = countText(count, 'thing');
  return new SpellError('JOURNAL_CORRUPT', `${what} can't be read back as stored`, {
    hint: 'llmspell fork <run> --at <seq> goes on from an entry before the first bad one.',
  });
}
