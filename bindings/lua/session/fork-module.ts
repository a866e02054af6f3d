/** The part of the `Session` global that forks the run behind a session. */
import { basename, dirname } from 'node:path';
import type { HostObject, Value } from '../../../runtime/base/value.js';
import { isMap } from '../../../runtime/base/value.js';
import type { HostArguments } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import { type Script, scriptFromSource } from '../../../runtime/run/script.js';
import type { Services } from '../../../runtime/services.js';
import type { SessionForkOptions, SessionForkReport } from '../../../runtime/session-fork.js';
import { readWhole } from '../../../runtime/tool/file-access.js';
import { badArgument, isAbsent, type Options, text, value } from '../arguments.js';
import { readFields, timeoutOf } from './option-fields.js';
import { placeOf } from './place-argument.js';
import { sessionTarget } from './session-function.js';

const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;

export function forkModule(services: Services): GlobalFunction[] {
  const define = (name: string, parse: (args: HostArguments) => ForkArguments) =>
    globalFunction<ForkArguments>({
      path: `Session.${name}`,
      parse,
      operation: {
        op: `session.${name}`,
        kind: 'external',
        needs: 'sessions',
        waits: true,
        target: sessionTarget,
        // An attempt after a crash goes on with the fork that the one before has made.
        effect: () => 'idempotent',
        perform: (asked, call) => fork(services, asked, call),
      },
    });
  return [define('fork', parseFork), define('resumeFrom', parseResumeFrom)];
}

interface ForkArguments extends Omit<SessionForkOptions, 'script'> {
  readonly id: string;
  /** A file. */
  readonly script: string | undefined;
}

/** `Session.fork(id[, options])` */
function parseFork(args: HostArguments): ForkArguments {
  const id = text(args, 1);
  if (isAbsent(args, 2)) return { id, ...DEFAULTS };
  return readFields(args, 2, (fields) => {
    const at = placeOf(args, 2, "field 'at'", fields.raw('at'));
    const set = answerOf(args, fields.raw('set'));
    if (at !== undefined && set !== undefined) {
      const hint = 'The fork is made at the entry that set gives another answer.';
      throw badArgument(args, 2, "fields 'at' and 'set' exclude each other", hint);
    }
    return { id, at, set, ...commonOptions(args, 2, fields) };
  });
}

/** `Session.resumeFrom(id, checkpoint[, options])` */
function parseResumeFrom(args: HostArguments): ForkArguments {
  const id = text(args, 1);
  const at = placeOf(args, 2, 'checkpoint', isAbsent(args, 2) ? undefined : value(args, 2));
  if (at === undefined) throw badArgument(args, 2, 'label of a checkpoint expected');
  if (isAbsent(args, 3)) return { id, ...DEFAULTS, at };
  return { id, ...DEFAULTS, ...readFields(args, 3, (all) => commonOptions(args, 3, all)), at };
}

const DEFAULTS = {
  at: undefined,
  set: undefined,
  script: undefined,
  run: true,
  timeoutMs: undefined,
} as const;

function commonOptions(args: HostArguments, index: number, fields: Options) {
  return {
    script: fields.text('script'),
    run: fields.boolean('run') ?? true,
    timeoutMs: timeoutOf(args, index, fields),
  };
}

function answerOf(args: HostArguments, given: Value): ForkArguments['set'] {
  if (given === undefined || given === null) return undefined;
  const seq = isMap(given) ? given.get('seq') : undefined;
  if (isMap(given) && typeof seq === 'number') return { seq, value: given.get('value') };
  throw badArgument(args, 2, "field 'set': { seq = number of an entry, value = answer } expected");
}

async function fork(
  services: Services,
  { id, script, ...options }: ForkArguments,
  call: CallContext,
): Promise<HostObject> {
  // The rules for files hold for scripts, too.
  const read = script === undefined ? undefined : await openScript(services, script, call.decided);
  return reportTable(await services.forkSession().fork(id, { ...options, script: read }, call));
}

/** The script as it was judged: what is at its path later makes no difference. */
async function openScript(
  { machine }: Services,
  path: string,
  decided: CallContext['decided'],
): Promise<() => Promise<Script>> {
  const { files } = machine.seenBy(decided);
  const [real, source] = await files.at(path, 'read', async (entry) => {
    await using file = await entry.folder.file(entry.name);
    return [entry.path, await readWhole(file, entry.path, MAX_SCRIPT_BYTES)] as const;
  });
  const names = { name: real, chunkName: `@${basename(real)}`, folder: dirname(real) };
  return async () => scriptFromSource(source, names);
}

function reportTable(report: SessionForkReport): HostObject {
  const { run, session, parent, status, sessions, values, lost, output, error } = report;
  return {
    run,
    session: session ?? undefined,
    status,
    sessions,
    parent: { ...parent },
    value: values[0],
    values: values.map((value) => value ?? null),
    output,
    error: error === null ? undefined : { ...error },
    lost_artifacts: lost,
  };
}
