import { readFile } from 'node:fs/promises';
import { SpellError } from '../runtime/base/errors.js';
import { textBeforeFault, utf8Text } from '../runtime/base/utf8.js';
import { keyLocator, type Location } from './key-location.js';
import type { KeyPath, Table } from './key-path.js';

/** TomlFile is a TOML file that was read: its tables as plain data, and where each key stands. */
export interface TomlFile {
  readonly path: string;
  readonly table: Table;
  locate(path: KeyPath): Location | undefined;
}

/**
 * Reads a TOML file. Integers beyond 2^53 become floats, dates become ISO text.
 *
 * @throws SpellError `CONFIG` with file, line and column.
 */
export async function readToml(path: string): Promise<TomlFile> {
  return parseToml(path, decode(path, await readBytes(path)));
}

/** The same for a text that stands in a file. */
export async function parseToml(path: string, text: string): Promise<TomlFile> {
  const { default: toml } = await import('@iarna/toml');
  let parsed: unknown;
  try {
    parsed = toml.parse(text);
  } catch (error) {
    throw syntaxError(path, error);
  }
  return { path, table: plainTable(parsed as object), locate: keyLocator(text) };
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw new SpellError('CONFIG', `the configuration file ${path} ${readFault(code)}`, {
      file: path,
      hint: readHint(code),
      cause,
    });
  }
}

function readFault(code: string): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder, expected a file';
  if (code === 'EACCES' || code === 'EPERM') return 'can not be read: permission denied';
  return `can not be read (${code})`;
}

function readHint(code: string): string {
  if (code === 'EISDIR') return 'Name the file in the folder, such as llmspell.toml.';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'Check the path for a typing mistake.';
  return 'Check who may read the file.';
}

function decode(file: string, bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  if (text !== undefined) return text.replace(/^\ufeff/, '');
  const before = textBeforeFault(bytes);
  throw new SpellError('CONFIG', 'the configuration file is not text in UTF-8', {
    file,
    line: before.split('\n').length,
    column: before.length - before.lastIndexOf('\n'),
    hint: 'Save the file as UTF-8.',
  });
}

/** The parser counts from 0 and puts a drawing of the place behind its first sentence. */
function syntaxError(file: string, error: unknown): SpellError {
  const { line, col, message } = error as { line?: number; col?: number; message: string };
  const reason = message.split(/ at row \d+/)[0] ?? message;
  return new SpellError('CONFIG', `TOML syntax: ${reason}`, {
    file,
    line: line === undefined ? undefined : line + 1,
    column: col === undefined ? undefined : col + 1,
    hint: 'Every line is a [table], a key = value or a # comment; texts are in quotes.',
    cause: error,
  });
}

function plainTable(table: object): Table {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'object' && value !== null ? plainTable(value) : value;
}
