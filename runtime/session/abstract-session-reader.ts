/**
 * Reads the files of AbstractLLM and of AbstractCore (`session-archive/v1`). They keep a conversation in a line; what
 * tools answered stands in them in forms of its own, and becomes calls with their answers here.
 */
import { stringifyJson } from '../base/json.js';
import { isMap, toPlain, type ValueMap } from '../base/value.js';
import type { Part, Role, ToolCallPart, ToolResultPart } from '../provider/message.js';
import { corruptSession, type FileFields } from './file-fields.js';
import { type LinearMessage, linearSnapshot } from './linear-snapshot.js';
import { checkRole } from './message-parts.js';
import { type SessionSettings, withoutSecrets } from './session-settings.js';
import type { SessionSnapshot } from './session-snapshot.js';

export const ARCHIVE_SCHEMA = 'session-archive/v1';

/** @throws SpellError `SESSION_FILE_CORRUPT` */
export function readAbstractSession(file: FileFields, now: number): SessionSnapshot {
  const createdAt = file.time('created_at') ?? now;
  const metadata = file.map('metadata');
  const name = metadata.get('session_name');
  const state = file.object('provider_state');
  return linearSnapshot({
    id: file.optionalText('id'),
    name: typeof name === 'string' ? name : undefined,
    metadata,
    settings: settingsOf(state, {
      provider: 'provider_name',
      model: 'model_name',
      parameters: 'provider_config',
    }),
    createdAt,
    updatedAt: file.time('last_updated') ?? createdAt,
    messages: messagesOf(file, file.optionalText('system_prompt'), createdAt),
  });
}

/** @throws SpellError `SESSION_FILE_CORRUPT` */
export function readSessionArchive(file: FileFields, now: number): SessionSnapshot {
  const version = file.text('schema_version');
  if (version !== ARCHIVE_SCHEMA)
    throw corruptSession(`schema_version: "${version}" is not "${ARCHIVE_SCHEMA}"`);
  const session = file.object('session');
  const createdAt = session.time('created_at') ?? now;
  const messages = messagesOf(file, session.optionalText('system_prompt'), createdAt);
  const kept = ['settings', 'summary', 'assessment', 'facts'].filter((name) => session.has(name));
  return linearSnapshot({
    id: session.optionalText('id'),
    name: undefined,
    metadata: new Map(kept.map((name) => [name, session.value(name)])),
    settings: {
      ...settingsOf(session, { provider: 'provider', model: 'model', parameters: 'model_params' }),
      tools: session.objects('tool_registry').map(({ fields }) => toolOf(fields)),
    },
    createdAt,
    updatedAt: messages.reduce((last, message) => Math.max(last, message.createdAt), createdAt),
    messages,
  });
}

/** A definition of a tool in our words. */
function toolOf(fields: ValueMap): ValueMap {
  const schema = fields.get('json_schema');
  const rest = [...fields].filter(([name]) => name !== 'json_schema');
  return new Map(isMap(schema) ? [...rest, ['parameters', schema]] : rest);
}

function settingsOf(
  fields: FileFields,
  names: { readonly provider: string; readonly model: string; readonly parameters: string },
): Partial<SessionSettings> {
  return {
    provider: fields.optionalText(names.provider) ?? null,
    model: fields.optionalText(names.model) ?? null,
    providerConfig: withoutSecrets(fields.map(names.parameters)),
  };
}

function messagesOf(
  file: FileFields,
  systemPrompt: string | undefined,
  createdAt: number,
): LinearMessage[] {
  const messages = linked(file.objects('messages').flatMap((it) => messageOf(it, createdAt)));
  if (systemPrompt === undefined || messages[0]?.role === 'system') return messages;
  return [said('system', textParts(systemPrompt), { createdAt }), ...messages];
}

