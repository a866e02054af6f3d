/** ConversationApi is what is said in sessions, as programs that embed the runtime use it. */
import { fromPlain, type PlainValue, toPlain, type ValueMap } from './base/value.js';
import type { Part, Role } from './provider/message.js';
import type { Services } from './services.js';
import type { HistoryOptions } from './session/conversation-reader.js';
import type { MessageNode, NodeError, NodeStatus, NodeUsage } from './session/message-node.js';
import { checkRole, textOf } from './session/message-parts.js';
import { transact } from './storage/transaction.js';

/** Metadata as plain data. Numbers that are whole are integers in Lua. */
export type Metadata = Readonly<Record<string, unknown>>;

/** A text, or the parts of a message: texts, images, calls of tools and their results, thoughts. */
export type MessageContent = string | readonly Part[];

export interface Message {
  /** `msg_1`, `msg_2`, … in the order of their making. */
  readonly id: string;
  readonly role: Role;
  /** The text of it. */
  readonly content: string;
  readonly parts: readonly Part[];
  readonly name: string | null;
  readonly timestamp: Date;
  readonly conversation: string;
  /** What it follows. The first one is before it in the history, the others were merged in. */
  readonly parents: readonly string[];
  readonly dependencies: readonly string[];
  readonly status: NodeStatus;
  readonly group: string | null;
  readonly error: NodeError | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly usage: NodeUsage | null;
  readonly metadata: Readonly<Record<string, PlainValue>>;
}

export interface NewMessage {
  readonly role: Role;
  readonly content: MessageContent;
  /** The active conversation when absent; one is started when the session has none. */
  readonly conversation?: string;
  /** What it follows, in place of the last message of the conversation. */
  readonly parents?: readonly string[];
  readonly name?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly usage?: NodeUsage;
  readonly metadata?: Metadata;
}

/** Which messages a history shows. */
export type HistoryQuery = HistoryOptions;

export class ConversationApi {
  constructor(protected readonly services: Services) {}

  /**
   * Adds a message to an active session; no model is asked.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `TOO_LARGE`
   */
  async addMessage(
    id: string,
    { role, content, metadata, ...fields }: NewMessage,
  ): Promise<Message> {
    const { backend, conversations } = await this.services.stores();
    const own = metadata === undefined ? fields : { ...fields, metadata: asMap(metadata) };
    return conversations.withPrepared(checkRole(role), partsOf(content), async (prepared) =>
      toMessage(
        await transact(backend, (tx) =>
          conversations.appendNode(tx, id, { ...own, role, content: prepared }),
        ),
      ),
    );
  }

  /** `undefined` when the session has no such message. */
  async getMessage(id: string, message: string): Promise<Message | undefined> {
    const { reader } = (await this.services.stores()).conversations;
    const node = await reader.node(id, message);
    return node === undefined ? undefined : toMessage(node);
  }

  /** The system prompt and the messages of a conversation, oldest first. */
  async history(id: string, query: HistoryQuery = {}): Promise<readonly Message[]> {
    const { reader } = (await this.services.stores()).conversations;
    return (await reader.loadAll(await reader.history(id, query))).map(toMessage);
  }

  /** Removes the messages of a conversation. @returns How many there were. */
  async clearHistory(
    id: string,
    options: { readonly conversation?: string; readonly keepSystemPrompt?: boolean } = {},
  ): Promise<number> {
    const { backend, conversations } = await this.services.stores();
    const { conversation, keepSystemPrompt = true } = options;
    return transact(backend, (tx) =>
      conversations.clear(tx, id, { conversation, keepSystemPrompt }),
    );
  }

  async setSystemPrompt(
    id: string,
    prompt: string,
    options: { readonly conversation?: string } = {},
  ): Promise<void> {
    const { backend, conversations } = await this.services.stores();
    await conversations.withPrepared('system', partsOf(prompt), (content) =>
      transact(backend, (tx) =>
        conversations.setSystemPrompt(tx, id, content, options.conversation),
      ),
    );
  }
}

export function asMap(metadata: Metadata): ValueMap {
  return fromPlain(metadata) as ValueMap;
}

function partsOf(content: MessageContent): readonly Part[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function toMessage(node: MessageNode): Message {
  return {
    id: node.id,
    role: node.role,
    content: textOf(node.parts),
    parts: node.parts,
    name: node.name,
    timestamp: new Date(node.createdAt),
    conversation: node.conversation,
    parents: node.parents,
    dependencies: node.dependencies,
    status: node.status,
    group: node.group,
    error: node.error,
    startedAt: dateOf(node.startedAt),
    completedAt: dateOf(node.completedAt),
    provider: node.provider,
    model: node.model,
    usage: node.usage,
    metadata: toPlain(node.metadata) as Record<string, PlainValue>,
  };
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
