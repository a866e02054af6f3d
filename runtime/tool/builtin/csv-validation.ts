/** Holds the cells of a table against rules. */
import { didYouMean } from '../../base/nearest-name.js';
import { type HostObject, keyText, type Value, type ValueMap } from '../../base/value.js';
import { boundedWork } from './bounded-work.js';
import { columnIndex, MAX_TABLE_MS, type Table, typedCell } from './csv-table.js';
import { readRules } from './data-validation.js';
import { badArgument } from './input.js';
import type { Check } from './validation-rules.js';

const DEFAULT_MAX_ERRORS = 100;

interface CellRule {
  /** Answers what is wrong with a cell. */
  readonly problem: (cell: string) => string | undefined;
}

interface ColumnRules {
  readonly name: string;
  readonly index: number;
  readonly rules: readonly CellRule[];
}

export async function validateTable(table: Table, options: ValueMap): Promise<HostObject> {
  const maxErrors = Number(options.get('max_errors') ?? DEFAULT_MAX_ERRORS);
  const columns = await Promise.all(
    [...(options.get('rules') as ValueMap)].map(async ([key, given]) => {
      const name = keyText(key);
      const pointer = `/options/rules/${name}`;
      const index = columnIndex(table, name, () => {
        const hint = didYouMean(name, table.columns) ?? `Columns: ${table.columns.join(', ')}.`;
        return badArgument(pointer, 'names no column', hint);
      });
      const list = Array.isArray(given) ? given : [given];
      const rules = await Promise.all(list.map((rule, at) => ruleOf(rule, `${pointer}/${at}`)));
      return { name, index, rules };
    }),
  );
  return boundedWork(() => checkedTable(table, columns, maxErrors), MAX_TABLE_MS);
}

function checkedTable(
  table: Table,
  columns: readonly ColumnRules[],
  maxErrors: number,
): HostObject {
  const errors: HostObject[] = [];
  let count = 0;
  for (const [number, row] of table.rows.entries()) {
    for (const { name, index, rules } of columns) {
      const value = row[index] ?? '';
      for (const { problem } of rules) {
        const error = problem(value);
        if (error === undefined) continue;
        count += 1;
        if (errors.length < maxErrors) errors.push({ row: number + 1, column: name, value, error });
      }
    }
  }
  return { valid: count === 0, errors, error_count: count, total_rows: table.rows.length };
}

async function ruleOf(given: Value, pointer: string): Promise<CellRule> {
  if (given === 'unique') return uniqueRule();
  const rule = typeof given === 'string' ? shorthand(given, pointer) : given;
  const checks = await readRules([rule], pointer);
  const type = (rule as ValueMap).get?.('type');
  // Cells are texts; only these rules are about what they stand for.
  const isTyped = type === 'range' || type === 'type';
  return { problem: (cell) => problemOf(checks, cell, isTyped, type === 'required') };
}

function problemOf(
  checks: readonly Check[],
  cell: string,
  isTyped: boolean,
  isRequired: boolean,
): string | undefined {
  if (cell.trim() === '' && !isRequired) return undefined;
  const value = isTyped ? typedCell(cell) : cell.trim();
  if (isTyped && typeof value === 'string') return 'is no number';
  let problem: string | undefined;
  for (const check of checks) {
    check(value, '', (_, __, message) => {
      problem ??= message;
      return false;
    });
  }
  return problem;
}

function uniqueRule(): CellRule {
  const seen = new Set<string>();
  return {
    problem: (cell) => {
      if (cell === '' || !seen.has(cell)) {
        seen.add(cell);
        return undefined;
      }
      return 'is there already';
    },
  };
}

/** `range:0-120` and the like. */
function shorthand(text: string, pointer: string): ValueMap {
  const [, name = '', rest = ''] = /^([a-z_]+)(?::([\s\S]*))?$/.exec(text) ?? [];
  const rule = (type: string, fields: readonly [string, Value][] = []) =>
    new Map<string, Value>([['type', type], ...fields]);
  switch (name) {
    case 'integer':
    case 'number':
      return rule('type', [['expected', name]]);
    case 'range':
    case 'length': {
      const [, min, max] = /^(-?[\d.]*)(?:-|\.\.|,)(-?[\d.]*)$/.exec(rest) ?? [];
      if (min === undefined || max === undefined || min + max === '') {
        throw badArgument(pointer, `must be such as ${name}:0-120, got "${text}"`);
      }
      const limits: [string, Value][] = [
        ['min', min],
        ['max', max],
      ].map(([key = '', limit]) => [key, limit === '' ? undefined : Number(limit)]);
      return rule(name, limits);
    }
    case 'pattern':
      return rule('pattern', [['regex', rest]]);
    case 'one_of':
      return rule('enum', [['values', rest.split('|')]]);
    default:
      return rule(name === '' ? text : name);
  }
}
