/**
 * ConversationReader reads conversations and messages. A message always comes after those that it follows, so a path
 * is read backwards in pages, and costs about what it is long.
 */
import type { ContentStore } from '../content/content-store.js';
import { keyAfter, prefixRange } from '../storage/key-space.js';
import type { Backend, Key } from '../storage/storage.js';
import {
  type Conversation,
  conversationKey,
  conversationKeys,
  decodeConversation,
  decodeGraph,
  EMPTY_GRAPH,
  graphKey,
  type MessageGraph,
  messageKey,
  messageKeys,
} from './conversation.js';
import { readParts } from './message-content.js';
import { decodeMessage, type MessageNode, type MessageRecord } from './message-node.js';

export interface HistoryOptions {
  /** The active conversation when absent. */
  readonly conversation?: string | undefined;
  /** Messages of the role `system` are left out when it is false. */
  readonly includeSystem?: boolean | undefined;
  /** The newest so many; all when absent. */
  readonly limit?: number | undefined;
}

/** Messages that one read takes, unless fewer are wanted. */
const PAGE = 128;

/** Contents that are read at once. */
const CONTENTS = 16;

export class ConversationReader {
  constructor(
    private readonly backend: Backend,
    private readonly contents: ContentStore,
  ) {}

  async graph(session: string): Promise<MessageGraph> {
    const bytes = await this.backend.get(graphKey(session));
    return bytes === undefined ? EMPTY_GRAPH : decodeGraph(bytes);
  }

  /** A conversation, the active one when `id` is absent; `undefined` when there is none. */
  async conversation(session: string, id?: string): Promise<Conversation | undefined> {
    const wanted = id ?? (await this.graph(session)).active;
    const place = wanted === null ? undefined : conversationKey(session, wanted);
    const bytes = place === undefined ? undefined : await this.backend.get(place);
    return bytes === undefined ? undefined : decodeConversation(bytes);
  }

  /** The conversations of a session in the order in which they were started. */
  async conversations(session: string): Promise<Conversation[]> {
    const found: Conversation[] = [];
    for await (const bytes of this.#values(conversationKeys(session))) {
      found.push(decodeConversation(bytes));
    }
    return found;
  }

  /** `undefined` when the session has no such message. */
  async record(session: string, id: string): Promise<MessageRecord | undefined> {
    const place = messageKey(session, id);
    const bytes = place === undefined ? undefined : await this.backend.get(place);
    return bytes === undefined ? undefined : decodeMessage(bytes);
  }

  /** Every message of a session in the order of their making. */
  async *records(session: string): AsyncGenerator<MessageRecord> {
    for await (const bytes of this.#values(messageKeys(session))) yield decodeMessage(bytes);
  }

  /** The messages of a conversation, the active one when none is named, or of all of them when `of` is absent. */
  async recordsOf(
    session: string,
    of?: { readonly conversation?: string | undefined },
  ): Promise<MessageRecord[]> {
    const wanted = of === undefined ? undefined : await this.conversation(session, of.conversation);
    const found: MessageRecord[] = [];
    for await (const record of this.records(session)) {
      if (of === undefined || record.conversation === wanted?.id) found.push(record);
    }
    return found;
  }

  /** The message with what was said in it. */
  async node(session: string, id: string): Promise<MessageNode | undefined> {
    const record = await this.record(session, id);
    return record === undefined ? undefined : this.load(record);
  }

  async load({ stored, ...fields }: MessageRecord): Promise<MessageNode> {
    return { ...fields, parts: await readParts(this.contents, stored) };
  }

  async loadAll(records: readonly MessageRecord[]): Promise<MessageNode[]> {
    const nodes: MessageNode[] = [];
    for (let at = 0; at < records.length; at += CONTENTS) {
      const chunk = records.slice(at, at + CONTENTS);
      nodes.push(...(await Promise.all(chunk.map((record) => this.load(record)))));
    }
    return nodes;
  }

  /**
   * The system prompt and the linear history of a conversation, oldest first. Empty when there is no such conversation.
   */
  async history(
    session: string,
    { conversation: id, includeSystem = true, limit }: HistoryOptions = {},
  ): Promise<MessageRecord[]> {
    const conversation = await this.conversation(session, id);
    if (conversation === undefined) return [];
    const isWanted = ({ role }: MessageRecord) => includeSystem || role !== 'system';
    const path = await this.path(session, conversation.head, limit, isWanted);
    const { system } = conversation;
    if (!includeSystem || system === null || path.length >= (limit ?? path.length + 1)) return path;
    const prompt = await this.record(session, system);
    return prompt === undefined ? path : [prompt, ...path];
  }

  /** The messages that lead to one, itself included, oldest first; with `limit` the last ones of them. */
  async path(
    session: string,
    head: string | null,
    limit: number = Number.POSITIVE_INFINITY,
    isWanted: (record: MessageRecord) => boolean = () => true,
  ): Promise<MessageRecord[]> {
    const found: MessageRecord[] = [];
    const window = this.window(session, Math.min(limit + 1, PAGE));
    for (let next = head; next !== null && found.length < limit; ) {
      const record = await window.find(next);
      if (record === undefined) break;
      if (isWanted(record)) found.push(record);
      next = record.parents[0] ?? null;
    }
    return found.reverse();
  }

  /** For reading messages one by one, mostly backwards. */
  window(session: string, length: number = PAGE): MessageWindow {
    return new MessageWindow(this.backend, session, length);
  }

  async *#values(prefix: Key): AsyncGenerator<Uint8Array> {
    const range = prefixRange(prefix);
    for (let { start } = range; ; ) {
      const entries = await this.backend.range({ ...range, start, limit: PAGE });
      for (const { value } of entries) yield value;
      const last = entries.at(-1);
      if (last === undefined || entries.length < PAGE) return;
      start = keyAfter(last.key);
    }
  }
}

/** MessageWindow holds some neighbouring messages, and moves back to those that are asked for. */
export class MessageWindow {
  #messages = new Map<Key, Uint8Array>();

  constructor(
    private readonly backend: Backend,
    private readonly session: string,
    private readonly length: number,
  ) {}

  async find(id: string): Promise<MessageRecord | undefined> {
    const place = messageKey(this.session, id);
    if (place === undefined) return undefined;
    if (!this.#messages.has(place)) await this.#moveTo(place);
    const bytes = this.#messages.get(place);
    return bytes === undefined ? undefined : decodeMessage(bytes);
  }

  async #moveTo(place: Key): Promise<void> {
    const { start } = prefixRange(messageKeys(this.session));
    const range = { start, end: keyAfter(place), reverse: true, limit: this.length };
    const entries = await this.backend.range(range);
    this.#messages = new Map(entries.map(({ key, value }) => [key, value]));
  }
}
