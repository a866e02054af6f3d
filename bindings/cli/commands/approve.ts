/** `llmspell runs approve <run> [name]` */
import { EXIT_OK } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { printableLine } from '../render/printable.js';
import { questionView } from '../render/run-view.js';

export async function approveRun(invocation: Invocation): Promise<number> {
  const { args, options, terminal } = invocation;
  const [id = '', name] = args;
  const session = options.text('session');
  const comment = options.text('comment');
  const [run, answered] = await withKeptRuns(invocation, async (runtime) => {
    const found = await runtime.runs.find(id);
    const answer = await runtime.runs.approve(found.id, name, {
      approved: !options.flag('deny'),
      ...(comment === undefined ? {} : { comment }),
      ...(session === undefined ? {} : { session }),
    });
    return [found, answer] as const;
  });
  const { approved, by } = answered;
  const data = {
    run: run.id,
    ...questionView(answered),
    approved,
    by,
    comment: answered.comment,
    answered_at: answered.answeredAt.toISOString(),
  };
  await terminal.result(data, () => {
    const what = printableLine(`${JSON.stringify(answered.name)} of run ${run.id}`);
    terminal.note(`${approved ? 'approved' : 'denied'} ${what}`);
    if (run.status === 'sleeping') terminal.note(`wake it with: llmspell resume ${run.id}`);
  });
  return EXIT_OK;
}
