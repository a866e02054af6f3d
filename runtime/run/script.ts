/** Script is the source of a run, with its names and its folder. */
import { isUtf8 } from 'node:buffer';
import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { SpellError } from '../base/errors.js';
import type { Chunk } from '../engine/engine.js';

export interface Script {
  readonly chunk: Chunk;
  /** What messages and `arg[0]` call it. */
  readonly name: string;
  /** Where `require` starts. */
  readonly folder: string;
}

const NEWLINE = 0x0a;
const HASH = 0x23;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Reads a script file.
 *
 * @throws SpellError `FILE_NOT_FOUND`, `FILE_FAILED`, `LUA_SYNTAX` when it is not UTF-8 text.
 */
export async function readScript(path: string): Promise<Script> {
  let source: Uint8Array;
  try {
    source = readFileSync(path);
  } catch (thrown) {
    throw unreadable(path, thrown as NodeJS.ErrnoException);
  }
  // A pipe, such as /dev/fd/63, has text but no real path.
  return scriptFromSource(source, {
    name: path,
    chunkName: `@${basename(path)}`,
    folder: dirname(realPathOr(path, resolve(path))),
  });
}

function realPathOr(path: string, otherwise: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return otherwise;
  }
}

/**
 * A script from text that is not a file, such as `--eval` or standard input.
 *
 * @throws SpellError `LUA_SYNTAX` when it is not UTF-8 text.
 */
export function scriptFromSource(
  source: Uint8Array,
  names: { readonly name: string; readonly chunkName: string; readonly folder: string },
): Script {
  checkText(source, names.name);
  return {
    chunk: { source: withoutFirstLineMark(source), name: names.chunkName },
    name: names.name,
    folder: names.folder,
  };
}

function checkText(source: Uint8Array, name: string): void {
  if (isUtf8(source)) return;
  const line = lineOfFirstBadByte(source);
  throw new SpellError('LUA_SYNTAX', 'the script is not UTF-8 text', {
    file: name,
    line,
    hint: 'Save it as UTF-8; bytes that are no text can be written as escapes such as "\\xff".',
  });
}

/** The first line that is not UTF-8 by itself: a character never spans two lines. */
function lineOfFirstBadByte(source: Uint8Array): number {
  let line = 1;
  for (let start = 0; ; line += 1) {
    const end = source.indexOf(NEWLINE, start);
    const isLast = end === -1;
    if (isLast || !isUtf8(source.subarray(start, end))) return line;
    start = end + 1;
  }
}

/** Drops a byte order mark and empties a `#!` line, so that lines keep their numbers. */
function withoutFirstLineMark(source: Uint8Array): Uint8Array {
  const marked = BYTE_ORDER_MARK.every((byte, index) => source[index] === byte);
  const text = marked ? source.subarray(BYTE_ORDER_MARK.length) : source;
  if (text[0] !== HASH) return text;
  const end = text.indexOf(NEWLINE);
  return end === -1 ? new Uint8Array() : text.subarray(end);
}

function unreadable(path: string, cause: NodeJS.ErrnoException): SpellError {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    return new SpellError('FILE_NOT_FOUND', `there is no script ${path}`, { cause });
  }
  const reason = cause.code === 'EISDIR' ? 'it is a folder' : cause.message;
  return new SpellError('FILE_FAILED', `cannot read the script ${path}: ${reason}`, { cause });
}
