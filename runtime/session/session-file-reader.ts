/** Reads the file of a session in whichever of the known forms it is; what is damaged is refused as a whole. */
import { SpellError } from '../base/errors.js';
import { parseJson } from '../base/json.js';
import { fromPortable } from '../base/portable-value.js';
import { isMap, type Value } from '../base/value.js';
import type { Part, Role } from '../provider/message.js';
import { readAbstractSession, readSessionArchive } from './abstract-session-reader.js';
import { type Conversation, conversationId, conversationNumber } from './conversation.js';
import { corruptSession, FileFields } from './file-fields.js';
import { isSessionStatus } from './lifecycle.js';
import { linearSnapshot } from './linear-snapshot.js';
import { isNodeStatus } from './message-node.js';
import { type FileMessage, MAX_FILE_NUMBER, ordered } from './message-order.js';
import { checkParts, checkRole, partsFromData } from './message-parts.js';
import { SESSION_FILE_VERSION } from './session-file.js';
import { NO_SETTINGS, type SessionSettings } from './session-settings.js';
import type { SessionSnapshot } from './session-snapshot.js';
import { usageFromData } from './usage-data.js';

/** @throws SpellError `SESSION_FILE_CORRUPT`, `STORAGE_NEWER` */
export function readSessionFile(bytes: Uint8Array, now: number): SessionSnapshot {
  const document = parsed(bytes);
  if (!isMap(document)) throw corruptSession('it is not a JSON object');
  const file = new FileFields(document, '');
  if (file.has('schema_version')) return readSessionArchive(file, now);
  if (!Array.isArray(file.value('messages'))) throw corruptSession('it has no list of messages');
  if (file.has('llmspell')) return readOwn(file, now);
  const isAbstract = ['last_updated', 'provider_state', 'system_prompt'].some((it) => file.has(it));
  return isAbstract ? readAbstractSession(file, now) : readPlain(file, now);
}

function parsed(bytes: Uint8Array): Value {
  try {
    return parseJson(bytes);
  } catch (thrown) {
    if (!(thrown instanceof SpellError) || thrown.code !== 'JSON_SYNTAX') throw thrown;
    throw corruptSession(thrown.message, thrown);
  }
}

/** What chat programs exchange, without anything of ours. */
function readPlain(file: FileFields, now: number): SessionSnapshot {
  const createdAt = file.time('created_at') ?? now;
  const messages = file.objects('messages').map((message) => ({
    id: message.optionalText('id'),
    createdAt: message.time('timestamp') ?? createdAt,
    ...saidIn(message),
    name: message.optionalText('name'),
    metadata: message.map('metadata'),
  }));
  return linearSnapshot({
    id: file.optionalText('id'),
    name: file.optionalText('title') ?? file.optionalText('name'),
    metadata: file.map('metadata'),
    context: file.map('context'),
    createdAt,
    updatedAt: file.time('updated_at') ?? createdAt,
    messages,
  });
}

/** Who says what in a message of a file. */
function saidIn(message: FileFields): { role: Role; parts: readonly Part[] } {
  const role = message.within('role', () => checkRole(message.text('role')));
  const parts = message.has('parts')
    ? message.within('parts', () => partsFromData(message.list('parts').map(partOf)))
    : message.within('content', () => partsFromData(plainContent(message.value('content'))));
  message.within('parts', () => checkParts(role, parts));
  return { role, parts };
}

/** Some programs kept the whole answer of a model where its text belongs. */
function plainContent(content: Value): Value {
  if (content === undefined) return '';
  if (!isMap(content)) return content;
  return content.get('response') ?? content.get('content') ?? content;
}

/** A part with the bytes that stand in the file as base64. */
function partOf(data: Value): Value {
  if (!isMap(data)) return data;
  const fields = new Map(data);
  const [bytes, content] = [data.get('data'), data.get('content')];
  if (data.get('type') === 'image' && typeof bytes === 'string') {
    fields.set('data', new Uint8Array(Buffer.from(bytes, 'base64')));
  }
  if (data.get('type') === 'tool_call') {
    fields.set('arguments', fromPortable(data.get('arguments') ?? new Map()));
  }
  if (Array.isArray(content)) fields.set('content', content.map(partOf));
  return fields;
}

