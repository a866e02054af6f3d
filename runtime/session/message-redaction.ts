/** Takes out of messages what must not be stored. Roles, names, ids and proofs of providers stay as they are. */
import type { Redactor } from '../base/redactor.js';
import type { Part } from '../provider/message.js';
import type { NodeFields } from './message-node.js';

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
