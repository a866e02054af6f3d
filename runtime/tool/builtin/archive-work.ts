/** What the tool archive-handler does. */
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip, type ZlibOptions } from 'node:zlib';
import { SpellError } from '../../base/errors.js';
import type { HostValue, Value } from '../../base/value.js';
import { fileError, tooLarge } from '../file-access.js';
import { type Folder, systemError } from '../folder.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { makeFolders, walk } from '../tree.js';
import {
  type ArchiveEntry,
  type ArchiveLimits,
  ArchiveMeter,
  damaged,
  entryName,
  tooMuch,
} from './archive-entry.js';
import type { FORMATS } from './archive-formats.js';
import { readTar, writeTar } from './archive-tar.js';
import { limitedBytes } from './byte-limit.js';
import { badArgument, textOf } from './input.js';
import { OWNER_RUNS, type PackedFile } from './packed-file.js';

const unpackGzip = promisify<Uint8Array, ZlibOptions, Buffer>(gunzip);
const packGzip = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);

const DEFAULT_MAX_FILES = 10_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
const DEFAULT_MAX_RATIO = 200;

type Format = (typeof FORMATS)[number];

const OPERATIONS = { create, extract, list };

export function handleArchive(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  return OPERATIONS[args.get('operation') as keyof typeof OPERATIONS](args, context);
}

function limitsOf(args: ToolArguments, context: ToolContext): ArchiveLimits {
  return {
    maxFiles: Number(args.get('max_files') ?? DEFAULT_MAX_FILES),
    maxBytes: limitedBytes(args, context, DEFAULT_MAX_BYTES),
    maxRatio: Number(args.get('max_ratio') ?? DEFAULT_MAX_RATIO),
  };
}

function formatOf(args: ToolArguments, path: string): Format {
  const asked = args.get('format');
  if (asked !== undefined) return asked as Format;
  if (/\.zip$/i.test(path)) return 'zip';
  if (/\.(tar\.gz|tgz)$/i.test(path)) return 'tar.gz';
  if (/\.tar$/i.test(path)) return 'tar';
  if (/\.gz$/i.test(path)) return 'gz';
  throw badArgument('/format', 'is needed, since the name of the archive does not tell it');
}

interface Archive {
  readonly format: Format;
  readonly entries: readonly ArchiveEntry[];
  readonly bytes: number;
}

/** Reads an archive and holds all of it against the limits, before anything is unpacked. */
async function open(args: ToolArguments, context: ToolContext): Promise<Archive> {
  const path = textOf(args, 'path');
  const format = formatOf(args, path);
  const limits = limitsOf(args, context);
  const packed = await context.machine.files.read(path, limits.maxBytes);
  const entries = await entriesOf(format, packed, path, limits);
  const meter = new ArchiveMeter(limits, packed.length);
  const names = new Set<string>();
  for (const { name, size, type } of entries) {
    meter.add(size);
    if (type === 'file' && (name === '' || names.has(name))) {
      throw damaged(`it has ${name === '' ? 'a file without a name' : `${name} twice`}`);
    }
    names.add(name);
  }
  return { format, entries, bytes: meter.bytes };
}

async function entriesOf(
  format: Format,
  packed: Buffer,
  path: string,
  limits: ArchiveLimits,
): Promise<readonly ArchiveEntry[]> {
  if (format === 'zip') return (await import('./archive-zip.js')).readZip(packed);
  if (format === 'tar') return readTar(packed);
  const plain = await unpacked(packed, limits);
  if (format === 'tar.gz') return readTar(plain);
  const name = basename(path).replace(/\.gz$/i, '');
  const modified = packed.readUInt32LE(4) || undefined;
  return [
    {
      name: entryName(name),
      type: 'file',
      size: plain.length,
      modified,
      executable: false,
      read: async () => plain,
    },
  ];
}

async function unpacked(packed: Buffer, limits: ArchiveLimits): Promise<Buffer> {
  const { room } = new ArchiveMeter(limits, packed.length);
  try {
    return await unpackGzip(packed, { maxOutputLength: room });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw damaged((thrown as Error).message, thrown);
    }
    const isTotal = room === limits.maxBytes;
    throw isTotal
      ? tooMuch('max_bytes', limits.maxBytes, `${limits.maxBytes} bytes`)
      : tooMuch('max_ratio', limits.maxRatio, `${limits.maxRatio} times its size`);
  }
}

async function list(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const { format, entries, bytes } = await open(args, context);
  return {
    format,
    files: entries.map(({ name, type, size, modified }) => ({ name, type, size, modified })),
    file_count: entries.filter(({ type }) => type === 'file').length,
    total_size: bytes,
  };
}

async function extract(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const target = textOf(args, 'target_path');
  const overwrite = args.get('overwrite') === true;
  const { files } = context.machine;
  // Where nothing may be written, nothing is read either.
  await files.resolve(target, 'write');
  const { format, entries, bytes } = await open(args, context);
  await makeTarget(target, context);
  const extracted: string[] = [];
  await files.folder(target, 'write', async (top) => {
    if (!overwrite) await refuseExisting(top, entries);
    for (const entry of entries) {
      context.signal.throwIfAborted();
      const steps = entry.name.split('/').filter(Boolean);
      const above = entry.type === 'file' ? steps.slice(0, -1) : steps;
      const folder = await makeFolders(top, above).catch((thrown) => {
        throw fileError(`${target}/${entry.name}`, thrown);
      });
      try {
        const name = steps.at(-1);
        if (entry.type === 'folder' || name === undefined) continue;
        await requireWritable(context, `${folder.path}/${name}`);
        const content = await entry.read();
        if ((await folder.look(name))?.isDirectory())
          throw fileError(entry.name, systemError('EISDIR', entry.name));
        const mode = entry.executable ? 0o755 : undefined;
        await files.replace({ folder, name }, (file) => file.writeFile(content), mode);
        extracted.push(entry.name);
      } finally {
        if (folder !== top) await folder.close();
      }
    }
  });
  return {
    format,
    output_dir: target,
    extracted_files: extracted.length,
    total_size: bytes,
    files: extracted,
  };
}

