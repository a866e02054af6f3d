/** The filters, tests and functions of Tera that templates find. */
import { stringifyJson } from '../../base/json.js';
import { isMap, keyText, type Value } from '../../base/value.js';
import { templateError } from './template-parser.js';
import { escapeHtml, field, joined, lengthOf, requireShort, textFor } from './template-values.js';
import { areEqual, isIn, isLess, isNothing, isNumber, numberOf } from './tera-values.js';

/** By their names; those without a name by their places. */
export type TeraArguments = ReadonlyMap<string, Value>;

type Filter = (value: Value, args: TeraArguments) => Value;

/** An argument by its name, or the first one that has none. */
function argument(args: TeraArguments, name: string, place = 0): Value {
  return args.get(name) ?? args.get(String(place));
}

function textArgument(args: TeraArguments, name: string, fallback: string, place = 0): string {
  const value = argument(args, name, place);
  return isNothing(value) ? fallback : textFor(value);
}

function numberArgument(args: TeraArguments, name: string, fallback: number, place = 0): number {
  const number = numberOf(argument(args, name, place));
  return Number.isFinite(number) ? number : fallback;
}

export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['upper', (value) => textFor(value).toUpperCase()],
  ['lower', (value) => textFor(value).toLowerCase()],
  ['trim', (value) => textFor(value).trim()],
  ['capitalize', (value) => capitalized(textFor(value))],
  ['title', (value) => textFor(value).replace(/\p{L}[\p{L}\p{N}'’]*/gu, capitalized)],
  ['wordcount', (value) => textFor(value).split(/\s+/).filter(Boolean).length],
  ['replace', replaced],
  ['truncate', truncated],
  ['split', (value, args) => textFor(value).split(textArgument(args, 'pat', ' '))],
  ['urlencode', (value) => encodeURIComponent(textFor(value))],
  ['escape', (value) => escapeHtml(textFor(value))],
  ['length', (value) => lengthOf(value)],
  ['join', (value, args) => joined(value, textArgument(args, 'sep', ''))],
  ['first', (value) => listOf(value)[0]],
  ['last', (value) => listOf(value).at(-1)],
  ['nth', (value, args) => listOf(value)[numberArgument(args, 'n', 0)]],
  ['slice', (value, args) => sliced(value, args)],
  ['reverse', (value) => reversed(value)],
  ['sort', (value, args) => sorted(listOf(value), args)],
  ['unique', (value) => unique(listOf(value))],
  ['concat', (value, args) => [...listOf(value), ...[argument(args, 'with') ?? []].flat()]],
  ['map', (value, args) => mapped(listOf(value), textArgument(args, 'attribute', ''))],
  ['filter', (value, args) => kept(listOf(value), args)],
  ['get', (value, args) => field(value, textArgument(args, 'key', '')) ?? args.get('default')],
  ['keys', (value) => (isMap(value) ? [...value.keys()].map(keyText) : [])],
  ['values', (value) => (isMap(value) ? [...value.values()] : [])],
  ['default', (value, args) => (isNothing(value) ? argument(args, 'value') : value)],
  ['json_encode', (value) => stringifyJson(value ?? null)],
  ['round', rounded],
  ['abs', (value) => Math.abs(numberOf(value))],
  ['int', (value, args) => whole(value, args)],
  ['float', (value) => numberOf(value)],
  ['pluralize', (value, args) => pluralized(value, args)],
]);

export const TESTS: ReadonlyMap<string, (value: Value, args: TeraArguments) => boolean> = new Map([
  ['defined', (value: Value) => value !== undefined],
  ['undefined', (value: Value) => value === undefined],
  ['string', (value: Value) => typeof value === 'string'],
  ['number', (value: Value) => isNumber(value)],
  ['object', (value: Value) => isMap(value)],
  ['iterable', (value: Value) => Array.isArray(value) || isMap(value)],
  ['odd', (value: Value) => Math.abs(numberOf(value) % 2) === 1],
  ['even', (value: Value) => numberOf(value) % 2 === 0],
  [
    'divisibleby',
    (value: Value, args: TeraArguments) =>
      numberOf(value) % numberArgument(args, 'divisor', Number.NaN) === 0,
  ],
  [
    'starting_with',
    (value: Value, args: TeraArguments) => textFor(value).startsWith(textArgument(args, 'pat', '')),
  ],
  [
    'ending_with',
    (value: Value, args: TeraArguments) => textFor(value).endsWith(textArgument(args, 'pat', '')),
  ],
  ['containing', (value: Value, args: TeraArguments) => isIn(argument(args, 'pat'), value)],
]);

const MAX_RANGE = 100_000;

/** @throws SpellError `TOOL_FAILED` */
export function callFunction(name: string, args: TeraArguments, line: number): Value {
  if (name !== 'range') throw templateError(`there is no function "${name}"; there is range`, line);
  const isAlone = args.size === 1 && args.has('0');
  const start = isAlone ? 0 : numberArgument(args, 'start', 0);
  const end = isAlone ? numberOf(args.get('0')) : numberArgument(args, 'end', 0, 1);
  const step = numberArgument(args, 'step_by', 1, 2);
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (!(count <= MAX_RANGE)) throw templateError(`a range has at most ${MAX_RANGE} numbers`, line);
  return Array.from({ length: count }, (_, index) => start + index * step);
}

function listOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? [...value] : [];
}

