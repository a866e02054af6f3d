import { SpellError } from './errors.js';
import { textBeforeFault, utf8Text } from './utf8.js';
import { floatValue, type Value, type ValueKey } from './value.js';

/** The deepest nesting of arrays and objects that is read or written. */
export const MAX_JSON_DEPTH = 200;

/** What a document may become by default, in bytes. */
const MAX_JSON_BYTES = 2 ** 29;

/** What a container and any other value count as, in bytes, besides their text. */
const CONTAINER_BYTES = 128;
const VALUE_BYTES = 16;

/**
 * Reads one JSON document (RFC 8259; a byte order mark in front of it is skipped).
 *
 * Numbers without fraction and exponent are integers while they fit 64 bits and floats beyond, `-0` is the integer
 * 0 (`-0.0` the float). Objects are maps in the order of the text; of a key that occurs twice the last value counts.
 *
 * @param maxBytes What the document may become: `[[],[],[]]` takes many times its text.
 * @throws SpellError `JSON_SYNTAX` with line and column (1-based, in UTF-16 units) and what was expected there;
 * `TOO_LARGE`.
 */
export function parseJson(text: string | Uint8Array, maxBytes = MAX_JSON_BYTES): Value {
  const source = typeof text === 'string' ? text : decodeUtf8(text);
  const at = source.charCodeAt(0) === 0xfeff ? 1 : 0;
  const reader: Reader = { text: source, at, depth: 0, left: maxBytes };
  const value = readValue(reader);
  skipSpace(reader);
  if (reader.at < source.length) throw unexpected(reader, 'the end of the text');
  return value;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
  /** Bytes that the rest may become. */
  left: number;
}

function decodeUtf8(bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text !== undefined) return text;
  const before = textBeforeFault(bytes);
  throw syntaxError(before, before.length, 'text in UTF-8 expected, got other bytes');
}

function readValue(reader: Reader): Value {
  skipSpace(reader);
  const char = reader.text[reader.at];
  reader.left -= char === '{' || char === '[' ? CONTAINER_BYTES : VALUE_BYTES;
  if (reader.left < 0) throw tooLarge();
  switch (char) {
    case '{':
      return nested(reader, readObject);
    case '[':
      return nested(reader, readArray);
    case '"':
      return readString(reader);
    case 't':
      return readWord(reader, 'true', true);
    case 'f':
      return readWord(reader, 'false', false);
    case 'n':
      return readWord(reader, 'null', null);
    default:
      return readNumber(reader);
  }
}

function tooLarge(): SpellError {
  return new SpellError('TOO_LARGE', 'the JSON has more values than there is memory for', {
    hint: 'Take it apart, or read only a part of it.',
  });
}

function nested(reader: Reader, read: (reader: Reader) => Value): Value {
  if (reader.depth >= MAX_JSON_DEPTH) {
    throw syntaxError(
      reader.text,
      reader.at,
      `at most ${MAX_JSON_DEPTH} levels of nesting allowed`,
    );
  }
  reader.depth += 1;
  reader.at += 1;
  const value = read(reader);
  reader.depth -= 1;
  return value;
}

function readObject(reader: Reader): Value {
  const map = new Map<ValueKey, Value>();
  skipSpace(reader);
  if (take(reader, '}')) return map;
  for (;;) {
    skipSpace(reader);
    if (reader.text[reader.at] !== '"') throw unexpected(reader, 'a key in double quotes');
    const key = readString(reader);
    skipSpace(reader);
    if (!take(reader, ':')) throw unexpected(reader, "':' after the key");
    map.set(key, readValue(reader));
    skipSpace(reader);
    if (take(reader, '}')) return map;
    if (!take(reader, ',')) throw unexpected(reader, "',' or '}'");
  }
}

function readArray(reader: Reader): Value {
  const items: Value[] = [];
  skipSpace(reader);
  if (take(reader, ']')) return items;
  for (;;) {
    items.push(readValue(reader));
    skipSpace(reader);
    if (take(reader, ']')) return items;
    if (!take(reader, ',')) throw unexpected(reader, "',' or ']'");
  }
}

function readWord<T>(reader: Reader, word: string, value: T): T {
  if (!reader.text.startsWith(word, reader.at)) throw unexpected(reader, 'a value');
  reader.at += word.length;
  return value;
}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** 19 digits and a sign are the longest integer of 64 bits; longer ones need no BigInt to be told apart. */
const INT64_LENGTH = 20;

function readNumber(reader: Reader): Value {
  const shape = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
  shape.lastIndex = reader.at;
  const match = shape.exec(reader.text);
  if (match === null) throw unexpected(reader, 'a value');
  const [text, fraction, exponent] = match;
  const start = reader.at;
  reader.at += text.length;
  if (/[\w.]/.test(reader.text[reader.at] ?? '')) throw unexpected(reader, 'the end of the number');
  const number = Number(text);
  if (!Number.isFinite(number)) {
    throw syntaxError(reader.text, start, 'a number below 1.8e308 expected, got a larger one');
  }
  if (fraction !== undefined || exponent !== undefined) return floatValue(number);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  if (text.length > INT64_LENGTH) return number;
  const integer = BigInt(text);
  return integer >= INT64_MIN && integer <= INT64_MAX ? integer : number;
}

function readString(reader: Reader): string {
  const start = reader.at;
  reader.at += 1;
  let value = '';
  for (;;) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in strings.
    const plain = /[^"\\\u0000-\u001f]*/y;
    plain.lastIndex = reader.at;
    const run = plain.exec(reader.text)?.[0] ?? '';
    value += run;
    reader.at += run.length;
    if (take(reader, '"')) break;
    if (!take(reader, '\\')) {
      throw unexpected(reader, reader.at < reader.text.length ? 'an escape such as \\n' : "'\"'");
    }
    value += readEscape(reader);
  }
  if (/\p{Surrogate}/u.test(value)) {
    throw syntaxError(
      reader.text,
      start,
      'whole characters expected, got half of a surrogate pair',
    );
  }
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function readEscape(reader: Reader): string {
  const letter = reader.text[reader.at] ?? '';
  if (letter === 'u') {
    const digits = reader.text.slice(reader.at + 1, reader.at + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw unexpected(reader, 'four hex digits after \\u');
    reader.at += 5;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
  const char = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (char === undefined) throw unexpected(reader, 'one of "\\/bfnrtu after the backslash');
  reader.at += 1;
  return char;
}

function skipSpace(reader: Reader): void {
  for (;;) {
    const code = reader.text.charCodeAt(reader.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    reader.at += 1;
  }
}

function take(reader: Reader, char: string): boolean {
  if (reader.text[reader.at] !== char) return false;
  reader.at += 1;
  return true;
}

function unexpected(reader: Reader, expected: string): SpellError {
  return syntaxError(reader.text, reader.at, `${expected} expected, got ${found(reader)}`);
}

function found(reader: Reader): string {
  const code = reader.text.codePointAt(reader.at);
  if (code === undefined) return 'the end of the text';
  if (code < 0x20) return `the control character U+${code.toString(16).padStart(4, '0')}`;
  return `'${String.fromCodePoint(code)}'`;
}

function syntaxError(text: string, at: number, what: string): SpellError {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', start)) {
    line += 1;
    start = end + 1;
  }
  const column = at - start + 1;
  return new SpellError('JSON_SYNTAX', `${what} at line ${line}, column ${column} of the JSON`, {
    line,
    column,
  });
}
