/** The functions and constants of expressions. */
import { SpellError } from '../../base/errors.js';

export type Operand = number | string | boolean;

export interface ExpressionFunction {
  readonly usage: string;
  readonly description: string;
  readonly least: number;
  readonly most: number;
  readonly call: (...args: Operand[]) => Operand;
}

export const CONSTANTS: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
  ['tau', 2 * Math.PI],
]);

const MANY = 1000;

function define(
  usage: string,
  description: string,
  call: (...args: never[]) => Operand,
  takes: 'numbers' | 'texts' | 'anything' = 'numbers',
): [string, ExpressionFunction] {
  const [name = '', list = ''] = usage.replace(')', '').split('(');
  const names = list.split(',').filter((word) => word.trim() !== '');
  const least = names.filter((word) => !/[?.]/.test(word)).length;
  const most = list.includes('...') ? MANY : names.length;
  const checked = (...args: Operand[]) => call(...(args.map((arg) => convert(arg)) as never[]));
  const convert = (arg: Operand) => {
    if (takes === 'numbers') return numberOf(arg, name);
    return takes === 'texts' ? String(arg) : arg;
  };
  return [name, { usage, description, least, most, call: checked }];
}

function numberOf(value: Operand, name: string): number {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (!Number.isNaN(number)) return number;
  const problem = `${name} needs numbers, got ${JSON.stringify(value)}`;
  throw new SpellError('TOOL_FAILED', problem);
}

function factorial(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 170) {
    throw new SpellError('TOOL_FAILED', `factorial needs a whole number from 0 to 170, got ${n}`);
  }
  let product = 1;
  for (let factor = 2; factor <= n; factor += 1) product *= factor;
  return product;
}

function gcd(a: number, b: number): number {
  let [large, small] = [Math.abs(a), Math.abs(b)];
  if (!Number.isSafeInteger(large) || !Number.isSafeInteger(small)) {
    throw new SpellError('TOOL_FAILED', 'gcd and lcm need whole numbers');
  }
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

/** Half away from zero, as people round. */
function round(x: number, digits = 0): number {
  const shifted = Number(`${Math.abs(x)}e${Math.trunc(digits)}`);
  if (!Number.isFinite(shifted)) return Number.isFinite(x) ? x : Math.round(x);
  return Math.sign(x) * Number(`${Math.round(shifted)}e${-Math.trunc(digits)}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export const FUNCTIONS: ReadonlyMap<string, ExpressionFunction> = new Map([
  define('abs(x)', 'without its sign', Math.abs),
  define('sign(x)', '-1, 0 or 1', Math.sign),
  define('round(x, digits?)', 'rounded to whole numbers, or to digits behind the point', round),
  define('floor(x)', 'the next whole number below', Math.floor),
  define('ceil(x)', 'the next whole number above', Math.ceil),
  define('trunc(x)', 'without what is behind the point', Math.trunc),
  define('int(x)', 'the same as trunc', Math.trunc),
  define('sqrt(x)', 'square root', Math.sqrt),
  define('cbrt(x)', 'cube root', Math.cbrt),
  define('pow(x, y)', 'x to the power of y', (x: number, y: number) => x ** y),
  define('exp(x)', 'e to the power of x', Math.exp),
  define('ln(x)', 'natural logarithm', Math.log),
  define('log(base_or_x, x?)', 'logarithm to base 10, or log(base, x)', (a: number, b?: number) =>
    b === undefined ? Math.log10(a) : Math.log(b) / Math.log(a),
  ),
  define('log10(x)', 'logarithm to base 10', Math.log10),
  define('log2(x)', 'logarithm to base 2', Math.log2),
  define('sin(x)', 'sine; angles are radians', Math.sin),
  define('cos(x)', 'cosine', Math.cos),
  define('tan(x)', 'tangent', Math.tan),
  define('asin(x)', 'arc sine', Math.asin),
  define('acos(x)', 'arc cosine', Math.acos),
  define('atan(x)', 'arc tangent', Math.atan),
  define('atan2(y, x)', 'angle of the point x, y', Math.atan2),
  define('sinh(x)', 'hyperbolic sine', Math.sinh),
  define('cosh(x)', 'hyperbolic cosine', Math.cosh),
  define('tanh(x)', 'hyperbolic tangent', Math.tanh),
  define('degrees(x)', 'radians as degrees', (x: number) => (x * 180) / Math.PI),
  define('radians(x)', 'degrees as radians', (x: number) => (x * Math.PI) / 180),
  define('hypot(x, ...)', 'length of a vector', Math.hypot),
  define('mod(x, y)', 'rest of a division, with the sign of y', (x: number, y: number) =>
    y === 0 ? Number.NaN : ((x % y) + y) % y,
  ),
  define('gcd(x, y)', 'greatest common divisor', gcd),
  define('lcm(x, y)', 'least common multiple', (x: number, y: number) =>
    x === 0 || y === 0 ? 0 : Math.abs(x * y) / gcd(x, y),
  ),
  define('factorial(n)', '1 * 2 * ... * n', factorial),
  define('min(x, ...)', 'the smallest', Math.min),
  define('max(x, ...)', 'the largest', Math.max),
  define('sum(x, ...)', 'all added', (...numbers: number[]) => sum(numbers)),
  define('avg(x, ...)', 'the mean', (...numbers: number[]) => sum(numbers) / numbers.length),
  define('median(x, ...)', 'the one in the middle', (...numbers: number[]) => median(numbers)),
  define('number(text)', 'a text as number', (x: number) => x),
  define('text(x)', 'a value as text', (x: string) => x, 'texts'),
  define('length(text)', 'number of characters', (text: string) => [...text].length, 'texts'),
  define('lower(text)', 'in small letters', (text: string) => text.toLowerCase(), 'texts'),
  define('upper(text)', 'in capitals', (text: string) => text.toUpperCase(), 'texts'),
  define('trim(text)', 'without blanks around it', (text: string) => text.trim(), 'texts'),
  define('concat(x, ...)', 'texts put together', (...all: string[]) => all.join(''), 'texts'),
  define(
    'contains(text, part)',
    'whether a text has a part',
    (text: string, part: string) => text.includes(part),
    'texts',
  ),
  define(
    'starts_with(text, part)',
    'whether a text starts so',
    (text: string, part: string) => text.startsWith(part),
    'texts',
  ),
  define(
    'ends_with(text, part)',
    'whether a text ends so',
    (text: string, part: string) => text.endsWith(part),
    'texts',
  ),
  define(
    'if(condition, yes, no)',
    'one of two values',
    (condition: Operand, yes: Operand, no: Operand) =>
      condition === false || condition === 0 || condition === '' ? no : yes,
    'anything',
  ),
  define(
    'coalesce(x, ...)',
    'the first that is not empty',
    (...all: Operand[]) => all.find((one) => one !== '') ?? '',
    'anything',
  ),
]);
