/** GraphEdit is the conversations and messages of one session as a transaction sees and changes them. */
import type { Transaction } from '../storage/transaction.js';
import {
  type Conversation,
  conversationId,
  conversationKey,
  decodeConversation,
  decodeGraph,
  EMPTY_GRAPH,
  encodeConversation,
  encodeGraph,
  graphKey,
  type MessageGraph,
  messageKey,
} from './conversation.js';
import { conversationNotFound, messageNotFound } from './conversation-errors.js';
import { decodeMessage, encodeMessage, type MessageRecord } from './message-node.js';

export class GraphEdit {
  /** @param now Milliseconds since the epoch. */
  constructor(
    private readonly transaction: Transaction,
    private readonly session: string,
    readonly now: number,
  ) {}

  async graph(): Promise<MessageGraph> {
    const bytes = await this.transaction.get(graphKey(this.session));
    return bytes === undefined ? EMPTY_GRAPH : decodeGraph(bytes);
  }

  /** Every change of a message ends with it, so that whoever has read the graph sees that something changed. */
  putGraph(graph: MessageGraph): MessageGraph {
    const changed = { ...graph, revision: graph.revision + 1 };
    this.transaction.put(graphKey(this.session), encodeGraph(changed));
    return changed;
  }

  /** @throws SpellError `CONVERSATION_NOT_FOUND` */
  async conversation(id: string): Promise<Conversation> {
    const place = conversationKey(this.session, id);
    const bytes = place === undefined ? undefined : await this.transaction.get(place);
    if (bytes === undefined) throw conversationNotFound(this.session, id);
    return decodeConversation(bytes);
  }

  putConversation(conversation: Conversation): Conversation {
    const changed = { ...conversation, updatedAt: this.now };
    this.adoptConversation(changed);
    return changed;
  }

  /** Puts a conversation exactly as it is. */
  adoptConversation(conversation: Conversation): void {
    const place = conversationKey(this.session, conversation.id) as string;
    this.transaction.put(place, encodeConversation(conversation));
  }

  removeConversation(id: string): void {
    this.transaction.remove(conversationKey(this.session, id) as string);
  }

  /** @throws SpellError `MESSAGE_NOT_FOUND` */
  async message(id: string): Promise<MessageRecord> {
    const record = await this.findMessage(id);
    if (record === undefined) throw messageNotFound(this.session, id);
    return record;
  }

  async findMessage(id: string): Promise<MessageRecord | undefined> {
    const place = messageKey(this.session, id);
    const bytes = place === undefined ? undefined : await this.transaction.get(place);
    return bytes === undefined ? undefined : decodeMessage(bytes);
  }

  putMessage(record: MessageRecord): void {
    this.transaction.put(messageKey(this.session, record.id) as string, encodeMessage(record));
  }

  /** Makes a message the head of its conversation. @throws SpellError `MESSAGE_NOT_FOUND` */
  async moveHead(id: string): Promise<void> {
    const { conversation } = await this.message(id);
    this.putConversation({ ...(await this.conversation(conversation)), head: id });
    this.putGraph(await this.graph());
  }

  removeMessage(id: string): void {
    this.transaction.remove(messageKey(this.session, id) as string);
  }

  /** A new conversation, the active one from now on. */
  start(graph: MessageGraph, name: string | null): Place {
    const id = conversationId(graph.nextConversation);
    const conversation = this.putConversation({
      id,
      name,
      head: null,
      system: null,
      messageCount: 0,
      createdAt: this.now,
      updatedAt: this.now,
    });
    const nextConversation = graph.nextConversation + 1;
    return { conversation, graph: this.putGraph({ ...graph, nextConversation, active: id }) };
  }

  /**
   * The place where a message belongs: a conversation, the active one when none is named, a new one when there is none.
   *
   * @throws SpellError `CONVERSATION_NOT_FOUND`
   */
  async place(id: string | undefined): Promise<Place> {
    const graph = await this.graph();
    const wanted = id ?? graph.active;
    if (wanted === null) return this.start(graph, null);
    return { graph, conversation: await this.conversation(wanted) };
  }
}

export interface Place {
  readonly graph: MessageGraph;
  readonly conversation: Conversation;
}