function readOwn(file: FileFields, now: number): SessionSnapshot {
  const own = file.object('llmspell');
  const version = own.number('version') ?? 0;
  if (version > SESSION_FILE_VERSION) throw newer(version);
  const active = own.optionalText('active') ?? null;
  const conversations = own.objects('conversations').map((it) => conversationOf(it, now));
  const current = conversations.find(({ id }) => id === active);
  if (active !== null && current === undefined) {
    throw corruptSession(`llmspell.active: there is no conversation "${active}"`);
  }
  const system = current?.system ?? undefined;
  const path = pathMessages(file, { conversation: active, system }, now);
  const others = own
    .objects('messages')
    .map((message) => messageOf(message, { id: undefined, conversation: null, parents: [] }, now));
  const { messages, ids } = ordered([...path, ...others]);
  const renamed = (id: string | null) => (id === null ? null : (ids.get(id) ?? missing(id)));
  const last = path.at(-1)?.id ?? null;
  return {
    id: file.optionalText('id') ?? null,
    name: file.optionalText('title') ?? null,
    description: own.optionalText('description') ?? null,
    status: own.oneOf('status', isSessionStatus, 'active'),
    failureReason: own.optionalText('failure_reason') ?? null,
    tags: own.texts('tags'),
    metadata: file.map('metadata'),
    context: file.map('context'),
    settings: settingsOf(own.object('settings')),
    responses: own.objects('responses').map((response) => ({
      name: response.text('name'),
      value: fromPortable(response.value('value')),
      at: response.time('at') ?? now,
    })),
    createdAt: file.time('created_at') ?? now,
    updatedAt: file.time('updated_at') ?? now,
    conversations: counted(
      conversations.map((conversation) => ({
        ...conversation,
        // The end of the list is the end of the history, also when somebody has written more messages there.
        head: renamed(
          conversation.id === active && last !== conversation.system ? last : conversation.head,
        ),
        system: renamed(conversation.system),
      })),
      messages,
    ),
    active,
    messages,
  };
}

/** Each message follows the one before it in the list, unless it says something else. */
function pathMessages(
  file: FileFields,
  place: { readonly conversation: string | null; readonly system: string | undefined },
  now: number,
): FileMessage[] {
  let before: readonly string[] = [];
  return file.objects('messages').map((message, index) => {
    const unnamed = `message ${index + 1}`;
    const usual = { id: unnamed, conversation: place.conversation, parents: before };
    const read = messageOf(message, usual, now);
    if (read.id !== place.system) before = [read.id];
    return read;
  });
}

interface Usual {
  readonly id: string | undefined;
  readonly conversation: string | null;
  readonly parents: readonly string[];
}

function messageOf(message: FileFields, usual: Usual, now: number): FileMessage {
  const conversation = message.optionalText('conversation') ?? usual.conversation;
  if (conversation === null) throw corruptSession('a message belongs to no conversation');
  const error = message.object('error');
  return {
    id: message.optionalText('id') ?? usual.id ?? message.text('id'),
    conversation,
    ...saidIn(message),
    name: message.optionalText('name') ?? null,
    parents: message.has('parents') ? message.texts('parents') : usual.parents,
    dependencies: message.texts('dependencies'),
    status: message.oneOf('status', isNodeStatus, 'completed'),
    group: message.optionalText('group') ?? null,
    prompt: fromPortable(message.value('prompt')),
    error: message.has('error')
      ? { code: error.text('code'), message: error.text('message') }
      : null,
    createdAt: message.time('timestamp') ?? now,
    startedAt: message.time('started_at') ?? null,
    completedAt: message.time('completed_at') ?? null,
    provider: message.optionalText('provider') ?? null,
    model: message.optionalText('model') ?? null,
    usage: message.has('usage') ? usageFromData(message.object('usage')) : null,
    metadata: message.map('metadata'),
    origin: message.optionalText('origin') ?? null,
  };
}

function conversationOf(conversation: FileFields, now: number): Conversation {
  const id = conversation.text('id');
  const number = conversationNumber(id);
  if (number === undefined || number > MAX_FILE_NUMBER) {
    throw corruptSession(`a conversation has the id "${id}", not one such as ${conversationId(1)}`);
  }
  return {
    id,
    name: conversation.optionalText('name') ?? null,
    head: conversation.optionalText('head') ?? null,
    system: conversation.optionalText('system') ?? null,
    messageCount: 0,
    createdAt: conversation.time('created_at') ?? now,
    updatedAt: conversation.time('updated_at') ?? now,
  };
}

/** The conversations with the numbers of their messages. */
function counted(
  conversations: readonly Conversation[],
  messages: readonly FileMessage[],
): Conversation[] {
  const counts = new Map(conversations.map(({ id }) => [id, 0]));
  if (counts.size < conversations.length) throw corruptSession('two conversations have one id');
  for (const { conversation } of messages) {
    const count = counts.get(conversation);
    if (count === undefined) throw corruptSession(`there is no conversation "${conversation}"`);
    counts.set(conversation, count + 1);
  }
  return conversations.map((conversation) => ({
    ...conversation,
    messageCount: counts.get(conversation.id) as number,
  }));
}

function settingsOf(settings: FileFields): SessionSettings {
  return {
    ...NO_SETTINGS,
    provider: settings.optionalText('provider') ?? null,
    model: settings.optionalText('model') ?? null,
    apiKeyEnv: settings.optionalText('api_key_env') ?? null,
    systemPrompt: settings.optionalText('system_prompt') ?? null,
    providerConfig: settings.map('provider_config'),
    tools: fromPortable(settings.list('tools')) as readonly Value[],
  };
}

function missing(id: string): never {
  throw corruptSession(`there is no message "${id}"`);
}

function newer(version: number): SpellError {
  return new SpellError(
    'STORAGE_NEWER',
    `this session was written by a newer llmspell (format ${version})`,
    { hint: 'Update llmspell to import it.' },
  );
}
