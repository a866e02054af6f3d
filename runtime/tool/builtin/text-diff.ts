/** Differences of texts, by the algorithm of Myers. */
import {
  type ChangeObject,
  diffLines,
  diffWordsWithSpace,
  type StructuredPatch,
  structuredPatch,
} from 'diff';
import { SpellError } from '../../base/errors.js';
import type { HostObject } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { optionalText, textOf } from './input.js';

/** Milliseconds that texts without anything in common may take. */
const TIME_LIMIT = 2000;
const DEFAULT_CONTEXT = 3;

interface Comparison {
  readonly before: string;
  readonly after: string;
  readonly context: number;
  readonly ignoreWhitespace: boolean;
}

/** @throws SpellError `TOO_LARGE` for texts that differ in too much. */
export function diffTexts(args: ToolArguments): HostObject {
  const comparison = {
    before: textOf(args, 'old_text'),
    after: textOf(args, 'new_text'),
    context: Number(args.get('context_lines') ?? DEFAULT_CONTEXT),
    ignoreWhitespace: args.get('ignore_whitespace') === true,
  };
  const format = (optionalText(args.get('format')) ?? 'unified') as keyof typeof FORMATS;
  const changes = finished(
    diffLines(comparison.before, comparison.after, {
      timeout: TIME_LIMIT,
      stripTrailingCr: comparison.ignoreWhitespace,
      ...(comparison.ignoreWhitespace ? { comparator: sameLine } : {}),
    } as { timeout: number }),
  );
  const stats = { additions: 0, deletions: 0, unchanged: 0 };
  for (const { added, removed, count } of changes) {
    stats[added ? 'additions' : removed ? 'deletions' : 'unchanged'] += count;
  }
  const identical = stats.additions + stats.deletions === 0;
  const diff = identical ? '' : FORMATS[format](comparison, changes);
  return { diff, format, identical, stats };
}

function sameLine(left: string, right: string): boolean {
  return left.trimEnd() === right.trimEnd();
}

type Changes = readonly ChangeObject<string>[];

const FORMATS = { unified, context, inline, simple };

function unified(comparison: Comparison): string {
  const lines = ['--- old', '+++ new'];
  for (const { oldStart, oldLines, newStart, newLines, lines: body } of patchOf(comparison).hunks) {
    lines.push(`@@ -${rangeOf(oldStart, oldLines)} +${rangeOf(newStart, newLines)} @@`, ...body);
  }
  return `${lines.join('\n')}\n`;
}

function rangeOf(start: number, count: number): string {
  // Nothing is behind the line in front of it.
  if (count === 0) return `${start - 1},0`;
  return count === 1 ? String(start) : `${start},${count}`;
}

/** The older form: each part as it was, then as it is. */
function context(comparison: Comparison): string {
  const lines = ['*** old', '--- new'];
  for (const { oldStart, oldLines, newStart, newLines, lines: body } of patchOf(comparison).hunks) {
    lines.push('***************');
    lines.push(`*** ${spanOf(oldStart, oldLines)} ****`, ...sideOf(body, '-', '+'));
    lines.push(`--- ${spanOf(newStart, newLines)} ----`, ...sideOf(body, '+', '-'));
  }
  return `${lines.join('\n')}\n`;
}

function spanOf(start: number, count: number): string {
  return count <= 1 ? String(start) : `${start},${start + count - 1}`;
}

/** The lines of one side; where both sides have lines at a place they are marked as changed. */
function sideOf(body: readonly string[], own: string, other: string): string[] {
  const lines: string[] = [];
  let start = 0;
  while (start < body.length) {
    let end = start;
    while (end < body.length && body[end]?.startsWith(' ') === false) end += 1;
    const block = body.slice(start, end);
    const isChange = block.some((line) => line.startsWith(other));
    for (const line of block) {
      if (line.startsWith(own)) lines.push(`${isChange ? '!' : own} ${line.slice(1)}`);
    }
    const same = body[end];
    if (same !== undefined) lines.push(`  ${same.slice(1)}`);
    start = end + 1;
  }
  return lines;
}

/** The whole text with what is gone as `[-...-]` and what is new as `{+...+}`. */
function inline({ before, after }: Comparison): string {
  const changes = finished(diffWordsWithSpace(before, after, { timeout: TIME_LIMIT }));
  return changes
    .map(({ added, removed, value }) => {
      if (added) return `{+${value}+}`;
      return removed ? `[-${value}-]` : value;
    })
    .join('');
}

/** The changed lines only. */
function simple(_: Comparison, changes: Changes): string {
  return changes
    .filter(({ added, removed }) => added || removed)
    .flatMap(({ added, value }) =>
      value
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${added ? '+' : '-'} ${line}\n`),
    )
    .join('');
}

function patchOf({ before, after, context: lines, ignoreWhitespace }: Comparison): StructuredPatch {
  const options = {
    context: lines,
    timeout: TIME_LIMIT,
    ...(ignoreWhitespace ? { comparator: sameLine, stripTrailingCr: true } : {}),
  };
  return finished(
    structuredPatch('old', 'new', before, after, '', '', options as { timeout: number }),
  );
}

function finished<T>(result: T | undefined): T {
  if (result !== undefined) return result;
  throw new SpellError('TOO_LARGE', 'the texts differ in too much to be compared', {
    hint: 'Compare smaller parts.',
    details: { time_limit_ms: TIME_LIMIT },
  });
}
