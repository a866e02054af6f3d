/** What the tool file-operations does. */
import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, rename } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { SpellError } from '../../base/errors.js';
import type { HostObject, HostValue } from '../../base/value.js';
import { type Entry, fileError, tooLarge } from '../file-access.js';
import { type Folder, systemError } from '../folder.js';
import type { ToolArguments, ToolContext } from '../tool.js';
import { type EntryType, removeTree, typeOf, walk } from '../tree.js';
import { limitedBytes } from './byte-limit.js';
import { bytesOf, stringValue, textOf } from './input.js';

/** Entries that one call lists or copies. */
const MAX_ENTRIES = 10_000;

interface Work {
  readonly args: ToolArguments;
  readonly context: ToolContext;
  readonly recursive: boolean;
  readonly overwrite: boolean;
  readonly maxBytes: number;
}

type Operation = (work: Work) => Promise<HostValue>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  read,
  write: (work) => write(work, false),
  append: (work) => write(work, true),
  delete: remove,
  create_dir: createFolder,
  list_dir: list,
  copy,
  move,
  metadata,
  exists,
};

export function operate(args: ToolArguments, context: ToolContext): Promise<HostValue> {
  const operation = OPERATIONS[args.get('operation') as string] as Operation;
  return operation({
    args,
    context,
    recursive: args.get('recursive') === true,
    overwrite: args.get('overwrite') === true,
    maxBytes: limitedBytes(args, context),
  });
}

async function read({ args, context, maxBytes }: Work): Promise<HostValue> {
  const path = textOf(args, 'path');
  const bytes = await context.machine.files.read(path, maxBytes);
  return { path, content: stringValue(bytes), size: bytes.length };
}

async function write({ args, context }: Work, append: boolean): Promise<HostValue> {
  const path = textOf(args, 'path');
  const bytes = bytesOf(args, 'input');
  const { maxBytes = Number.POSITIVE_INFINITY } = context.limit;
  if (bytes.length > maxBytes) throw tooLarge('the input', maxBytes);
  await context.machine.files.write(path, bytes, { append });
  return { path, bytes_written: bytes.length };
}

async function remove({ args, context, recursive }: Work): Promise<HostValue> {
  const path = textOf(args, 'path');
  const deleted = await context.machine.files.entry(path, async ({ folder, name, path: real }) => {
    const stats = await folder.look(name);
    if (stats === undefined) throw systemError('ENOENT', real);
    if (!stats.isDirectory() || recursive) return removeTree(folder, name, context.signal);
    await using inner = await folder.folder(name);
    if ((await inner.entries()).length === 0) return removeTree(folder, name, context.signal);
    throw new SpellError('FILE_FAILED', `${path} is a folder that is not empty`, {
      hint: 'Give recursive = true to delete it with all that is in it.',
      file: real,
    });
  });
  return { path, deleted };
}

async function createFolder({ args, context, recursive }: Work): Promise<HostValue> {
  const path = textOf(args, 'path');
  const { files } = context.machine;
  const real = await files.resolve(path, 'write');
  const missing: string[] = [real];
  // The folders above are judged as well: each of them is made on its own.
  while (recursive && (await existing(files, dirname(missing[0] as string))) === undefined) {
    missing.unshift(dirname(missing[0] as string));
  }
  const isThere = await files.look(path, 'write');
  if (isThere?.isDirectory()) return { path, created: false };
  for (const folder of missing) {
    await files.at(folder, 'write', (entry) => mkdir(entry.folder.at(entry.name)));
  }
  return { path, created: true };
}

/** A folder above may be closed: then it is not ours to make. */
async function existing(
  files: ToolContext['machine']['files'],
  path: string,
): Promise<Stats | true | undefined> {
  try {
    return await files.look(path, 'write');
  } catch (thrown) {
    if (thrown instanceof SpellError && thrown.code === 'POLICY_DENIED') return true;
    throw thrown;
  }
}

async function list({ args, context, recursive }: Work): Promise<HostValue> {
  const path = textOf(args, 'path');
  const entries: HostObject[] = [];
  let truncated = false;
  await context.machine.files.folder(path, 'read', async (folder) => {
    for await (const entry of walk(folder, { signal: context.signal, recursive })) {
      truncated = entries.length >= MAX_ENTRIES;
      if (truncated) return;
      const stats = await entry.folder.look(entry.name);
      if (stats === undefined) continue;
      entries.push({ name: entry.name, path: entry.path, ...factsOf(stats) });
    }
  });
  return { path, entries, count: entries.length, truncated };
}

function factsOf(stats: Stats): {
  type: EntryType;
  size: number;
  modified: number;
} {
  return {
    type: typeOf(stats),
    size: stats.size,
    modified: Math.floor(stats.mtimeMs / 1000),
  };
}

async function metadata({ args, context }: Work): Promise<HostValue> {
  const path = textOf(args, 'path');
  const stats = await context.machine.files.look(path);
  if (stats === undefined) throw fileError(path, systemError('ENOENT', path));
  return {
    path,
    ...factsOf(stats),
    created: Math.floor(stats.birthtimeMs / 1000),
    accessed: Math.floor(stats.atimeMs / 1000),
    mode: (stats.mode & 0o7777).toString(8).padStart(4, '0'),
    readonly: (stats.mode & 0o222) === 0,
  };
}

