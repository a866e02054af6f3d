/** What the calculator does with an expression. */
import { SpellError } from '../../base/errors.js';
import { type HostObject, toPlain, type Value, type ValueMap } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { formula, type Operand } from './expression.js';
import { CONSTANTS, FUNCTIONS } from './expression-functions.js';
import { textOf } from './input.js';

const OPERATIONS = { evaluate, validate, functions };

export function calculate(args: ToolArguments): HostObject {
  const operation = (args.get('operation') ?? 'evaluate') as keyof typeof OPERATIONS;
  return OPERATIONS[operation](args);
}

function evaluate(args: ToolArguments): HostObject {
  const input = textOf(args, 'input');
  const given = (args.get('variables') ?? new Map()) as ValueMap;
  const values = new Map([...given].map(([key, value]) => [String(key), operandOf(value)]));
  const result = formula(input).evaluate(
    (name) => values.get(name),
    () => values.keys(),
  );
  return { input, result, result_type: typeOf(result), variables: given };
}

function validate(args: ToolArguments): HostObject {
  const input = textOf(args, 'input');
  try {
    const variables = formula(input).variables.filter((name) => !CONSTANTS.has(name));
    return { input, valid: true, variables };
  } catch (error) {
    if (!(error instanceof SpellError)) throw error;
    return { input, valid: false, error: error.message, ...error.details };
  }
}

function functions(): HostObject {
  return {
    functions: [...FUNCTIONS].map(([name, { usage, description }]) => ({
      name,
      usage,
      description,
    })),
    constants: Object.fromEntries(CONSTANTS),
    operators: ['^', '*', '/', '%', '+', '-', '<', '<=', '>', '>=', '==', '!=', ...WORDS],
  };
}

const WORDS = ['not', 'and', 'or', '? :'];

/** The schema lets numbers, texts and booleans through. */
function operandOf(value: Value): Operand {
  const plain = toPlain(value);
  return typeof plain === 'bigint' ? Number(plain) : (plain as Operand);
}

function typeOf(result: Operand): string {
  if (typeof result !== 'number') return typeof result;
  return Number.isSafeInteger(result) ? 'integer' : 'float';
}