/** An archive may hold a file that decides what is open to scripts. */
async function requireWritable({ machine }: ToolContext, path: string): Promise<void> {
  await machine.files.resolve(path, 'write', true);
}

async function makeTarget(target: string, { machine }: ToolContext): Promise<void> {
  const { files } = machine;
  const stats = await files.look(target, 'write');
  if (stats?.isDirectory()) return;
  if (stats !== undefined) throw fileError(target, systemError('ENOTDIR', target));
  await files.at(target, 'write', async ({ folder, name }) => {
    await (await makeFolders(folder, [name])).close();
  });
}

async function refuseExisting(top: Folder, entries: readonly ArchiveEntry[]): Promise<void> {
  for (const { name, type } of entries) {
    if (type === 'folder' || !(await exists(top, name.split('/')))) continue;
    throw new SpellError('FILE_FAILED', `${name} exists in the target folder`, {
      hint: 'Give overwrite = true to replace files; nothing was unpacked.',
      details: { errno: 'EEXIST', entry: name },
    });
  }
}

async function exists(folder: Folder, [first = '', ...rest]: readonly string[]): Promise<boolean> {
  const stats = await folder.look(first);
  if (stats === undefined || rest.length === 0) return stats !== undefined;
  if (!stats.isDirectory()) return true;
  await using inner = await folder.folder(first);
  return await exists(inner, rest);
}

async function create(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const path = textOf(args, 'path');
  const format = formatOf(args, path);
  const { files } = context.machine;
  if (args.get('overwrite') !== true && (await files.look(path, 'write')) !== undefined) {
    throw new SpellError('FILE_FAILED', `${path} exists`, {
      hint: 'Give overwrite = true to replace it.',
      details: { errno: 'EEXIST' },
    });
  }
  const packed = await gather(inputsOf(args.get('input')), args, context);
  const archive = await pack(format, packed);
  await files.write(path, archive);
  const contents = packed.flatMap(({ content }) => (content === undefined ? [] : [content.length]));
  return {
    archive_path: path,
    format,
    archived_files: contents.length,
    total_size: contents.reduce((sum, size) => sum + size, 0),
    size: archive.length,
  };
}

function inputsOf(value: Value): readonly string[] {
  const inputs = typeof value === 'string' ? [value] : (value as readonly Value[]);
  return inputs.map((input, index) => {
    if (typeof input === 'string') return input;
    throw badArgument(`/input/${index}`, 'must be text in UTF-8');
  });
}

async function pack(format: Format, packed: readonly PackedFile[]): Promise<Uint8Array> {
  if (format === 'zip') return (await import('./archive-zip.js')).writeZip(packed);
  if (format === 'tar') return writeTar(packed);
  if (format === 'tar.gz') return packGzip(writeTar(packed), {});
  const [only, ...more] = packed;
  if (only?.content !== undefined && more.length === 0) return packGzip(only.content, {});
  throw badArgument('/input', 'must be a single file for the format gz');
}

/** The files, with their contents; links and what is no file are left out. */
async function gather(
  inputs: readonly string[],
  args: ToolArguments,
  context: ToolContext,
): Promise<readonly PackedFile[]> {
  const { files } = context.machine;
  const { maxFiles, maxBytes } = limitsOf(args, context);
  const packed: PackedFile[] = [];
  const names = new Set<string>();
  let bytes = 0;
  const add = async (folder: Folder, name: string, path: string) => {
    if (packed.length >= maxFiles) throw tooMuch('max_files', maxFiles, `${maxFiles} entries`);
    if (names.has(path)) throw badArgument('/input', `names ${path} twice`);
    names.add(path);
    const stats = await folder.look(name);
    if (stats === undefined || stats.isSymbolicLink()) return;
    const facts = {
      name: path,
      modified: stats.mtimeMs,
      executable: (stats.mode & OWNER_RUNS) !== 0,
    };
    if (stats.isDirectory()) return void packed.push({ ...facts, content: undefined });
    if (!stats.isFile()) return;
    if (bytes + stats.size > maxBytes) throw tooLarge('what is packed', maxBytes);
    await using file = await folder.file(name);
    const content = await file.readFile();
    bytes += content.length;
    packed.push({ ...facts, content });
  };
  for (const input of inputs) {
    await files.at(input, 'read', async ({ folder, name, path: real }) => {
      const stats = await folder.look(name);
      if (stats === undefined) throw systemError('ENOENT', real);
      await add(folder, name, name);
      if (!stats.isDirectory()) return;
      await using inner = await folder.folder(name);
      for await (const entry of walk(inner, { signal: context.signal })) {
        await add(entry.folder, entry.name, `${name}/${entry.path}`);
      }
    });
  }
  return packed;
}
