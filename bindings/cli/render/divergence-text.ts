/** Where a replay parted from its record, for people and for programs. */
import { stringifyJson } from '../../../runtime/base/json.js';
import type { HostValue } from '../../../runtime/base/value.js';
import type { ComparedCall, ReplayDivergence } from '../../../runtime/replay-divergence.js';
import { lineDiff } from './line-diff.js';
import type { Paint } from './paint.js';
import { printable, printableLine } from './printable.js';
import { recordedArguments } from './run-view.js';

/**
 * The report of a divergence.
 *
 * @example
 * ```text
 * entry 4, branch 0: input
 *   recorded  report.lua:3  tool.execute
 *             Tool.execute('fetch', { page = 1 })
 *   actual    new.lua:3  tool.execute
 *             Tool.execute('fetch', { page = 2 })
 *   arguments
 *       {
 *     -   "page": 1
 *     +   "page": 2
 *       }
 * ```
 */
export function divergenceText(divergence: ReplayDivergence, paint: Paint): string {
  const { seq, branch, class: kind, recorded, actual } = divergence;
  const lines = [
    paint.bold(`entry ${seq}, branch ${branch}: ${kind}`),
    ...callLines('recorded', recorded, 'nothing: the record ends here'),
    ...callLines('actual', actual, 'nothing: the script makes no further call'),
    ...argumentLines(recorded, actual, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function callLines(title: string, call: ComparedCall | null, nothing: string): string[] {
  const margin = `  ${title.padEnd(10)}`;
  if (call === null) return [margin + nothing];
  const place = call.where === null ? '' : `${call.where}  `;
  const source = call.line === null ? [] : [`${''.padEnd(12)}${printableLine(call.line.trim())}`];
  return [printableLine(`${margin}${place}${call.op}`), ...source];
}

function argumentLines(
  recorded: ComparedCall | null,
  actual: ComparedCall | null,
  paint: Paint,
): string[] {
  const [before, after] = [prettyArguments(recorded), prettyArguments(actual)];
  const lines = before === after ? ['  the same'] : lineDiff(before, after);
  const painted = lines.map((line) => {
    const text = `    ${printable(line)}`;
    if (line.startsWith('- ')) return paint.red(text);
    return line.startsWith('+ ') ? paint.cyan(text) : text;
  });
  return ['  arguments', ...painted.map((line) => line.trimEnd())];
}

function prettyArguments(call: ComparedCall | null): string {
  return call === null ? '' : stringifyJson(recordedArguments(call.arguments), { indent: 2 });
}

/** The divergence as `--json` shows it. */
export function toJsonDivergence(divergence: ReplayDivergence): HostValue {
  const { seq, branch, class: kind, recorded, actual } = divergence;
  return {
    seq,
    branch,
    class: kind,
    recorded: callView(recorded),
    actual: callView(actual),
    source: { recorded: sourceView(recorded), actual: sourceView(actual) },
  };
}

function callView(call: ComparedCall | null): HostValue {
  return call === null ? null : { op: call.op, arguments: recordedArguments(call.arguments) };
}

function sourceView(call: ComparedCall | null): HostValue {
  const place = /^(.*):(\d+)$/.exec(call?.where ?? '');
  if (call === null || place === null) return null;
  return { file: place[1] as string, line: Number(place[2]), text: call.line };
}