function messageOf(message: FileFields, usualTime: number): LinearMessage[] {
  const role = message.within('role', () => checkRole(message.text('role')));
  const metadata = message.map('metadata');
  const about = {
    id: message.optionalText('id'),
    createdAt: message.time('timestamp') ?? usualTime,
    name: message.optionalText('name'),
    metadata,
  };
  const text = message.optionalText('content') ?? '';
  const results = message.objects('tool_results');
  if (role === 'tool' && results.length === 0) {
    return [said(role, [resultOf(message, metadata, text)], about)];
  }
  if (results.length === 0) return [said(role, [...textParts(text), ...callsIn(metadata)], about)];
  // One message holds what was called and what came of it: an assistant called, and a tool answered.
  const answered = results.map((result, index) => answerOf(result, index));
  const calls = answered.map(({ call }) => call);
  const parts = role === 'tool' ? calls : [...textParts(text), ...calls];
  return [
    said('assistant', parts, about),
    said(
      'tool',
      answered.map(({ result }) => result),
      { createdAt: about.createdAt },
    ),
  ];
}

/** What an assistant of AbstractCore wanted called stands in its metadata. */
function callsIn(metadata: ValueMap): ToolCallPart[] {
  const requested = metadata.get('requested_tool_calls');
  if (!Array.isArray(requested)) return [];
  return requested.filter(isMap).map((call, index) => ({
    type: 'tool_call',
    id: textIn(call, 'call_id', 'id') ?? `call_${index + 1}`,
    name: textIn(call, 'name') ?? '',
    arguments: toPlain(call.get('arguments') ?? new Map()),
  }));
}

function resultOf(message: FileFields, metadata: ValueMap, text: string): ToolResultPart {
  const name = textIn(metadata, 'name') ?? message.optionalText('name') ?? '';
  const status = textIn(metadata, 'status');
  return {
    type: 'tool_result',
    id: textIn(metadata, 'call_id', 'tool_call_id') ?? `call_${name}`,
    name,
    content: textParts(text),
    isError: status === 'error' || status === 'failed',
  };
}

function answerOf(
  result: FileFields,
  index: number,
): { readonly call: ToolCallPart; readonly result: ToolResultPart } {
  const id = result.optionalText('call_id') || `call_${index + 1}`;
  const name = result.optionalText('name') ?? '';
  const error = result.optionalText('error');
  const output = result.value('output');
  const text = typeof output === 'string' ? output : stringifyJson(output ?? null);
  return {
    call: { type: 'tool_call', id, name, arguments: toPlain(result.map('arguments')) },
    result: {
      type: 'tool_result',
      id,
      name,
      content: textParts(error ?? text),
      isError: error !== undefined,
    },
  };
}

/** Every answer of a tool gets the call that it answers, where the file has none. */
function linked(messages: readonly LinearMessage[]): LinearMessage[] {
  const called = new Set<string>();
  const found: LinearMessage[] = [];
  for (const message of messages) {
    for (const part of message.parts) if (part.type === 'tool_call') called.add(part.id);
    const lacking = message.parts.filter(
      (part): part is ToolResultPart => part.type === 'tool_result' && !called.has(part.id),
    );
    if (lacking.length > 0) {
      const calls = lacking.map(({ id, name }): ToolCallPart => {
        called.add(id);
        return { type: 'tool_call', id, name, arguments: {} };
      });
      const last = found.at(-1);
      if (last?.role === 'assistant') {
        found[found.length - 1] = { ...last, parts: [...last.parts, ...calls] };
      } else {
        found.push(said('assistant', calls, { createdAt: message.createdAt }));
      }
    }
    found.push(message);
  }
  return found;
}

function said(
  role: Role,
  parts: readonly Part[],
  about: Partial<Omit<LinearMessage, 'role' | 'parts'>> & { readonly createdAt: number },
): LinearMessage {
  return { id: undefined, metadata: new Map(), ...about, role, parts };
}

function textParts(text: string): { readonly type: 'text'; readonly text: string }[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function textIn(fields: ValueMap, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
