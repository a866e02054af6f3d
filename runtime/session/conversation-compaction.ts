/**
 * Compaction gives a conversation a shorter history: a summary, and copies of its newest messages behind it, as another
 * branch of the graph. What was said before stays where it is, and the head can be moved back to it.
 */
import type { ContentStore } from '../content/content-store.js';
import type { Transaction } from '../storage/transaction.js';
import { messageNotFound } from './conversation-errors.js';
import type { ConversationStore } from './conversation-store.js';
import { GraphEdit } from './graph-edit.js';
import { requireActive } from './lifecycle.js';
import type { PreparedParts } from './message-content.js';
import { type MessageRecord, messageId, type NodeUsage } from './message-node.js';
import type { SessionStore } from './session-store.js';

export interface CompactionStores {
  readonly sessions: SessionStore;
  readonly conversations: ConversationStore;
  readonly contents: ContentStore;
}

export interface Compaction {
  readonly conversation: string;
  /** The last message that the summary stands for. */
  readonly upto: string;
  /** What {@link ConversationStore.prepare} returned for the summary. */
  readonly summary: PreparedParts;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly usage?: NodeUsage | undefined;
}

export interface Compacted {
  /** The summary. */
  readonly message: string;
  /** Messages behind it. */
  readonly kept: number;
  readonly previousHead: string;
  readonly head: string;
}

/**
 * Puts a summary in front of what was said behind a message.
 *
 * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND` when the
 * message is not in the history any more.
 */
export async function compactConversation(
  { sessions, conversations, contents }: CompactionStores,
  transaction: Transaction,
  session: string,
  { conversation: id, upto, summary, ...fields }: Compaction,
): Promise<Compacted> {
  const edit = new GraphEdit(transaction, session, sessions.clock.now());
  const { head } = await edit.conversation(id);
  const recent = await behind(edit, session, head, upto);
  const node = await conversations.appendNode(transaction, session, {
    ...fields,
    role: 'user',
    content: summary,
    conversation: id,
    parents: [],
    metadata: new Map<string, string>([
      ['kind', 'summary'],
      ['upto', upto],
    ]),
  });
  let last = node.id;
  let graph = await edit.graph();
  for (const record of recent) {
    const copy = messageId(graph.nextMessage);
    const { hash } = record.stored;
    if (hash !== null) await contents.retain(transaction, hash);
    const origin = record.origin ?? record.id;
    edit.putMessage({ ...record, id: copy, conversation: id, parents: [last], origin });
    graph = { ...graph, nextMessage: graph.nextMessage + 1 };
    last = copy;
  }
  const conversation = await edit.conversation(id);
  const messageCount = conversation.messageCount + recent.length;
  edit.putConversation({ ...conversation, head: last, messageCount });
  edit.putGraph(graph);
  await sessions.adjustCount(transaction, session, 'messageCount', recent.length);
  return { message: node.id, kept: recent.length, previousHead: head ?? upto, head: last };
}

/** The messages of the history behind one, oldest first. */
async function behind(
  edit: GraphEdit,
  session: string,
  head: string | null,
  upto: string,
): Promise<MessageRecord[]> {
  const found: MessageRecord[] = [];
  for (let next = head; next !== upto; ) {
    if (next === null) throw messageNotFound(session, upto);
    const record = await edit.message(next);
    found.push(record);
    next = record.parents[0] ?? null;
  }
  return found.reverse();
}

/**
 * Makes another message the last one of a conversation's history: what was said behind it stays in the graph.
 *
 * @returns The message that was the last one.
 * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND`
 */
export async function moveHead(
  { sessions }: Pick<CompactionStores, 'sessions'>,
  transaction: Transaction,
  session: string,
  {
    message,
    conversation: id,
  }: { readonly message: string; readonly conversation?: string | undefined },
): Promise<string | null> {
  requireActive(await sessions.require(transaction, session), 'change the history of');
  const edit = new GraphEdit(transaction, session, sessions.clock.now());
  const record = await edit.message(message);
  const conversation = await edit.conversation(id ?? record.conversation);
  edit.putConversation({ ...conversation, head: record.id });
  edit.putGraph(await edit.graph());
  await sessions.adjustCount(transaction, session, 'messageCount', 0);
  return conversation.head;
}