async function exists({ args, context }: Work): Promise<HostValue> {
  const path = textOf(args, 'path');
  const stats = await context.machine.files.look(path);
  return {
    path,
    exists: stats !== undefined,
    ...(stats === undefined ? {} : { type: typeOf(stats) }),
  };
}

async function move({ args, context, overwrite }: Work): Promise<HostValue> {
  const [source, target] = [textOf(args, 'source_path'), textOf(args, 'target_path')];
  const { files } = context.machine;
  await files.entry(source, (from) =>
    files.entry(target, async (to) => {
      await refuseReplacing(to, overwrite);
      await rename(from.folder.at(from.name), to.folder.at(to.name));
    }),
  );
  return { source_path: source, target_path: target };
}

async function refuseReplacing({ folder, name, path }: Entry, overwrite: boolean): Promise<void> {
  const stats = await folder.look(name);
  if (stats === undefined || (overwrite && !stats.isDirectory())) return;
  throw new SpellError('FILE_FAILED', `${path} exists`, {
    file: path,
    hint: stats.isDirectory()
      ? 'Folders are not replaced: delete it before, or choose another place.'
      : 'Give overwrite = true to replace it.',
    details: { errno: 'EEXIST' },
  });
}

async function copy({ args, context, recursive, overwrite, maxBytes }: Work): Promise<HostValue> {
  const [source, target] = [textOf(args, 'source_path'), textOf(args, 'target_path')];
  const { files } = context.machine;
  const stats = await files.look(source);
  if (stats === undefined) throw fileError(source, systemError('ENOENT', source));
  const copied = { files: 0, bytes: 0, skipped: 0 };
  const copyFile = async (from: Folder, name: string, to: Pick<Entry, 'folder' | 'name'>) => {
    await using file = await from.file(name);
    const { mode } = await file.stat();
    await files.replace(to, (next) => pour(file, next, copied, source, maxBytes, context), mode);
    copied.files += 1;
  };
  if (!stats.isDirectory()) {
    await files.at(source, 'read', (from) =>
      files.at(target, 'write', async (to) => {
        await refuseReplacing(to, overwrite);
        await copyFile(from.folder, from.name, to);
      }),
    );
    return { source_path: source, target_path: target, files: 1, bytes: copied.bytes };
  }
  if (!recursive) {
    throw new SpellError('FILE_FAILED', `${source} is a folder`, {
      hint: 'Give recursive = true to copy it with all that is in it.',
      file: source,
    });
  }
  await refuseNested(files, source, target);
  await files.folder(source, 'read', (from) =>
    files.at(target, 'write', async (to) => {
      await refuseReplacing(to, false);
      await mkdir(to.folder.at(to.name));
      await using top = await to.folder.folder(to.name);
      let entries = 0;
      for await (const entry of walk(from, { signal: context.signal })) {
        entries += 1;
        if (entries > MAX_ENTRIES) {
          throw new SpellError('TOO_LARGE', `${source} has more than ${MAX_ENTRIES} entries`);
        }
        await using parent = await parentOf(top, entry.path);
        if (entry.type === 'folder') await mkdir(parent.folder.at(entry.name));
        else if (entry.type === 'file') {
          await copyFile(entry.folder, entry.name, { folder: parent.folder, name: entry.name });
        } else copied.skipped += 1;
      }
    }),
  );
  return {
    source_path: source,
    target_path: target,
    files: copied.files,
    bytes: copied.bytes,
    skipped: copied.skipped,
  };
}

async function refuseNested(
  files: ToolContext['machine']['files'],
  source: string,
  target: string,
): Promise<void> {
  const way = relative(await files.resolve(source, 'read'), await files.resolve(target, 'write'));
  if (way === '..' || way.startsWith(`..${sep}`)) return;
  throw new SpellError('FILE_FAILED', `${target} is within ${source}`, {
    hint: 'A folder cannot be copied into itself.',
  });
}

/** The folder around a path below another one, to be closed when it is not that one itself. */
async function parentOf(
  top: Folder,
  path: string,
): Promise<{ readonly folder: Folder; [Symbol.asyncDispose](): Promise<void> }> {
  let folder = top;
  for (const step of dirname(path).split(sep)) {
    if (step === '.') continue;
    const next = await folder.folder(step);
    if (folder !== top) await folder.close();
    folder = next;
  }
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      if (folder !== top) await folder.close();
    },
  };
}

const PIECE = 1024 * 1024;

async function pour(
  from: FileHandle,
  to: FileHandle,
  copied: { bytes: number },
  source: string,
  maxBytes: number,
  { signal }: ToolContext,
): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(piece, 0, PIECE);
    if (bytesRead === 0) return;
    copied.bytes += bytesRead;
    if (copied.bytes > maxBytes) throw tooLarge(source, maxBytes);
    await to.writeFile(piece.subarray(0, bytesRead));
  }
}
