/** Writes the active conversation of a session as AbstractLLM and AbstractCore (`session-archive/v1`) keep theirs. */
import { stringifyJson } from '../base/json.js';
import { toPortable } from '../base/portable-value.js';
import {
  fromPlain,
  type HostObject,
  type HostValue,
  isMap,
  type Value,
  type ValueMap,
} from '../base/value.js';
import type { Part, ToolCallPart, ToolResultPart } from '../provider/message.js';
import { ARCHIVE_SCHEMA } from './abstract-session-reader.js';
import type { MessageNode } from './message-node.js';
import { textOf } from './message-parts.js';
import { activeMessages } from './session-file.js';
import type { SessionSnapshot } from './session-snapshot.js';

/** The active conversation as AbstractLLM saves it. */
export function writeAbstractSession(snapshot: SessionSnapshot): string {
  const messages = activeMessages(snapshot);
  const { provider, model, providerConfig } = snapshot.settings;
  return documentText({
    id: snapshot.id,
    created_at: iso(snapshot.createdAt),
    last_updated: iso(snapshot.updatedAt),
    system_prompt: promptOf(messages),
    metadata:
      snapshot.name === null || snapshot.metadata.has('session_name')
        ? toPortable(snapshot.metadata)
        : toPortable(new Map([...snapshot.metadata, ['session_name', snapshot.name]])),
    messages: messages.map((message) => ({
      ...sharedFields(message),
      name: message.name ?? undefined,
      tool_results: resultsIn(message.parts),
    })),
    provider_state:
      provider === null
        ? undefined
        : {
            provider_name: provider,
            model_name: model,
            provider_config: toPortable(providerConfig),
          },
  });
}

/** The active conversation as AbstractCore archives it. */
export function writeSessionArchive(snapshot: SessionSnapshot): string {
  const messages = activeMessages(snapshot);
  const { provider, model, providerConfig, tools } = snapshot.settings;
  const { metadata } = snapshot;
  const kept = ['summary', 'assessment', 'facts'].filter((name) => metadata.has(name));
  return documentText({
    schema_version: ARCHIVE_SCHEMA,
    session: {
      id: snapshot.id,
      created_at: iso(snapshot.createdAt),
      provider,
      model,
      model_params: providerConfig.size === 0 ? null : toPortable(providerConfig),
      system_prompt: promptOf(messages),
      tool_registry: tools.length === 0 ? null : tools.map(registered),
      settings: toPortable(metadata.get('settings') ?? new Map()),
      ...Object.fromEntries(kept.map((name) => [name, toPortable(metadata.get(name))])),
    },
    messages: messages.flatMap(archived),
  });
}

/** Each answer of a tool is a message of its own there. */
function archived(message: MessageNode): HostObject[] {
  const results = resultsOf(message.parts);
  if (results.length === 0) return [archivedAs(message, message.parts, callFields(message.parts))];
  return results.map((result) =>
    archivedAs(message, [result], {
      call_id: result.id,
      name: result.name,
      status: result.isError ? 'error' : 'ok',
    }),
  );
}

function archivedAs(message: MessageNode, parts: readonly Part[], more: HostObject): HostObject {
  const metadata = new Map([...message.metadata, ...(fromPlain(more) as ValueMap)]);
  return { ...sharedFields({ ...message, parts }), metadata: toPortable(metadata) };
}

function callFields(parts: readonly Part[]): HostObject {
  const calls = parts.filter((part): part is ToolCallPart => part.type === 'tool_call');
  if (calls.length === 0) return {};
  const requested = calls.map(({ id, name, arguments: given }) => ({
    call_id: id,
    name,
    arguments: given,
  }));
  return { requested_tool_calls: requested };
}

function sharedFields(message: MessageNode): HostObject {
  return {
    id: message.id,
    role: message.role,
    timestamp: iso(message.createdAt),
    content: textOf(message.parts),
    metadata: toPortable(message.metadata),
  };
}

function resultsIn(parts: readonly Part[]): HostValue {
  const results = resultsOf(parts);
  if (results.length === 0) return undefined;
  return results.map(({ id, name, content, isError }) => ({
    call_id: id,
    name,
    output: textOf(content),
    error: isError ? textOf(content) : undefined,
  }));
}

function resultsOf(parts: readonly Part[]): ToolResultPart[] {
  return parts.filter((part): part is ToolResultPart => part.type === 'tool_result');
}

function registered(tool: Value): HostValue {
  if (!isMap(tool)) return { name: tool };
  const parameters = tool.get('parameters');
  const rest = [...tool].filter(([name]) => name !== 'parameters');
  return toPortable(
    new Map(parameters === undefined ? rest : [...rest, ['json_schema', parameters]]),
  );
}

function promptOf(messages: readonly MessageNode[]): string | null {
  const [first] = messages;
  return first?.role === 'system' ? textOf(first.parts) : null;
}

function documentText(document: HostObject): string {
  return `${stringifyJson(document, { indent: 2 })}\n`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
