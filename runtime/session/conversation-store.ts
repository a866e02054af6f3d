/**
 * ConversationStore keeps what is said in sessions: messages as nodes of a graph, and conversations, each with a head
 * in it. Adding a message costs the same however long the history is. What changes something takes the transaction that
 * the change belongs to; what was said is prepared before, since it may be long.
 */
import type { Clock } from '../base/clock.js';
import type { ContentStore } from '../content/content-store.js';
import type { Part, Role } from '../provider/message.js';
import type { Transaction } from '../storage/transaction.js';
import { type Conversation, conversationNumber } from './conversation.js';
import { ConversationReader } from './conversation-reader.js';
import { removeAllMessages, removeMessages } from './conversation-removal.js';
import { GraphEdit } from './graph-edit.js';
import { requireActive } from './lifecycle.js';
import {
  type PreparedParts,
  prepareParts,
  readParts,
  referenceParts,
  releaseParts,
} from './message-content.js';
import { type MessageNode, messageId, messageNumber } from './message-node.js';
import { checkParts } from './message-parts.js';
import { redactFields, redactPart } from './message-redaction.js';
import { isSystemPrompt, type NewNode, type NodeChanges, recordOf } from './new-node.js';
import { checkNode } from './node-limits.js';
import { checkText } from './session-options.js';
import type { SessionSnapshot } from './session-snapshot.js';
import type { SessionStore } from './session-store.js';

export type { NewNode, NodeChanges } from './new-node.js';

export interface ConversationStoreOptions {
  readonly clock: Clock;
  readonly sessions: SessionStore;
  readonly contents: ContentStore;
  /** Bytes of one message. */
  readonly maxMessageBytes: number;
}

export class ConversationStore {
  readonly reader: ConversationReader;
  readonly #options: ConversationStoreOptions;

  constructor(options: ConversationStoreOptions) {
    this.#options = options;
    this.reader = new ConversationReader(options.sessions.backend, options.contents);
  }

  /**
   * Takes in what is said in a message of a role, ready for {@link appendNode} or {@link updateNode}. What is not used
   * then should be discarded.
   *
   * @throws SpellError `BAD_ARGUMENT`, `TOO_LARGE`
   */
  prepare(role: Role, parts: readonly Part[]): Promise<PreparedParts> {
    checkParts(role, parts);
    const { contents, maxMessageBytes, sessions } = this.#options;
    const { redactor } = sessions;
    const kept = redactor === undefined ? parts : parts.map((part) => redactPart(part, redactor));
    return prepareParts(contents, kept, maxMessageBytes);
  }

  /** Prepares what is said, and discards it when what is done with it fails. Throws what {@link prepare} throws. */
  async withPrepared<T>(
    role: Role,
    parts: readonly Part[],
    use: (content: PreparedParts) => Promise<T>,
  ): Promise<T> {
    const prepared = await this.prepare(role, parts);
    try {
      return await use(prepared);
    } catch (thrown) {
      await this.discard(prepared);
      throw thrown;
    }
  }

  async discard({ content }: PreparedParts): Promise<void> {
    if (content !== undefined) await this.#options.contents.discard(content);
  }

  /**
   * Starts a conversation in an active session; it becomes the active one.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `BAD_ARGUMENT` (a long name)
   */
  async start(
    transaction: Transaction,
    sessionId: string,
    options: { readonly name?: string | undefined } = {},
  ): Promise<Conversation> {
    checkText('name', options.name);
    await this.#requireActive(transaction, sessionId, 'start a conversation in');
    const edit = this.#edit(transaction, sessionId);
    const { redactor } = this.#options.sessions;
    const name = options.name && (redactor?.text(options.name, 'metadata') ?? options.name);
    const { conversation } = edit.start(await edit.graph(), name ?? null);
    await this.#use(transaction, sessionId);
    return conversation;
  }

  /** The conversation as the transaction sees it. @throws SpellError `CONVERSATION_NOT_FOUND` */
  find(transaction: Transaction, sessionId: string, id: string): Promise<Conversation> {
    return this.#edit(transaction, sessionId).conversation(id);
  }

