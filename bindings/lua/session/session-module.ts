/** The `Session` global: each line is a Lua name, how its arguments are read, and what it does. */
import { floatValue, type HostObject, type ValueMap } from '../../../runtime/base/value.js';
import { type HostArguments, type HostResult, Results } from '../../../runtime/engine/engine.js';
import type { CallContext } from '../../../runtime/host/host-call.js';
import type { GlobalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { type StartOptions, startSession } from '../../../runtime/session/conversation-start.js';
import {
  isSessionStatus,
  SESSION_STATUSES,
  type SessionAction,
} from '../../../runtime/session/lifecycle.js';
import { sessionNotFound } from '../../../runtime/session/session-errors.js';
import type { SessionFilter } from '../../../runtime/session/session-query.js';
import { toLuaRecord } from '../../../runtime/session/session-view.js';
import type { Transaction } from '../../../runtime/storage/transaction.js';
import { badArgument, isAbsent, optionalText, table, text, value } from '../arguments.js';
import { parseCreate } from './create-arguments.js';
import { readFields } from './option-fields.js';
import { optionalSessionId, requireCurrent, usedSessions } from './session-argument.js';
import { noTarget, sessionFunction } from './session-function.js';

export function sessionModule(services: Services): GlobalFunction[] {
  const startOptions = (args: HostArguments) => parseCreate(services, args);
  const actions = { suspend: 'suspend', resume: 'resume', complete: 'complete' } as const;
  return [
    sessionFunction(
      'create',
      'store',
      startOptions,
      (options, call) => create(services, options, call),
      newTarget,
    ),
    sessionFunction(
      'createAndUse',
      'store',
      startOptions,
      (options, call) => create(services, options, call, true),
      newTarget,
    ),
    sessionFunction('get', 'state', sessionArgument, (id, call) =>
      get(services, requireCurrent(id, call)),
    ),
    sessionFunction('list', 'state', parseFilter, async (filter) => {
      const { sessions } = await services.stores();
      return (await sessions.list(filter)).items.map(toLuaRecord);
    }),
    sessionFunction('children', 'state', sessionArgument, async (id, call) => {
      const { sessions } = await services.stores();
      return (await sessions.children(requireCurrent(id, call))).map(toLuaRecord);
    }),
    sessionFunction('save', 'store', sessionArgument, (id, call) =>
      save(services, requireCurrent(id, call), call),
    ),
    sessionFunction('load', 'state', text1, (id) => load(services, id)),
    ...Object.entries(actions).map(([name, action]) =>
      sessionFunction(name, 'store', sessionArgument, (id, call) =>
        transition(services, requireCurrent(id, call), action, undefined, call),
      ),
    ),
    sessionFunction('fail', 'store', parseFail, ({ id, reason }, call) =>
      transition(services, requireCurrent(id, call), 'fail', reason, call),
    ),
    sessionFunction('delete', 'store', parseDelete, ({ id, recursive }, call) =>
      remove(services, id, recursive, call),
    ),
    sessionFunction('setCurrent', 'state', optionalText1, (id, call) =>
      setCurrent(services, id, call),
    ),
    sessionFunction('use', 'state', text1, async (id, call) => {
      const { sessions } = await services.stores();
      if ((await sessions.get(id)) === undefined) return false;
      call.remember({ currentSession: id });
      return true;
    }),
    sessionFunction('getCurrent', 'state', noArguments, (_, call) => call.state.currentSession),
    sessionFunction('updateMetadata', 'store', parseMetadata, async ({ id, changes }, call) => {
      const { sessions } = await services.stores();
      const target = requireCurrent(id, call);
      const update = (tx: Transaction) => sessions.updateMetadata(tx, target, changes);
      return call.commit(update, () => true);
    }),
    sessionFunction('getMetadata', 'state', sessionArgument, async (id, call) => {
      const { sessions } = await services.stores();
      return (await sessions.get(requireCurrent(id, call)))?.metadata;
    }),
    sessionFunction('update', 'store', parseUpdate, async ({ id, changes }, call) => {
      const { sessions } = await services.stores();
      const target = requireCurrent(id, call);
      return call.commit(
        (tx) => sessions.update(tx, target, changes),
        () => true,
      );
    }),
    sessionFunction('rename', 'store', parseRename, async ({ id, name }, call) => {
      const { sessions } = await services.stores();
      const target = requireCurrent(id, call);
      return call.commit(
        (tx) => sessions.update(tx, target, { name }),
        () => true,
      );
    }),
    sessionFunction('checkpoints', 'state', sessionArgument, (id, call) =>
      checkpoints(services, requireCurrent(id, call)),
    ),
    sessionFunction('checkpoint', 'state', parseCheckpoint, async (given, call) => {
      const { session = call.state.currentSession, label, data } = given;
      const { sessions } = await services.stores();
      if (session !== undefined && (await sessions.get(session)) === undefined) {
        throw sessionNotFound(session);
      }
      return call.checkpoint({ session, label, data });
    }),
    sessionFunction('cleanup', 'store', parseCleanup, async (options, call) => {
      const { care } = await services.stores();
      const { currentSession } = call.state;
      const inUse = new Set(currentSession === undefined ? [] : [currentSession]);
      const ids = await care.cleanUp(options, inUse);
      return { sessions: ids, count: ids.length, dry_run: options.dryRun };
    }),
    sessionFunction('stats', 'state', noArguments, () => stats(services), noTarget),
  ];
}

/** A new session has the id that its maker chose, or none yet. */
function newTarget({ id }: { readonly id?: string | undefined }) {
  return { session: id };
}

function noArguments(): undefined {
  return undefined;
}

function text1(args: HostArguments): string {
  return text(args, 1);
}

function optionalText1(args: HostArguments): string | undefined {
  return optionalText(args, 1);
}

function sessionArgument(args: HostArguments): string | undefined {
  return optionalSessionId(args, 1);
}

function parseDelete(args: HostArguments): { id: string; recursive: boolean } {
  const id = text(args, 1);
  if (isAbsent(args, 2)) return { id, recursive: false };
  const recursive = readFields(args, 2, (fields) => fields.boolean('recursive'));
  return { id, recursive: recursive ?? false };
}

function parseFilter(args: HostArguments): SessionFilter {
  if (isAbsent(args, 1)) return {};
  return readFields(args, 1, (options) => ({
    status: options.text('status'),
    tags: options.texts('tags'),
    metadata: options.map('filter_metadata', 'metadata'),
    parentSessionId: options.text('parent_session_id', 'parent'),
    name: options.text('name', 'title'),
    createdAfter: options.time('created_after'),
    createdBefore: options.time('created_before'),
    updatedAfter: options.time('updated_after'),
    updatedBefore: options.time('updated_before'),
    limit: options.number('limit'),
  }));
}

function parseFail(args: HostArguments): { id: string | undefined; reason: string | undefined } {
  return { id: optionalSessionId(args, 1), reason: optionalText(args, 2) };
}

function parseMetadata(args: HostArguments): { id: string | undefined; changes: ValueMap } {
  return { id: optionalSessionId(args, 1), changes: table(args, 2) };
}

function parseRename(args: HostArguments): { id: string | undefined; name: string } {
  return { id: optionalSessionId(args, 1), name: text(args, 2) };
}

function parseUpdate(args: HostArguments) {
  const changes = readFields(args, 2, (options) => ({
    name: options.text('name', 'title'),
    description: options.text('description'),
    tags: options.texts('tags'),
  }));
  return { id: optionalSessionId(args, 1), changes };
}

/** `Session.checkpoint(session, label[, data])`; the session is where the label belongs for people. */
function parseCheckpoint(args: HostArguments) {
  const label = text(args, 2);
  if (label === '') throw badArgument(args, 2, 'label expected, got an empty string');
  return { session: optionalSessionId(args, 1), label, data: value(args, 3) };
}

function parseCleanup(args: HostArguments) {
  const { olderThan, ...rest } = readFields(args, 1, (fields) => ({
    olderThan: fields.number('older_than'),
    statuses: fields.texts('status'),
    dryRun: fields.boolean('dry_run') ?? false,
  }));
  if (olderThan === undefined || !(olderThan >= 0)) {
    throw badArgument(args, 1, "field 'older_than': seconds expected");
  }
  const unknown = rest.statuses?.find((status) => !isSessionStatus(status));
  if (unknown !== undefined) {
    const expected = `one of ${SESSION_STATUSES.join(', ')} expected`;
    throw badArgument(args, 1, `field 'status': ${expected}, got ${JSON.stringify(unknown)}`);
  }
  return { olderThanSeconds: olderThan, ...rest };
}

async function create(
  services: Services,
  options: StartOptions,
  call: CallContext,
  use = false,
): Promise<HostResult> {
  const stores = await services.stores();
  const own = { ...options, run: call.run };
  await stores.care.makeRoom(usedSessions(call));
  return startSession(stores, own, (change) =>
    call.commit(change, ({ id, status }) => {
      call.remember({ createdSession: id, ...(use ? { currentSession: id } : {}) });
      call.announce({ type: 'session', session: id, status });
      return id;
    }),
  );
}

async function get(services: Services, id: string): Promise<HostObject | undefined> {
  const { sessions } = await services.stores();
  const record = await sessions.get(id);
  if (record === undefined && services.config.compat.missingSessionRaises)
    throw sessionNotFound(id);
  return record === undefined ? undefined : toLuaRecord(record);
}

/** A step whose result was stored as a checkpoint since the last save becomes a checkpoint of the run, too. */
async function save(services: Services, id: string, call: CallContext): Promise<HostResult> {
  const { sessions } = await services.stores();
  await sessions.save(id);
  const labels = call.state.steps.flatMap(({ session, label }) => (session === id ? [label] : []));
  await Promise.all([...new Set(labels)].map((label) => call.checkpoint({ session: id, label })));
  call.remember({ savedSession: id });
  return true;
}

async function load(services: Services, id: string) {
  const { sessions } = await services.stores();
  const record = await sessions.get(id);
  if (record !== undefined) return record.id;
  if (services.config.compat.missingSessionRaises) throw sessionNotFound(id);
  return new Results(undefined, sessionNotFound(id).message);
}

async function transition(
  services: Services,
  id: string,
  action: SessionAction,
  reason: string | undefined,
  call: CallContext,
): Promise<HostResult> {
  const { sessions } = await services.stores();
  return call.commit(
    (tx) => sessions.transition(tx, id, action, { reason }),
    ({ status }) => {
      call.announce({ type: 'session', session: id, status });
      return true;
    },
  );
}

async function remove(
  services: Services,
  id: string,
  recursive: boolean,
  call: CallContext,
): Promise<HostResult> {
  const { care, sessions } = await services.stores();
  if (!(await care.empty(id, { recursive }))) return false;
  const { currentSession } = call.state;
  // The current session may have been one of the descendants.
  const isGone =
    currentSession === id ||
    (currentSession !== undefined && (await sessions.get(currentSession)) === undefined);
  return call.commit(
    (tx) => sessions.remove(tx, id),
    (removed) => {
      if (isGone) call.remember({ currentSession: null });
      return removed;
    },
  );
}

async function setCurrent(services: Services, id: string | undefined, call: CallContext) {
  if (id !== undefined && id !== '') {
    const { sessions } = await services.stores();
    if ((await sessions.get(id)) === undefined) throw sessionNotFound(id);
  }
  call.remember({ currentSession: id === undefined || id === '' ? null : id });
  return undefined;
}

async function checkpoints(services: Services, id: string): Promise<HostObject[]> {
  return (await services.sessionRuns().checkpoints(id)).map(({ artifact, label, at, seq }) => ({
    artifact: artifact?.id,
    label,
    name: artifact?.name ?? label,
    seq: seq ?? undefined,
    created_at: Math.floor(at / 1000),
    metadata: artifact?.metadata ?? new Map(),
  }));
}

async function stats(services: Services): Promise<HostObject> {
  const { backend, sessions, artifacts } = await services.stores();
  const { countContents } = await import('../../../runtime/content/content-stats.js');
  const [kept, stored] = [await sessions.stats(), await artifacts.stats()];
  const contents = await countContents(backend);
  const operations = Object.entries(services.times.toObject()).map(
    ([op, { count, errors, totalMs, meanMs, maxMs }]): [string, HostObject] => [
      op,
      {
        count,
        errors,
        total_ms: floatValue(totalMs),
        mean_ms: floatValue(meanMs),
        max_ms: floatValue(maxMs),
      },
    ],
  );
  return {
    sessions: kept.total,
    open_sessions: kept.open,
    sessions_by_status: kept.byStatus,
    artifacts: stored.total,
    artifact_bytes: stored.size,
    artifacts_by_type: new Map(stored.byType),
    contents: contents.count,
    content_bytes: contents.bytes,
    stored_bytes: contents.storedBytes,
    dedup_ratio: floatValue(contents.dedupRatio),
    compression_ratio: floatValue(contents.compressionRatio),
    operations: Object.fromEntries(operations),
  };
}
