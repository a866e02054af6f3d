/** Tables in CSV: RFC 4180, and what else is found in the wild. */
import Papa from 'papaparse';
import { SpellError } from '../../base/errors.js';
import type { Operand } from './expression.js';

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

const MAX_COLUMNS = 10_000;

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
  const columns = uniqueNames([...names, ...Array(width - names.length).fill('')]);
  return {
    columns,
    rows: rows.map((row) => columns.map((_, index) => row[index] ?? '')),
    delimiter: parsed.meta.delimiter,
  };
}

function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((given, index) => {
    const name = given === '' ? `column_${index + 1}` : given;
    let unique = name;
    for (let number = 2; taken.has(unique); number += 1) unique = `${name}_${number}`;
    taken.add(unique);
    return unique;
  });
}

export function writeTable({ columns, rows }: Table, delimiter = ','): string {
  const lines = [columns, ...rows].map((row) => [...row]);
  return `${Papa.unparse(lines, { delimiter, newline: '\n' })}\n`;
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
