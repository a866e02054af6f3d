/**
 * Takes out of messages, and out of whole sessions, what must not be stored. Roles, names, ids and proofs of providers
 * stay as they are.
 */
import type { Redactor } from '../base/redactor.js';
import type { Part } from '../provider/message.js';
import type { NodeFields } from './message-node.js';
import type { SessionSnapshot } from './session-snapshot.js';

export function redactPart<P extends Part>(part: P, redactor: Redactor): P {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return { ...part, text: redactor.text(part.text, 'message') };
    case 'tool_call':
      return {
        ...part,
        arguments: redactor.value(part.arguments, 'message'),
        ...(part.malformed === undefined
          ? {}
          : { malformed: redactor.text(part.malformed, 'message') }),
      };
    case 'tool_result':
      return { ...part, content: part.content.map((inner) => redactPart(inner, redactor)) };
    case 'image':
      return part;
  }
}

/** What people wrote into a session that comes from a file. What is said in it is redacted with its messages. */
export function redactSnapshot(snapshot: SessionSnapshot, redactor: Redactor): SessionSnapshot {
  const { name, description, failureReason, tags, metadata, context, settings } = snapshot;
  const { systemPrompt, providerConfig, tools } = settings;
  return {
    ...snapshot,
    ...redactor.value({ name, description, failureReason, tags, metadata, context }, 'metadata'),
    settings: {
      ...settings,
      systemPrompt: redactor.value(systemPrompt, 'message'),
      ...redactor.value({ providerConfig, tools }, 'metadata'),
    },
    responses: snapshot.responses.map((response) => ({
      ...response,
      value: redactor.value(response.value, 'message'),
    })),
    conversations: snapshot.conversations.map((conversation) => ({
      ...conversation,
      name: redactor.value(conversation.name, 'metadata'),
    })),
    messages: snapshot.messages.map((message) => redactFields(message, redactor)),
  };
}

type WrittenFields = Partial<{
  readonly [K in 'prompt' | 'error' | 'metadata']: NodeFields[K] | undefined;
}>;

/** What is written down beside the parts of a message. */
export function redactFields<T extends WrittenFields>(fields: T, redactor: Redactor): T {
  const { prompt, error, metadata } = fields;
  return {
    ...fields,
    ...(prompt === undefined ? {} : { prompt: redactor.value(prompt, 'message') }),
    ...(error == null
      ? {}
      : { error: { ...error, message: redactor.text(error.message, 'message') } }),
    ...(metadata === undefined ? {} : { metadata: redactor.value(metadata, 'metadata') }),
  };
}
