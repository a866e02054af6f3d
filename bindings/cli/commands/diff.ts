/** `llmspell diff <run> <run>` */
import { stringifyJson } from '../../../runtime/base/json.js';
import type { HostValue } from '../../../runtime/base/value.js';
import type { CallOutcome } from '../../../runtime/journal/journal-event.js';
import type { RunDifference } from '../../../runtime/run/compare.js';
import { EXIT_OK } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { withKeptRuns } from '../kept-runs.js';
import { countText } from '../render/formats.js';
import { jsonView } from '../render/json-view.js';
import { lineDiff } from '../render/line-diff.js';
import type { Paint } from '../render/paint.js';
import { printable, printableLine } from '../render/printable.js';
import { callView } from '../render/run-view.js';

export async function diffRuns(invocation: Invocation): Promise<number> {
  const { args, terminal } = invocation;
  const [left, right, differences] = await withKeptRuns(invocation, async ({ runs }) => {
    const one = await runs.find(args[0] ?? '');
    const other = await runs.find(args[1] ?? '');
    return [one, other, await runs.diff(one.id, other.id)] as const;
  });
  const data = { left: left.id, right: right.id, items: differences.map(toJsonDifference) };
  await terminal.result({ ...data, next: null }, async () => {
    const paint = await terminal.paint(1);
    for (const difference of differences) terminal.out(differenceText(difference, paint));
    const count = differences.length;
    const verb = count === 1 ? 'differs' : 'differ';
    terminal.note(count === 0 ? 'no differences' : `${countText(count, 'call')} ${verb}`);
  });
  return EXIT_OK;
}

function toJsonDifference({ branch, ordinal, kind, left, right }: RunDifference): HostValue {
  const view = (call: CallOutcome | undefined) => (call === undefined ? null : callView(call));
  return { branch, ordinal, kind, left: view(left), right: view(right) };
}

function differenceText(difference: RunDifference, paint: Paint): string {
  const { branch, ordinal, kind, left, right } = difference;
  const op = (left ?? right)?.op ?? '';
  const lines = [paint.bold(printableLine(`branch ${branch}, call ${ordinal}: ${op}, ${kind}`))];
  for (const line of lineDiff(callText(left), callText(right))) {
    const text = `  ${printable(line)}`.trimEnd();
    if (line.startsWith('- ')) lines.push(paint.red(text));
    else lines.push(line.startsWith('+ ') ? paint.cyan(text) : text);
  }
  return `${lines.join('\n')}\n`;
}

/** What can be compared of a call: not when it was made, and not from where. */
function callText(call: CallOutcome | undefined): string {
  if (call === undefined) return '';
  const { op, arguments: given, result, error } = callView(call);
  return stringifyJson(jsonView({ op, arguments: given, result, error }, 0), { indent: 2 });
}
