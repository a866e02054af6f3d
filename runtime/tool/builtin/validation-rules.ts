/** The rules that look at one value. */
import { isIPv4, isIPv6 } from 'node:net';
import { stringifyJson } from '../../base/json.js';
import { didYouMean } from '../../base/nearest-name.js';
import { Float, isMap, toPlain, type Value, type ValueMap } from '../../base/value.js';
import { badArgument } from './input.js';

/** Takes what does not hold; answers whether to go on. */
export type Report = (field: string, rule: string, message: string) => boolean;

/** Answers whether to go on. */
export type Check = (value: Value, field: string, report: Report) => boolean;

/** The problem of a value, or nothing. */
type Problem = (value: Value) => string | undefined;

type Reader = (rule: ValueMap, pointer: string) => Problem;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['required', () => (value) => (isMissing(value) || value === '' ? 'is required' : undefined)],
  ['type', typeRule],
  ['length', (rule, pointer) => sized(rule, pointer, lengthOf, 'length')],
  ['range', (rule, pointer) => sized(rule, pointer, numberOf, 'value')],
  ['items', itemsRule],
  ['enum', enumRule],
  ['email', () => onText(isEmail, 'is no e-mail address')],
  ['url', () => onText((text) => URL.canParse(text), 'is no URL')],
  ['date', dateRule],
  ['custom', customRule],
]);

const NAMES = [...READERS.keys(), 'pattern', 'array', 'object'].filter((name) => name !== 'items');

/** @throws SpellError `TOOL_ARGUMENTS` for a rule that is none. */
export function checkOfRule(rule: ValueMap, pointer: string): Check {
  const type = String(rule.get('type'));
  const reader = READERS.get(type);
  if (reader === undefined) {
    const hint = didYouMean(type, NAMES) ?? `Rules: ${NAMES.join(', ')}.`;
    throw badArgument(`${pointer}/type`, `names no rule: "${type}"`, hint);
  }
  const problem = reader(rule, pointer);
  return (value, field, report) => {
    // Only `required` is about data that is not there.
    if (type !== 'required' && isMissing(value)) return true;
    const message = problem(value);
    return message === undefined || report(field, type === 'items' ? 'array' : type, message);
  };
}

function isMissing(value: Value): boolean {
  return value === undefined || value === null;
}

function typeRule(rule: ValueMap, pointer: string): Problem {
  const expected = rule.get('expected');
  const types = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
  if (typeof expected !== 'string' || !types.includes(expected)) {
    throw badArgument(`${pointer}/expected`, `must be one of ${types.join(', ')}`);
  }
  return (value) => {
    const actual = typeOf(value);
    const fits =
      actual.includes(expected) ||
      // Lua writes an empty list and an empty object in the same way.
      (expected === 'array' && isMap(value) && value.size === 0);
    return fits ? undefined : `must be of type ${expected}, is ${actual[0]}`;
  };
}

function typeOf(value: Value): readonly string[] {
  if (Array.isArray(value)) return ['array'];
  if (isMap(value)) return ['object'];
  if (typeof value === 'string' || value instanceof Uint8Array) return ['string'];
  if (typeof value === 'boolean') return ['boolean'];
  const number = value instanceof Float ? value.value : Number(value);
  return Number.isInteger(number) ? ['integer', 'number'] : ['number'];
}

/** `min` and `max` of something that a value has; values that don't have it pass. */
function sized(
  rule: ValueMap,
  pointer: string,
  sizeOf: (value: Value) => number | undefined,
  what: string,
): Problem {
  const [min, max] = ['min', 'max'].map((name) => limitOf(rule, pointer, name));
  return (value) => {
    const size = sizeOf(value);
    if (size === undefined) return undefined;
    if (min !== undefined && size < min) return `${what} must be at least ${min}, is ${size}`;
    if (max !== undefined && size > max) return `${what} must be at most ${max}, is ${size}`;
    return undefined;
  };
}

function limitOf(rule: ValueMap, pointer: string, name: string): number | undefined {
  const limit = rule.get(name);
  if (limit === undefined || limit === null) return undefined;
  const number = numberOf(limit);
  if (number === undefined) throw badArgument(`${pointer}/${name}`, 'must be a number');
  return number;
}

function lengthOf(value: Value): number | undefined {
  if (typeof value === 'string') return [...value].length;
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length;
  return isMap(value) && value.size === 0 ? 0 : undefined;
}

