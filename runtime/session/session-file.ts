/**
 * The file of a session: one JSON object with the fields that chat programs exchange (`id`, `title`, `created_at`,
 * `updated_at`, `messages`, `context`, `metadata`), and under `llmspell` what only we know. A message has its four
 * fields, and others only where they say something, so a plain talk is a plain file. Everything reads back exactly.
 */
import { stringifyJson } from '../base/json.js';
import { toPortable } from '../base/portable-value.js';
import {
  fromPlain,
  type HostObject,
  type HostValue,
  type Value,
  type ValueMap,
} from '../base/value.js';
import type { Part } from '../provider/message.js';
import type { Conversation } from './conversation.js';
import type { MessageNode } from './message-node.js';
import { partToData } from './message-parts.js';
import { isPlainText, toPlainMessage } from './message-view.js';
import type { SessionSettings } from './session-settings.js';
import type { SessionSnapshot } from './session-snapshot.js';
import { usageToData } from './usage-data.js';

/** Raised with every change of what stands under `llmspell`. */
export const SESSION_FILE_VERSION = 1;

export function writeSessionFile(snapshot: SessionSnapshot): string {
  const { messages, others } = divided(snapshot);
  const document = {
    id: snapshot.id,
    title: snapshot.name,
    created_at: iso(snapshot.createdAt),
    updated_at: iso(snapshot.updatedAt),
    messages,
    context: toPortable(snapshot.context),
    metadata: toPortable(snapshot.metadata),
    llmspell: {
      version: SESSION_FILE_VERSION,
      description: snapshot.description ?? undefined,
      status: snapshot.status,
      failure_reason: snapshot.failureReason ?? undefined,
      tags: snapshot.tags,
      settings: settingsData(snapshot.settings),
      responses: snapshot.responses.map(({ name, value, at }) => ({
        name,
        value: toPortable(value),
        at: iso(at),
      })),
      active: snapshot.active,
      conversations: snapshot.conversations.map(conversationData),
      messages: others,
    },
  };
  return `${stringifyJson(document as HostValue, { indent: 2 })}\n`;
}

/** The system prompt and the history of the active conversation, oldest first. */
export function activeMessages({
  conversations,
  active,
  messages,
}: SessionSnapshot): readonly MessageNode[] {
  const conversation = conversations.find(({ id }) => id === active);
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path: MessageNode[] = [];
  for (let next = conversation?.head ?? null; next !== null; ) {
    const message = byId.get(next);
    if (message === undefined) break;
    path.push(message);
    next = message.parents[0] ?? null;
  }
  const prompt = byId.get(conversation?.system ?? '');
  return prompt === undefined ? path.reverse() : [prompt, ...path.reverse()];
}

/** The messages of the active conversation, and all the others. */
function divided(snapshot: SessionSnapshot): { messages: HostObject[]; others: HostObject[] } {
  const path = activeMessages(snapshot);
  const onPath = new Set(path.map(({ id }) => id));
  const system = snapshot.conversations.find(({ id }) => id === snapshot.active)?.system;
  let before: readonly string[] = [];
  const messages = path.map((message) => {
    const data = messageData(message, { parents: before, conversation: snapshot.active });
    if (message.id !== system) before = [message.id];
    return data;
  });
  const others = snapshot.messages
    .filter(({ id }) => !onPath.has(id))
    .map((message) => messageData(message, { parents: [], conversation: null }));
  return { messages, others };
}

/** What is left out of a message, since it goes without saying. */
interface Usual {
  readonly parents: readonly string[];
  readonly conversation: string | null;
}

function messageData(message: MessageNode, usual: Usual): HostObject {
  const { parts, parents, dependencies, usage, error, metadata } = message;
  const isUsual = String(parents) === String(usual.parents);
  return {
    ...toPlainMessage(message),
    conversation: message.conversation === usual.conversation ? undefined : message.conversation,
    parents: isUsual ? undefined : parents,
    parts: isPlainText(parts) ? undefined : parts.map(partData),
    name: message.name ?? undefined,
    dependencies: dependencies.length === 0 ? undefined : dependencies,
    status: message.status === 'completed' ? undefined : message.status,
    group: message.group ?? undefined,
    prompt: message.prompt === undefined ? undefined : toPortable(message.prompt),
    error: error === null ? undefined : { ...error },
    started_at: message.startedAt === null ? undefined : iso(message.startedAt),
    completed_at: message.completedAt === null ? undefined : iso(message.completedAt),
    provider: message.provider ?? undefined,
    model: message.model ?? undefined,
    usage: usage === null ? undefined : { ...usageToData(usage), total_tokens: undefined },
    metadata: metadata.size === 0 ? undefined : toPortable(metadata),
    origin: message.origin ?? undefined,
  };
}

/** A part as scripts have it, with the bytes of images as base64. */
export function partData(part: Part): HostObject {
  const data = partToData(part);
  if (part.type === 'image' && part.source.kind === 'bytes') {
    return { ...data, data: Buffer.from(part.source.bytes).toString('base64') };
  }
  if (part.type === 'tool_result') return { ...data, content: part.content.map(partData) };
  if (part.type === 'tool_call') {
    return { ...data, arguments: toPortable(fromPlain(part.arguments)) };
  }
  return data;
}

function settingsData(settings: SessionSettings): HostObject {
  const { provider, model, apiKeyEnv, systemPrompt, providerConfig, tools } = settings;
  return {
    provider: provider ?? undefined,
    model: model ?? undefined,
    api_key_env: apiKeyEnv ?? undefined,
    system_prompt: systemPrompt ?? undefined,
    provider_config:
      providerConfig.size === 0 ? undefined : (toPortable(providerConfig) as ValueMap),
    tools: tools.length === 0 ? undefined : (toPortable(tools) as readonly Value[]),
  };
}

function conversationData(conversation: Conversation): HostObject {
  return {
    id: conversation.id,
    name: conversation.name ?? undefined,
    head: conversation.head ?? undefined,
    system: conversation.system ?? undefined,
    created_at: iso(conversation.createdAt),
    updated_at: iso(conversation.updatedAt),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
