/** What the tool file-converter does. */
import { SpellError } from '../../base/errors.js';
import type { HostObject, HostValue } from '../../base/value.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { limitedBytes } from './byte-limit.js';
import type { ENCODINGS } from './encodings.js';
import { textOf } from './input.js';

type Encoding = (typeof ENCODINGS)[number];

interface Converted {
  readonly bytes: Buffer;
  readonly facts: HostObject;
}

export async function convert(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const { files } = context.machine;
  const path = textOf(args, 'path');
  const target = args.has('target_path') ? textOf(args, 'target_path') : path;
  const old = await files.read(path, limitedBytes(args, context));
  const { bytes, facts } = OPERATIONS[args.get('operation') as keyof typeof OPERATIONS](args, old);
  const changed = !bytes.equals(old);
  if (args.get('backup') === true) await keepOld(files, target);
  if (changed || target !== path) await files.write(target, bytes);
  return {
    path,
    target_path: target,
    changed,
    size_before: old.length,
    size: bytes.length,
    ...facts,
  };
}

async function keepOld(files: ToolContext['machine']['files'], target: string): Promise<void> {
  if ((await files.look(target)) === undefined) return;
  await files.write(`${target}.bak`, await files.read(target));
}

const OPERATIONS = { encoding, line_endings: lineEndings, indentation };

const MARKS: readonly (readonly [Encoding, Buffer])[] = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];

function encoding(args: ToolArguments, old: Buffer): Converted {
  const asked = (args.get('from_encoding') ?? 'auto') as Encoding | 'auto';
  const mark = MARKS.find(([, bytes]) => old.subarray(0, bytes.length).equals(bytes));
  const from = asked === 'auto' ? (mark?.[0] ?? 'utf-8') : asked;
  const to = (args.get('to_encoding') ?? 'utf-8') as Encoding;
  const rest = mark !== undefined && mark[0] === from ? old.subarray(mark[1].length) : old;
  const bytes = encode(decode(rest, from), to);
  const newMark = args.get('bom') === true ? MARKS.find(([name]) => name === to)?.[1] : undefined;
  return {
    bytes: newMark === undefined ? bytes : Buffer.concat([newMark, bytes]),
    facts: { from_encoding: from, to_encoding: to },
  };
}

function decode(bytes: Buffer, from: Encoding): string {
  if (from === 'latin1') return bytes.toString('latin1');
  if (from === 'windows-1252') return fromWindows(bytes);
  if (from === 'ascii') {
    const at = bytes.findIndex((byte) => byte > 0x7f);
    if (at === -1) return bytes.toString('latin1');
    throw unreadable(from, `byte ${at + 1} is none of ASCII`);
  }
  try {
    return new TextDecoder(from, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(from, 'some of its bytes stand for no character');
  }
}

function unreadable(from: Encoding, reason: string): SpellError {
  return new SpellError('TOOL_FAILED', `the file is not ${from}: ${reason}`, {
    hint: 'Name another from_encoding.',
    details: { from_encoding: from },
  });
}

function encode(text: string, to: Encoding): Buffer {
  switch (to) {
    case 'utf-8':
      return Buffer.from(text);
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    default:
      return encodeBytes(text, to);
  }
}

/** An encoding with a byte for each character. */
function encodeBytes(text: string, to: Encoding): Buffer {
  const limit = to === 'ascii' ? 0x7f : 0xff;
  const table = to === 'windows-1252' ? windowsBytes() : undefined;
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const byte = table?.get(code) ?? code;
    const isTaken = table !== undefined && !table.has(code) && code >= 0x80 && code < 0xa0;
    if (byte > limit || isTaken) throw unwritable(text, character, to);
    bytes.push(byte);
  }
  return Buffer.from(bytes);
}

/** Where windows-1252 differs from Latin-1: its bytes from 0x80 to 0x9f. Node's own decoder takes them for the same. */
const WINDOWS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

function fromWindows(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return text.replace(/[\x80-\x9f]/g, (character) => WINDOWS[character.charCodeAt(0) - 0x80] ?? '');
}

function windowsBytes(): ReadonlyMap<number, number> {
  return new Map(
    [...WINDOWS].map((character, index) => [character.codePointAt(0) ?? 0, 0x80 + index]),
  );
}

function unwritable(text: string, character: string, to: Encoding): SpellError {
  const line = text.slice(0, text.indexOf(character)).split('\n').length;
  return new SpellError(
    'TOOL_FAILED',
    `line ${line} has ${JSON.stringify(character)}, which ${to} has not`,
    {
      hint: 'utf-8 has every character.',
      details: { to_encoding: to, line },
    },
  );
}

const ENDS = { lf: '\n', crlf: '\r\n', cr: '\r' } as const;

/** Works on bytes, so that the encoding does not matter as long as it has ASCII in it. */
function lineEndings(args: ToolArguments, old: Buffer): Converted {
  const name = (args.get('line_ending') ?? 'lf') as keyof typeof ENDS;
  const end = ENDS[name];
  let linesChanged = 0;
  const text = withoutWide(old).replace(/\r\n|\r|\n/g, (found) => {
    if (found !== end) linesChanged += 1;
    return end;
  });
  return {
    bytes: Buffer.from(text, 'latin1'),
    facts: { line_ending: name, lines_changed: linesChanged },
  };
}

function indentation(args: ToolArguments, old: Buffer): Converted {
  const indent = (args.get('indent') ?? 'spaces') as 'spaces' | 'tabs';
  const size = Number(args.get('tab_size') ?? 4);
  let linesChanged = 0;
  const text = withoutWide(old).replace(/^[ \t]+/gm, (found) => {
    let columns = 0;
    for (const blank of found) columns += blank === '\t' ? size - (columns % size) : 1;
    const made =
      indent === 'spaces'
        ? ' '.repeat(columns)
        : '\t'.repeat(Math.floor(columns / size)) + ' '.repeat(columns % size);
    if (made !== found) linesChanged += 1;
    return made;
  });
  return { bytes: Buffer.from(text, 'latin1'), facts: { indent, lines_changed: linesChanged } };
}

/** The bytes as characters of one byte each. */
function withoutWide(bytes: Buffer): string {
  const isWide = MARKS.slice(1).some(([, mark]) => bytes.subarray(0, 2).equals(mark));
  if (!isWide) return bytes.toString('latin1');
  throw new SpellError('TOOL_FAILED', 'the file is UTF-16', {
    hint: 'Convert its encoding to utf-8 before.',
  });
}
