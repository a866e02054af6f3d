/** What the text manipulator does. */
import { SpellError } from '../../base/errors.js';
import { parseJson } from '../../base/json.js';
import type { HostObject, Value, ValueMap } from '../../base/value.js';
import type { ToolArguments } from '../tool.js';
import { boundedWork } from './bounded-work.js';
import { badArgument, MAX_TEXT, textOf } from './input.js';
import { extract, replace, split, type TextOptions } from './text-search.js';

type Operation = (
  text: string,
  options: TextOptions,
) => string | readonly string[] | Promise<string | readonly string[]>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  uppercase: (text) => text.toUpperCase(),
  lowercase: (text) => text.toLowerCase(),
  title_case: (text) => text.replace(/\p{L}[\p{L}\p{N}'’]*/gu, capitalized),
  snake_case: (text) => lowerWords(text).join('_'),
  kebab_case: (text) => lowerWords(text).join('-'),
  camel_case: (text) => {
    const [first = '', ...rest] = lowerWords(text);
    return [first, ...rest.map(capitalized)].join('');
  },
  pascal_case: (text) => lowerWords(text).map(capitalized).join(''),
  reverse,
  trim: (text) => text.trim(),
  // Everything that a terminal or a log could take for a command.
  sanitize: (text) => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, keepsLine).trim(),
  normalize_whitespace: (text) => text.replace(/\s+/g, ' ').trim(),
  replace,
  extract,
  substring: (text, { start = 0, end }) => {
    if (end !== undefined && end < start) {
      throw badArgument('/options/end', `must be at least start, which is ${start}`);
    }
    return [...text].slice(start, end).join('');
  },
  truncate: (text, { max_length = 100, suffix = '...' }) => {
    const characters = [...text];
    if (characters.length <= max_length) return text;
    const ending = [...suffix].slice(0, max_length);
    return [...characters.slice(0, max_length - ending.length), ...ending].join('');
  },
  split,
  indent,
  dedent,
  word_wrap: wordWrap,
};

/** @throws SpellError `TOOL_ARGUMENTS`, `TOO_LARGE` */
export async function manipulate(args: ToolArguments): Promise<HostObject> {
  const operation = args.get('operation') as string;
  const given = (args.get('options') ?? new Map()) as ValueMap;
  const options = Object.fromEntries(given as ReadonlyMap<string, Value>) as TextOptions;
  if (operation === 'join') {
    const parts = partsOf(args);
    const { delimiter = ' ' } = options;
    requireLength(parts.reduce((sum, part) => sum + part.length + delimiter.length, 0));
    return answer(operation, parts.length, parts.join(delimiter));
  }
  if (Array.isArray(args.get('input'))) throw badArgument('/input', 'must be a text, got a list');
  const text = textOf(args, 'input');
  const result = await (OPERATIONS[operation] as Operation)(text, options);
  return answer(operation, lengthOf(text), result);
}

function answer(
  operation: string,
  originalLength: number,
  result: string | readonly string[],
): HostObject {
  const length = lengthOf(result);
  if (typeof result === 'string') requireLength(result.length);
  return { result, operation, original_length: originalLength, result_length: length };
}

/** Characters, or entries of a list. */
function lengthOf(value: string | readonly string[]): number {
  if (typeof value !== 'string') return value.length;
  let length = 0;
  for (const _ of value) length += 1;
  return length;
}

function partsOf(args: ToolArguments): string[] {
  const input = args.get('input');
  const list = typeof input === 'string' ? listInJson(input) : input;
  return (list as readonly Value[]).map((part) => (typeof part === 'string' ? part : String(part)));
}

function listInJson(text: string): Value {
  const hint = 'Give a list, or a list as JSON.';
  try {
    const value = parseJson(text);
    if (Array.isArray(value)) return value;
  } catch {
    throw badArgument('/input', 'is neither a list nor a list as JSON', hint);
  }
  throw badArgument('/input', 'is neither a list nor a list as JSON', hint);
}

/** How much of a text the segmenter sees at once: it copies all of that for each of its answers. */
const WINDOW = 64;

function reverse(text: string): string {
  // None of these takes part of another one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of them but the end of a line
  if (/^[\x00-\x0c\x0e-\u02ff]*$/.test(text)) return text.split('').reverse().join('');
  return boundedWork(() => [...segmentsOf(text)].reverse().join(''));
}

/** What readers take for one character each. */
function* segmentsOf(text: string): Generator<string> {
  const segmenter = new Intl.Segmenter();
  let size = WINDOW;
  for (let at = 0; at < text.length; ) {
    const shown = text.slice(at, at + size);
    const segment = segmenter.segment(shown).containing(0)?.segment ?? shown;
    const mayGoOn = segment.length === shown.length && at + size < text.length;
    size = mayGoOn ? size * 2 : WINDOW;
    if (mayGoOn) continue;
    yield segment;
    at += segment.length;
  }
}

function indent(text: string, { spaces = 4 }: TextOptions): string {
  let lines = 0;
  for (const _ of text.matchAll(/^(?=.)/gm)) lines += 1;
  requireLength(text.length + lines * spaces);
  return text.replace(/^(?=.)/gm, ' '.repeat(spaces));
}

/** @throws SpellError `TOO_LARGE` */
function requireLength(length: number, most = 2 * MAX_TEXT): void {
  if (length <= most) return;
  throw new SpellError('TOO_LARGE', `a text of ${length} characters is too long for this`, {
    details: { max_characters: most },
  });
}

function capitalized(word: string): string {
  const [first = '', ...rest] = word;
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** `parseHTTPRequest2` has four words. */
function lowerWords(text: string): string[] {
  const words = text.match(/\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?[\p{Ll}\p{Lo}\p{Lm}]+\p{N}*|\p{N}+/gu);
  return (words ?? []).map((word) => word.toLowerCase());
}

function keepsLine(character: string): string {
  return character === '\n' || character === '\t' ? character : '';
}

function dedent(text: string): string {
  const lines = text.split('\n');
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const margin = Math.min(...chunkMinima(margins));
  if (!Number.isFinite(margin)) return text;
  return lines.map((line) => (line.trim() === '' ? '' : line.slice(margin))).join('\n');
}

/** The smallest of each thousand: a call takes no more arguments than the stack has room for. */
function chunkMinima(numbers: readonly number[]): number[] {
  const minima: number[] = [];
  for (let start = 0; start < numbers.length; start += 1000) {
    minima.push(Math.min(...numbers.slice(start, start + 1000)));
  }
  return minima;
}

function wordWrap(text: string, { width = 80 }: TextOptions): string {
  return text
    .split('\n')
    .map((line) => wrapped(line, width))
    .join('\n');
}

function wrapped(line: string, width: number): string {
  const lines: string[] = [];
  let current = '';
  let length = 0;
  for (const word of line.split(/\s+/).filter((part) => part !== '')) {
    const size = lengthOf(word);
    if (length > 0 && length + 1 + size > width) {
      lines.push(current);
      current = '';
      length = 0;
    }
    current += length > 0 ? ` ${word}` : word;
    length += length > 0 ? size + 1 : size;
  }
  return [...lines, current].join('\n');
}
