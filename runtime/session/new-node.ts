/** What a message is made of, and what of it may change. */
import type { Value, ValueMap } from '../base/value.js';
import type { Role } from '../provider/message.js';
import type { Conversation } from './conversation.js';
import type { PreparedParts } from './message-content.js';
import type {
  MessageRecord,
  NodeError,
  NodeFields,
  NodeStatus,
  NodeUsage,
} from './message-node.js';

/** NewNode is a message that is to be made; what is absent has its usual value, see {@link NodeFields}. */
export interface NewNode {
  readonly role: Role;
  /** What `ConversationStore.prepare` returned. */
  readonly content: PreparedParts;
  /** The active conversation when absent; one is started when the session has none. */
  readonly conversation?: string | undefined;
  /** What it follows; the head of the conversation when absent. */
  readonly parents?: readonly string[] | undefined;
  /** False leaves the head of the conversation where it is: the message stands beside the linear history. */
  readonly advance?: boolean | undefined;
  readonly name?: string | undefined;
  readonly dependencies?: readonly string[] | undefined;
  readonly status?: NodeStatus | undefined;
  readonly group?: string | undefined;
  readonly prompt?: Value;
  readonly error?: NodeError | undefined;
  readonly startedAt?: number | undefined;
  readonly completedAt?: number | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly usage?: NodeUsage | undefined;
  readonly metadata?: ValueMap | undefined;
}

/** Changes of a message; what is absent stays, `null` clears. */
export interface NodeChanges
  extends Partial<
    Pick<
      NodeFields,
      | 'name'
      | 'dependencies'
      | 'status'
      | 'group'
      | 'prompt'
      | 'error'
      | 'startedAt'
      | 'completedAt'
      | 'provider'
      | 'model'
      | 'usage'
      | 'metadata'
    >
  > {
  readonly content?: PreparedParts;
}

/** Whether a message is the system prompt of its conversation. */
export function isSystemPrompt(record: MessageRecord, conversation: Conversation): boolean {
  const isFirst = conversation.head === null && conversation.system === null;
  return isFirst && record.role === 'system' && record.parents.length === 0;
}

export function recordOf(
  node: NewNode,
  { id, conversation, now }: { id: string; conversation: Conversation; now: number },
): MessageRecord {
  const { head } = conversation;
  return {
    id,
    conversation: conversation.id,
    role: node.role,
    stored: node.content.stored,
    name: node.name ?? null,
    parents: [...new Set(node.parents ?? (head === null ? [] : [head]))],
    dependencies: [...new Set(node.dependencies)],
    status: node.status ?? 'completed',
    group: node.group ?? null,
    prompt: node.prompt,
    error: node.error ?? null,
    createdAt: now,
    startedAt: node.startedAt ?? null,
    completedAt: node.completedAt ?? null,
    provider: node.provider ?? null,
    model: node.model ?? null,
    usage: node.usage ?? null,
    metadata: node.metadata ?? new Map(),
    origin: null,
  };
}
