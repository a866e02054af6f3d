/** The format tar: ustar with the records of pax, and the long names of GNU. */
import { type ArchiveEntry, damaged, entryName, refused } from './archive-entry.js';
import { modeOf, OWNER_RUNS, type PackedFile } from './packed-file.js';

const BLOCK = 512;

interface Extras {
  readonly path?: string;
  readonly size?: number;
  readonly mtime?: number;
}

export function readTar(bytes: Buffer): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  let extras: Extras = {};
  let at = 0;
  for (;;) {
    if (at === bytes.length && entries.length > 0) return entries;
    const header = bytes.subarray(at, at + BLOCK);
    if (header.length < BLOCK) throw damaged('it ends early');
    if (header.every((byte) => byte === 0)) return entries;
    if (checksum(header) !== octal(header, 148, 8)) throw damaged('a header has another checksum');
    const size = extras.size ?? octal(header, 124, 12);
    const content = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (content.length !== size) throw damaged('it ends early');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] as number);
    if (type === 'x') extras = { ...extras, ...paxRecords(content) };
    else if (type === 'L') extras = { ...extras, path: cString(content, 0, size) };
    else if (type !== 'g') {
      entries.push(entryOf(header, type, content, extras));
      extras = {};
    }
  }
}

function entryOf(header: Buffer, flag: string, content: Buffer, extras: Extras): ArchiveEntry {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? cString(header, 345, 155) : '';
  const name = cString(header, 0, 100);
  const path = extras.path ?? (prefix === '' ? name : `${prefix}/${name}`);
  if (flag === '1' || flag === '2' || flag === 'K') throw refused(path, 'is a link');
  const isFolder = flag === '5' || (path.endsWith('/') && (flag === '0' || flag === '\0'));
  if (!isFolder && flag !== '0' && flag !== '\0' && flag !== '7') {
    throw refused(path, 'is neither a file nor a folder');
  }
  return {
    name: entryName(path),
    type: isFolder ? 'folder' : 'file',
    size: isFolder ? 0 : content.length,
    modified: Math.floor(extras.mtime ?? octal(header, 136, 12)),
    executable: !isFolder && (octal(header, 100, 8) & OWNER_RUNS) !== 0,
    read: async () => content,
  };
}

/** Sum of the bytes of a header, with blanks in the place of the sum itself. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  return sum;
}

function octal(header: Buffer, at: number, length: number): number {
  // GNU writes large numbers as bytes, the first of which has its highest bit set.
  if (((header[at] as number) & 0x80) !== 0) {
    let value = (header[at] as number) & 0x7f;
    for (let index = 1; index < length; index += 1)
      value = value * 256 + (header[at + index] as number);
    if (Number.isSafeInteger(value)) return value;
    throw damaged('a header has a number that is too large');
  }
  const digits = cString(header, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged('a header has no number where one belongs');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function cString(bytes: Buffer, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? field.length : end);
}

/** Lines such as `27 path=a/long/name`, with their own length in front. */
function paxRecords(content: Buffer): Extras {
  let extras: Extras = {};
  for (let at = 0; at < content.length; ) {
    const blank = content.indexOf(0x20, at);
    const digits = content.toString('latin1', at, blank);
    const length = /^\d{1,15}$/.test(digits) ? Number(digits) : 0;
    if (blank === -1 || length <= blank - at || at + length > content.length) {
      throw damaged('a record of pax has no length');
    }
    const text = content.toString('utf8', blank + 1, at + length - 1);
    const equals = text.indexOf('=');
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    if (key === 'path') extras = { ...extras, path: value };
    if (key === 'mtime') extras = { ...extras, mtime: Number(value) || 0 };
    if (key === 'size') {
      const size = Number(value);
      if (!Number.isSafeInteger(size) || size < 0) throw damaged('a record of pax has no size');
      extras = { ...extras, size };
    }
    at += length;
  }
  return extras;
}

/** The most that a header has room for. */
const MAX_NAME = 100;
const MAX_SIZE = 8 ** 11;

export function writeTar(files: readonly PackedFile[]): Buffer {
  const blocks: Buffer[] = [];
  for (const file of files) {
    const { name, content, modified } = file;
    const path = content === undefined ? `${name}/` : name;
    const size = content?.length ?? 0;
    const records = [
      ...(Buffer.byteLength(path) > MAX_NAME ? [paxRecord('path', path)] : []),
      ...(size >= MAX_SIZE ? [paxRecord('size', String(size))] : []),
    ].join('');
    if (records !== '') {
      const pax = { name: 'pax', content: Buffer.from(records), modified, executable: false };
      addBlocks(blocks, pax, 'pax', 'x');
    }
    addBlocks(blocks, file, path, content === undefined ? '5' : '0');
  }
  blocks.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(blocks);
}

function addBlocks(blocks: Buffer[], file: PackedFile, path: string, flag: string): void {
  const { content = Buffer.alloc(0), modified } = file;
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, MAX_NAME);
  const numbers: readonly [number, number, number][] = [
    [modeOf(file), 100, 8],
    [0, 108, 8],
    [0, 116, 8],
    [content.length < MAX_SIZE ? content.length : 0, 124, 12],
    [Math.max(0, Math.floor(modified / 1000)), 136, 12],
  ];
  for (const [value, at, length] of numbers) {
    header.write(value.toString(8).padStart(length - 1, '0'), at, length - 1);
  }
  header.write(flag, 156);
  header.write('ustar\x0000', 257);
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  const rest = (BLOCK - (content.length % BLOCK)) % BLOCK;
  blocks.push(header, content, Buffer.alloc(rest));
}

function paxRecord(key: string, value: string): string {
  const text = ` ${key}=${value}\n`;
  const bare = Buffer.byteLength(text);
  let length = bare + String(bare).length;
  if (bare + String(length).length !== length) length = bare + String(length).length;
  return `${length}${text}`;
}
