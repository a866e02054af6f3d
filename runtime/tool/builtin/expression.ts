/** Evaluates expressions: in a time that their length bounds, and without a way to anything but their variables. */
import { SpellError } from '../../base/errors.js';
import { didYouMean } from '../../base/nearest-name.js';
import { CONSTANTS, FUNCTIONS, type Operand } from './expression-functions.js';
import { type Expression, parseExpression } from './expression-parser.js';
import { syntaxError } from './expression-tokens.js';

export type { Operand } from './expression-functions.js';

/** Answers the value of a variable; `undefined` where there is none. */
export type Variables = (name: string) => Operand | undefined;

export interface Formula {
  /** How many operands, operators and calls it has. */
  readonly size: number;
  /** The variables in it, each once. */
  readonly variables: readonly string[];
  /** @throws SpellError `TOOL_FAILED` for what has no result, such as a division by zero. */
  evaluate(variables: Variables, known?: () => Iterable<string>): Operand;
}

/** @throws SpellError `TOOL_FAILED` with the position of a mistake. */
export function formula(source: string): Formula {
  const expression = parseExpression(source);
  const names = new Set<string>();
  const size = checkNames(expression, names);
  return {
    size,
    variables: [...names],
    evaluate: (variables, known = () => []) => new Evaluation(variables, known).of(expression),
  };
}

/**
 * Functions are checked before anything is evaluated, so that a mistake is found wherever it is.
 *
 * @returns The size of the expression.
 */
function checkNames(expression: Expression, names: Set<string>): number {
  if (expression.type === 'name') names.add(expression.name);
  if (expression.type === 'call') checkCall(expression);
  return partsOf(expression).reduce((size, part) => size + checkNames(part, names), 1);
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'choice':
      return [expression.condition, expression.yes, expression.no];
    case 'call':
      return expression.args;
    default:
      return [];
  }
}

function checkCall({ name, args, position }: Extract<Expression, { type: 'call' }>): void {
  if (CONSTANTS.has(name) && args.length === 0) return;
  const found = FUNCTIONS.get(name);
  if (found === undefined) {
    const near = didYouMean(name, FUNCTIONS.keys());
    const hint = near === undefined ? '' : `. ${near}`;
    throw syntaxError(`there is no function "${name}"${hint}`, position);
  }
  if (args.length >= found.least && args.length <= found.most) return;
  throw syntaxError(`${found.usage} does not take ${args.length} arguments`, position);
}

/** Joined texts stay below this. */
const MAX_TEXT = 1_000_000;

class Evaluation {
  constructor(
    private readonly variables: Variables,
    private readonly known: () => Iterable<string>,
  ) {}

  of(expression: Expression): Operand {
    switch (expression.type) {
      case 'literal':
        return expression.value;
      case 'name':
        return this.#variable(expression.name, expression.position);
      case 'unary':
        return this.#unary(expression);
      case 'binary':
        return this.#binary(expression);
      case 'choice':
        return this.of(isTrue(this.of(expression.condition)) ? expression.yes : expression.no);
      case 'call':
        return this.#call(expression);
    }
  }

  #variable(name: string, position: number): Operand {
    const value = this.variables(name) ?? CONSTANTS.get(name);
    if (value !== undefined) return value;
    const near = didYouMean(name, this.known()) ?? 'Give it among the variables.';
    throw syntaxError(`there is no variable "${name}". ${near}`, position);
  }

  #unary({ operator, operand, position }: Extract<Expression, { type: 'unary' }>): Operand {
    const value = this.of(operand);
    if (operator === 'not') return !isTrue(value);
    const number = numeric(value, position);
    return operator === '-' ? -number : number;
  }

  #call({ name, args, position }: Extract<Expression, { type: 'call' }>): Operand {
    const constant = args.length === 0 ? CONSTANTS.get(name) : undefined;
    if (constant !== undefined) return constant;
    const values = args.map((arg) => this.of(arg));
    try {
      const result = FUNCTIONS.get(name)?.call(...values) ?? Number.NaN;
      return checked(
        result,
        `${name}(${values.map((value) => String(value)).join(', ')})`,
        position,
      );
    } catch (error) {
      if (!(error instanceof SpellError) || error.details.position !== undefined) throw error;
      throw syntaxError(error.message, position);
    }
  }

  #binary(expression: Extract<Expression, { type: 'binary' }>): Operand {
    const { operator, position } = expression;
    const left = this.of(expression.left);
    if (operator === 'and' && !isTrue(left)) return false;
    if (operator === 'or' && isTrue(left)) return true;
    const right = this.of(expression.right);
    if (operator === 'and' || operator === 'or') return isTrue(right);
    if (operator in COMPARISONS) {
      return COMPARISONS[operator as keyof typeof COMPARISONS](compare(left, right));
    }
    if (operator === '+' && (isText(left) || isText(right))) return joined(left, right, position);
    const [a, b] = [numeric(left, position), numeric(right, position)];
    if ((operator === '/' || operator === '%') && b === 0) {
      throw syntaxError('division by zero', position);
    }
    const result = ARITHMETIC[operator as keyof typeof ARITHMETIC](a, b);
    return checked(result, `${a} ${operator} ${b}`, position);
  }
}

const ARITHMETIC = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
  '^': (a: number, b: number) => a ** b,
};

const COMPARISONS = {
  '==': (order: number) => order === 0,
  '!=': (order: number) => order !== 0,
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
};

/** Numbers by their size, texts that are numbers too; everything else by its characters. */
function compare(left: Operand, right: Operand): number {
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a !== undefined && b !== undefined) return a - b;
  const [x, y] = [String(left), String(right)];
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

function asNumber(value: Operand): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function isText(value: Operand): boolean {
  return typeof value === 'string' && asNumber(value) === undefined;
}

function isTrue(value: Operand): boolean {
  return value !== false && value !== 0 && value !== '';
}

function numeric(value: Operand, position: number): number {
  const number = asNumber(value);
  if (number !== undefined) return number;
  throw syntaxError(`a number is needed, got ${JSON.stringify(value)}`, position);
}

function joined(left: Operand, right: Operand, position: number): string {
  const text = `${left}${right}`;
  if (text.length > MAX_TEXT) throw syntaxError('the text gets too long', position);
  return text;
}

function checked(result: Operand, what: string, position: number): Operand {
  if (typeof result !== 'number' || Number.isFinite(result)) return result;
  const short = what.length > 80 ? `${what.slice(0, 80)}...` : what;
  const problem = Number.isNaN(result) ? 'is no number' : 'is too large';
  throw syntaxError(`${short} ${problem}`, position);
}
