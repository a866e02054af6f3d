/** The part of the `Session` global that copies and merges sessions, and carries them to files and back. */
import { SpellError } from '../../../runtime/base/errors.js';
import type { HostArguments, HostResult } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import type { SessionRecord } from '../../../runtime/session/session.js';
import {
  checkFormat,
  type ImportSessionOptions,
  type SessionFormat,
} from '../../../runtime/session-transfer.js';
import type { Transaction } from '../../../runtime/storage/transaction.js';
import { readWhole } from '../../../runtime/tool/file-access.js';
import { badArgument, isAbsent, list, text } from '../arguments.js';
import { providerOf } from './create-arguments.js';
import { readFields } from './option-fields.js';
import { optionalSessionId, requireReached, usedSessions } from './session-argument.js';
import { sessionFileFunction, sessionFunction } from './session-function.js';

export function transferModule(services: Services): GlobalFunction[] {
  return [
    sessionFileFunction('export', parseExport, async ({ id, path, format }, call) => {
      const session = requireReached(services, id, call);
      const { files } = services.machine.seenBy(call.decided);
      // What must not be written is not gathered first.
      await files.resolve(path, 'write');
      await files.write(path, await (await services.transfer()).write(session, format));
      return true;
    }),
    sessionFunction('import', 'store', parseImport, (asked, call) =>
      importFile(services, asked, call),
    ),
    sessionFunction('loadFile', 'store', parseLoad, (asked, call) =>
      importFile(services, asked, call),
    ),
    sessionFunction('copy', 'store', parseCopy, ({ id, ...options }, call) =>
      copy(services, requireReached(services, id, call), options, call),
    ),
    sessionFunction('merge', 'store', parseMerge, ({ ids, ...options }, call) =>
      merge(
        services,
        ids.map((id) => requireReached(services, id, call)),
        options,
        call,
      ),
    ),
  ];
}

interface ExportArguments {
  readonly id: string | undefined;
  readonly path: string;
  readonly format: SessionFormat;
}

/** `Session.export(session, path[, {format=}])` */
function parseExport(args: HostArguments): ExportArguments {
  const [id, path] = [optionalSessionId(args, 1), text(args, 2)];
  if (isAbsent(args, 3)) return { id, path, format: 'oblix' };
  const format = readFields(args, 3, (fields) => checkFormat(fields.text('format') ?? 'oblix'));
  return { id, path, format };
}

interface ImportArguments extends ImportSessionOptions {
  readonly path: string;
  readonly use: boolean;
}

/** `Session.import(path[, {new_id=, use_immediately=, overwrite=}])` */
function parseImport(args: HostArguments): ImportArguments {
  const path = text(args, 1);
  if (isAbsent(args, 2)) return { path, use: false };
  return readFields(args, 2, (fields) => ({
    path,
    newId: fields.boolean('new_id'),
    overwrite: fields.boolean('overwrite'),
    use: fields.boolean('use_immediately') ?? false,
  }));
}

/** `Session.loadFile(path[, options])`: those of import, and the provider that answers from now on. */
function parseLoad(args: HostArguments): ImportArguments {
  const path = text(args, 1);
  if (isAbsent(args, 2)) return { path, use: false, freeId: true };
  return readFields(args, 2, (fields) => {
    const { provider, model } = providerOf(args, 2, fields.raw('provider'));
    return {
      path,
      newId: fields.boolean('new_id'),
      overwrite: fields.boolean('overwrite'),
      use: fields.boolean('use_immediately') ?? false,
      provider,
      model: fields.text('model') ?? model,
      freeId: true,
    };
  });
}

interface CopyArguments {
  readonly title: string | undefined;
  readonly use: boolean;
}

/** `Session.copy(session[, {new_title=, use_immediately=, at=}])` */
function parseCopy(args: HostArguments) {
  const id = optionalSessionId(args, 1);
  if (isAbsent(args, 2)) return { id, title: undefined, use: false, at: undefined };
  return readFields(args, 2, (fields) => ({
    id,
    title: fields.text('new_title', 'title', 'name'),
    use: fields.boolean('use_immediately') ?? false,
    at: fields.text('at'),
  }));
}

/** `Session.merge(sessions[, {title=, use_immediately=}])` */
function parseMerge(args: HostArguments) {
  const ids = list(args, 1).map((id) => {
    if (typeof id === 'string') return id;
    throw badArgument(args, 1, 'list of ids expected');
  });
  if (ids.length === 0) throw badArgument(args, 1, 'list of ids expected, got an empty one');
  if (isAbsent(args, 2)) return { ids, title: undefined, use: false };
  return readFields(args, 2, (fields) => ({
    ids,
    title: fields.text('title', 'new_title', 'name'),
    use: fields.boolean('use_immediately') ?? false,
  }));
}

async function importFile(
  services: Services,
  { path, use, ...options }: ImportArguments,
  call: CallContext,
): Promise<HostResult> {
  const bytes = await fileBytes(services, path, call);
  const transfer = await services.transfer();
  await (await services.stores()).care.makeRoom(usedSessions(call));
  return transfer.import(bytes, { ...options, run: call.run }, (change) => made(change, use, call));
}

/** @throws SpellError `POLICY_DENIED`, `FILE_NOT_FOUND`, `FILE_FAILED`, `TOO_LARGE` */
async function fileBytes(
  { machine, config }: Services,
  path: string,
  { decided }: CallContext,
): Promise<Uint8Array> {
  const limit = config.sessions.maxArtifactSize;
  const { files } = machine.seenBy(decided);
  return files.at(path, 'read', async ({ folder, name, path: real }) => {
    await using file = await folder.file(name);
    const { size } = await file.stat();
    if (size <= limit) return await readWhole(file, real, limit);
    throw new SpellError('TOO_LARGE', `${path} has ${size} bytes of ${limit}`, {
      file: real,
      key: 'runtime.sessions.max_artifact_size',
      hint: 'Raise runtime.sessions.max_artifact_size to import it.',
      details: { size, limit },
    });
  });
}

async function copy(
  services: Services,
  session: string,
  { use, ...options }: CopyArguments & { readonly at: string | undefined },
  call: CallContext,
): Promise<HostResult> {
  const { copySession } = await import('../../../runtime/session-copy.js');
  const { clock, ids } = services;
  const parts = { ...(await services.stores()), clock, ids };
  const own = { ...options, run: call.run };
  await parts.care.makeRoom(usedSessions(call, [session]));
  return made((tx) => copySession(tx, parts, session, own), use, call);
}

async function merge(
  services: Services,
  sessions: readonly string[],
  { use, title }: CopyArguments,
  call: CallContext,
): Promise<HostResult> {
  const { mergeSessions } = await import('../../../runtime/session-merge.js');
  const { clock, ids } = services;
  const parts = { ...(await services.stores()), clock, ids };
  const own = { title, run: call.run };
  await parts.care.makeRoom(usedSessions(call, sessions));
  return made((tx) => mergeSessions(tx, parts, sessions, own), use, call);
}

/** Makes a session, and tells of it as of one that the script has created. */
function made(
  change: (transaction: Transaction) => Promise<SessionRecord>,
  use: boolean,
  call: CallContext,
): Promise<HostResult> {
  return call.commit(change, ({ id, status }) => {
    call.remember({ createdSession: id, ...(use ? { currentSession: id } : {}) });
    call.announce({ type: 'session', session: id, status });
    return id;
  });
}
