/**
 * SessionData is a session as the plain table that chat programs exchange: who it is, what was said, and the tables
 * that belong to it.
 */
import type { HostObject, ValueMap } from '../base/value.js';
import type { MessageNode } from './message-node.js';
import { toPlainMessage } from './message-view.js';
import type { SessionRecord } from './session.js';

export interface SessionContents {
  readonly session: SessionRecord;
  /** The active conversation, the system prompt included. */
  readonly messages: readonly MessageNode[];
  readonly context: ValueMap;
}

/** Times are ISO texts in UTC with milliseconds; a session without a name has no title. */
export function toSessionData({ session, messages, context }: SessionContents): HostObject {
  return {
    id: session.id,
    title: session.name ?? undefined,
    created_at: new Date(session.createdAt).toISOString(),
    updated_at: new Date(session.updatedAt).toISOString(),
    messages: messages.map(toPlainMessage),
    context,
    metadata: session.metadata,
  };
}
