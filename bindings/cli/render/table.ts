/** Tables for people: aligned columns with a head line. */
import { type Paint, PLAIN } from './paint.js';
import { printableLine } from './printable.js';

export interface Column<T> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly text: (item: T) => string;
}

const GAP = '  ';

export function tableText<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  paint: Paint = PLAIN,
): string {
  const rows = items.map((item) => columns.map(({ text }) => printableLine(text(item))));
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => lengthOf(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => padded(cell, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join(GAP)
      .trimEnd();
  return [paint.bold(line(titles)), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

function padded(cell: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(cell)));
  return align === 'left' ? cell + space : space + cell;
}

/** Characters rather than UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}
