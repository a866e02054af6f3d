/** How moments are written. */
import type { DateTime } from 'luxon';
import type { ToolArguments } from '../tool.js';
import { badArgument, optionalText } from './input.js';

interface Format {
  readonly description: string;
  readonly write: (moment: DateTime) => string;
}

/** A valid moment has a text in each of them. */
const text = (written: string | null) => written ?? '';

export const FORMATS: Readonly<Record<string, Format>> = {
  iso: { description: 'ISO 8601', write: (moment) => text(moment.toISO()) },
  date: { description: 'the day of ISO 8601', write: (moment) => text(moment.toISODate()) },
  time: { description: 'the time of ISO 8601', write: (moment) => text(moment.toISOTime()) },
  sql: { description: 'as databases write it', write: (moment) => text(moment.toSQL()) },
  rfc2822: { description: 'as mails write it', write: (moment) => text(moment.toRFC2822()) },
  http: { description: 'as HTTP writes it', write: (moment) => text(moment.toHTTP()) },
  unix: {
    description: 'seconds since 1970',
    write: (moment) => String(Math.floor(moment.toSeconds())),
  },
  unix_ms: { description: 'milliseconds since 1970', write: (moment) => String(moment.toMillis()) },
  long: {
    description: 'for people',
    write: (moment) => english(moment, 'EEEE, d MMMM yyyy, HH:mm ZZZZ'),
  },
  '%Y-%m-%d %H:%M:%S': {
    description: 'any other one, by the letters of strftime',
    write: (moment) => english(moment, 'yyyy-MM-dd HH:mm:ss'),
  },
};

/** @throws SpellError `TOOL_ARGUMENTS` for a format that there isn't. */
export function formatted(moment: DateTime, args: ToolArguments): string {
  const format = optionalText(args.get('format')) ?? 'iso';
  const known = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (known !== undefined) return known.write(moment);
  if (!format.includes('%')) {
    throw badArgument(
      '/format',
      `must be one of ${Object.keys(FORMATS).slice(0, -1).join(', ')}, or have letters such as %Y`,
    );
  }
  return english(moment, tokensOf(format, '/format'));
}

function english(moment: DateTime, tokens: string): string {
  return moment.setLocale('en-US').toFormat(tokens);
}

/** The letters of strftime in the words of the library. */
const TOKENS: Readonly<Record<string, string>> = {
  Y: 'yyyy',
  y: 'yy',
  m: 'MM',
  d: 'dd',
  e: 'd',
  j: 'ooo',
  H: 'HH',
  I: 'hh',
  M: 'mm',
  S: 'ss',
  L: 'SSS',
  f: 'SSS',
  p: 'a',
  A: 'EEEE',
  a: 'EEE',
  B: 'MMMM',
  b: 'MMM',
  V: 'WW',
  G: 'kkkk',
  u: 'E',
  s: 'X',
  z: 'ZZZ',
  Z: 'z',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
  R: 'HH:mm',
  D: 'MM/dd/yy',
  n: '\n',
  t: '\t',
};

/** @throws SpellError `TOOL_ARGUMENTS` for a letter that there isn't. */
export function tokensOf(format: string, pointer: string): string {
  return format
    .split(/(%[\s\S]?)/)
    .map((part) => {
      if (!part.startsWith('%')) return quoted(part);
      const letter = part.slice(1);
      if (letter === '%') return "'%'";
      const tokens = Object.hasOwn(TOKENS, letter) ? TOKENS[letter] : undefined;
      if (tokens !== undefined) return tokens;
      const known = Object.keys(TOKENS).join(' ');
      throw badArgument(
        pointer,
        `has %${letter}, which is no part of a moment`,
        `Known: ${known}.`,
      );
    })
    .join('');
}

/** Text that stands for itself. */
function quoted(part: string): string {
  return part
    .split("'")
    .map((piece) => (piece === '' ? '' : `'${piece}'`))
    .join("''");
}
