/** The private functions on which the `io` prelude, `print`, `os.remove` and their like are built. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpellError } from '../../../runtime/base/errors.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { Effect, HostCallKind, Operation } from '../../../runtime/host/host-call.js';
import {
  type GlobalFunction,
  globalFunction,
  type RunFacts,
} from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { bytes, text } from '../arguments.js';

export function ioModule({ files, ids, cwd }: Services, facts: RunFacts): GlobalFunction[] {
  const define = <A>(
    name: string,
    kind: HostCallKind,
    parse: (args: HostArguments) => A,
    perform: Operation<A>['perform'],
    effect: (args: A) => Effect = () => 'unsafe',
  ) =>
    globalFunction<A>({
      path: `host.${name}`,
      parse,
      operation: { op: `io.${name}`, kind, waits: true, foreign: true, effect, perform },
    });
  const readable = (path: string) => files.resolveReadable(path, cwd);
  const writable = (path: string) => files.resolveWritable(path, cwd);
  return [
    define('write', 'output', parseWrite, ({ stream, data }, { branch }) => {
      facts.write(stream, data, branch);
      return undefined;
    }),
    define(
      'read_input',
      'state',
      () => undefined,
      () => facts.read(),
    ),
    define('read_file', 'state', path1, (path) =>
      attempt(path, async () => readFile(await readable(path))),
    ),
    define(
      'write_file',
      'external',
      parseWriteFile,
      ({ path, data, flag }) =>
        attempt(path, async () => {
          await writeFile(await writable(path), data, { flag });
          return true;
        }),
      // Writing the same bytes again changes nothing; appending them does.
      ({ flag }) => (flag === 'w' ? 'idempotent' : 'unsafe'),
    ),
    define('remove_file', 'external', path1, (path) =>
      attempt(path, async () => {
        await rm(await writable(path));
        return true;
      }),
    ),
    define('rename_file', 'external', twoPaths, ([from, to]) =>
      attempt(from, async () => {
        await rename(await writable(from), await writable(to));
        return true;
      }),
    ),
    define(
      'temporary_name',
      'state',
      () => undefined,
      () => join(tmpdir(), `lua_${ids.next()}`),
    ),
  ];
}

function path1(args: HostArguments): string {
  return text(args, 1);
}

function twoPaths(args: HostArguments): readonly [string, string] {
  return [text(args, 1), text(args, 2)];
}

function parseWrite(args: HostArguments): { stream: 'stdout' | 'stderr'; data: Uint8Array } {
  return { stream: text(args, 1) === 'stderr' ? 'stderr' : 'stdout', data: bytes(args, 2) };
}

function parseWriteFile(args: HostArguments): { path: string; data: Uint8Array; flag: 'w' | 'a' } {
  return {
    path: text(args, 1),
    data: bytes(args, 2),
    flag: text(args, 3) === 'a' ? 'a' : 'w',
  };
}

/** Lua's file functions answer nil, a message and a number where a file can't be had; closed files are an error. */
async function attempt(path: string, action: () => Promise<HostResult>): Promise<HostResult> {
  try {
    return await action();
  } catch (thrown) {
    if (thrown instanceof SpellError && thrown.code !== 'FILE_NOT_FOUND') throw thrown;
    // The policy finds out by itself that a file does not exist; then there is no error of the system.
    const cause = thrown instanceof SpellError ? thrown.cause : thrown;
    const { code = 'ENOENT', errno } = (cause ?? {}) as NodeJS.ErrnoException;
    const known = MESSAGES[code] ?? (thrown as Error).message;
    return new Results(undefined, `${path}: ${known}`, Math.abs(errno ?? 2));
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EEXIST: 'File exists',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
};
