/** ConversationApi is what is said in sessions, as programs that embed the runtime use it. */
import { fromPlain, type PlainValue, toPlain, type ValueMap } from './base/value.js';
import { asMap, DetailApi, type Metadata } from './detail-api.js';
import type { Part, Role } from './provider/message.js';
import type { Conversation as ConversationRecord } from './session/conversation.js';
import type { ConversationReader, HistoryOptions } from './session/conversation-reader.js';
import { changeSystemPrompt, startConversation } from './session/conversation-start.js';
import { ancestorsOf, type Stretch, treesOf } from './session/history-view.js';
import type {
  MessageNode,
  MessageRecord,
  NodeError,
  NodeStatus,
  NodeUsage,
} from './session/message-node.js';
import { checkedParts, checkRole, textOf } from './session/message-parts.js';
import { withShownTypes } from './shown-images.js';
import { type Transaction, transact } from './storage/transaction.js';

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

/** One of the talks of a session. */
export interface Conversation {
  readonly id: string;
  readonly name: string | null;
  readonly isActive: boolean;
  /** The last message of its history. */
  readonly head: string | null;
  /** On all its branches, the system prompt included. */
  readonly messageCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface StartConversationOptions {
  readonly name?: string;
  /** What it begins with; it is not executed. A text is the user's prompt. */
  readonly initialPrompt?: string | InitialPromptOptions;
}

export interface InitialPromptOptions {
  readonly name?: string;
  /** That of the session when absent. */
  readonly systemPrompt?: string;
  readonly userPrompt?: string;
}

export interface HistoryViewOptions {
  /** A message; the last one of the conversation when absent. */
  readonly node?: string;
  /** The active one when absent. */
  readonly conversation?: string;
  readonly maxDepth?: number;
}

/** Messages of which each follows the one before, and the ways on where there are several. */
export type HistoryStretch = Stretch<Message>;

/** The messages of a conversation with all their branches: a stretch for each root. */
export type ConversationGraph = readonly HistoryStretch[];

export class ConversationApi extends DetailApi {
  /**
   * Adds a message to an active session; no model is asked.
   *
   * @throws SpellError `SESSION_NOT_FOUND`, `SESSION_STATE`, `CONVERSATION_NOT_FOUND`, `MESSAGE_NOT_FOUND`, `TOO_LARGE`
   */
  async addMessage(
    id: string,
    { role, content, metadata, ...fields }: NewMessage,
  ): Promise<Message> {
    const { backend, conversations, artifacts } = await this.services.stores();
    const own = metadata === undefined ? fields : { ...fields, metadata: asMap(metadata) };
    const shown = await withShownTypes(artifacts, id, partsOf(content));
    return conversations.withPrepared(checkRole(role), shown, async (prepared) =>
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
    const stores = await this.services.stores();
    await changeSystemPrompt(stores, id, { ...options, prompt }, (change) =>
      transact(stores.backend, change),
    );
  }

  /** Starts a conversation; it becomes the active one. @returns Its id. */
  async startConversation(id: string, options: StartConversationOptions = {}): Promise<string> {
    const stores = await this.services.stores();
    const { name, initialPrompt } = options;
    const prompt =
      typeof initialPrompt === 'string' ? { userPrompt: initialPrompt } : initialPrompt;
    const given =
      prompt === undefined
        ? undefined
        : { ...prompt, given: fromPlain(snakeCase(prompt)) as ValueMap };
    const start = { name, initialPrompt: given };
    const commit = (change: (tx: Transaction) => Promise<ConversationRecord>) =>
      transact(stores.backend, change);
    return (await startConversation(stores, id, start, commit)).id;
  }

  /** The conversations of a session in the order of starting. */
  async listConversations(id: string): Promise<readonly Conversation[]> {
    const { reader } = (await this.services.stores()).conversations;
    const { active } = await reader.graph(id);
    return (await reader.conversations(id)).map(({ system: _, createdAt, updatedAt, ...rest }) => ({
      ...rest,
      isActive: rest.id === active,
      createdAt: new Date(createdAt),
      updatedAt: new Date(updatedAt),
    }));
  }

  /** `undefined` before the first conversation. */
  async activeConversation(id: string): Promise<string | undefined> {
    const { reader } = (await this.services.stores()).conversations;
    return (await reader.graph(id)).active ?? undefined;
  }

  /** Makes a conversation the active one. @returns Whether there is one with this id. */
  async useConversation(id: string, conversation: string): Promise<boolean> {
    const { backend, conversations } = await this.services.stores();
    const found = await conversations.reader.conversation(id, conversation);
    if (found === undefined) return false;
    await transact(backend, (tx) => conversations.activate(tx, id, conversation));
    return true;
  }

  /**
   * What led to a message, over everything that it follows or depends on, oldest first, itself last.
   *
   * @param options `maxDepth` is the most steps to go back.
   */
  async conversationHistory(
    id: string,
    { node, conversation, maxDepth }: HistoryViewOptions = {},
  ): Promise<readonly Message[]> {
    const { reader } = (await this.services.stores()).conversations;
    const start = node ?? (await reader.conversation(id, conversation))?.head;
    if (start === null || start === undefined) return [];
    const found = await ancestorsOf(reader, id, start, maxDepth);
    return (await reader.loadAll(found.map(({ record }) => record))).map(toMessage);
  }

  /**
   * A conversation with all its branches, or what came of one message.
   *
   * @param options `maxDepth` is the most branches within each other, up to 50.
   */
  async historyTree(
    id: string,
    { node, conversation, maxDepth = MAX_BRANCHES }: HistoryViewOptions = {},
  ): Promise<ConversationGraph> {
    const { reader } = (await this.services.stores()).conversations;
    const records = await reader.recordsOf(id, node === undefined ? { conversation } : undefined);
    const stretches = treesOf(records, Math.min(maxDepth, MAX_BRANCHES), node);
    return Promise.all(stretches.map((stretch) => loadedStretch(reader, stretch)));
  }
}

/** How deeply histories branch before a tree is cut. */
const MAX_BRANCHES = 50;

async function loadedStretch(
  reader: ConversationReader,
  { messages, branches, isCut }: Stretch<MessageRecord>,
): Promise<HistoryStretch> {
  return {
    messages: (await reader.loadAll(messages)).map(toMessage),
    branches: await Promise.all(branches.map((branch) => loadedStretch(reader, branch))),
    isCut,
  };
}

function partsOf(content: MessageContent): readonly Part[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : checkedParts(content);
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

/** The prompt as scripts would have written it. */
function snakeCase({ name, systemPrompt, userPrompt }: InitialPromptOptions): Metadata {
  return { name, system_prompt: systemPrompt, user_prompt: userPrompt };
}