function capitalized(word: string): string {
  const [first = '', ...rest] = word;
  return first.toUpperCase() + rest.join('').toLowerCase();
}

function replaced(value: Value, args: TeraArguments): string {
  const parts = textFor(value).split(textArgument(args, 'from', ''));
  const to = textArgument(args, 'to', '', 1);
  requireShort(parts.reduce((sum, part) => sum + part.length + to.length, 0));
  return parts.join(to);
}

function truncated(value: Value, args: TeraArguments): string {
  const characters = [...textFor(value)];
  const length = numberArgument(args, 'length', 255);
  if (characters.length <= length) return characters.join('');
  return characters.slice(0, length).join('') + textArgument(args, 'end', '…', 1);
}

function sliced(value: Value, args: TeraArguments): Value {
  const [start, end] = [numberArgument(args, 'start', 0), args.get('end') ?? args.get('1')];
  const part = listOf(value).slice(start, isNothing(end) ? undefined : numberOf(end));
  return typeof value === 'string' ? part.join('') : part;
}

function reversed(value: Value): Value {
  const items = listOf(value).toReversed();
  return typeof value === 'string' ? items.join('') : items;
}

function sorted(items: readonly Value[], args: TeraArguments): Value {
  const attribute = textArgument(args, 'attribute', '');
  const key = (item: Value) => (attribute === '' ? item : at(item, attribute));
  return items.toSorted((a, b) => (isLess(key(a), key(b)) ? -1 : isLess(key(b), key(a)) ? 1 : 0));
}

function unique(items: readonly Value[]): Value {
  return [...new Map(items.map((item) => [stringifyJson(item ?? null), item])).values()];
}

function mapped(items: readonly Value[], attribute: string): Value {
  return items.map((item) => at(item, attribute)).filter((item) => !isNothing(item));
}

function kept(items: readonly Value[], args: TeraArguments): Value {
  const attribute = textArgument(args, 'attribute', '');
  const wanted = args.get('value');
  return items.filter((item) => {
    const value = at(item, attribute);
    return args.has('value') ? areEqual(value, wanted) : !isNothing(value);
  });
}

/** `a.b` of an item. */
function at(item: Value, path: string): Value {
  return path.split('.').reduce<Value>(field, item);
}

function rounded(value: Value, args: TeraArguments): number {
  const method = textArgument(args, 'method', 'common');
  const factor = 10 ** Math.min(15, Math.max(0, numberArgument(args, 'precision', 0, 1)));
  const scaled = numberOf(value) * factor;
  const round = method === 'ceil' ? Math.ceil : method === 'floor' ? Math.floor : Math.round;
  return round(scaled) / factor;
}

function whole(value: Value, args: TeraArguments): Value {
  const number = Math.trunc(numberOf(value));
  return Number.isFinite(number) ? number : (argument(args, 'default') ?? 0);
}

function pluralized(value: Value, args: TeraArguments): string {
  const isOne = Math.abs(numberOf(value)) === 1;
  return isOne ? textArgument(args, 'singular', '') : textArgument(args, 'plural', 's', 1);
}
