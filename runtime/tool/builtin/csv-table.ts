/** Tables in CSV: RFC 4180, and what else is found in the wild. */
import Papa from 'papaparse';
import { SpellError } from '../../base/errors.js';
import type { Operand } from './expression.js';
import { MAX_TEXT } from './input.js';

export interface Table {
  readonly columns: readonly string[];
  /** A cell for each column. */
  readonly rows: readonly (readonly string[])[];
  readonly delimiter: string;
}

export interface TableOptions {
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
}

/** The largest tables take a few seconds. */
export const MAX_TABLE_MS = 20_000;

const MAX_COLUMNS = 10_000;
/** A short row has as many cells as the longest one. */
const MAX_CELLS = 5_000_000;

/** @throws SpellError `TOOL_FAILED` for a quotation mark that is never closed, and for rows that are too long. */
export function readTable(text: string, { delimiter, header = true }: TableOptions): Table {
  const plain = text.replace(/^\ufeff/, '');
  const parsed = Papa.parse<string[]>(plain, {
    delimiter: delimiter === undefined || delimiter === 'auto' ? '' : delimiter,
    delimitersToGuess: [',', ';', '\t', '|'],
    skipEmptyLines: true,
  });
  const fault = parsed.errors.find(({ type }) => type === 'Quotes');
  if (fault !== undefined) {
    const row = (fault.row ?? 0) + 1;
    throw new SpellError('TOOL_FAILED', `row ${row}: ${fault.message}`, { details: { row } });
  }
  const [first = [], ...rest] = parsed.data;
  const names = header ? first.map((name) => name.trim()) : first.map(() => '');
  const rows = header ? rest : parsed.data;
  const width = rows.reduce((most, row) => Math.max(most, row.length), names.length);
  if (width > MAX_COLUMNS) {
    throw new SpellError('TOO_LARGE', `the table has more than ${MAX_COLUMNS} columns`);
  }
  requireCells(width, rows.length);
  const columns = uniqueNames([...names, ...Array(width - names.length).fill('')]);
  return {
    columns,
    rows: rows.map((row) => columns.map((_, index) => row[index] ?? '')),
    delimiter: parsed.meta.delimiter,
  };
}

/** @throws SpellError `TOO_LARGE` */
export function requireCells(columns: number, rows: number): void {
  if (columns * rows <= MAX_CELLS) return;
  throw new SpellError('TOO_LARGE', `the table has more than ${MAX_CELLS} cells`, {
    hint: 'Take fewer rows at once.',
    details: { columns, rows },
  });
}

function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const numbers = new Map<string, number>();
  return names.map((given, index) => {
    const name = given === '' ? `column_${index + 1}` : given;
    let unique = name;
    for (let number = numbers.get(name) ?? 2; taken.has(unique); number += 1) {
      unique = `${name}_${number}`;
      numbers.set(name, number + 1);
    }
    taken.add(unique);
    return unique;
  });
}

/** @throws SpellError `TOO_LARGE` */
export function writeTable({ columns, rows }: Table, delimiter = ','): string {
  requireText([columns, ...rows].reduce((sum, row) => sum + charactersOf(row), 0));
  const lines = [columns, ...rows].map((row) => [...row]);
  return `${Papa.unparse(lines, { delimiter, newline: '\n' })}\n`;
}

export function charactersOf(row: readonly string[]): number {
  return row.reduce((sum, cell) => sum + cell.length + 1, 0);
}

/** A column may be wanted several times. @throws SpellError `TOO_LARGE` */
export function requireText(characters: number): void {
  if (characters <= 2 * MAX_TEXT) return;
  throw new SpellError('TOO_LARGE', `the result gets longer than ${2 * MAX_TEXT} characters`);
}

/** Numbers, booleans, nothing, or text. */
export function typedCell(cell: string): Operand | null {
  const text = cell.trim();
  if (text === '') return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  // What starts with 0 is a code rather than a number, and many digits are one too.
  if (!/^-?(0|[1-9]\d{0,14})(\.\d+)?([eE][+-]?\d{1,2})?$/.test(text)) return cell;
  return Number(text);
}

/** @throws SpellError `TOOL_ARGUMENTS` */
export function columnIndex({ columns }: Table, name: string, missing: () => SpellError): number {
  const index = columns.indexOf(name);
  if (index < 0) throw missing();
  return index;
}
