/** What a session or a conversation begins with: prompts that are prepared before the transaction that needs them. */
import type { ValueMap } from '../base/value.js';
import type { Part, Role } from '../provider/message.js';
import type { Transaction } from '../storage/transaction.js';
import type { Conversation } from './conversation.js';
import type { ConversationStore } from './conversation-store.js';
import type { DetailStore } from './detail-store.js';
import type { PreparedParts } from './message-content.js';
import type { MessageNode } from './message-node.js';
import type { SessionRecord } from './session.js';
import type { SessionOptions } from './session-options.js';
import type { SessionSettings } from './session-settings.js';
import type { SessionStore } from './session-store.js';

export interface StartStores {
  readonly sessions: SessionStore;
  readonly conversations: ConversationStore;
  readonly details: DetailStore;
}

/** StartOptions is what a session may begin with. */
export interface StartOptions extends SessionOptions {
  readonly context?: ValueMap | undefined;
  /** What of the settings differs from none; its system prompt begins the first conversation. */
  readonly settings?: Partial<SessionSettings> | undefined;
}

/** A prompt that a conversation begins with. It is not executed. */
export interface InitialPrompt {
  readonly name?: string | undefined;
  readonly systemPrompt?: string | undefined;
  readonly userPrompt?: string | undefined;
  /** The prompt as it was given. */
  readonly given?: ValueMap | undefined;
}

export interface NewConversation {
  readonly name?: string | undefined;
  readonly initialPrompt?: InitialPrompt | undefined;
}

type Commit<M, T> = (change: (transaction: Transaction) => Promise<M>) => Promise<T>;

/** Makes a session. @param commit Makes the change. Throws what `sessions.create` throws, and `BAD_ARGUMENT`. */
export async function startSession<T>(
  { sessions, conversations, details }: StartStores,
  { context, settings, ...options }: StartOptions,
  commit: Commit<SessionRecord, T>,
): Promise<T> {
  return withText(conversations, 'system', settings?.systemPrompt ?? undefined, (prompt) =>
    commit(async (tx) => {
      const { id } = await sessions.create(tx, options);
      if (context !== undefined) await details.setContext(tx, id, context);
      if (settings !== undefined) await details.changeSettings(tx, id, settings);
      if (prompt !== undefined) await conversations.setSystemPrompt(tx, id, prompt);
      return sessions.require(tx, id);
    }),
  );
}

/**
 * Starts a conversation, the active one from then on. Its system prompt is that of the initial prompt, else that of the
 * session.
 */
export async function startConversation<T>(
  { conversations, details }: StartStores,
  session: string,
  { name, initialPrompt = {} }: NewConversation,
  commit: Commit<Conversation, T>,
): Promise<T> {
  const { systemPrompt } = await details.settings(session);
  const system = initialPrompt.systemPrompt ?? systemPrompt ?? undefined;
  return withText(conversations, 'system', system, (prompt) =>
    withText(conversations, 'user', initialPrompt.userPrompt, (question) =>
      commit(async (tx) => {
        const { id } = await conversations.start(tx, session, { name });
        if (prompt !== undefined) await conversations.setSystemPrompt(tx, session, prompt, id);
        if (question !== undefined) {
          await conversations.appendNode(tx, session, {
            role: 'user',
            content: question,
            conversation: id,
            name: initialPrompt.name,
            status: 'pending',
            prompt: initialPrompt.given,
          });
        }
        return conversations.find(tx, session, id);
      }),
    ),
  );
}

/**
 * Gives a conversation another system prompt. Where no conversation is named, those that are started later begin with
 * it too.
 */
export async function changeSystemPrompt<T>(
  { conversations, details }: StartStores,
  session: string,
  { prompt, conversation }: { readonly prompt: string; readonly conversation?: string | undefined },
  commit: Commit<MessageNode, T>,
): Promise<T> {
  const parts: readonly Part[] = [{ type: 'text', text: prompt }];
  return conversations.withPrepared('system', parts, (content) =>
    commit(async (tx) => {
      if (conversation === undefined) {
        await details.changeSettings(tx, session, { systemPrompt: prompt });
      }
      return conversations.setSystemPrompt(tx, session, content, conversation);
    }),
  );
}

function withText<T>(
  conversations: ConversationStore,
  role: Role,
  text: string | undefined,
  use: (content: PreparedParts | undefined) => Promise<T>,
): Promise<T> {
  if (text === undefined) return use(undefined);
  const parts: readonly Part[] = [{ type: 'text', text }];
  return conversations.withPrepared(role, parts, use);
}
