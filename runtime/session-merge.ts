/**
 * A merge is a new session with the active conversations of several, in the order in which things were said. Each
 * message follows the one before it, and keeps, besides, what it had followed in its own session.
 */
import { SpellError } from './base/errors.js';
import type { Value, ValueKey, ValueMap } from './base/value.js';
import { conversationId } from './session/conversation.js';
import { GraphEdit } from './session/graph-edit.js';
import { type MessageRecord, messageId } from './session/message-node.js';
import { textOf } from './session/message-parts.js';
import type { SessionRecord } from './session/session.js';
import { checkMetadata, checkSessionChanges } from './session/session-options.js';
import { type CopyParts, SessionCopy, spanOf } from './session-copy.js';
import type { Transaction } from './storage/transaction.js';

export interface MergeOptions {
  readonly title?: string | undefined;
  /** The run that makes the merge. */
  readonly run?: string | undefined;
  /** Who a program acts for that merges. */
  readonly actor?: string | undefined;
}

interface Source {
  readonly session: SessionRecord;
  readonly system: MessageRecord | undefined;
  readonly path: readonly MessageRecord[];
}

/** A message with the session that it comes from. */
interface Taken {
  readonly source: string;
  readonly record: MessageRecord;
}

/** @throws SpellError `SESSION_NOT_FOUND`, `LIMIT_SESSIONS`, `BAD_ARGUMENT`, `TOO_LARGE` */
export async function mergeSessions(
  transaction: Transaction,
  parts: CopyParts,
  ids: readonly string[],
  { title, run, actor }: MergeOptions,
): Promise<SessionRecord> {
  const { sessions, details, clock } = parts;
  checkSessionChanges({ name: title });
  const sources: Source[] = [];
  for (const id of new Set(ids)) sources.push(await sourceOf(transaction, parts, id));
  const [first] = sources;
  if (first === undefined) throw nothingToMerge();
  const copy = new SessionCopy(transaction, parts, parts.ids.next(), { run: run ?? null, actor });
  const count = await writeMessages(copy, parts, sources);
  const context = laid(
    await Promise.all(sources.map(({ session }) => details.context(session.id))),
  );
  const settings = await details.settings(first.session.id);
  details.adopt(transaction, copy.id, { context, settings, responses: [] });
  const metadata = new Map([
    ...laid(sources.map(({ session }) => session.metadata)),
    ['merged_from', sources.map(({ session }) => session.id)] as const,
  ]);
  checkMetadata(metadata);
  const now = clock.now();
  return sessions.adopt(transaction, {
    id: copy.id,
    name: title ?? `Merge of ${sources.length} sessions`,
    description: null,
    status: 'active',
    suspendedBy: null,
    tags: [...new Set(sources.flatMap(({ session }) => session.tags))],
    metadata,
    parentSessionId: null,
    createdAt: now,
    updatedAt: now,
    run: run ?? null,
    actor,
    messageCount: count,
    artifactCount: copy.artifactCount,
    failureReason: null,
    forkedFrom: null,
  });
}

async function sourceOf(
  transaction: Transaction,
  { sessions, conversations, clock }: CopyParts,
  id: string,
): Promise<Source> {
  const session = await sessions.require(transaction, id);
  const { reader } = conversations;
  // Read through the transaction: whoever adds a message meanwhile is noticed.
  const { active } = await new GraphEdit(transaction, id, clock.now()).graph();
  const conversation = active === null ? undefined : await reader.conversation(id, active);
  const system = conversation?.system ?? null;
  return {
    session,
    system: system === null ? undefined : await reader.record(id, system),
    path: await reader.path(id, conversation?.head ?? null),
  };
}

/** @returns How many messages were written. */
async function writeMessages(
  copy: SessionCopy,
  parts: CopyParts,
  sources: readonly Source[],
): Promise<number> {
  const { prompt, inserted } = await promptsOf(parts, sources);
  const said = sources.flatMap(({ session, path }) =>
    path.map((record): Taken => ({ source: session.id, record })),
  );
  // Sorting is stable: of what was said at the same time the order of the sources decides.
  const line = [...inserted, ...said].sort((a, b) => a.record.createdAt - b.record.createdAt);
  const all = prompt === undefined ? line : [prompt, ...line];
  await copy.take(all.map(({ record }) => record));
  const conversation = conversationId(1);
  const newIds = new Map<string, string>();
  let head: string | null = null;
  for (const [index, { source, record }] of all.entries()) {
    const id = messageId(index + 1);
    const isPrompt = prompt !== undefined && index === 0;
    const own = (ids: readonly string[]) =>
      ids.flatMap((other) => newIds.get(`${source}/${other}`) ?? []);
    copy.put({
      ...record,
      id,
      conversation,
      parents: isPrompt
        ? []
        : [...new Set([...(head === null ? [] : [head]), ...own(record.parents)])],
      dependencies: own(record.dependencies),
      origin: `${source}/${record.id}`,
    });
    newIds.set(`${source}/${record.id}`, id);
    if (!isPrompt) head = id;
  }
  const span = spanOf(all.map(({ record }) => record));
  const system = prompt === undefined ? null : messageId(1);
  const messageCount = all.length;
  const only = { id: conversation, name: null, head, system, messageCount, ...span };
  if (messageCount > 0) copy.end([only], conversation);
  return messageCount;
}

/** The first system prompt is that of the merge; others that say something else are said when they were. */
async function promptsOf(
  { conversations }: CopyParts,
  sources: readonly Source[],
): Promise<{ prompt: Taken | undefined; inserted: Taken[] }> {
  const [prompt, ...others] = sources.flatMap(({ session, system }): Taken[] =>
    system === undefined ? [] : [{ source: session.id, record: system }],
  );
  if (prompt === undefined) return { prompt, inserted: [] };
  const textIn = async ({ record }: Taken) =>
    textOf((await conversations.reader.load(record)).parts);
  const known = new Set([await textIn(prompt)]);
  const inserted: Taken[] = [];
  for (const other of others) {
    const text = await textIn(other);
    if (!known.has(text)) inserted.push(other);
    known.add(text);
  }
  return { prompt, inserted };
}

/** The tables laid over each other, the later ones on top. */
function laid(tables: readonly ValueMap[]): ValueMap {
  return new Map<ValueKey, Value>(tables.flatMap((table) => [...table]));
}

function nothingToMerge(): SpellError {
  return new SpellError('BAD_ARGUMENT', 'there is no session to merge', {
    hint: 'Name the sessions whose conversations are to become one.',
    key: 'ids',
  });
}