  /**
   * Makes another conversation the active one.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`
   */
  async activate(transaction: Transaction, sessionId: string, id: string): Promise<void> {
    await this.#requireActive(transaction, sessionId, 'change the conversation of');
    const edit = this.#edit(transaction, sessionId);
    await edit.conversation(id);
    edit.putGraph({ ...(await edit.graph()), active: id });
    await this.#use(transaction, sessionId);
  }

  /**
   * Adds a message to an active session. It becomes the head of its conversation unless it is told not to. The first
   * message of a conversation is its system prompt when it has the role `system`.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND` (a parent
   * or a dependency), `BAD_ARGUMENT`, `TOO_LARGE`
   */
  async appendNode(
    transaction: Transaction,
    sessionId: string,
    given: NewNode,
  ): Promise<MessageNode> {
    const { redactor } = this.#options.sessions;
    const node = redactor === undefined ? given : redactFields(given, redactor);
    checkNode(node, this.#options.maxMessageBytes);
    await this.#requireActive(transaction, sessionId, 'add a message to');
    const edit = this.#edit(transaction, sessionId);
    for (const id of [...(node.parents ?? []), ...(node.dependencies ?? [])]) {
      await edit.message(id);
    }
    const { graph, conversation } = await edit.place(node.conversation);
    const id = messageId(graph.nextMessage);
    const record = recordOf(node, { id, conversation, now: edit.now });
    await referenceParts(this.#options.contents, transaction, node.content);
    const isPrompt = isSystemPrompt(record, conversation);
    const advances = node.advance !== false && !isPrompt;
    edit.putMessage(record);
    edit.putConversation({
      ...conversation,
      head: advances ? id : conversation.head,
      system: isPrompt ? id : conversation.system,
      messageCount: conversation.messageCount + 1,
    });
    edit.putGraph({ ...graph, nextMessage: graph.nextMessage + 1 });
    await this.#use(transaction, sessionId, 1);
    const { stored: _, ...fields } = record;
    return { ...fields, parts: node.content.parts };
  }

  /**
   * Changes a message, in any state of its session: how a prompt went is written down whatever became of the session.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `BAD_ARGUMENT`, `TOO_LARGE`
   */
  async updateNode(
    transaction: Transaction,
    sessionId: string,
    id: string,
    { content, ...given }: NodeChanges,
  ): Promise<MessageNode> {
    const { contents, sessions } = this.#options;
    const { redactor } = sessions;
    const changes = redactor === undefined ? given : redactFields(given, redactor);
    checkNode(changes, this.#options.maxMessageBytes);
    await sessions.require(transaction, sessionId);
    const edit = this.#edit(transaction, sessionId);
    const before = await edit.message(id);
    if (content !== undefined) {
      await referenceParts(contents, transaction, content);
      await releaseParts(contents, transaction, before.stored);
    }
    const after = { ...before, ...changes, stored: content?.stored ?? before.stored };
    edit.putMessage(after);
    edit.putGraph(await edit.graph());
    await this.#use(transaction, sessionId);
    const { stored, ...fields } = after;
    return { ...fields, parts: content?.parts ?? (await readParts(contents, stored)) };
  }

  /** Makes the linear history of a conversation go on from a message. @throws SpellError `MESSAGE_NOT_FOUND` */
  async advance(transaction: Transaction, sessionId: string, id: string): Promise<void> {
    await this.#edit(transaction, sessionId).moveHead(id);
  }

  /**
   * Gives a conversation another system prompt: the active one when none is named, a new one when there is none.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`
   */
  async setSystemPrompt(
    transaction: Transaction,
    sessionId: string,
    content: PreparedParts,
    id?: string,
  ): Promise<MessageNode> {
    await this.#requireActive(transaction, sessionId, 'change the system prompt of');
    const edit = this.#edit(transaction, sessionId);
    const { conversation } = await edit.place(id);
    if (conversation.system !== null) {
      return this.updateNode(transaction, sessionId, conversation.system, { content });
    }
    const node = await this.appendNode(transaction, sessionId, {
      role: 'system',
      content,
      conversation: conversation.id,
      parents: [],
      advance: false,
    });
    edit.putConversation({ ...(await edit.conversation(conversation.id)), system: node.id });
    return node;
  }

  /**
   * Removes the messages of a conversation, the active one when none is named.
   *
   * @param options With `keepSystemPrompt` the system prompt stays.
   * @returns How many were removed.
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`
   */
  async clear(
    transaction: Transaction,
    sessionId: string,
    options: { readonly conversation?: string | undefined; readonly keepSystemPrompt: boolean },
  ): Promise<number> {
    await this.#requireActive(transaction, sessionId, 'clear the history of');
    const edit = this.#edit(transaction, sessionId);
    const graph = await edit.graph();
    const wanted = options.conversation ?? graph.active;
    if (wanted === null) return 0;
    const conversation = await edit.conversation(wanted);
    const { system, messageCount } = conversation;
    const kept = options.keepSystemPrompt ? system : null;
    const removed: string[] = [];
    for await (const record of this.reader.records(sessionId)) {
      if (record.conversation === wanted && record.id !== kept) removed.push(record.id);
    }
    await removeMessages(this.#options.contents, transaction, edit, removed);
    edit.putConversation({
      ...conversation,
      head: null,
      system: kept,
      messageCount: messageCount - removed.length,
    });
    edit.putGraph(graph);
    await this.#use(transaction, sessionId, -removed.length);
    return removed.length;
  }

  /**
   * Puts the conversations of a session that was made elsewhere in the place of those that it has. The caller writes
   * the record of the session, with its count of messages.
   *
   * @param contents What is said in each of the messages, prepared.
   */
  async adopt(
    transaction: Transaction,
    sessionId: string,
    graph: Pick<SessionSnapshot, 'conversations' | 'active' | 'messages'>,
    contents: readonly PreparedParts[],
  ): Promise<void> {
    const edit = this.#edit(transaction, sessionId);
    const { revision } = await edit.graph();
    const replaced = (await this.reader.recordsOf(sessionId)).map(({ id }) => id);
    await removeMessages(this.#options.contents, transaction, edit, replaced);
    for (const { id } of await this.reader.conversations(sessionId)) edit.removeConversation(id);
    for (const [index, { parts: _, ...fields }] of graph.messages.entries()) {
      const content = contents[index] as PreparedParts;
      checkNode(fields, this.#options.maxMessageBytes);
      await referenceParts(this.#options.contents, transaction, content);
      edit.putMessage({ ...fields, stored: content.stored });
    }
    for (const conversation of graph.conversations) {
      checkText('name', conversation.name);
      edit.adoptConversation(conversation);
    }
    edit.putGraph({
      nextMessage: 1 + largest(graph.messages.map(({ id }) => messageNumber(id) ?? 0)),
      nextConversation:
        1 + largest(graph.conversations.map(({ id }) => conversationNumber(id) ?? 0)),
      active: graph.active,
      revision,
    });
  }

  /** Removes everything that was said in a session, see {@link removeAllMessages}. */
  removeAllOf(sessionId: string): Promise<void> {
    return removeAllMessages(this.#options, sessionId);
  }

  #edit(transaction: Transaction, sessionId: string): GraphEdit {
    return new GraphEdit(transaction, sessionId, this.#options.clock.now());
  }

  async #requireActive(transaction: Transaction, sessionId: string, what: string): Promise<void> {
    requireActive(await this.#options.sessions.require(transaction, sessionId), what);
  }

  /** Says that a session was used, and counts messages in. */
  async #use(transaction: Transaction, sessionId: string, messages = 0): Promise<void> {
    const { sessions } = this.#options;
    await sessions.adjustCount(transaction, sessionId, 'messageCount', messages);
  }
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0);
}
