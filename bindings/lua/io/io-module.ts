/** The private functions on which the `io` prelude, `print`, `os.remove` and their like are built. */
import { constants } from 'node:fs';
import { rename, rmdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpellError } from '../../../runtime/base/errors.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { Call, Effect, HostCallKind, Operation } from '../../../runtime/host/host-call.js';
import {
  type GlobalFunction,
  globalFunction,
  type RunFacts,
} from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { bytes, text } from '../arguments.js';

const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** How `w` and `a` open a file, which keeps its place and its rights. */
const WRITE = { w: O_WRONLY | O_CREAT | O_TRUNC, a: O_WRONLY | O_CREAT | O_APPEND };

export function ioModule({ machine, ids }: Services, facts: RunFacts): GlobalFunction[] {
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
      operation: {
        op: `io.${name}`,
        kind,
        waits: true,
        isBulky: name === 'read_file',
        foreign: true,
        effect,
        perform,
      },
    });
  const filesOf = ({ decided }: Call) => machine.seenBy(decided).files;
  return [
    define('write', 'output', parseWrite, ({ stream, data }, { branch }) =>
      facts.write(stream, data, branch),
    ),
    define(
      'read_input',
      'state',
      () => undefined,
      () => facts.read(),
    ),
    define('read_file', 'state', path1, (path, call) =>
      attempt(path, () => filesOf(call).read(path)),
    ),
    define(
      'write_file',
      'external',
      parseWriteFile,
      ({ path, data, flag }, call) =>
        attempt(path, () =>
          filesOf(call).at(path, 'write', async ({ folder, name }) => {
            await using file = await folder.file(name, WRITE[flag]);
            await file.writeFile(data);
            return true;
          }),
        ),
      // Writing the same bytes again changes nothing; appending them does.
      ({ flag }) => (flag === 'w' ? 'idempotent' : 'unsafe'),
    ),
    define('remove_file', 'external', path1, (path, call) =>
      attempt(path, () =>
        filesOf(call).entry(path, async ({ folder, name }) => {
          const isFolder = (await folder.look(name))?.isDirectory() === true;
          await (isFolder ? rmdir : unlink)(folder.at(name));
          return true;
        }),
      ),
    ),
    define('rename_file', 'external', twoPaths, ([from, to], call) =>
      attempt(from, () =>
        filesOf(call).entry(from, (old) =>
          filesOf(call).entry(to, async (next) => {
            await rename(old.folder.at(old.name), next.folder.at(next.name));
            return true;
          }),
        ),
      ),
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
    const cause = thrown instanceof SpellError ? thrown.cause : thrown;
    const { code = '', errno } = (cause ?? {}) as NodeJS.ErrnoException;
    if (thrown instanceof SpellError && errno === undefined) throw thrown;
    const known = MESSAGES[code] ?? (thrown as Error).message;
    return new Results(undefined, `${path}: ${known}`, Math.abs(errno ?? 0));
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
