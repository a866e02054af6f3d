/** The format zip: written by fflate; read by its central directory, with every content checked. */
import { promisify } from 'node:util';
import { inflateRaw, type ZlibOptions } from 'node:zlib';
import { type Zippable, zip } from 'fflate';
import { type ArchiveEntry, damaged, entryName, refused } from './archive-entry.js';
import { modeOf, OWNER_RUNS, type PackedFile } from './packed-file.js';

const inflate = promisify<Uint8Array, ZlibOptions, Buffer>(inflateRaw);

const END = 0x06054b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Records of zip64, for what is larger or more than the others can say. */
const [END_64, LOCATOR_64, FIELD_64] = [0x06064b50, 0x07064b50, 0x0001];
/** What says that a number is there. */
const WIDE = 0xffffffff;
/** Type bits of a Unix mode. */
/** The system whose modes they are. */
const UNIX = 3;
const [TYPE, REGULAR, FOLDER, LINK] = [0o170000, 0o100000, 0o040000, 0o120000];

export function readZip(bytes: Buffer): ArchiveEntry[] {
  const directory = directoryOf(bytes);
  const { count } = directory;
  let { at } = directory;
  const entries: ArchiveEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== DIRECTORY) {
      throw damaged('its directory ends early');
    }
    const lengths = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths;
    const rawName = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    entries.push(entryAt(bytes, at, rawName, extra));
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** Where the entries are, and how many. */
function directoryOf(bytes: Buffer): { readonly at: number; readonly count: number } {
  const end = endRecord(bytes);
  const count = bytes.readUInt16LE(end + 10);
  const at = bytes.readUInt32LE(end + 16);
  if (at !== WIDE && count !== 0xffff) return { at, count };
  const locator = end - 20;
  if (locator < 0 || bytes.readUInt32LE(locator) !== LOCATOR_64) return { at, count };
  const wide = wideNumber(bytes, locator + 8);
  if (wide + 56 > bytes.length || bytes.readUInt32LE(wide) !== END_64) {
    throw damaged('its directory is not where it says');
  }
  return { at: wideNumber(bytes, wide + 48), count: wideNumber(bytes, wide + 32) };
}

/** @throws SpellError `TOOL_FAILED` for what is beyond every archive. */
function wideNumber(bytes: Buffer, at: number): number {
  if (at + 8 > bytes.length) throw damaged('a record of zip64 ends early');
  const number = Number(bytes.readBigUInt64LE(at));
  if (Number.isSafeInteger(number)) return number;
  throw damaged('a record of zip64 has a number that is too large');
}

/** Numbers that have no room in a record, from the field that zip64 puts behind the name. */
function widened(numbers: readonly number[], extra: Buffer): number[] {
  let field: Buffer = Buffer.alloc(0);
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== FIELD_64) continue;
    field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  }
  let next = 0;
  return numbers.map((number) => {
    if (number !== WIDE) return number;
    next += 8;
    return wideNumber(field, next - 8);
  });
}

function endRecord(bytes: Buffer): number {
  // A comment of up to 64 KB may stand behind it.
  const first = Math.max(0, bytes.length - 22 - 0xffff);
  for (let at = bytes.length - 22; at >= first; at -= 1) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  throw damaged('it has no directory of a zip archive');
}

function entryAt(bytes: Buffer, at: number, rawName: string, extra: Buffer): ArchiveEntry {
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const crc = bytes.readUInt32LE(at + 16);
  const places = [at + 24, at + 20, at + 42].map((place) => bytes.readUInt32LE(place));
  const [size = 0, packed = 0, local = 0] = widened(places, extra);
  const mode = bytes.readUInt32LE(at + 38) >>> 16;
  const type = mode & TYPE;
  const isFolder = rawName.endsWith('/') || type === FOLDER;
  if (type === LINK) throw refused(rawName, 'is a link');
  if (type !== 0 && type !== REGULAR && type !== FOLDER) throw refused(rawName, 'is no file');
  return {
    name: entryName(rawName),
    type: isFolder ? 'folder' : 'file',
    size: isFolder ? 0 : size,
    executable: !isFolder && bytes.readUInt8(at + 5) === UNIX && (mode & OWNER_RUNS) !== 0,
    modified: dosTime(bytes.readUInt16LE(at + 14), bytes.readUInt16LE(at + 12)),
    read: async () => {
      if ((flags & 1) !== 0) throw damaged(`${rawName} is encrypted`);
      const content = await contentAt(bytes, { local, packed, size, method }, rawName);
      if (crc32(content) !== crc) throw damaged(`the content of ${rawName} has another checksum`);
      return content;
    },
  };
}

interface Place {
  readonly local: number;
  readonly packed: number;
  readonly size: number;
  readonly method: number;
}

async function contentAt(
  bytes: Buffer,
  { local, packed, size, method }: Place,
  name: string,
): Promise<Buffer> {
  if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== LOCAL) {
    throw damaged(`${name} is not where the directory says`);
  }
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const data = bytes.subarray(start, start + packed);
  if (data.length !== packed) throw damaged(`${name} ends early`);
  let content = data;
  if (method === 8) {
    // No byte more than what was counted against the limits.
    content = await inflate(data, { maxOutputLength: Math.max(1, size) }).catch((cause) => {
      throw damaged(`${name}: ${(cause as Error).message}`, cause);
    });
  } else if (method !== 0) throw damaged(`${name} is packed by method ${method}`);
  if (content.length !== size) throw damaged(`${name} has not the size that the directory says`);
  return content;
}

/** Times of zip have neither a time zone nor odd seconds. */
function dosTime(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1000;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}

const [FIRST_YEAR, LAST_YEAR] = [1980, 2099];

export function writeZip(files: readonly PackedFile[]): Promise<Uint8Array> {
  const entries: Zippable = {};
  for (const file of files) {
    const { name, content, modified } = file;
    const year = new Date(modified).getFullYear();
    const mtime = year < FIRST_YEAR || year > LAST_YEAR ? Date.UTC(FIRST_YEAR, 0, 2) : modified;
    // The library takes names for fields of an object, where this one would be its prototype.
    const key = name === '__proto__' ? './__proto__' : name;
    entries[content === undefined ? `${key}/` : key] = [
      content ?? new Uint8Array(),
      { mtime, os: UNIX, attrs: modeOf(file) << 16 },
    ];
  }
  return new Promise((resolve, reject) => {
    zip(entries, { level: 6, consume: false }, (error, bytes) =>
      error === null ? resolve(bytes) : reject(error),
    );
  });
}