function numberOf(value: Value): number | undefined {
  if (value instanceof Float) return value.value;
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

function itemsRule(rule: ValueMap, pointer: string): Problem {
  const size = sized(rule, pointer, lengthOf, 'number of items');
  const unique = rule.get('unique') === true;
  return (value) => {
    const problem = size(value);
    if (problem !== undefined || !unique) return problem;
    const texts = (value as readonly Value[]).map((item) => stringifyJson(item ?? null));
    return new Set(texts).size === texts.length ? undefined : 'must not have equal items';
  };
}

/** What an error tells of the values that there may be. */
const MAX_SHOWN = 100;
const MAX_SHOWN_CHARACTERS = 10_000;

function enumRule(rule: ValueMap, pointer: string): Problem {
  const values = rule.get('values');
  if (!Array.isArray(values)) throw badArgument(`${pointer}/values`, 'must be a list of values');
  const text = (value: Value) => JSON.stringify(toPlain(value), (_, item) => bigText(item));
  const texts = new Set(values.map(text));
  const shown = [...texts].slice(0, MAX_SHOWN).join(', ').slice(0, MAX_SHOWN_CHARACTERS);
  const problem = `must be one of ${shown}${texts.size > MAX_SHOWN ? ', ...' : ''}`;
  return (value) => (texts.has(text(value)) ? undefined : problem);
}

function bigText(item: unknown): unknown {
  return typeof item === 'bigint' ? `${item}` : item;
}

function onText(holds: (text: string) => boolean, problem: string): Problem {
  return (value) => (typeof value === 'string' && holds(value) ? undefined : problem);
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  const isLocal = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/.test(local);
  const labels = domain.split('.');
  return (
    isLocal &&
    !/^\.|\.\.|\.$/.test(local) &&
    domain.length <= 253 &&
    labels.length > 1 &&
    labels.every((label) => /^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label))
  );
}

/** `format` has the letters %Y %m %d %H %M %S; without it a date or moment of ISO 8601. */
function dateRule(rule: ValueMap, pointer: string): Problem {
  const format = rule.get('format') ?? undefined;
  if (format !== undefined && typeof format !== 'string') {
    throw badArgument(`${pointer}/format`, 'must be text such as %Y-%m-%d');
  }
  if (format === undefined) return onText(isIsoDate, 'is no date of ISO 8601');
  const reader = dateReader(format, `${pointer}/format`);
  return onText(reader, `is no date of the form ${format}`);
}

const ISO_DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

function isIsoDate(text: string): boolean {
  const [, year, month, day] = ISO_DATE.exec(text) ?? [];
  return year !== undefined && isDay(Number(year), Number(month), Number(day));
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const DIGITS: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  m: '(?<m>0[1-9]|1[0-2])',
  d: '(?<d>0[1-9]|[12]\\d|3[01])',
  H: '(?<H>[01]\\d|2[0-3])',
  M: '(?<M>[0-5]\\d)',
  S: '(?<S>[0-5]\\d)',
  '%': '%',
};

function dateReader(format: string, pointer: string): (text: string) => boolean {
  const letters = [...format.matchAll(/%(.?)/g)].map(([, letter = '']) => letter);
  const unknown = letters.find((letter) => DIGITS[letter] === undefined);
  if (unknown !== undefined)
    throw badArgument(pointer, `has %${unknown}, known are %Y %m %d %H %M %S`);
  const parts = letters.filter((letter) => letter !== '%');
  if (new Set(parts).size !== parts.length) throw badArgument(pointer, 'has a part twice');
  const source = format
    .split(/(%.)/)
    .map((part) => (/^%./.test(part) ? DIGITS[part.charAt(1)] : escaped(part)))
    .join('');
  const pattern = new RegExp(`^${source}$`);
  return (text) => {
    const found = pattern.exec(text)?.groups;
    if (found === undefined) return pattern.test(text);
    const { Y = '2000', m = '01', d = '01' } = found;
    return isDay(Number(Y), Number(m), Number(d));
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const CUSTOM: ReadonlyMap<string, readonly [(text: string) => boolean, string]> = new Map([
  [
    'phone',
    [
      (text: string) => /^\+?[1-9]\d{6,14}$/.test(text.replace(/[\s().-]/g, '')),
      'is no phone number',
    ],
  ],
  [
    'uuid',
    [(text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text), 'is no UUID'],
  ],
  ['credit_card', [isCardNumber, 'is no number of a credit card']],
  ['ipv4', [isIPv4, 'is no IPv4 address']],
  ['ipv6', [isIPv6, 'is no IPv6 address']],
]);

function customRule(rule: ValueMap, pointer: string): Problem {
  const name = String(rule.get('name'));
  const found = CUSTOM.get(name);
  if (found !== undefined) return onText(...found);
  throw badArgument(`${pointer}/name`, `must be one of ${[...CUSTOM.keys()].join(', ')}`);
}

/** The digit that Luhn's algorithm adds must fit. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
