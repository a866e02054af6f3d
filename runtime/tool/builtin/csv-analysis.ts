/** What the columns of a table hold. */
import type { HostObject } from '../../base/value.js';
import { type Table, typedCell } from './csv-table.js';

export function analyzeTable(table: Table): HostObject {
  const { columns, rows, delimiter } = table;
  return {
    row_count: rows.length,
    column_count: columns.length,
    delimiter,
    columns: columns.map((name, index) => ({
      name,
      ...columnFacts(rows.map((row) => row[index] ?? '')),
    })),
    duplicate_rows: rows.length - new Set(rows.map((row) => JSON.stringify(row))).size,
  };
}

const MAX_COMMON = 5;

function columnFacts(cells: readonly string[]): HostObject {
  const filled = cells.filter((cell) => cell.trim() !== '');
  const values = filled.map(typedCell);
  const counts = new Map<string, number>();
  for (const cell of filled) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const type = typeOf(filled, values);
  const common = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_COMMON);
  return {
    type,
    count: filled.length,
    empty: cells.length - filled.length,
    unique: counts.size,
    ...(type === 'integer' || type === 'float' ? numberFacts(values as number[]) : {}),
    ...(type === 'text' || type === 'date' ? textFacts(filled) : {}),
    most_common: common.map(([value, count]) => ({ value, count })),
  };
}

function typeOf(filled: readonly string[], values: readonly unknown[]): string {
  if (filled.length === 0) return 'empty';
  if (values.every((value) => typeof value === 'boolean')) return 'boolean';
  if (values.every((value) => typeof value === 'number')) {
    return values.every((value) => Number.isInteger(value)) ? 'integer' : 'float';
  }
  return filled.every(isDate) ? 'date' : 'text';
}

function isDate(cell: string): boolean {
  return /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$/.test(cell.trim()) && !Number.isNaN(Date.parse(cell));
}

function numberFacts(numbers: readonly number[]): HostObject {
  const sorted = numbers.toSorted((a, b) => a - b);
  const sum = sorted.reduce((total, number) => total + number, 0);
  const mean = sum / sorted.length;
  const squares = sorted.reduce((total, number) => total + (number - mean) ** 2, 0);
  return {
    min: sorted[0],
    max: sorted.at(-1),
    sum,
    mean,
    median: (at(sorted, (sorted.length - 1) >> 1) + at(sorted, sorted.length >> 1)) / 2,
    std_dev: sorted.length > 1 ? Math.sqrt(squares / (sorted.length - 1)) : 0,
  };
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}

function textFacts(cells: readonly string[]): HostObject {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  let [first, last] = [cells[0] ?? '', cells[0] ?? ''];
  for (const cell of cells) {
    least = Math.min(least, cell.length);
    most = Math.max(most, cell.length);
    if (cell < first) first = cell;
    if (cell > last) last = cell;
  }
  return { min: first, max: last, min_length: least, max_length: most };
}
