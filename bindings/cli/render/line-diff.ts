/** The difference of two texts, line by line. */

/** Longer texts are compared by what they begin and end with alone: the table below grows with the square. */
const MAX_LINES = 2000;

/** Lines of both with `  `, `- ` or `+ ` in front; equal lines far from any difference are left out. */
export function lineDiff(before: string, after: string, context = 3): string[] {
  const [left, right] = [before.split('\n'), after.split('\n')];
  return withoutEqualParts(marked(left, right), context);
}

function marked(left: readonly string[], right: readonly string[]): string[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  const room = Math.min(left.length, right.length) - start;
  while (end < room && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  return [
    ...left.slice(0, start).map((line) => `  ${line}`),
    ...changed(left.slice(start, left.length - end), right.slice(start, right.length - end)),
    ...left.slice(left.length - end).map((line) => `  ${line}`),
  ];
}

/** By the longest common subsequence. */
function changed(left: readonly string[], right: readonly string[]): string[] {
  const removed = left.map((line) => `- ${line}`);
  const added = right.map((line) => `+ ${line}`);
  if (left.length > MAX_LINES || right.length > MAX_LINES) return [...removed, ...added];
  const common = commonLengths(left, right);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      lines.push(`  ${left[i]}`);
      i += 1;
      j += 1;
    } else if ((common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)) {
      lines.push(removed[i] as string);
      i += 1;
    } else {
      lines.push(added[j] as string);
      j += 1;
    }
  }
  return [...lines, ...removed.slice(i), ...added.slice(j)];
}

/** Lengths of the longest common subsequences of all pairs of ends. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint16Array[] {
  const table = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i -= 1) {
    const [row, below] = [table[i] as Uint16Array, table[i + 1] as Uint16Array];
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const longest = Math.max(below[j] as number, row[j + 1] as number);
      row[j] = left[i] === right[j] ? (below[j + 1] as number) + 1 : longest;
    }
  }
  return table;
}

function withoutEqualParts(lines: readonly string[], context: number): string[] {
  const isNear = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - context), index + context + 1)
      .some((line) => !line.startsWith('  ')),
  );
  return lines.flatMap((line, index) => {
    if (isNear[index]) return [line];
    return index > 0 && !isNear[index - 1] ? [] : ['  ...'];
  });
}
