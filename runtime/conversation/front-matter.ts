/**
 * Front matter is what a text file says of itself before its text, between two lines of `---`: TOML, or lines of
 * `key: value` where they are that simple.
 */
import { parseToml } from '../../config/toml.js';
import { SpellError } from '../base/errors.js';

export interface FrontMatter {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** The line of the file that the body begins in. */
  readonly bodyLine: number;
  /** The line of a key. */
  lineOf(key: string): number | undefined;
}

const FENCE = /^---[ \t]*$/;

/** @throws SpellError `CONFIG` with file and line. */
export async function readFrontMatter(file: string, given: string): Promise<FrontMatter> {
  const text = given.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  const lines = text.split('\n');
  if (!FENCE.test(lines[0] ?? '')) {
    return { fields: {}, body: text.trimEnd(), bodyLine: 1, lineOf: () => undefined };
  }
  const end = lines.findIndex((line, index) => index > 0 && FENCE.test(line));
  if (end === -1) {
    throw fault(file, 1, 'the front matter has no end', 'Close it with a line of ---.');
  }
  const head = lines.slice(1, end);
  const rest = lines.slice(end + 1);
  const blank = rest.findIndex((line) => line.trim() !== '');
  const skipped = blank === -1 ? rest.length : blank;
  const body = rest.slice(skipped).join('\n').trimEnd();
  const bodyLine = end + 2 + skipped;
  const first = head.find((line) => line.trim() !== '' && !/^\s*#/.test(line)) ?? '';
  if (/^[A-Za-z_][\w-]*\s*:/.test(first)) {
    const { fields, lineOf } = simpleFields(file, head);
    return { fields, body, bodyLine, lineOf };
  }
  // A line in front, so that lines of the text are lines of the file.
  const { table, locate } = await parseToml(file, `\n${head.join('\n')}\n`);
  const lineOf = (key: string) => locate(key.split('.'))?.line;
  return { fields: table, body, bodyLine, lineOf };
}

type Fields = Record<string, unknown>;

/** `key: value` on each line; a key without a value has the lines below it that are indented. */
function simpleFields(file: string, lines: readonly string[]) {
  const fields: Fields = {};
  const places = new Map<string, number>();
  let inner: { name: string; fields: Fields } | undefined;
  for (const [index, line] of lines.entries()) {
    const number = index + 2;
    if (line.trim() === '' || /^\s*#/.test(line)) continue;
    const [, indent = '', key = '', value = ''] =
      /^(\s*)([A-Za-z_][\w-]*)\s*:(?:\s+(.*))?$/.exec(line) ?? [];
    if (key === '') {
      const hint =
        'For lists over several lines, long texts and deeper tables write TOML: key = value.';
      throw fault(file, number, `a line of "key: value" expected: ${line.trim()}`, hint);
    }
    if (indent !== '' && inner === undefined) {
      throw fault(file, number, `"${key}" is indented, and belongs to nothing`);
    }
    if (indent === '') inner = undefined;
    const target: Fields = inner?.fields ?? fields;
    const name = inner === undefined ? key : `${inner.name}.${key}`;
    if (Object.hasOwn(target, key)) throw fault(file, number, `"${name}" is there twice`);
    places.set(name, number);
    if (indent === '' && value.trim() === '') {
      inner = { name: key, fields: {} };
      fields[key] = inner.fields;
    } else {
      target[key] = simpleValue(file, number, value.trim());
    }
  }
  return { fields, lineOf: (key: string) => places.get(key) };
}

function simpleValue(file: string, line: number, value: string): unknown {
  if (value.startsWith('[')) {
    if (!value.endsWith(']')) throw fault(file, line, 'the list has no end', 'Close it with ].');
    const inside = value.slice(1, -1).trim();
    return inside === ''
      ? []
      : inside.split(',').map((item) => simpleValue(file, line, item.trim()));
  }
  const quote = value[0];
  if (quote === '"' || quote === "'") {
    if (value.length > 1 && value.endsWith(quote)) return value.slice(1, -1);
    throw fault(file, line, 'the text has no end', `Close it with ${quote}.`);
  }
  if (/^[|>{&*!]/.test(value)) {
    throw fault(file, line, `"${value[0]}" is more than simple lines`, 'Write TOML: key = value.');
  }
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}

function fault(file: string, line: number, message: string, hint?: string): SpellError {
  return new SpellError('CONFIG', message, { file, line, hint });
}
