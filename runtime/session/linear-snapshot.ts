/** Snapshots of sessions that know one conversation in a line, as other programs keep them. */
import type { ValueMap } from '../base/value.js';
import type { Part, Role } from '../provider/message.js';
import { conversationId } from './conversation.js';
import { type FileMessage, ordered } from './message-order.js';
import { NO_SETTINGS, type SessionSettings } from './session-settings.js';
import type { SessionSnapshot } from './session-snapshot.js';

export interface LinearMessage {
  readonly id: string | undefined;
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly createdAt: number;
  readonly name?: string | undefined;
  readonly model?: string | undefined;
  readonly metadata: ValueMap;
}

export interface LinearSession {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly metadata: ValueMap;
  readonly context?: ValueMap;
  readonly settings?: Partial<SessionSettings>;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly messages: readonly LinearMessage[];
}

/** The first message is the system prompt when it has the role `system`. */
export function linearSnapshot(session: LinearSession): SessionSnapshot {
  const conversation = conversationId(1);
  const hasPrompt = session.messages[0]?.role === 'system';
  let before: readonly string[] = [];
  const given = session.messages.map((message, index): FileMessage => {
    const id = message.id ?? `message ${index + 1}`;
    const parents = before;
    if (index > 0 || !hasPrompt) before = [id];
    return {
      ...message,
      id,
      conversation,
      name: message.name ?? null,
      parents,
      dependencies: [],
      status: 'completed',
      group: null,
      prompt: undefined,
      error: null,
      startedAt: null,
      completedAt: null,
      provider: null,
      model: message.model ?? null,
      usage: null,
    };
  });
  const { messages, ids } = ordered(given);
  const system = hasPrompt ? (ids.get(given[0]?.id ?? '') ?? null) : null;
  const { createdAt, updatedAt } = session;
  return {
    id: session.id ?? null,
    name: session.name ?? null,
    description: null,
    status: 'active',
    failureReason: null,
    tags: [],
    metadata: session.metadata,
    context: session.context ?? new Map(),
    settings: { ...NO_SETTINGS, ...session.settings },
    responses: [],
    createdAt,
    updatedAt,
    conversations: [
      {
        id: conversation,
        name: null,
        head: ids.get(before[0] ?? '') ?? null,
        system,
        messageCount: messages.length,
        createdAt,
        updatedAt,
      },
    ],
    active: conversation,
    messages,
  };
}
