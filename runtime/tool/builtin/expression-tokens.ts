/** The words that expressions consist of. */
import { SpellError } from '../../base/errors.js';

export interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'operator' | 'end';
  readonly text: string;
  readonly value?: number | string;
  /** 1-based. */
  readonly position: number;
  /** A name between backquotes, which is never a word of the language. */
  readonly quoted?: boolean;
}

const TOKENS = new RegExp(
  [
    '\\s+',
    '(?<hex>0[xX][0-9a-fA-F]+)',
    '(?<number>(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)',
    '(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)',
    '`(?<quoted>[^`]+)`',
    '"(?<double>(?:[^"\\\\]|\\\\.)*)"',
    "'(?<single>(?:[^'\\\\]|\\\\.)*)'",
    '(?<operator>\\*\\*|==|!=|<>|<=|>=|&&|\\|\\||[-+*/%^()<>=!?:,])',
  ].join('|'),
  'suy',
);

/** @throws SpellError `TOOL_FAILED` for a character that begins no word. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  const words = new RegExp(TOKENS);
  while (words.lastIndex < source.length) {
    const position = words.lastIndex + 1;
    const found = words.exec(source);
    if (found === null) throw syntaxError(`unexpected ${quote(source, position)}`, position);
    const token = tokenOf(found.groups ?? {}, position);
    if (token !== undefined) tokens.push(token);
  }
  return [...tokens, { kind: 'end', text: 'the end', position: source.length + 1 }];
}

function tokenOf(
  groups: Readonly<Record<string, string | undefined>>,
  position: number,
): Token | undefined {
  const { hex, number, name, quoted, double, single, operator } = groups;
  const digits = hex ?? number;
  if (digits !== undefined) {
    const value = Number(digits);
    if (!Number.isFinite(value)) throw syntaxError(`${digits} is too large`, position);
    return { kind: 'number', text: digits, value, position };
  }
  if (name !== undefined) return { kind: 'name', text: name, position };
  if (quoted !== undefined) return { kind: 'name', text: quoted, position, quoted: true };
  const text = double ?? single;
  if (text !== undefined) {
    return { kind: 'text', text: `"${text}"`, value: unescaped(text), position };
  }
  return operator === undefined ? undefined : { kind: 'operator', text: operator, position };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unescaped(text: string): string {
  return text.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char);
}

function quote(source: string, position: number): string {
  return JSON.stringify(String.fromCodePoint(source.codePointAt(position - 1) ?? 0));
}

export function syntaxError(problem: string, position: number): SpellError {
  return new SpellError('TOOL_FAILED', `position ${position} of the expression: ${problem}`, {
    details: { position },
  });
}
