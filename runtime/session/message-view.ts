/** The shapes in which a message leaves the runtime: a table for Lua, JSON, and the few fields that everybody knows. */
import type { HostObject } from '../base/value.js';
import type { Part, ToolCallPart, ToolResultPart } from '../provider/message.js';
import type { MessageNode } from './message-node.js';
import { partToData, textOf } from './message-parts.js';
import { usageToData } from './usage-data.js';

const SECOND_MS = 1000;

/**
 * The message as Lua sees it. `timestamp` is an ISO text; the other times are whole seconds, comparable to `os.time()`.
 * What the message does not have is nil; `parts` is there when it is more than a text.
 */
export function toLuaMessage(node: MessageNode): HostObject {
  const { parts, usage, error } = node;
  const calls = parts.filter((part): part is ToolCallPart => part.type === 'tool_call');
  const result = parts.find((part): part is ToolResultPart => part.type === 'tool_result');
  return {
    ...toPlainMessage(node),
    created_at: seconds(node.createdAt),
    parts: isPlainText(parts) ? undefined : parts.map(partToData),
    tool_calls: calls.length === 0 ? undefined : calls.map(toolCall),
    tool_call_id: result?.id,
    name: node.name ?? (result === undefined ? undefined : result.name || undefined),
    conversation: node.conversation,
    parents: node.parents,
    dependencies: node.dependencies,
    status: node.status,
    group: node.group ?? undefined,
    error: error === null ? undefined : { ...error },
    started_at: seconds(node.startedAt),
    completed_at: seconds(node.completedAt),
    provider: node.provider ?? undefined,
    model: node.model ?? undefined,
    usage: usage === null ? undefined : usageToData(usage),
    metadata: node.metadata,
  };
}

/** The message as `--json` prints it: every field is there, times are ISO texts. */
export function toJsonMessage(node: MessageNode): HostObject {
  const { parts, usage, error } = node;
  return {
    ...toPlainMessage(node),
    parts: parts.map(partToData),
    name: node.name,
    conversation: node.conversation,
    parents: node.parents,
    dependencies: node.dependencies,
    status: node.status,
    group: node.group,
    error: error === null ? null : { ...error },
    started_at: iso(node.startedAt),
    completed_at: iso(node.completedAt),
    provider: node.provider,
    model: node.model,
    usage: usage === null ? null : usageToData(usage),
    metadata: node.metadata,
  };
}

/** What every format of messages has. */
export function toPlainMessage(node: MessageNode): HostObject {
  return {
    id: node.id,
    role: node.role,
    content: textOf(node.parts),
    timestamp: iso(node.createdAt),
  };
}

/** True when the text says all that there is. */
export function isPlainText(parts: readonly Part[]): boolean {
  return parts.length === 1 && parts[0]?.type === 'text';
}

function toolCall({ id, name, arguments: given }: ToolCallPart): HostObject {
  return { id, name, arguments: given };
}

function seconds(ms: number | null): number | undefined {
  return ms === null ? undefined : Math.floor(ms / SECOND_MS);
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
