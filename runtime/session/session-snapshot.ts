/** SessionSnapshot is a session with all that is said in it, apart from any storage: what files hold. */
import type { ValueMap } from '../base/value.js';
import type { Conversation } from './conversation.js';
import type { NamedResponse } from './detail-store.js';
import type { SessionStatus } from './lifecycle.js';
import type { MessageNode } from './message-node.js';
import type { SessionSettings } from './session-settings.js';

export interface SessionSnapshot {
  /** `null` in files that say none. */
  readonly id: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: SessionStatus;
  readonly failureReason: string | null;
  readonly tags: readonly string[];
  readonly metadata: ValueMap;
  readonly context: ValueMap;
  readonly settings: SessionSettings;
  readonly responses: readonly NamedResponse[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly conversations: readonly Conversation[];
  /** The active conversation. */
  readonly active: string | null;
  /** In the order of their making: none comes before what it follows. */
  readonly messages: readonly MessageNode[];
}
