/** What the analyzer of tables does with them. */
import { SpellError } from '../../base/errors.js';
import { stringifyJson } from '../../base/json.js';
import { didYouMean } from '../../base/nearest-name.js';
import { type HostObject, isMap, keyText, type ValueMap } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { boundedWork } from './bounded-work.js';
import { analyzeTable } from './csv-analysis.js';
import {
  charactersOf,
  columnIndex,
  MAX_TABLE_MS,
  readTable,
  requireCells,
  requireText,
  type Table,
  typedCell,
  writeTable,
} from './csv-table.js';
import { validateTable } from './csv-validation.js';
import { type Formula, formula, type Operand } from './expression.js';
import { badArgument, optionalText, textOf } from './input.js';

type Operation = (table: Table, options: ValueMap) => HostObject;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  analyze: analyzeTable,
  convert,
  filter,
  transform,
  sample,
};

export async function csvOperation(args: ToolArguments): Promise<HostObject> {
  const options = (args.get('options') ?? new Map()) as ValueMap;
  const read = () =>
    readTable(textOf(args, 'input'), {
      delimiter: optionalText(options.get('delimiter')),
      header: options.get('header') !== false,
    });
  const operation = optionalText(args.get('operation')) ?? 'analyze';
  if (operation === 'validate') return validateTable(boundedWork(read, MAX_TABLE_MS), options);
  return boundedWork(() => (OPERATIONS[operation] as Operation)(read(), options), MAX_TABLE_MS);
}

function convert(table: Table, options: ValueMap): HostObject {
  const format = options.get('format') as string;
  const count = { format, row_count: table.rows.length };
  const cellOf = options.get('types') === false ? (cell: string) => cell : typedCell;
  const records = () =>
    table.rows.map(
      (row) => new Map(table.columns.map((name, index) => [name, cellOf(row[index] ?? '')])),
    );
  switch (format) {
    case 'json':
      return { output: records(), ...count };
    case 'jsonl': {
      const lines = records().map((record) => `${stringifyJson(record)}\n`);
      return { output: lines.join(''), ...count };
    }
    case 'markdown':
      return { output: markdownOf(table), ...count };
    default:
      return { output: writeTable(table, format === 'tsv' ? '\t' : ','), ...count };
  }
}

function markdownOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/\r?\n/g, '<br>')).join(' | ')} |\n`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('');
}

function filter(table: Table, options: ValueMap): HostObject {
  const holds = rowFormula(table, options.get('filter') as string, '/options/filter');
  const found = table.rows.filter((row) => isTrue(holds(row)));
  const limited = found.slice(0, limitOf(options));
  const shown = selected({ ...table, rows: limited }, options);
  return {
    output: writeTable(shown, table.delimiter),
    row_count: limited.length,
    matched: found.length,
    total_rows: table.rows.length,
  };
}

function isTrue(value: Operand): boolean {
  return value !== false && value !== 0 && value !== '';
}

/** Adds columns, sorts, selects, renames: in this order, so that each step knows the names from before. */
function transform(table: Table, options: ValueMap): HostObject {
  let changed = withColumns(table, namesIn(options, 'add'));
  changed = sorted(changed, options);
  changed = { ...changed, rows: changed.rows.slice(0, limitOf(options)) };
  changed = renamed(selected(changed, options), namesIn(options, 'rename'));
  return {
    output: writeTable(changed, table.delimiter),
    columns: changed.columns,
    row_count: changed.rows.length,
    total_rows: table.rows.length,
  };
}

function namesIn(options: ValueMap, name: string): [string, string][] {
  const given = options.get(name);
  return isMap(given) ? [...given].map(([key, item]) => [keyText(key), String(item)]) : [];
}

/** An added column comes last; one that is there already keeps its place. */
function withColumns(table: Table, added: readonly [string, string][]): Table {
  if (added.length === 0) return table;
  const columns = [...new Set([...table.columns, ...added.map(([name]) => name)])];
  requireCells(columns.length, table.rows.length);
  const rows = table.rows.map((row) => [...row]);
  let characters = rows.reduce((sum, row) => sum + charactersOf(row), 0);
  let known = table.columns;
  for (const [name, expression] of added) {
    const value = rowFormula(
      { ...table, columns: known, rows },
      expression,
      `/options/add/${name}`,
    );
    if (!known.includes(name)) known = [...known, name];
    const place = known.indexOf(name);
    for (const row of rows) {
      const cell = String(value(row));
      characters += cell.length;
      requireText(characters);
      row[place] = cell;
    }
  }
  return { ...table, columns, rows };
}

function sorted(table: Table, options: ValueMap): Table {
  const name = optionalText(options.get('sort_by'));
  if (name === undefined) return table;
  const index = indexOf(table, name, '/options/sort_by');
  const direction = options.get('descending') === true ? -1 : 1;
  const rows = table.rows.toSorted(
    (a, b) => direction * compareCells(a[index] ?? '', b[index] ?? ''),
  );
  return { ...table, rows };
}

function compareCells(left: string, right: string): number {
  const [a, b] = [typedCell(left), typedCell(right)];
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function selected(table: Table, options: ValueMap): Table {
  const wanted = options.get('columns') as readonly string[] | undefined;
  const dropped = new Set((options.get('drop') ?? []) as readonly string[]);
  for (const name of dropped) indexOf(table, name, '/options/drop');
  const kept = (wanted ?? table.columns).filter((name) => !dropped.has(name));
  requireCells(kept.length, table.rows.length);
  const indexes = kept.map((name) => indexOf(table, name, '/options/columns'));
  return {
    ...table,
    columns: kept,
    rows: table.rows.map((row) => indexes.map((index) => row[index] ?? '')),
  };
}

function renamed(table: Table, names: readonly [string, string][]): Table {
  for (const [name] of names) indexOf(table, name, '/options/rename');
  const newNames = new Map(names);
  const columns = table.columns.map((name) => newNames.get(name) ?? name);
  if (new Set(columns).size === columns.length) return { ...table, columns };
  throw badArgument('/options/rename', 'would give two columns one name');
}

function sample(table: Table, options: ValueMap): HostObject {
  const size = Math.min(Number(options.get('size') ?? 10), table.rows.length);
  const method = optionalText(options.get('method')) ?? 'first';
  const rows = chosen(table.rows, size, method, Number(options.get('seed') ?? 1));
  return {
    output: writeTable({ ...table, rows }, table.delimiter),
    row_count: rows.length,
    total_rows: table.rows.length,
    method,
  };
}

function chosen<T>(rows: readonly T[], size: number, method: string, seed: number): readonly T[] {
  switch (method) {
    case 'last':
      return rows.slice(rows.length - size);
    case 'even':
      return Array.from(
        { length: size },
        (_, n) => rows[Math.floor((n * rows.length) / size)] as T,
      );
    case 'random':
      return randomRows(rows, size, seed);
    default:
      return rows.slice(0, size);
  }
}

/** Each row is as likely as any other; they stay in their order. */
function randomRows<T>(rows: readonly T[], size: number, seed: number): T[] {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  let needed = size;
  return rows.filter((_, index) => {
    const isChosen = random() * (rows.length - index) < needed;
    if (isChosen) needed -= 1;
    return isChosen;
  });
}

function limitOf(options: ValueMap): number | undefined {
  const limit = options.get('limit');
  return limit === undefined ? undefined : Number(limit);
}

/** An expression over the cells of a row. */
function rowFormula(
  table: Table,
  source: string,
  pointer: string,
): (row: readonly string[]) => Operand {
  const parsed = parsedFormula(source, pointer);
  const indexes = new Map(table.columns.map((name, index) => [name, index]));
  for (const name of parsed.variables) {
    if (!indexes.has(name) && !CONSTANTS.includes(name)) throw noColumn(table, name, pointer);
  }
  requireShort(table, parsed.size);
  let number = 0;
  return (row) => {
    number += 1;
    try {
      return parsed.evaluate((name) => {
        const index = indexes.get(name);
        return index === undefined ? undefined : (typedCell(row[index] ?? '') ?? '');
      });
    } catch (error) {
      if (!(error instanceof SpellError)) throw error;
      throw new SpellError(error.code, `row ${number}: ${error.message}`, {
        details: { ...error.details, row: number },
      });
    }
  };
}

/** What one call evaluates: a second or two. */
const MAX_STEPS = 20_000_000;
/** Characters that cost as much as a step, where functions go through them. */
const CHARACTERS_OF_STEP = 100;

function requireShort({ rows }: Table, size: number): void {
  const lengths = rows.map((row) => row.reduce((sum, cell) => sum + cell.length, 0));
  const characters = lengths.reduce((sum, length) => sum + length, 0);
  const steps = (rows.length + characters / CHARACTERS_OF_STEP) * size;
  if (steps <= MAX_STEPS) return;
  throw new SpellError('TOO_LARGE', 'the expression is too long for a table of this size', {
    hint: 'Take fewer rows at once.',
    details: { rows: rows.length },
  });
}

const CONSTANTS = ['pi', 'e', 'tau'];

function parsedFormula(source: string, pointer: string): Formula {
  try {
    return formula(source);
  } catch (error) {
    if (!(error instanceof SpellError)) throw error;
    throw badArgument(pointer, `is no expression: ${error.message}`);
  }
}

function indexOf(table: Table, name: string, pointer: string): number {
  return columnIndex(table, name, () => noColumn(table, name, pointer));
}

function noColumn({ columns }: Table, name: string, pointer: string): SpellError {
  const hint = didYouMean(name, columns) ?? `Columns: ${columns.slice(0, 30).join(', ')}.`;
  return badArgument(pointer, `names no column: "${name}"`, hint);
}
