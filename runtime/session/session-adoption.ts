/** Sessions out of storage and into it as a whole: what is written to files and read from them. */
import { SpellError } from '../base/errors.js';
import { FAMILY } from '../storage/key-space.js';
import type { Transaction } from '../storage/transaction.js';
import { belongingsOf, keyOf } from './belongings.js';
import type { ConversationStore } from './conversation-store.js';
import type { DetailStore } from './detail-store.js';
import type { PreparedParts } from './message-content.js';
import type { SessionRecord } from './session.js';
import { sessionNotFound } from './session-errors.js';
import { checkSessionOptions } from './session-options.js';
import type { SessionSnapshot } from './session-snapshot.js';
import type { SessionStore } from './session-store.js';

export interface SnapshotStores {
  readonly sessions: SessionStore;
  readonly conversations: ConversationStore;
  readonly details: DetailStore;
}

export interface Adoption {
  /** The id that the session gets. */
  readonly id: string;
  /** Puts it in the place of a session with that id, which keeps its artifacts. */
  readonly overwrite: boolean;
  /** The run that takes it in. */
  readonly run: string | null;
}

const DETAILS: readonly string[] = [
  FAMILY.sessionContext,
  FAMILY.sessionSettings,
  FAMILY.sessionResponse,
];

/** Times that a snapshot is taken again because the session changed meanwhile. */
const MAX_RETAKES = 5;

/** @throws SpellError `SESSION_NOT_FOUND`, `STORAGE_BUSY` */
export async function takeSnapshot(
  { sessions, conversations, details }: SnapshotStores,
  id: string,
): Promise<SessionSnapshot> {
  const { reader } = conversations;
  for (let attempt = 0; attempt < MAX_RETAKES; attempt += 1) {
    const session = await sessions.get(id);
    if (session === undefined) throw sessionNotFound(id);
    const { active, revision } = await reader.graph(id);
    const snapshot: SessionSnapshot = {
      id,
      name: session.name,
      description: session.description,
      status: session.status,
      failureReason: session.failureReason,
      tags: session.tags,
      metadata: session.metadata,
      context: await details.context(id),
      settings: await details.settings(id),
      responses: await details.responses(id),
      createdAt: session.createdAt,
      updatedAt: session.updatedAt,
      conversations: await reader.conversations(id),
      active,
      messages: await reader.loadAll(await reader.recordsOf(id)),
    };
    const isSame = (await reader.graph(id)).revision === revision;
    if (isSame && (await sessions.get(id))?.updatedAt === session.updatedAt) return snapshot;
  }
  throw new SpellError('STORAGE_BUSY', `session ${JSON.stringify(id)} changes all the time`, {
    hint: 'Try again when nobody writes to it.',
  });
}

/**
 * Prepares what is said in a snapshot, and discards it when what is done with it fails.
 *
 * @throws SpellError `BAD_ARGUMENT`, `TOO_LARGE`
 */
export async function withMessages<T>(
  conversations: ConversationStore,
  { messages }: Pick<SessionSnapshot, 'messages'>,
  use: (contents: readonly PreparedParts[]) => Promise<T>,
): Promise<T> {
  const prepared: PreparedParts[] = [];
  try {
    for (const { role, parts } of messages) {
      prepared.push(await conversations.prepare(role, parts));
    }
    return await use(prepared);
  } catch (thrown) {
    for (const content of prepared) await conversations.discard(content);
    throw thrown;
  }
}

/**
 * Takes a session in.
 *
 * @throws SpellError `SESSION_EXISTS` unless it is to be overwritten, `LIMIT_SESSIONS`, `BAD_ARGUMENT`, `TOO_LARGE`
 */
export async function adoptSnapshot(
  transaction: Transaction,
  { sessions, conversations, details }: SnapshotStores,
  snapshot: SessionSnapshot,
  contents: readonly PreparedParts[],
  { id, overwrite, run }: Adoption,
): Promise<SessionRecord> {
  const { name, description, tags, metadata } = snapshot;
  checkSessionOptions({ id, tags, metadata });
  checkSessionOptions({ name: name ?? undefined, description: description ?? undefined });
  const before = await sessions.read(transaction, id);
  if (before !== undefined && !overwrite) throw notOverwritten(id);
  await conversations.adopt(transaction, id, snapshot, contents);
  await forgetDetails(transaction, sessions, id);
  details.adopt(transaction, id, snapshot);
  const record: SessionRecord = {
    id,
    name,
    description,
    status: snapshot.status,
    suspendedBy: snapshot.status === 'suspended' ? 'user' : null,
    tags: [...new Set(tags)],
    metadata,
    parentSessionId: before?.parentSessionId ?? null,
    createdAt: snapshot.createdAt,
    updatedAt: snapshot.updatedAt,
    run: before?.run ?? run,
    messageCount: snapshot.messages.length,
    artifactCount: before?.artifactCount ?? 0,
    failureReason: snapshot.failureReason,
    forkedFrom: before?.forkedFrom ?? (id === snapshot.id ? null : snapshot.id),
  };
  return before === undefined
    ? sessions.adopt(transaction, record)
    : sessions.replace(transaction, record);
}

function notOverwritten(id: string): SpellError {
  return new SpellError('SESSION_EXISTS', `session ${JSON.stringify(id)} exists already`, {
    hint: 'Import it with another id (new_id), or in the place of the one that is there (overwrite).',
    key: 'id',
    details: { session: id },
  });
}

/** What a session that is overwritten has besides its messages. */
async function forgetDetails(
  transaction: Transaction,
  { backend }: SessionStore,
  id: string,
): Promise<void> {
  for await (const belonging of belongingsOf(backend, id)) {
    if (DETAILS.includes(belonging.family)) transaction.remove(keyOf(belonging));
  }
}
