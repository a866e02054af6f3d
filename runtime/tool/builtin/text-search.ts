/** Looks for texts and patterns in a text. */
import { SpellError } from '../../base/errors.js';
import { type Match, type Pattern, patternEngine } from '../pattern.js';
import { badArgument, MAX_TEXT } from './input.js';

/** The `options` of the text manipulator. */
export type TextOptions = Readonly<{
  from?: string;
  to?: string;
  regex?: boolean;
  ignore_case?: boolean;
  limit?: number;
  start?: number;
  end?: number;
  delimiter?: string;
  max_length?: number;
  suffix?: string;
  spaces?: number;
  width?: number;
}>;

/** The most places that one call deals with. */
const MAX_MATCHES = 1_000_000;

export async function replace(text: string, options: TextOptions): Promise<string> {
  const { to = '', regex = false } = options;
  const pieces: string[] = [];
  let end = 0;
  let length = 0;
  const add = (piece: string) => {
    length += piece.length;
    if (length > 2 * MAX_TEXT) throw tooLarge();
    pieces.push(piece);
  };
  for (const match of await matchesOf(text, options)) {
    add(text.slice(end, match.start));
    add(regex ? filled(to, match) : to);
    end = match.end;
  }
  add(text.slice(end));
  return pieces.join('');
}

export async function extract(text: string, options: TextOptions): Promise<string[]> {
  const matches = await matchesOf(text, { ...options, regex: true });
  return matches.map(({ text: found, groups }) => groups[0] ?? found);
}

export async function split(text: string, options: TextOptions): Promise<string[]> {
  const { delimiter = ' ' } = options;
  if (delimiter === '') return [...text];
  const parts: string[] = [];
  let end = 0;
  for (const match of await matchesOf(text, { ...options, from: delimiter })) {
    parts.push(text.slice(end, match.start));
    end = match.end;
  }
  return [...parts, text.slice(end)];
}

/** The places in order, at most `limit`. */
async function matchesOf(text: string, options: TextOptions): Promise<Match[]> {
  const { limit = MAX_MATCHES + 1 } = options;
  const pattern = await patternOf(options);
  const matches: Match[] = [];
  if (limit === 0) return matches;
  for (const match of pattern.matches(text)) {
    if (matches.length === MAX_MATCHES) throw tooLarge();
    matches.push(match);
    if (matches.length === limit) break;
  }
  return matches;
}

async function patternOf({ from = '', regex, ignore_case }: TextOptions): Promise<Pattern> {
  if (regex !== true && ignore_case !== true) return literal(from);
  const engine = await patternEngine();
  const source = regex === true ? from : from.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  try {
    return engine.compile(source, { ignoreCase: ignore_case });
  } catch (error) {
    if (!(error instanceof SpellError) || error.code !== 'BAD_ARGUMENT') throw error;
    throw badArgument('/options', error.message, error.hint);
  }
}

/** A text, looked for without an engine. */
function literal(wanted: string): Pattern {
  return {
    test: (text) => text.includes(wanted),
    matches: function* (text) {
      for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
        yield { text: wanted, start: at, end: at + wanted.length, groups: [] };
      }
    },
  };
}

/** `$0` is the whole match, `$1` its first group, `$$` a dollar. */
function filled(to: string, { text, groups }: Match): string {
  return to.replace(/\$(\$|\d{1,2})/g, (_, what: string) => {
    if (what === '$') return '$';
    return what === '0' ? text : (groups[Number(what) - 1] ?? '');
  });
}

function tooLarge(): SpellError {
  return new SpellError('TOO_LARGE', 'the result gets too large', {
    details: { max_characters: 2 * MAX_TEXT, max_matches: MAX_MATCHES },
  });
}
